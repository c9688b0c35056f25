//===- NocTest.cpp - transfers against published latencies ------------------===//
//
// Runs the published micro-benchmarks (one core, n transactions, one barrier) as
// programs on the simulator and compares cycles. Needs ../shared; skipped without.
//
//===----------------------------------------------------------------------===//
#include "Asm.h"

#include "ttc/Runtime/Runtime.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;

namespace {

/// Cycles from the first instruction to the barrier of n transactions of `bytes`.
int64_t measure(bool write, bool dram, bool sameAxis, int n, int bytes) {
  TestModel b;
  int cols = bytes / 2;
  // Height shards of one row: the second core of the row, or the fourth of a 2 x 2 grid.
  uint32_t buffer = dram ? b.interleaved("there", n, cols, Order::RowMajor)
                         : b.height("there", sameAxis ? 2 : 4, cols, 1, 2, sameAxis ? 1 : 2);
  ProgramT &p = b.program(1, 1);
  int cb = b.cb(p, "here", uint32_t(bytes), 1);
  Asm a;
  a.reserve(cb, 1);
  if (write)
    a.push(cb, 1).wait(cb, 1);
  a.loop(Reg{0}, 0, n, 1);
  Arg row = dram ? Arg(Reg{0}) : Arg(sameAxis ? 1 : 3);
  a.op(write ? Opcode::WritePages : Opcode::ReadPages, {cb, 0, int(buffer), row, 0, 1, 1})
      .endLoop();
  write ? a.writeBarrier().pop(cb, 1) : a.readBarrier().push(cb, 1);
  p.kernels.push_back(a.kernel(ThreadKind::Reader));
  b.io(buffer, buffer);
  auto file = b.file();
  EXPECT_TRUE(bool(file)) << file.error().message;
  auto d = runtime::Device::create(*file);
  runtime::RunOptions o;
  o.values = false;
  auto ran = (*d)->run(o);
  EXPECT_TRUE(bool(ran)) << ran.error().message;
  const runtime::ProgramReport &r = (*d)->report().programs[0];
  // The benchmark has no circular buffer, and its loop counter runs beside the transactions.
  int64_t around =
      (write ? 4 : 2) * (*d)->spec().cb_operation + (n + 2) * (*d)->spec().scalar_operation;
  return r.cycles() - r.buckets[0][size_t(runtime::Bucket::Launch)] - around;
}

TEST(NocTest, UnicastMeanErrorAtMostFivePercent) {
  std::ifstream in(TTC_SOURCE_DIR "/../shared/calibration/noc_micro.csv");
  if (!in)
    GTEST_SKIP() << "no ../shared";
  std::string line;
  std::getline(in, line);
  double sum = 0, worst = 0;
  int count = 0;
  while (std::getline(in, line)) {
    std::stringstream s(line);
    std::vector<std::string> f;
    for (std::string x; std::getline(s, x, ',');)
      f.push_back(x);
    // arch, mechanism, pattern, memory, n, subordinates, same_axis, stateful, loopback, noc, entry,
    // size, cycles
    bool one = f[2] == "ONE_FROM_ONE" || f[2] == "ONE_TO_ONE";
    bool dram = f[3] == "DRAM_INTERLEAVED";
    int n = std::stoi(f[4]), size = std::stoi(f[11]);
    if (f[0] != "WORMHOLE_B0" || f[1] != "UNICAST" || f[7] != "false" || n < 4 || size > 8192 ||
        (dram ? f[2] != "ONE_FROM_ALL" && f[2] != "ONE_TO_ALL" : !one || f[3] != "L1"))
      continue;
    bool write = f[2].find("_TO_") != std::string::npos;
    if (write && dram && size == 64)
      continue; // slower than 128 B: not physics (README of the data)
    double got = double(measure(write, dram, f[6] == "true", n, size)), want = std::stod(f[12]);
    double error = std::abs(got - want) / want;
    sum += error;
    worst = std::max(worst, error);
    ++count;
  }
  ASSERT_GT(count, 50);
  RecordProperty("rows", count);
  std::printf("%d rows: mean error %.1f%%, worst %.1f%%\n", count, 100 * sum / count, 100 * worst);
  EXPECT_LE(sum / count, 0.05);
  EXPECT_LE(worst, 0.20);
}

/// A DRAM channel is shared: two cores on one bank take about twice as long as one.
TEST(NocTest, SharedChannelsSlowDown) {
  auto cycles = [](int cores) {
    TestModel b;
    uint32_t in = b.interleaved("in", 12 * 64, 1024, Order::RowMajor);
    ProgramT &p = b.program(cores, 1);
    int cb = b.cb(p, "here", 2048, 1);
    Asm a;
    a.reserve(cb, 1).loop(Reg{0}, 0, 12 * 64, 12);
    a.op(Opcode::ReadPages, {cb, 0, int(in), Reg{0}, 0, 1, 1}).endLoop().readBarrier().push(cb, 1);
    p.kernels.push_back(a.kernel(ThreadKind::Reader));
    b.io(in, in);
    auto file = b.file();
    auto d = runtime::Device::create(*file);
    runtime::RunOptions o;
    o.values = false;
    EXPECT_TRUE(bool((*d)->run(o)));
    const runtime::ProgramReport &r = (*d)->report().programs[0];
    return r.cycles() - r.buckets[0][size_t(runtime::Bucket::Launch)] / cores;
  };
  int64_t one = cycles(1), two = cycles(2), eight = cycles(8);
  EXPECT_NEAR(double(two) / double(one), 2, 0.15);
  EXPECT_NEAR(double(eight) / double(one), 8, 0.8);
}

} // namespace
