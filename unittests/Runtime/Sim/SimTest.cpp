//===- SimTest.cpp - hand-written programs on the simulator -----------------===//
#include "Asm.h"

#include "ttc/Device/Timing.h"

#include "ttc/Runtime/Runtime.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;
using runtime::Device;
using runtime::RunOptions;

namespace {

/// Small integers: exact in bf16 and in sums.
std::vector<float> numbers(size_t n, int period = 13) {
  std::vector<float> v(n);
  for (size_t i = 0; i < n; ++i)
    v[i] = float(int(i * 7 % size_t(period)) - period / 2);
  return v;
}

std::unique_ptr<Device> device(TestModel &b) {
  auto file = b.file();
  EXPECT_TRUE(bool(file)) << file.error().message;
  auto d = Device::create(*file);
  EXPECT_TRUE(bool(d));
  return std::move(*d);
}

std::string runError(TestModel &b) {
  auto d = device(b);
  auto r = d->run(checked());
  EXPECT_FALSE(bool(r));
  return r ? "" : r.error().message;
}

/// Tiles from DRAM through a circular buffer to another buffer, by reader and writer.
TestModel copyModel(int tileRows, Memory to = Memory::Dram) {
  TestModel b;
  uint32_t in = b.interleaved("in", tileRows * 32, 64, Order::Tile);
  uint32_t out = b.interleaved("out", tileRows * 32, 64, Order::Tile, Format::Bf16, to);
  ProgramT &p = b.program(2, 1);
  int cb = b.cb(p, "tiles", 2048, 4);
  Asm r, w;
  // Core x takes tile rows x, x + 2, ...
  r.op(Opcode::CoreX, {Reg{0}}).loop(Reg{1}, Reg{0}, tileRows, 2);
  r.reserve(cb, 2)
      .op(Opcode::ReadPages, {cb, 0, int(in), Reg{1}, 0, 1, 2})
      .readBarrier()
      .push(cb, 2);
  r.endLoop();
  w.op(Opcode::CoreX, {Reg{0}}).loop(Reg{1}, Reg{0}, tileRows, 2);
  w.wait(cb, 2)
      .op(Opcode::WritePages, {cb, 0, int(out), Reg{1}, 0, 1, 2})
      .writeBarrier()
      .pop(cb, 2);
  w.endLoop();
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  b.io(in, out);
  return b;
}

TEST(Sim, CopiesTiles) {
  for (Memory to : {Memory::Dram, Memory::L1}) {
    TestModel b = copyModel(5, to);
    auto d = device(b);
    auto in = numbers(5 * 32 * 64);
    ASSERT_TRUE(bool(d->writeInput(0, in)));
    auto ran = d->run(checked());
    ASSERT_TRUE(bool(ran)) << ran.error().message;
    EXPECT_EQ(*d->readOutput(0), in);
    const runtime::ProgramReport &p = d->report().programs[0];
    EXPECT_EQ(p.dramReadBytes, 10 * 2048);
    EXPECT_EQ(to == Memory::Dram ? p.dramWriteBytes : p.nocBytes, 10 * 2048);
    EXPECT_FALSE(d->report().json(true).empty());
    EXPECT_FALSE(d->report().table(10).empty());
  }
}

TEST(Sim, BucketsSumToTheProgramTime) {
  TestModel b = copyModel(8);
  auto d = device(b);
  ASSERT_TRUE(bool(d->writeInput(0, numbers(8 * 32 * 64))));
  ASSERT_TRUE(bool(d->run(checked())));
  for (const runtime::ProgramReport &p : d->report().programs)
    for (size_t t = 0; t < 3; ++t)
      if (p.hasThread[t])
        EXPECT_EQ(std::accumulate(p.buckets[t].begin(), p.buckets[t].end(), int64_t(0)),
                  p.cycles() * p.gridX * p.gridY);
}

TEST(Sim, MoreWorkTakesLongerAndModesAgree) {
  int64_t last = 0;
  for (int n : {2, 4, 8, 16, 64}) {
    TestModel b = copyModel(n);
    auto d = device(b);
    ASSERT_TRUE(bool(d->writeInput(0, numbers(size_t(n) * 32 * 64))));
    RunOptions o = checked();
    ASSERT_TRUE(bool(d->run(o)));
    int64_t both = d->report().cycles;
    o.values = false;
    ASSERT_TRUE(bool(d->run(o)));
    EXPECT_EQ(d->report().cycles, both);
    o.values = true;
    o.time = false;
    ASSERT_TRUE(bool(d->run(o)));
    EXPECT_EQ(d->report().cycles, 0);
    EXPECT_EQ(*d->readOutput(0), numbers(size_t(n) * 32 * 64));
    EXPECT_GT(both, last);
    last = both;
  }
}

/// out[64 x 64] = in[64 x 96] x w[96 x 64]: one core, blocks of K through double-buffered CBs.
TestModel matmulModel(Format weights, bool fp32 = false) {
  TestModel b;
  uint32_t in = b.interleaved("in", 64, 96, Order::Tile);
  uint32_t w = b.interleaved("w", 96, 64, Order::Tile, weights);
  uint32_t out = b.interleaved("out", 64, 64, Order::Tile, fp32 ? Format::Fp32 : Format::Bf16);
  ProgramT &p = b.program(1, 1);
  p.fp32_dest = fp32;
  uint32_t wt = uint32_t(tileBytes(dataFormat(weights)));
  int a = b.cb(p, "a", 2048, 4), c = b.cb(p, "w", wt, 4, weights);
  int o = b.cb(p, "out", fp32 ? 4096 : 2048, 4, fp32 ? Format::Fp32 : Format::Bf16);
  Asm r, m, s;
  r.loop(Reg{0}, 0, 3, 1);
  r.reserve(a, 2).op(Opcode::ReadPages, {a, 0, int(in), 0, Reg{0}, 2, 1});
  r.reserve(c, 2).op(Opcode::ReadPages, {c, 0, int(w), Reg{0}, 0, 1, 2}).readBarrier();
  r.push(a, 2).push(c, 2).endLoop();
  m.reserve(o, 4).op(Opcode::DstAcquire).loop(Reg{0}, 0, 3, 1).wait(a, 2).wait(c, 2);
  m.op(Opcode::MatmulBlock, {a, 0, 1, c, 0, 2, 0, 2, 2, 1}).pop(a, 2).pop(c, 2).endLoop();
  m.op(Opcode::Sfpu, {isa::SfpuFunction::Relu, 0, 4, 0, 0});
  m.op(Opcode::DstCommit).op(Opcode::DstWait).op(Opcode::PackTiles, {0, 4, o, 0, 1, 0});
  m.op(Opcode::DstRelease).push(o, 4);
  s.wait(o, 4).op(Opcode::WritePages, {o, 0, int(out), 0, 0, 2, 2}).writeBarrier().pop(o, 4);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  p.kernels.push_back(s.kernel(ThreadKind::Writer));
  b.io(in, out);
  return b;
}

TEST(Sim, Matmul) {
  auto x = numbers(64 * 96, 7), w = numbers(96 * 64, 5);
  std::vector<float> expected(64 * 64);
  for (int i = 0; i < 64; ++i)
    for (int j = 0; j < 64; ++j) {
      float sum = 0;
      for (int k = 0; k < 96; ++k)
        sum += x[size_t(i * 96 + k)] * w[size_t(k * 64 + j)];
      expected[size_t(i * 64 + j)] = std::max(sum, 0.0f);
    }
  for (Format f : {Format::Bf16, Format::Bfp8B})
    for (bool exact : {false, true})
      for (bool fp32 : {false, true}) {
        TestModel b = matmulModel(f, fp32);
        auto d = device(b);
        ASSERT_TRUE(bool(d->writeInput(0, x)));
        ASSERT_TRUE(bool(d->writeBuffer(1, w)));
        RunOptions o = checked();
        o.exact = exact;
        auto ran = d->run(o);
        ASSERT_TRUE(bool(ran)) << ran.error().message;
        auto got = *d->readOutput(0);
        for (size_t i = 0; i < got.size(); ++i)
          ASSERT_NEAR(got[i], expected[i], std::abs(expected[i]) * (fp32 ? 1e-5 : 8e-3)) << i;
        EXPECT_GT(d->report().programs[0].buckets[2][size_t(runtime::Bucket::Math)], 0);
        EXPECT_GT(d->report().programs[0].buckets[2][size_t(runtime::Bucket::Sfpu)], 0);
      }
}

/// `n` tiles, each copied to Dst, put through mish by the math's or the packer's end, and packed.
TestModel vectorModel(int n, bool packer, const char *device = "n150") {
  TestModel b(device);
  uint32_t in = b.interleaved("in", n * 32, 32, Order::Tile);
  uint32_t out = b.interleaved("out", n * 32, 32, Order::Tile);
  ProgramT &p = b.program(1, 1);
  int tiles = b.cb(p, "in", 2048, n), o = b.cb(p, "out", 2048, n);
  Asm r, m, w;
  r.reserve(tiles, n).op(Opcode::ReadPages, {tiles, 0, int(in), 0, 0, n, 1}).readBarrier().push(tiles, n);
  m.wait(tiles, n).reserve(o, n).loop(Reg{0}, 0, n, 1).op(Opcode::DstAcquire);
  m.op(Opcode::CopyTiles, {tiles, Reg{0}, 1, 0, 1});
  auto mish = [&] { m.op(Opcode::Sfpu, {isa::SfpuFunction::MishBf16, 0, 1, 0, 0}); };
  if (!packer)
    mish();
  m.op(Opcode::DstCommit).op(Opcode::DstWait);
  if (packer)
    mish();
  m.op(Opcode::PackTiles, {0, 1, o, Reg{0}, 1, 0}).op(Opcode::DstRelease).endLoop();
  m.push(o, n).pop(tiles, n);
  w.wait(o, n).op(Opcode::WritePages, {o, 0, int(out), 0, 0, n, 1}).writeBarrier().pop(o, n);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  b.io(in, out);
  return b;
}

/// The packer's end hides the copy and the handshakes, never the vector unit's own time; values are the same.
TEST(Sim, VectorUnitOnThePackersSide) {
  constexpr int n = 12;
  std::vector<float> values[2];
  int64_t cycles[2], vector[2];
  for (bool packer : {false, true}) {
    TestModel b = vectorModel(n, packer);
    auto d = device(b);
    ASSERT_TRUE(bool(d->writeInput(0, numbers(n * 1024, 23))));
    auto ran = d->run(checked());
    ASSERT_TRUE(bool(ran)) << ran.error().message;
    values[packer] = *d->readOutput(0);
    cycles[packer] = d->report().cycles;
    const runtime::CoreReport &core = d->report().cores[0];
    vector[packer] = core.vector;
    int64_t sum = 0;
    for (int64_t c : core.buckets[2])
      sum += c;
    EXPECT_EQ(sum, cycles[packer]);
    EXPECT_GT(core.buckets[2][size_t(runtime::Bucket::Sfpu)], vector[packer] * 8 / 10)
        << "the math waits for it";
  }
  EXPECT_EQ(values[0], values[1]);
  EXPECT_EQ(vector[0], vector[1]);
  const DeviceSpec &d = *findDevice("n150");
  EXPECT_EQ(vector[0], n * timing::sfpu(d, d.sfpu_slots_mish_bf16, 1));
  EXPECT_LT(cycles[1], cycles[0] - n * d.math_eltwise_phase);
  EXPECT_GT(cycles[1], vector[1]);
}

TEST(SimErrors, NoVectorUnitOnThePackersSide) {
  TestModel b = vectorModel(1, true, "e150");
  auto d = device(b);
  ASSERT_TRUE(bool(d->writeInput(0, numbers(1024))));
  auto ran = d->run(checked());
  ASSERT_FALSE(bool(ran));
  std::string error = ran.error().message;
  EXPECT_NE(error.find("takes nothing from the packer's thread"), std::string::npos) << error;
}

/// Core 0 reads a tile from DRAM and multicasts it to its row; every core adds its own tile.
TestModel mcastModel(int cores, int blocks) {
  TestModel b;
  uint32_t in = b.interleaved("in", blocks * 32, 32, Order::Tile);
  uint32_t own = b.interleaved("own", cores * 32, 32, Order::Tile);
  uint32_t out = b.height("out", cores * 32, 32, 32, cores, 1, Order::Tile);
  ProgramT &p = b.program(cores, 1);
  p.semaphores = 2;
  int shared = b.cb(p, "shared", 2048, 2), mine = b.cb(p, "mine", 2048, 1);
  int o = b.cb(p, "out", 2048, 1, Format::Bf16, int(out));
  enum { readySem, validSem };
  Asm w, r, m;
  w.op(Opcode::CoreX, {Reg{0}}).loop(Reg{1}, 0, blocks, 1).op(Opcode::Add, {Reg{2}, Reg{1}, 1});
  w.reserve(shared, 1).op(Opcode::Cmp, {Reg{3}, isa::Predicate::Eq, Reg{0}, 0}).iff(Reg{3});
  w.op(Opcode::ReadPages, {shared, 0, int(in), Reg{1}, 0, 1, 1}).readBarrier();
  w.op(Opcode::Mul, {Reg{4}, Reg{2}, cores - 1}).op(Opcode::SemWait, {readySem, Reg{4}});
  w.op(Opcode::Mcast, {shared, 0, 2048, 0, 0, cores - 1, 0, 0});
  w.op(Opcode::SemMcastInc, {0, 0, cores - 1, 0, validSem, 1}).writeBarrier().otherwise();
  w.op(Opcode::SemInc, {0, 0, readySem, 1}).op(Opcode::SemWait, {validSem, Reg{2}}).endIf();
  w.push(shared, 1).endLoop();
  r.op(Opcode::CoreIndex, {Reg{0}}).reserve(mine, 1);
  r.op(Opcode::ReadPages, {mine, 0, int(own), Reg{0}, 0, 1, 1}).readBarrier().push(mine, 1);
  m.reserve(o, 1).wait(mine, 1).op(Opcode::DstAcquire).op(Opcode::CopyTiles, {mine, 0, 1, 0, 1});
  m.loop(Reg{0}, 0, blocks, 1).wait(shared, 1);
  m.op(Opcode::EltwiseDst, {isa::EltwiseKind::Add, shared, 0, 1, 0, 1, isa::Broadcast::None});
  m.pop(shared, 1).endLoop().op(Opcode::DstCommit).op(Opcode::DstWait);
  m.op(Opcode::PackTiles, {0, 1, o, 0, 1, 0}).op(Opcode::DstRelease).push(o, 1).pop(mine, 1);
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  b.io(own, out);
  return b;
}

TEST(Sim, MulticastWithSemaphores) {
  int blocks = 5;
  std::vector<float> previous;
  int64_t cycles = 0;
  for (unsigned threads : {1u, 2u, 3u, 8u})
    for (int cores : {2, 8}) {
      TestModel b = mcastModel(cores, blocks);
      auto d = device(b);
      auto own = numbers(size_t(cores) * 1024, 11), shared = numbers(size_t(blocks) * 1024, 5);
      ASSERT_TRUE(bool(d->writeBuffer(0, shared)));
      ASSERT_TRUE(bool(d->writeInput(0, own)));
      RunOptions o = checked();
      o.threads = threads;
      auto ran = d->run(o);
      ASSERT_TRUE(bool(ran)) << ran.error().message;
      auto got = *d->readOutput(0);
      for (size_t i = 0; i < got.size(); ++i) {
        float want = own[i];
        for (int k = 0; k < blocks; ++k)
          want += shared[size_t(k) * 1024 + i % 1024];
        ASSERT_EQ(got[i], want) << i;
      }
      if (cores == 8) {
        if (cycles)
          EXPECT_EQ(d->report().cycles, cycles);
        cycles = d->report().cycles;
      }
    }
}

/// 3x3 window over a 12 x 10 image of 16 channels, height-sharded over 4 cores: halo from
/// neighbours.
TEST(Sim, WindowGatherWithHalo) {
  TestModel b;
  int h = 12, w = 10, c = 16, shard = 30;
  uint32_t in = b.height("in", h * w, c, shard, 2, 2);
  uint32_t out = b.height("out", h * w, 9 * c, shard, 2, 2);
  auto window = std::make_unique<WindowT>();
  window->out_h = window->in_h = uint32_t(h);
  window->out_w = window->in_w = uint32_t(w);
  window->kernel_h = window->kernel_w = 3;
  window->pad_top = window->pad_left = 1;
  b.model.windows.push_back(std::move(window));
  ProgramT &p = b.program(2, 2);
  int o = b.cb(p, "out", uint32_t(9 * c * 2), uint32_t(shard), Format::Bf16, int(out));
  Asm r;
  r.op(Opcode::CoreIndex, {Reg{0}}).op(Opcode::Mul, {Reg{1}, Reg{0}, shard}).reserve(o, shard);
  r.op(Opcode::ReadWindow, {o, 0, 9 * c * 2, int(in), 0, Reg{1}, shard, 0, 9, 0, c * 2, 0x3f80});
  r.readBarrier().push(o, shard);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  b.io(in, out);
  auto d = device(b);
  auto x = numbers(size_t(h * w * c), 101);
  ASSERT_TRUE(bool(d->writeInput(0, x)));
  auto ran = d->run(checked());
  ASSERT_TRUE(bool(ran)) << ran.error().message;
  auto got = *d->readOutput(0);
  for (int y = 0; y < h; ++y)
    for (int col = 0; col < w; ++col)
      for (int t = 0; t < 9; ++t)
        for (int k = 0; k < c; ++k) {
          int iy = y + t / 3 - 1, ix = col + t % 3 - 1;
          bool inside = iy >= 0 && ix >= 0 && iy < h && ix < w;
          float want = inside ? x[size_t((iy * w + ix) * c + k)] : 1.0f;
          ASSERT_EQ(got[size_t(((y * w + col) * 9 + t) * c + k)], want)
              << y << " " << col << " " << t;
        }
  EXPECT_GT(d->report().programs[0].nocBytes, 0);
}

TEST(Sim, TilizeAndUntilizeRoundTrip) {
  TestModel b;
  uint32_t in = b.height("in", 128, 64, 32, 4, 1), out = b.height("out", 128, 64, 32, 4, 1);
  ProgramT &p = b.program(4, 1);
  int a = b.cb(p, "in", 4096, 1, Format::Bf16, int(in)),
      o = b.cb(p, "out", 4096, 1, Format::Bf16, int(out));
  int t = b.cb(p, "tiles", 2048, 2);
  Asm r, m;
  r.reserve(a, 1).push(a, 1);
  m.wait(a, 1).reserve(t, 2).op(Opcode::Tilize, {a, 0, 128, t, 0, 2, 1, 2}).push(t, 2).pop(a, 1);
  m.wait(t, 2).reserve(o, 1).op(Opcode::Untilize, {t, 0, 2, o, 0, 128, 1, 2}).push(o, 1).pop(t, 2);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  b.io(in, out);
  auto d = device(b);
  auto x = numbers(128 * 64, 97);
  ASSERT_TRUE(bool(d->writeInput(0, x)));
  auto ran = d->run(checked());
  ASSERT_TRUE(bool(ran)) << ran.error().message;
  EXPECT_EQ(*d->readOutput(0), x);
}

// --- errors ---

TEST(SimErrors, DeadlockNamesWaits) {
  TestModel b;
  uint32_t in = b.interleaved("in", 32, 32, Order::Tile);
  ProgramT &p = b.program(2, 1);
  p.semaphores = 1;
  int cb = b.cb(p, "tiles", 2048, 2);
  Asm r, w;
  r.op(Opcode::CoreX, {Reg{0}}).iff(Reg{0}).op(Opcode::SemWait, {0, 3}).endIf();
  w.op(Opcode::CoreX, {Reg{0}}).iff(Reg{0}).otherwise().wait(cb, 2).endIf();
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  b.io(in, in);
  std::string e = runError(b);
  EXPECT_NE(e.find("deadlock: no thread can go on [deadlock]"), std::string::npos) << e;
  EXPECT_NE(e.find("core (1, 0) reader at word"), std::string::npos) << e;
  EXPECT_NE(e.find("waits for semaphore 0: have 0, need 3"), std::string::npos) << e;
  EXPECT_NE(e.find("waits for pages of circular buffer 0 'tiles': have 0, need 2"),
            std::string::npos)
      << e;
}

std::string kernelError(ThreadKind thread, const std::function<void(Asm &)> &body,
                        bool fp32 = false) {
  TestModel b;
  uint32_t in = b.interleaved("in", 64, 32, Order::Tile);
  ProgramT &p = b.program(1, 1);
  p.fp32_dest = fp32;
  b.cb(p, "tiles", 2048, 4);
  Asm a;
  body(a);
  p.kernels.push_back(a.kernel(thread));
  b.io(in, in);
  return runError(b);
}

TEST(SimErrors, ProtocolsAndWindows) {
  auto has = [](const std::string &e, const char *text) {
    EXPECT_NE(e.find(text), std::string::npos) << e;
  };
  auto fill8 = [](Asm &a) {
    a.op(Opcode::DstAcquire).op(Opcode::Sfpu, {isa::SfpuFunction::Relu, 6, 3, 0, 0});
  };
  has(kernelError(ThreadKind::Compute, fill8), "core (0, 0) compute at word 2 sfpu");
  has(kernelError(ThreadKind::Compute, fill8), "Dst tiles 6..9, a half has 8");
  has(kernelError(ThreadKind::Compute, fill8, true), "a half has 4 of 32 bits");
  has(kernelError(ThreadKind::Compute,
                  [](Asm &a) { a.op(Opcode::Sfpu, {isa::SfpuFunction::Relu, 0, 1, 0, 0}); }),
      "outside dst_acquire");
  has(kernelError(ThreadKind::Compute,
                  [](Asm &a) { a.op(Opcode::DstAcquire).op(Opcode::DstAcquire); }),
      "Dst is acquired already");
  has(kernelError(ThreadKind::Compute, [](Asm &a) { a.op(Opcode::DstWait); }),
      "nothing was committed");
  has(kernelError(ThreadKind::Reader, [](Asm &a) { a.reserve(0, 5); }),
      "reserve of 5 pages of circular buffer 0 'tiles', which has 4");
  has(kernelError(ThreadKind::Reader, [](Asm &a) { a.push(0, 1); }), "of which 0 are reserved");
  has(kernelError(ThreadKind::Reader,
                  [](Asm &a) { a.reserve(0, 2).push(0, 2).wait(0, 1).pop(0, 2); }),
      "of which 1 were waited for");
  has(kernelError(ThreadKind::Reader,
                  [](Asm &a) { a.reserve(0, 1).op(Opcode::ReadPages, {0, 0, 0, 0, 0, 2, 1}); }),
      "bytes 0..4096 of a window of 1 pages of 2048 bytes reserved");
  has(kernelError(ThreadKind::Reader,
                  [](Asm &a) {
                    a.reserve(0, 3).push(0, 3).wait(0, 3).pop(0, 3).reserve(0, 2);
                    a.op(Opcode::ReadPages, {0, 0, 0, 0, 0, 2, 1});
                  }),
      "wrap around its end");
  has(kernelError(ThreadKind::Reader,
                  [](Asm &a) {
                    a.op(Opcode::Move, {Reg{0}, 99}).reserve(0, 1);
                    a.op(Opcode::ReadPages, {0, 0, Reg{0}, 0, 0, 1, 1});
                  }),
      "buffer 99 of 1");
  has(kernelError(
          ThreadKind::Reader,
          [](Asm &a) { a.op(Opcode::Move, {Reg{0}, 0}).op(Opcode::Div, {Reg{0}, 4, Reg{0}}); }),
      "division by zero");
  has(kernelError(ThreadKind::Reader,
                  [](Asm &a) { a.op(Opcode::Move, {Reg{0}, 7}).op(Opcode::SemWait, {Reg{0}, 1}); }),
      "semaphore 7 of 0");
}

TEST(SimErrors, InputsAndNames) {
  TestModel b = copyModel(2);
  auto d = device(b);
  auto e = d->writeInput(0, numbers(5));
  ASSERT_FALSE(bool(e));
  EXPECT_EQ(e.error().message, "test.ttp: input 'in' has 4096 elements (64x64), got 5");
  EXPECT_EQ(d->findInput("x").error().message, "test.ttp: no input 'x'; there is 'in'");
  EXPECT_EQ(*d->findOutput("out"), 0u);
}

} // namespace
