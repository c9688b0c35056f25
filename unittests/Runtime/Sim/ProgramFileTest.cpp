//===- ProgramFileTest.cpp - program files, whole and damaged ---------------===//
#include "Asm.h"

#include "ttc/Runtime/Runtime.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;

namespace {

/// One tile of constants added to the input by two cores.
TestModel addModel() {
  TestModel b;
  uint32_t in = b.height("in", 64, 32, 32, 2, 1, Order::Tile),
           out = b.height("out", 64, 32, 32, 2, 1, Order::Tile);
  uint32_t c = b.interleaved("constant", 32, 32, Order::Tile);
  b.model.buffers[c]->constant = true;
  b.model.buffers[c]->data_size = 2048;
  for (int i = 0; i < 1024; ++i) {
    b.constants.push_back(0x80); // 1.0
    b.constants.push_back(0x3f);
  }
  ProgramT &p = b.program(2, 1);
  int a = b.cb(p, "in", 2048, 1, Format::Bf16, int(in)), k = b.cb(p, "constant", 2048, 1);
  int o = b.cb(p, "out", 2048, 1, Format::Bf16, int(out));
  Asm r, m;
  r.reserve(a, 1)
      .push(a, 1)
      .reserve(k, 1)
      .op(Opcode::ReadPages, {k, 0, int(c), 0, 0, 1, 1})
      .readBarrier()
      .push(k, 1);
  m.reserve(o, 1).wait(a, 1).wait(k, 1).op(Opcode::DstAcquire);
  m.op(Opcode::Eltwise, {isa::EltwiseKind::Add, a, 0, 1, k, 0, 1, 0, 1, isa::Broadcast::None, 0});
  m.op(Opcode::DstCommit)
      .op(Opcode::DstWait)
      .op(Opcode::PackTiles, {0, 1, o, 0, 1, 0})
      .op(Opcode::DstRelease);
  m.push(o, 1).pop(a, 1).pop(k, 1);
  p.kernels.push_back(r.kernel(ThreadKind::Reader));
  p.kernels.push_back(m.kernel(ThreadKind::Compute));
  b.io(in, out);
  return b;
}

std::vector<uint8_t> fileBytes(const std::string &path) {
  auto mapped = MappedFile::open(path);
  EXPECT_TRUE(bool(mapped));
  return {(*mapped)->bytes().begin(), (*mapped)->bytes().end()};
}

struct Temporary {
  std::string path = testing::TempDir() + "ttc_" + std::to_string(getpid()) + ".ttp";
  ~Temporary() { std::remove(path.c_str()); }
};

std::vector<uint8_t> written() {
  TestModel b = addModel();
  Temporary file;
  auto ok = writeProgramFile(file.path, b.model, std::span<const uint8_t>(b.constants));
  EXPECT_TRUE(bool(ok));
  return fileBytes(file.path);
}

TEST(ProgramFile, WritesAndRuns) {
  TestModel b = addModel();
  Temporary file;
  ASSERT_TRUE(bool(writeProgramFile(file.path, b.model, std::span<const uint8_t>(b.constants))));
  auto first = fileBytes(file.path);
  ASSERT_TRUE(bool(writeProgramFile(file.path, b.model, std::span<const uint8_t>(b.constants))));
  EXPECT_EQ(fileBytes(file.path), first);
  auto d = runtime::Device::open(file.path);
  ASSERT_TRUE(bool(d)) << d.error().message;
  std::vector<float> x(2048, 2.0f);
  ASSERT_TRUE(bool((*d)->writeInput(0, x)));
  auto ran = (*d)->run({});
  ASSERT_TRUE(bool(ran)) << ran.error().message;
  EXPECT_EQ(*(*d)->readOutput(0), std::vector<float>(2048, 3.0f));
}

/// Opens, and runs what passes the verifier: any outcome but a crash is fine.
void survive(const std::vector<uint8_t> &bytes) {
  auto file = ProgramFile::parse(bytes, "damaged");
  if (!file) {
    EXPECT_EQ(file.error().message.rfind("damaged: ", 0), 0u) << file.error().message;
    return;
  }
  auto d = runtime::Device::create(*file);
  if (!d)
    return;
  runtime::RunOptions o = checked();
  o.threads = 1;
  o.maxInstructions = 20000;
  (void)(*d)->run(o);
}

TEST(ProgramFile, SurvivesTruncation) {
  std::vector<uint8_t> whole = written();
  for (size_t n = 0; n < whole.size(); n += n < 128 ? 1 : 61)
    survive({whole.begin(), whole.begin() + ptrdiff_t(n)});
}

TEST(ProgramFile, SurvivesBitFlips) {
  std::vector<uint8_t> whole = written();
  // The model stands before or behind the 2048 bytes of constants; flips there are only values.
  for (size_t at = 0; at < whole.size(); ++at) {
    if (at >= 2 && at % 8 && at + 8 < whole.size() && whole[at] == whole[at - 2] &&
        whole[at] == whole[at + 2])
      continue;
    for (int bit : {0, 3, 7}) {
      std::vector<uint8_t> copy = whole;
      copy[at] ^= uint8_t(1 << bit);
      survive(copy);
    }
  }
}

TEST(ProgramFile, NamesWhatIsWrong) {
  auto error = [](const std::function<void(TestModel &)> &change) {
    TestModel b = addModel();
    change(b);
    auto r = b.file();
    EXPECT_FALSE(bool(r));
    return r ? "" : r.error().message;
  };
  EXPECT_EQ(error([](TestModel &b) { b.model.buffers[0]->page_bytes = 2047; }),
            "test.ttp: buffer 0 'in': page_bytes 2047, expected 2048 (a multiple of 16)");
  EXPECT_EQ(error([](TestModel &b) { b.model.buffers[0]->address = 64; }),
            "test.ttp: buffer 0 'in': bytes 64..2112 of L1, expected inside 103424..1499136");
  EXPECT_EQ(
      error([](TestModel &b) { b.model.buffers[1]->rows = 96; }),
      "test.ttp: buffer 1 'out': 3 x 1 shards of 32x32 do not fit Height sharding on grid 2x1");
  EXPECT_EQ(error([](TestModel &b) { b.model.buffers[2]->data_size = 100; }),
            "test.ttp: buffer 2 'constant': data_size 100, its 1 pages of 2048 bytes need 2048");
  EXPECT_EQ(error([](TestModel &b) {
              b.model.programs[0]->cbs[1]->address = uint32_t(b.model.buffers[1]->address);
            }).substr(0, 74),
            "test.ttp: program 0 'p0': circular buffer 'constant' at L1 bytes 105472..1");
  EXPECT_EQ(error([](TestModel &b) { b.model.programs[0]->cbs[0]->alias = 2; }),
            "test.ttp: program 0 'p0': circular buffer 0 'in': alias of buffer 'constant', which "
            "is not sharded in L1");
  EXPECT_EQ(error([](TestModel &b) { b.model.programs[0]->kernels[0]->code[0] = 0x77; }),
            "test.ttp: program 0 'p0': Reader: word 0: unknown opcode 0x77");
  EXPECT_EQ(
      error([](TestModel &b) { b.model.programs[0]->kernels[0]->code[2] = 9; }),
      "test.ttp: program 0 'p0': Reader: word 0: cb_reserve: cb: circular buffer 9, there are 3");
  EXPECT_EQ(error([](TestModel &b) { b.model.programs[0]->kernels[0]->code[1] = 1; }),
            "test.ttp: program 0 'p0': Reader: word 0: cb_reserve: cb: register 0 of 0");
  EXPECT_EQ(error([](TestModel &b) {
              b.model.programs[0]->kernels[0]->thread = ThreadKind::Compute;
            }).substr(0, 45),
            "test.ttp: program 0 'p0': Compute: word 12: r");
  EXPECT_EQ(error([](TestModel &b) { b.model.programs[0]->kernels[0]->code.pop_back(); }),
            "test.ttp: program 0 'p0': Reader: word 27: end: the code ends inside the instruction "
            "(28 words)");
  EXPECT_EQ(error([](TestModel &b) { b.model.inputs[0]->shape = {64, 33}; }),
            "test.ttp: input 0 'in': is 64 x 33 after its permutation, buffer 'in' is 64 x 32");
  EXPECT_EQ(error([](TestModel &b) { b.model.commands[0]->index = 7; }),
            "test.ttp: command 0: launches program 7 of 1");
}

TEST(ProgramFile, RefusesForeignAndOldFiles) {
  std::vector<uint8_t> whole = written();
  auto error = [](std::vector<uint8_t> bytes) {
    return ProgramFile::parse(bytes, "f").error().message;
  };
  EXPECT_EQ(
      error({'h', 'e', 'l', 'l', 'o'}),
      "f: not a program file: expected the identifier 'TTCP' at byte 4, the file has 5 bytes");
  std::vector<uint8_t> elf(4096, 7);
  EXPECT_EQ(error(elf), "f: not a program file: expected the identifier 'TTCP' at byte 4");
  TestModel b = addModel();
  b.model.device_fingerprint ^= 1;
  Temporary file;
  ASSERT_TRUE(bool(writeProgramFile(file.path, b.model, std::span<const uint8_t>(b.constants))));
  EXPECT_NE(
      ProgramFile::open(file.path).error().message.find("made for device 'n150' with fingerprint"),
      std::string::npos);
}

// --- address arithmetic ---

TEST(BufferView, TilesInterleavedAndSharded) {
  DeviceSpec d = *findDevice("n150");
  BufferShape s;
  s.order = Order::Tile;
  s.rows = 100;
  s.cols = 70;
  s.shardRows = 128;
  s.shardCols = 96;
  s.address = 1024;
  BufferView dram(s, d);
  EXPECT_EQ(dram.pageRows(), 4);
  EXPECT_EQ(dram.pageCols(), 3);
  EXPECT_EQ(dram.page(0, 2), (BufferView::Place{2, 1024}));
  EXPECT_EQ(dram.page(3, 2), (BufferView::Place{11, 1024}));
  EXPECT_EQ(bytesPerUnit(s, d), 2048);
  s.rows = 160;
  EXPECT_EQ(BufferView(s, d).page(4, 1), (BufferView::Place{1, 1024 + 2048}));
  s.memory = Memory::L1;
  s.sharding = Sharding::Block;
  s.shardRows = 64;
  s.shardCols = 32;
  s.gridX = 3;
  s.gridY = 3;
  BufferView block(s, d);
  EXPECT_EQ(block.page(3, 2),
            (BufferView::Place{1 * 8 + 2, 1024 + 2048})); // core x = 2, y = 1, second row
  s.colMajor = true;
  EXPECT_EQ(BufferView(s, d).page(3, 2).unit, 2u * 8 + 1);
}

TEST(BufferView, RowsAndSegments) {
  DeviceSpec d = *findDevice("n150");
  BufferShape s;
  s.memory = Memory::L1;
  s.sharding = Sharding::Height;
  s.order = Order::RowMajor;
  s.rows = 50;
  s.cols = 24;
  s.shardRows = 20;
  s.shardCols = 24;
  s.gridX = 2;
  s.gridY = 2;
  BufferView h(s, d);
  EXPECT_EQ(h.page(45, 0), (BufferView::Place{8, 5 * 48})); // shard 2 -> core (0, 1)
  EXPECT_EQ(h.rowSegment(1, 16, 32).place.address, 48u + 16u);
  EXPECT_EQ(h.rowSegment(1, 16, 32).bytes, 32);
  s.sharding = Sharding::Width;
  s.shardRows = 50;
  s.shardCols = 8;
  s.gridX = 3;
  s.gridY = 1;
  BufferView w(s, d);
  EXPECT_EQ(w.pageCols(), 3);
  EXPECT_EQ(w.rowBytes(), 48);
  BufferView::Segment seg = w.rowSegment(3, 20, 28);
  EXPECT_EQ(seg.place, (BufferView::Place{1, 3 * 16 + 4}));
  EXPECT_EQ(seg.bytes, 12);
}

TEST(WindowView, StridePadDilationRepeat) {
  WindowView w;
  w.outH = w.outW = 4;
  w.inH = w.inW = 8;
  w.kernelH = w.kernelW = 3;
  w.strideH = w.strideW = 2;
  w.padTop = w.padLeft = 1;
  EXPECT_EQ(w.sourceRow(0, 0), -1);
  EXPECT_EQ(w.sourceRow(0, 4), 0);
  EXPECT_EQ(w.sourceRow(5, 4), 2 * 8 + 2);
  WindowView up;
  up.outH = up.outW = 8;
  up.inH = up.inW = 4;
  up.inRepeatH = up.inRepeatW = 2;
  EXPECT_EQ(up.sourceRow(8 + 3, 0), 1);
  EXPECT_EQ(up.sourceRow(63, 0), 15);
  WindowView transposed;
  transposed.outH = transposed.outW = 8;
  transposed.inH = transposed.inW = 4;
  transposed.inDilationH = transposed.inDilationW = 2;
  EXPECT_EQ(transposed.sourceRow(1, 0), -1);
  EXPECT_EQ(transposed.sourceRow(2, 0), 1);
}

} // namespace
