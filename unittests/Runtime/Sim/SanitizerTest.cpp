//===- SanitizerTest.cpp - every check: a seeded bug and a control -----------===//
#include "Asm.h"

#include "ttc/Runtime/Runtime.h"
#include "ttc/Runtime/ScheduleFuzz.h"
#include "ttc/Runtime/ValueWatch.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;
using runtime::CheckSet;
using runtime::Device;
using runtime::RunOptions;

namespace {

/// A device whose inputs are written.
std::unique_ptr<Device> deviceOf(TestModel b) {
  auto file = b.file();
  EXPECT_TRUE(bool(file)) << file.error().message;
  if (!file)
    return nullptr;
  auto d = Device::create(*file);
  EXPECT_TRUE(bool(d));
  for (size_t i = 0; i < (*d)->model().inputs.size(); ++i) {
    const auto &shape = (*d)->model().inputs[i]->shape;
    EXPECT_TRUE(bool((*d)->writeInput(i, std::vector<float>(size_t(shape[0]) * shape[1], 1.0f))));
  }
  return std::move(*d);
}

/// The error of a run, or nothing.
std::string run(TestModel b, const char *checks = "all") {
  auto d = deviceOf(std::move(b));
  RunOptions o;
  o.sanitize = *CheckSet::parse(checks);
  auto ran = d->run(o);
  return ran ? "" : ran.error().message;
}

void finds(TestModel b, const std::string &check, const std::string &text,
           const char *checks = "all") {
  std::string e = run(std::move(b), checks);
  EXPECT_NE(e.find(" [" + check + "]"), std::string::npos) << check << ": " << e;
  EXPECT_NE(e.find(text), std::string::npos) << e;
  EXPECT_EQ(e.rfind("test.ttp: program 'p", 0), 0u) << e;
  EXPECT_NE(e.find("(layer 'layer'): core ("), std::string::npos) << e;
  EXPECT_NE(e.find(", cycle "), std::string::npos) << e;
}
void clean(TestModel b) { EXPECT_EQ(run(std::move(b)), ""); }

using Body = std::function<void(Asm &)>;

/// One program on `cores` cores: `in` (4 tiles) and `out` in DRAM or L1, a circular buffer 0 of 4
/// bf16 tiles and another 1, two semaphores.
struct Small {
  int cores = 1;
  Memory outMemory = Memory::Dram;
  Body reader, writer, compute;
  TestModel model() const {
    TestModel b;
    uint32_t in = b.interleaved("in", 128, 32, Order::Tile);
    uint32_t out = b.interleaved("out", 128, 32, Order::Tile, Format::Bf16, outMemory);
    ProgramT &p = b.program(cores, 1);
    p.semaphores = 2;
    p.num_args = 1;
    p.args.assign(size_t(cores), 7);
    b.cb(p, "tiles", 2048, 4);
    b.cb(p, "more", 2048, 4);
    ThreadKind kinds[] = {ThreadKind::Reader, ThreadKind::Writer, ThreadKind::Compute};
    const Body *bodies[] = {&reader, &writer, &compute};
    for (int k = 0; k < 3; ++k)
      if (*bodies[k]) {
        Asm a;
        (*bodies[k])(a);
        p.kernels.push_back(a.kernel(kinds[k]));
      }
    b.io(in, out);
    return b;
  }
};
TestModel reader(Body body, int cores = 1) {
  return Small{cores, Memory::Dram, body, {}, {}}.model();
}

constexpr int in = 0, out = 1, tilesCb = 0, moreCb = 1;

/// Reads `n` tiles of `in` from page `row` into a circular buffer.
Asm &read(Asm &a, int cb, int n = 1, Arg row = 0, int offset = 0) {
  return a.op(Opcode::ReadPages, {cb, offset, in, row, 0, n, 1});
}
Asm &write(Asm &a, int cb, int n = 1, Arg row = 0) {
  return a.op(Opcode::WritePages, {cb, 0, out, row, 0, n, 1});
}
/// A reader that hands on one tile, and a writer that takes it.
void produce(Asm &a) { read(a.reserve(tilesCb, 1), tilesCb).readBarrier().push(tilesCb, 1); }
void consume(Asm &a) { write(a.wait(tilesCb, 1), tilesCb).writeBarrier().pop(tilesCb, 1); }

TEST(Sanitizer, CleanRunSaysWhatItChecked) {
  auto d = deviceOf(Small{1, Memory::Dram, produce, consume, {}}.model());
  RunOptions o;
  o.sanitize = CheckSet::all();
  auto ran = d->run(o);
  ASSERT_TRUE(bool(ran)) << ran.error().message;
  const runtime::SanitizerReport &s = d->report().sanitizer;
  EXPECT_TRUE(s.on && s.valid());
  EXPECT_EQ(s.transfers, 2u);
  EXPECT_EQ(s.cbOperations, 4u);
  EXPECT_GE(s.accesses, 3u);
  EXPECT_NE(s.text().find("sanitizer: clean: "), std::string::npos) << s.text();
  EXPECT_NE(d->report().json(false).find("\"valid\": true"), std::string::npos);
}

TEST(Sanitizer, Names) {
  EXPECT_TRUE(CheckSet::parse("all")->any());
  EXPECT_FALSE(CheckSet::parse("none")->any());
  auto two = CheckSet::parse("data-race,bounds");
  ASSERT_TRUE(bool(two));
  EXPECT_TRUE(two->has(runtime::Check::DataRace) && two->has(runtime::Check::Bounds));
  EXPECT_FALSE(two->has(runtime::Check::Alignment));
  for (const char *wrong : {"races", "", "bounds,", "all,bounds"}) {
    auto set = CheckSet::parse(wrong);
    ASSERT_FALSE(bool(set)) << wrong;
    for (const runtime::CheckInfo &c : runtime::allChecks())
      EXPECT_NE(set.error().message.find(c.name), std::string::npos) << set.error().message;
  }
}

TEST(Sanitizer, OnlyWhatIsChosen) {
  // The seeded bug is a read that nobody waits for.
  auto bug = [](Asm &a) { read(a.reserve(tilesCb, 1), tilesCb).push(tilesCb, 1).readBarrier(); };
  finds(Small{1, Memory::Dram, bug, consume, {}}.model(), "missing-barrier",
        "read_barrier is missing", "missing-barrier");
  EXPECT_EQ(run(Small{1, Memory::Dram, bug, consume, {}}.model(), "none"), "");
  EXPECT_EQ(run(Small{1, Memory::Dram, bug, consume, {}}.model(), "alignment,bounds"), "");
}

TEST(Sanitizer, KeepGoingCountsDistinctFindings) {
  // Two instructions with a bug each, executed three times.
  Body bug = [](Asm &a) {
    a.loop(Reg{0}, 0, 3, 1);
    read(a.reserve(tilesCb, 1), tilesCb).push(tilesCb, 1).readBarrier();
    read(a.reserve(moreCb, 1), moreCb, 1, 0, 0).push(moreCb, 1).readBarrier().endLoop();
  };
  Body drain = [](Asm &a) {
    a.loop(Reg{0}, 0, 3, 1)
        .wait(tilesCb, 1)
        .pop(tilesCb, 1)
        .wait(moreCb, 1)
        .pop(moreCb, 1)
        .endLoop();
  };
  auto d = deviceOf(Small{1, Memory::Dram, bug, drain, {}}.model());
  RunOptions o;
  o.sanitize = CheckSet::all();
  o.keepGoing = true;
  auto ran = d->run(o);
  ASSERT_TRUE(bool(ran)) << ran.error().message;
  const runtime::SanitizerReport &s = d->report().sanitizer;
  ASSERT_EQ(s.findings.size(), 2u) << s.text();
  EXPECT_EQ(s.findings[0].times, 3u);
  EXPECT_FALSE(s.valid());
  EXPECT_NE(s.text().find("INVALID"), std::string::npos);
}

TEST(Sanitizer, NocCoordinates) {
  auto signal = [](int x) {
    return [x](Asm &a) { a.op(Opcode::Move, {Reg{0}, x}).op(Opcode::SemInc, {Reg{0}, 0, 0, 1}); };
  };
  finds(reader(signal(2), 2), "noc-coordinates", "core (2, 0) outside the program's grid 2x1");
  clean(reader(signal(1), 2));
}

/// Sticks of 64 bytes: reads and writes of whole rows.
TestModel rows(int byte, int bytes, bool writes, int cbOffset = 0, Memory memory = Memory::Dram) {
  TestModel b;
  uint32_t x = b.interleaved("in", 8, 32, Order::RowMajor, Format::Bf16, memory);
  uint32_t y = b.interleaved("out", 8, 32, Order::RowMajor, Format::Bf16, memory);
  auto window = std::make_unique<WindowT>();
  window->out_w = window->in_w = 8;
  b.model.windows.push_back(std::move(window));
  ProgramT &p = b.program(1, 1);
  int cb = b.cb(p, "rows", 1024, 1);
  Asm r, w;
  r.reserve(cb, 1).op(Opcode::Fill, {cb, 0, 1024, 0}).readBarrier();
  r.op(Opcode::ReadWindow,
       {cb, cbOffset, 96, int(x), 0, 0, 8, 0, 1, writes ? 0 : byte, writes ? 64 : bytes, 0});
  r.readBarrier().push(cb, 1);
  w.wait(cb, 1).op(Opcode::WriteRows,
                   {cb, 0, 96, int(y), 0, 8, writes ? byte : 0, writes ? bytes : 64});
  w.writeBarrier().pop(cb, 1);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  b.io(x, y);
  return b;
}

TEST(Sanitizer, Bounds) {
  finds(rows(32, 64, false), "bounds", "bytes 32 + 64 of a row of buffer 'in', which has 64");
  finds(rows(32, 64, true), "bounds", "bytes 32 + 64 of a row of buffer 'out', which has 64");
  clean(rows(0, 64, false));
  clean(rows(0, 64, true));
}

TEST(Sanitizer, Alignment) {
  auto at = [](int offset) {
    return reader([offset](Asm &a) {
      read(a.reserve(tilesCb, 2), tilesCb, 1, 0, offset).readBarrier().push(tilesCb, 2);
      a.wait(tilesCb, 2).pop(tilesCb, 2);
    });
  };
  finds(at(16), "alignment", "differ modulo 32");
  clean(at(32));
  // Sticks: bytes 16..48 of a row must land at 16 modulo 32, or modulo 16 from L1.
  finds(rows(16, 32, false), "alignment", "a read between L1 address");
  clean(rows(16, 32, false, 16));
  clean(rows(16, 32, false, 0, Memory::L1));
  finds(rows(8, 32, false, 0, Memory::L1), "alignment", "differ modulo 16");
  finds(rows(8, 32, true), "alignment", "a write between L1 address");
}

/// Program 0 fills `second`, which lies at `offset` from `first`; program 1 copies `first`.
TestModel overlap(uint64_t offset, Memory memory, bool byRegister = false, bool freed = false) {
  TestModel b;
  uint32_t first = b.interleaved("first", 32 * 128, 32, Order::Tile, Format::Bf16, memory);
  uint32_t second = b.interleaved("second", 32 * 128, 32, Order::Tile, Format::Bf16, memory);
  uint32_t result = b.interleaved("result", 32 * 128, 32, Order::Tile);
  b.model.buffers[second]->address = b.model.buffers[first]->address + offset;
  ProgramT &p = b.program(1, 1);
  int cb = b.cb(p, "tiles", 2048, 1);
  Asm a;
  a.reserve(cb, 1).op(Opcode::Fill, {cb, 0, 2048, 0}).readBarrier().push(cb, 1).wait(cb, 1);
  a.op(Opcode::WritePages, {cb, 0, int(second), 0, 0, 1, 1}).writeBarrier().pop(cb, 1);
  p.kernels.push_back(a.kernel(ThreadKind::Reader));
  if (freed) {
    auto c = std::make_unique<CommandT>();
    c->kind = CommandKind::Free;
    c->index = first;
    b.model.commands.push_back(std::move(c));
  }
  ProgramT &q = b.program(1, 1);
  int cb2 = b.cb(q, "tiles", 2048, 1);
  Asm c;
  if (byRegister)
    c.op(Opcode::Move, {Reg{0}, int(first)});
  Arg source = byRegister ? Arg(Reg{0}) : Arg(int(first));
  c.reserve(cb2, 1).op(Opcode::ReadPages, {cb2, 0, source, 64, 0, 1, 1}).readBarrier().push(cb2, 1);
  c.wait(cb2, 1)
      .op(Opcode::WritePages, {cb2, 0, int(result), 0, 0, 1, 1})
      .writeBarrier()
      .pop(cb2, 1);
  q.kernels.push_back(c.kernel(ThreadKind::Reader));
  b.io(first, result);
  return b;
}

TEST(Sanitizer, Ownership) {
  for (Memory m : {Memory::Dram, Memory::L1}) {
    finds(overlap(2048, m), "ownership",
          "of buffer 'second' over buffer 'first' of the host, which is still to be read");
    clean(overlap(1 << 16, m));
  }
}

TEST(Sanitizer, UseAfterFreeAndReuse) {
  for (Memory m : {Memory::Dram, Memory::L1}) {
    // Page 64 of `first` is where page 0 of `second` went: slot 64 / 12 of a bank, the L1 of core
    // 0.
    uint64_t reused = m == Memory::Dram ? 5 * 2048 : 2048;
    TestModel stale = overlap(reused, m, /*byRegister=*/true);
    if (m == Memory::Dram) // page 60 lies in bank 0, where page 0 of `second` does
      stale.model.programs[1]->kernels[0]->code = [&] {
        Asm c;
        c.op(Opcode::Move, {Reg{0}, 0});
        c.reserve(0, 1).op(Opcode::ReadPages, {0, 0, Reg{0}, 60, 0, 1, 1}).readBarrier().push(0, 1);
        c.wait(0, 1).op(Opcode::WritePages, {0, 0, 2, 0, 0, 1, 1}).writeBarrier().pop(0, 1);
        return c.kernel(ThreadKind::Reader)->code;
      }();
    finds(std::move(stale), "use-after-free", "last written by buffer 'second' of program 'p0'");
    finds(overlap(1 << 16, m, true, true), "use-after-free",
          "uses buffer 'first', which was freed");
    clean(overlap(1 << 16, m, true, false));
  }
}

TEST(Sanitizer, UninitialisedDram) {
  auto model = [](int source) {
    TestModel b = Small{1, Memory::Dram, produce, consume, {}}.model();
    Asm r;
    r.reserve(tilesCb, 1).op(Opcode::ReadPages, {tilesCb, 0, source, 0, 0, 1, 1});
    b.model.programs[0]->kernels[0] = r.readBarrier().push(tilesCb, 1).kernel(ThreadKind::Reader);
    return b;
  };
  finds(model(out), "uninitialised", "of buffer 'out', which nothing has written");
  clean(model(in));
}

TEST(Sanitizer, UninitialisedL1AndDst) {
  auto math = [](bool copies) {
    return [copies](Asm &a) {
      a.wait(tilesCb, 1).reserve(moreCb, 1).op(Opcode::DstAcquire);
      if (copies)
        a.op(Opcode::CopyTiles, {tilesCb, 0, 1, 0, 1});
      a.op(Opcode::DstCommit).op(Opcode::DstWait).op(Opcode::PackTiles, {0, 1, moreCb, 0, 1, 0});
      a.op(Opcode::DstRelease).push(moreCb, 1).pop(tilesCb, 1);
    };
  };
  Body take = [](Asm &a) { write(a.wait(moreCb, 1), moreCb).writeBarrier().pop(moreCb, 1); };
  Body nothing = [](Asm &a) { a.reserve(tilesCb, 1).push(tilesCb, 1); };
  clean(Small{1, Memory::Dram, produce, take, math(true)}.model());
  finds(Small{1, Memory::Dram, nothing, take, math(true)}.model(), "uninitialised",
        "of circular buffer 'tiles', which nothing has written");
  finds(Small{1, Memory::Dram, produce, take, math(false)}.model(), "uninitialised",
        "packs Dst tile 0, which nothing has written since dst_acquire");
}

TEST(Sanitizer, Padding) {
  // Rows of 24 columns in shards of 32: what lies past column 24 enters a sum when it is tilized.
  auto model = [](int bytes) {
    TestModel b;
    uint32_t x = b.interleaved("in", 32, 32, Order::RowMajor);
    BufferShape s;
    s.memory = Memory::L1;
    s.sharding = Sharding::Height;
    s.order = Order::RowMajor;
    s.rows = 32, s.cols = 24, s.shardRows = 32, s.shardCols = 32;
    uint32_t mid = b.buffer("mid", s);
    uint32_t y = b.interleaved("out", 32, 32, Order::Tile);
    auto window = std::make_unique<WindowT>();
    window->out_w = window->in_w = 32;
    b.model.windows.push_back(std::move(window));
    ProgramT &p = b.program(1, 1);
    int cb = b.cb(p, "mid", 2048, 1, Format::Bf16, int(mid));
    Asm r;
    r.reserve(cb, 1).op(Opcode::ReadWindow, {cb, 0, 64, int(x), 0, 0, 32, 0, 1, 0, bytes, 0});
    p.kernels.push_back(r.readBarrier().push(cb, 1).kernel(ThreadKind::Reader));
    ProgramT &q = b.program(1, 1);
    int source = b.cb(q, "mid", 2048, 1, Format::Bf16, int(mid)), t = b.cb(q, "tiles", 2048, 1);
    Asm a, m, w;
    q.kernels.push_back(a.reserve(source, 1).push(source, 1).kernel(ThreadKind::Reader));
    m.wait(source, 1).reserve(t, 1).op(Opcode::Tilize, {source, 0, 64, t, 0, 1, 1, 1});
    q.kernels.push_back(m.push(t, 1).pop(source, 1).kernel(ThreadKind::Compute));
    w.wait(t, 1).op(Opcode::WritePages, {t, 0, int(y), 0, 0, 1, 1}).writeBarrier().pop(t, 1);
    q.kernels.push_back(w.kernel(ThreadKind::Writer));
    b.io(x, y);
    return b;
  };
  finds(model(48), "padding",
        "of buffer 'mid', past the tensor's last column, which nothing has written");
  clean(model(64));
}

TEST(Sanitizer, CbCapacity) {
  auto reserve = [](int n) {
    return reader(
        [n](Asm &a) { a.reserve(tilesCb, n).push(tilesCb, n).wait(tilesCb, n).pop(tilesCb, n); });
  };
  finds(reserve(5), "cb-capacity", "reserve of 5 pages of circular buffer 0 'tiles', which has 4");
  clean(reserve(4));
}

TEST(Sanitizer, CbWindow) {
  auto over = [](int n) {
    return reader([n](Asm &a) {
      read(a.reserve(tilesCb, 1), tilesCb, n)
          .readBarrier()
          .push(tilesCb, 1)
          .wait(tilesCb, 1)
          .pop(tilesCb, 1);
    });
  };
  finds(over(2), "cb-window", "bytes 0..4096 of a window of 1 pages of 2048 bytes reserved");
  clean(over(1));
}

TEST(Sanitizer, CbDangling) {
  finds(reader([](Asm &a) { a.reserve(tilesCb, 1); }), "cb-dangling",
        "after a reserve of circular buffer 0 'tiles' without a push");
  finds(Small{1, Memory::Dram, produce, [](Asm &a) { a.wait(tilesCb, 1); }, {}}.model(),
        "cb-dangling", "after a wait of circular buffer 0 'tiles' without a pop");
  // A producer that looks ahead holds more than it pushes; its last push leaves nothing open.
  clean(Small{
      1,
      Memory::Dram,
      [](Asm &a) {
        a.loop(Reg{0}, 0, 3, 1);
        read(a.reserve(tilesCb, 2), tilesCb).readBarrier().push(tilesCb, 1).endLoop();
      },
      [](Asm &a) { a.loop(Reg{0}, 0, 3, 1).wait(tilesCb, 1).pop(tilesCb, 1).endLoop(); },
      {}}.model());
}

TEST(Sanitizer, CbBalance) {
  auto taken = [](int n) {
    return Small{
        1,
        Memory::Dram,
        [](Asm &a) { read(a.reserve(tilesCb, 2), tilesCb, 2).readBarrier().push(tilesCb, 2); },
        [n](Asm &a) { write(a.wait(tilesCb, n), tilesCb, n).writeBarrier().pop(tilesCb, n); },
        {}}
        .model();
  };
  finds(taken(1), "cb-balance", "2 pages of circular buffer 0 'tiles' were pushed and 1 popped");
  clean(taken(2));
}

TEST(Sanitizer, CbFormat) {
  auto model = [](Format f) {
    TestModel b = Small{1, Memory::Dram, produce, consume, {}}.model();
    b.model.programs[0]->cbs[tilesCb]->format = f;
    return b;
  };
  finds(model(Format::Fp32), "cb-format", "'tiles' holds Fp32, buffer 'in' holds Bf16");
  clean(model(Format::Bf16));
  // Tiles that do not divide the page.
  auto paged = [](uint32_t bytes) {
    TestModel b = Small{
        1, Memory::Dram, {}, {}, [](Asm &a) {
          a.op(Opcode::DstAcquire).op(Opcode::CopyTiles, {0, 0, 1, 0, 1}).op(Opcode::DstCommit);
        }}.model();
    Asm r, m;
    r.reserve(0, 1).op(Opcode::Fill, {0, 0, int(bytes), 0}).readBarrier().push(0, 1);
    m.wait(0, 1)
        .op(Opcode::DstAcquire)
        .op(Opcode::CopyTiles, {0, 0, 1, 0, 1})
        .op(Opcode::DstCommit)
        .pop(0, 1);
    b.model.programs[0]->cbs[0]->page_bytes = bytes;
    b.model.programs[0]->cbs[0]->pages = 1;
    b.model.programs[0]->kernels.clear();
    b.model.programs[0]->kernels.push_back(r.kernel(ThreadKind::Reader));
    b.model.programs[0]->kernels.push_back(m.kernel(ThreadKind::Compute));
    return b;
  };
  finds(paged(3072), "cb-format", "has pages of 3072 bytes, its Bf16 tiles have 2048");
  clean(paged(4096));
}

TEST(Sanitizer, Dst) {
  auto math = [](int tile, bool acquires) {
    return Small{1,
                 Memory::Dram,
                 {},
                 {},
                 [=](Asm &a) {
                   if (acquires)
                     a.op(Opcode::DstAcquire);
                   a.op(Opcode::SfpuBinary, {isa::SfpuBinaryKind::Add, tile, tile, tile, 0});
                   if (acquires)
                     a.op(Opcode::DstCommit);
                 }}
        .model();
  };
  finds(math(9, true), "dst", "Dst tiles 9..9, a half has 8");
  finds(math(0, false), "dst", "math on Dst outside dst_acquire");
  clean(math(7, true));
}

TEST(Sanitizer, MissingBarrier) {
  auto pair = [](Body r, Body w) { return Small{1, Memory::Dram, r, w, {}}.model(); };
  auto produceWith = [](bool barrier) {
    return [barrier](Asm &a) {
      read(a.reserve(tilesCb, 1), tilesCb);
      if (barrier)
        a.readBarrier();
      a.push(tilesCb, 1).readBarrier();
    };
  };
  auto consumeWith = [](bool barrier) {
    return [barrier](Asm &a) {
      write(a.wait(tilesCb, 1), tilesCb);
      if (barrier)
        a.writeBarrier();
      a.pop(tilesCb, 1).writeBarrier();
    };
  };
  finds(pair(produceWith(false), consume), "missing-barrier",
        "pushes 1 pages of circular buffer 0 'tiles' while a read into them is outstanding");
  finds(pair(produce, consumeWith(false)), "missing-barrier",
        "pops 1 pages of circular buffer 0 'tiles' while a write from them is outstanding");
  clean(pair(produceWith(true), consumeWith(true)));
  // A copy inside the core is a read: its barrier frees the source as well.
  auto copy = [](bool barrier) {
    return reader([barrier](Asm &a) {
      read(a.reserve(tilesCb, 1), tilesCb).readBarrier().push(tilesCb, 1).wait(tilesCb, 1);
      a.reserve(moreCb, 1).op(Opcode::CopyRows, {tilesCb, 0, 2048, moreCb, 0, 2048, 1, 2048});
      if (barrier)
        a.readBarrier();
      a.pop(tilesCb, 1).readBarrier().push(moreCb, 1).wait(moreCb, 1).pop(moreCb, 1);
    });
  };
  finds(copy(false), "missing-barrier",
        "while a copy from them is outstanding: read_barrier is missing");
  clean(copy(true));
  // Left behind at the end, and two reads to the same bytes.
  finds(reader([](Asm &a) { read(a.reserve(tilesCb, 1), tilesCb); }), "missing-barrier",
        "the kernel ends with 1 outstanding transfer: read_barrier is missing");
  auto twice = [](bool barrier) {
    return reader([barrier](Asm &a) {
      a.reserve(tilesCb, 1).op(Opcode::Fill, {tilesCb, 0, 2048, 0});
      if (barrier)
        a.readBarrier();
      read(a, tilesCb).readBarrier().push(tilesCb, 1).wait(tilesCb, 1).pop(tilesCb, 1);
    });
  };
  finds(twice(false), "missing-barrier", "which a transfer may still write");
  finds(twice(false), "missing-barrier", "the other access: core (0, 0) reader at word");
  clean(twice(true));
}

/// Core 0 writes a tile into core 1's L1, core 1 reads it.
TestModel handOver(bool barrier, bool signals, bool waits) {
  Small s;
  s.cores = 2;
  s.outMemory = Memory::L1;
  s.writer = [=](Asm &a) {
    // Page 1 of `out` lies in the L1 of core 1.
    a.op(Opcode::CoreX, {Reg{0}}).iff(Reg{0});
    if (waits)
      a.op(Opcode::SemWait, {0, 1});
    a.reserve(moreCb, 1).op(Opcode::ReadPages, {moreCb, 0, out, 1, 0, 1, 1}).readBarrier();
    a.push(moreCb, 1).wait(moreCb, 1).pop(moreCb, 1).otherwise();
    write(a.wait(tilesCb, 1), tilesCb, 1, 1);
    if (barrier)
      a.writeBarrier();
    if (signals)
      a.op(Opcode::SemInc, {1, 0, 0, 1});
    a.writeBarrier().pop(tilesCb, 1).endIf();
  };
  s.reader = [](Asm &a) {
    a.op(Opcode::CoreX, {Reg{0}}).iff(Reg{0}).otherwise();
    produce(a);
    a.endIf();
  };
  TestModel b = s.model();
  // The host has written there before, so that a read too early is no read of nothing.
  b.model.inputs.push_back(std::make_unique<TensorT>(*b.model.outputs[0]));
  return b;
}

TEST(Sanitizer, DataRace) {
  finds(handOver(true, true, false), "data-race", "the other access: core (");
  finds(handOver(false, true, true), "missing-barrier", "no barrier ends it before");
  clean(handOver(true, true, true));
}

/// Core 0 multicasts `blocks` tiles through a circular buffer of two pages.
TestModel multicast(bool handshake, bool ordered, int linked = 0, int blocks = 6) {
  TestModel b;
  uint32_t x = b.interleaved("in", blocks * 32, 32, Order::Tile);
  uint32_t y = b.interleaved("out", 32, 32, Order::Tile);
  ProgramT &p = b.program(3, 1);
  p.semaphores = 2;
  int shared = b.cb(p, "shared", 2048, 2), o = b.cb(p, "result", 2048, 1);
  Asm w, m, r;
  w.op(Opcode::CoreX, {Reg{0}}).loop(Reg{1}, 0, blocks, 1).op(Opcode::Add, {Reg{2}, Reg{1}, 1});
  w.reserve(shared, 1).op(Opcode::Cmp, {Reg{3}, isa::Predicate::Eq, Reg{0}, 0}).iff(Reg{3});
  w.op(Opcode::ReadPages, {shared, 0, int(x), Reg{1}, 0, 1, 1}).readBarrier();
  w.op(Opcode::Mul, {Reg{4}, Reg{2}, 2});
  if (handshake)
    w.op(Opcode::SemWait, {0, Reg{4}});
  w.op(Opcode::Mcast, {shared, 0, 2048, 0, 0, 2, 0, linked});
  if (ordered)
    w.op(Opcode::SemMcastInc, {0, 0, 2, 0, 1, 1});
  else
    w.op(Opcode::SemInc, {1, 0, 1, 1}).op(Opcode::SemInc, {2, 0, 1, 1});
  w.writeBarrier().otherwise();
  w.op(Opcode::SemInc, {0, 0, 0, 1}).op(Opcode::SemWait, {1, Reg{2}}).endIf();
  w.push(shared, 1).endLoop();
  m.reserve(o, 1).op(Opcode::DstAcquire).loop(Reg{0}, 0, blocks, 1).wait(shared, 1);
  m.op(Opcode::EltwiseDst, {isa::EltwiseKind::Add, shared, 0, 1, 0, 1, isa::Broadcast::None});
  m.pop(shared, 1).endLoop().op(Opcode::DstCommit).op(Opcode::DstWait);
  m.op(Opcode::PackTiles, {0, 1, o, 0, 1, 0}).op(Opcode::DstRelease).push(o, 1);
  r.op(Opcode::CoreX, {Reg{0}}).wait(o, 1).iff(Reg{0}).otherwise();
  r.op(Opcode::WritePages, {o, 0, int(y), 0, 0, 1, 1}).writeBarrier().endIf().pop(o, 1);
  p.kernels.push_back(w.kernel(ThreadKind::Writer));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  b.io(x, y);
  return b;
}

TEST(Sanitizer, DataRaceOfMulticasts) {
  clean(multicast(true, true));
  clean(multicast(true, true, /*linked=*/1));
  // Without the handshake the sender overwrites what a receiver may still read.
  finds(multicast(false, true), "data-race",
        "of circular buffer 'shared', unordered with an access");
  // A unicast increment is not ordered behind the multicast.
  finds(multicast(true, false), "missing-barrier", "which a transfer may still write");
}

TEST(Sanitizer, Semaphore) {
  auto set = [](bool waits) {
    return reader(
        [waits](Asm &a) {
          a.op(Opcode::CoreX, {Reg{0}}).iff(Reg{0});
          if (waits)
            a.op(Opcode::SemWait, {0, 1});
          a.op(Opcode::SemSet, {0, 0}).otherwise().op(Opcode::SemInc, {1, 0, 0, 1}).endIf();
        },
        2);
  };
  finds(set(false), "semaphore", "unordered with");
  clean(set(true));
  auto add = [](int a, int b) {
    return reader([a, b](Asm &m) {
      m.op(Opcode::SemInc, {0, 0, 0, a})
          .op(Opcode::SemWait, {0, a})
          .op(Opcode::SemInc, {0, 0, 0, b});
      m.op(Opcode::SemWait, {0, 0});
    });
  };
  finds(add(0x7fffffff, 1), "semaphore", "becomes 2147483648, expected 0..2147483647");
  finds(add(0, -1), "semaphore", "becomes -1, expected 0..2147483647");
  clean(add(0x7ffffffe, 1));
}

TEST(Sanitizer, DeadlockPrintsTheCycle) {
  // Reader and writer each want the other's page first.
  auto model = [](bool bug) {
    return Small{
        1,
        Memory::Dram,
        [bug](Asm &a) {
          if (bug)
            a.wait(moreCb, 1).pop(moreCb, 1);
          a.reserve(tilesCb, 1).push(tilesCb, 1);
          if (!bug)
            a.wait(moreCb, 1).pop(moreCb, 1);
        },
        [](Asm &a) { a.wait(tilesCb, 1).pop(tilesCb, 1).reserve(moreCb, 1).push(moreCb, 1); },
        {}}
        .model();
  };
  finds(model(true), "deadlock",
        "\n  core (0, 0) reader at word 0 cb_wait waits for pages of circular buffer 1 'more': "
        "have 0, "
        "need 1; could be satisfied by core (0, 0) writer at word 0 cb_wait");
  finds(
      model(true), "deadlock",
      "\n  cycle: core (0, 0) reader at word 0 cb_wait -> core (0, 0) writer at word 0 cb_wait -> "
      "core (0, 0) reader at word 0 cb_wait");
  clean(model(false));
  finds(Small{1,
              Memory::Dram,
              [](Asm &a) { a.reserve(tilesCb, 1).push(tilesCb, 1); },
              [](Asm &a) { a.wait(tilesCb, 2).pop(tilesCb, 2); },
              {}}
            .model(),
        "deadlock", "the thread that could satisfy it has ended");
}

TEST(Sanitizer, Livelock) {
  auto loops = [](int n) { return reader([n](Asm &a) { a.loop(Reg{0}, 0, n, 1).endLoop(); }); };
  finds(loops(2000000000), "livelock", "control instructions in a row that touch nothing");
  clean(loops(1000));
}

TEST(Sanitizer, Multicast) {
  auto to = [](int x1, int linked, bool closes) {
    return reader(
        [=](Asm &a) {
          a.op(Opcode::CoreX, {Reg{0}}).reserve(tilesCb, 1).iff(Reg{0}).op(Opcode::SemWait, {0, 1});
          a.otherwise().op(Opcode::Fill, {tilesCb, 0, 2048, 0}).readBarrier();
          a.op(Opcode::Mcast, {tilesCb, 0, 2048, 0, 0, x1, 0, linked});
          if (closes)
            a.op(Opcode::SemMcastInc, {0, 0, 1, 0, 0, 1});
          a.writeBarrier();
          if (!closes)
            a.op(Opcode::SemInc, {1, 0, 0, 1});
          a.endIf().push(tilesCb, 1).wait(tilesCb, 1).pop(tilesCb, 1);
        },
        2);
  };
  finds(to(0, 0, false), "multicast", "rectangle (0, 0)..(0, 0) has no core but the sender");
  finds(to(1, 1, false), "multicast", "the kernel ends with a linked multicast path open");
  clean(to(1, 1, true));
  clean(to(1, 0, true));
}

TEST(Sanitizer, Arguments) {
  auto arg = [](int index) {
    return reader(
        [index](Asm &a) { a.op(Opcode::Move, {Reg{0}, index}).op(Opcode::Arg, {Reg{1}, Reg{0}}); });
  };
  finds(arg(1), "arguments", "argument 1 of 1");
  clean(arg(0));
}

// --- not checks of one run ---

TEST(ScheduleFuzz, FindsWhatTheScheduleDecides) {
  auto fuzz = [](bool barrier) -> Expected<void> {
    auto make = [&]() -> Expected<std::unique_ptr<Device>> {
      return deviceOf(Small{
          1,
          Memory::Dram,
          [=](Asm &a) {
            read(a.reserve(tilesCb, 1), tilesCb);
            if (barrier)
              a.readBarrier();
            a.push(tilesCb, 1).readBarrier();
          },
          consume,
          {}}.model());
    };
    auto plain = make();
    runtime::ScheduleFuzz f;
    RunOptions o;
    o.sanitize = CheckSet();
    o.afterProgram = [&](size_t i, size_t, const runtime::ProgramReport &) {
      return bool(f.reference(**plain, i));
    };
    EXPECT_TRUE(bool((*plain)->run(o)));
    return f.run(make, o, 8);
  };
  EXPECT_TRUE(bool(fuzz(true)));
  auto bad = fuzz(false);
  ASSERT_FALSE(bool(bad));
  EXPECT_NE(bad.error().message.find("program 'p0' (layer 'layer'): buffer 'out' depends on the "
                                     "schedule: under the delays of seed"),
            std::string::npos)
      << bad.error().message;
}

TEST(ValueWatch, NamesTheFirst) {
  auto d = deviceOf(Small{1, Memory::Dram, produce, consume, {}}.model());
  std::vector<float> x(128 * 32, 1.0f);
  for (bool bad : {false, true}) {
    if (bad)
      x[3 * 32 + 5] = x[7 * 32] = INFINITY;
    ASSERT_TRUE(bool(d->writeInput(0, x)));
    runtime::ValueWatch watch;
    RunOptions o;
    o.afterProgram = [&](size_t i, size_t, const runtime::ProgramReport &p) {
      return bool(watch.look(*d, i, p));
    };
    ASSERT_TRUE(bool(d->run(o)));
    ASSERT_EQ(watch.warnings().size(), bad ? 1u : 0u);
    if (bad)
      EXPECT_EQ(
          watch.warnings()[0].text(),
          "infinity in buffer 'out' after program 'p0' (layer 'layer'): first at row 3, column "
          "5, 2 in all");
  }
}

} // namespace
