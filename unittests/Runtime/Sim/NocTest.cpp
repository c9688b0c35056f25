//===- NocTest.cpp - contention, as programs see it ---------------------------===//
//
// Against published measurements: unittests/Calibrate.
//
//===----------------------------------------------------------------------===//
#include "Asm.h"

#include "ttc/Runtime/Runtime.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;

namespace {

/// Every core reads the same pages of one DRAM bank.
TestModel oneBank(int cores) {
  TestModel b;
  uint32_t in = b.interleaved("in", 12 * 64, 1024, Order::RowMajor);
  ProgramT &p = b.program(cores, 1);
  int cb = b.cb(p, "here", 2048, 1);
  Asm a;
  a.reserve(cb, 1).loop(Reg{0}, 0, 12 * 64, 12);
  a.op(Opcode::ReadPages, {cb, 0, int(in), Reg{0}, 0, 1, 1}).endLoop().readBarrier().push(cb, 1);
  p.kernels.push_back(a.kernel(ThreadKind::Reader));
  b.io(in, in);
  return b;
}

/// A DRAM channel is shared: two cores on one bank take about twice as long as one.
TEST(NocTest, SharedChannelsSlowDown) {
  auto cycles = [](int cores) {
    TestModel b = oneBank(cores);
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

/// What of a program's time is not launch, on the longest thread.
int64_t runCycles(TestModel &b) {
  auto file = b.file();
  EXPECT_TRUE(bool(file)) << file.error().message;
  auto d = runtime::Device::create(*file);
  runtime::RunOptions o;
  o.values = false;
  EXPECT_TRUE(bool((*d)->run(o)));
  const runtime::ProgramReport &r = (*d)->report().programs[0];
  return r.end - r.kernelStart;
}

/// `readers` cores of row 0 read 16 x 8 KB each from core (0, 1), all on NoC `noc`.
int64_t readersOfOne(int readers, program::ThreadKind kind) {
  TestModel b;
  uint32_t there = b.height("there", 2, 4096, 1, 1, 2);
  ProgramT &p = b.program(readers, 1);
  int cb = b.cb(p, "here", 8192, 1);
  Asm a;
  a.reserve(cb, 1).loop(Reg{0}, 0, 16, 1);
  a.op(Opcode::ReadPages, {cb, 0, int(there), 1, 0, 1, 1}).endLoop().readBarrier().push(cb, 1);
  p.kernels.push_back(a.kernel(kind));
  b.io(there, there);
  return runCycles(b);
}

/// An L1 answers all its readers through one port, and while they contend for it a little of it is
/// lost.
TEST(NocTest, ReadersOfOneCoreShareItsPort) {
  int64_t one = readersOfOne(1, ThreadKind::Reader), four = readersOfOne(4, ThreadKind::Reader);
  double bytes = 16 * (8192 + 64);
  EXPECT_GT(double(four), 4 * bytes / 28.5);
  EXPECT_LT(double(four), 4 * bytes / (28.5 * 0.92) + double(one));
}

/// A semaphore increment behind a multicast arrives after its data: the wait ends no earlier than
/// the time the bytes take.
TEST(NocTest, IncrementFollowsTheMulticast) {
  for (bool linked : {false, true}) {
    TestModel b;
    uint32_t unused = b.interleaved("unused", 1, 16, Order::RowMajor);
    ProgramT &p = b.program(4, 4);
    p.semaphores = 1;
    constexpr int bytes = 65536;
    int cb = b.cb(p, "here", bytes, 1);
    Asm a;
    a.reserve(cb, 1);
    a.op(Opcode::CoreIndex, {Reg{0}}).op(Opcode::Cmp, {Reg{1}, isa::Predicate::Eq, Reg{0}, 0});
    a.iff(Reg{1});
    a.op(Opcode::Mcast, {cb, 0, bytes, 0, 0, 3, 3, int(linked)});
    a.op(Opcode::SemMcastInc, {0, 0, 3, 3, 0, 1}).writeBarrier();
    a.otherwise();
    a.op(Opcode::SemWait, {0, 1});
    a.endIf().push(cb, 1);
    p.kernels.push_back(a.kernel(ThreadKind::Reader));
    b.io(unused, unused);
    auto file = b.file();
    ASSERT_TRUE(bool(file)) << file.error().message;
    auto d = runtime::Device::create(*file);
    runtime::RunOptions o;
    o.values = false;
    ASSERT_TRUE(bool((*d)->run(o)));
    const runtime::ProgramReport &r = (*d)->report().programs[0];
    for (size_t core = 1; core < 16; ++core)
      EXPECT_GT(r.threadEnds[0][core] - r.kernelStart, bytes / 31) << core;
    // The sender's barrier waits for the acknowledgements too.
    EXPECT_GT(r.threadEnds[0][0] - r.kernelStart, bytes / 31 + 200);
  }
}

/// The same transfers take the same time in any order of events: two runs are equal to the cycle, and
/// a transfer alone is not slowed by one on other links.
TEST(NocTest, DisjointTransfersDoNotMeet) {
  auto cycles = [](int cores) {
    TestModel b;
    // Each core of column 0 reads its right neighbour.
    uint32_t there = b.height("there", 16, 4096, 1, 2, 8);
    ProgramT &p = b.program(1, cores);
    int cb = b.cb(p, "here", 8192, 1);
    Asm a;
    a.op(Opcode::CoreIndex, {Reg{1}}).op(Opcode::Mul, {Reg{1}, Reg{1}, 2});
    a.op(Opcode::Add, {Reg{1}, Reg{1}, 1}).reserve(cb, 1).loop(Reg{0}, 0, 16, 1);
    a.op(Opcode::ReadPages, {cb, 0, int(there), Reg{1}, 0, 1, 1}).endLoop().readBarrier();
    p.kernels.push_back(a.push(cb, 1).kernel(ThreadKind::Reader));
    b.io(there, there);
    return runCycles(b);
  };
  EXPECT_EQ(cycles(1), cycles(8));
  EXPECT_EQ(cycles(8), cycles(8));
}

/// Eight cores read the same bank: alone each is much faster, the bank is what is used most and never
/// beyond what it can carry; without a trace dispatch is longer and nothing else changes.
TEST(NocTest, ThreeClocksAndUses) {
  auto run = [](bool trace) {
    TestModel b = oneBank(8);
    auto file = b.file();
    auto d = runtime::Device::create(*file);
    runtime::RunOptions o;
    o.values = false;
    o.clocks = true;
    o.trace = trace;
    EXPECT_TRUE(bool((*d)->run(o)));
    return (*d)->report().programs[0];
  };
  runtime::ProgramReport r = run(true), slow = run(false);
  EXPECT_LE(r.roofline, r.contentionFree);
  EXPECT_LT(r.contentionFree, r.cycles() / 3);
  ASSERT_FALSE(r.busiest.empty());
  EXPECT_EQ(r.busiest[0].resource, "dram 0");
  EXPECT_GT(r.busiest[0].share, 0.9);
  for (const auto &u : r.busiest)
    EXPECT_LE(u.share, 1);
  EXPECT_EQ(slow.end - slow.kernelStart, r.end - r.kernelStart);
  EXPECT_GT(slow.kernelStart, r.kernelStart);
  // Every thread's buckets sum to the program on all cores.
  int64_t sum = 0;
  for (int64_t b : r.buckets[0])
    sum += b;
  EXPECT_EQ(sum, r.cycles() * 8);
}

} // namespace
