//===- PriceTest.cpp - prices of tile programs -------------------------------===//
//
// Prices have no absolute truth here; what must hold is how they react.
//
//===----------------------------------------------------------------------===//
#include "ttc/CostModel/PriceBuilder.h"
#include "ttc/TilePrograms/BlockMatmul.h"
#include "ttc/TilePrograms/Unfused.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::programs;

namespace {

DeviceSpec device() {
  Expected<DeviceSpec> spec = loadDeviceFile(TTC_SOURCE_DIR "/devices/n150.json");
  EXPECT_TRUE(bool(spec)) << spec.error().message;
  return *spec;
}

BufferDesc sharded(int64_t rows, int64_t cols, int64_t shardRows, int64_t shardCols, int x, int y,
                   program::Sharding sharding, program::Order order) {
  BufferDesc d;
  d.sharding = sharding;
  d.order = order;
  d.rows = rows;
  d.cols = cols;
  d.shardRows = shardRows;
  d.shardCols = shardCols;
  d.gridX = x;
  d.gridY = y;
  return d;
}

struct Conv {
  DeviceSpec spec = device();
  Target target;
  MatmulProgram op;
  BufferDesc in, out;

  /// 3x3 convolution of a 40x40 image, height-sharded over 50 cores.
  Conv(int64_t cin = 64, int64_t cout = 64) {
    target.l1Budget = spec.l1Bytes() * 3 / 5;
    in = sharded(1600, cin, 32, cin, 8, 7, program::Sharding::Height, program::Order::RowMajor);
    out = sharded(1600, cout, 32, cout, 8, 7, program::Sharding::Height, program::Order::Tile);
    op.window.outH = op.window.inH = op.window.outW = op.window.inW = 40;
    op.window.kernelH = op.window.kernelW = 3;
    op.window.padTop = op.window.padLeft = 1;
    op.inChannels = cin;
    op.outChannels = cout;
    op.weight = [](int64_t, int64_t, int64_t) { return 0.0f; };
  }

  Expected<Price> price() {
    PriceBuilder b(spec);
    op.input = b.buffer(in);
    op.output = b.buffer(out);
    Expected<void> built = buildMatmul(b, target, op);
    if (!built)
      return built.error();
    return b.price();
  }
};

/// Two threads hand pages to each other; `early`: the reader gives its page before it takes the other's.
Price handOver(bool early) {
  using isa::Opcode;
  DeviceSpec spec = device();
  PriceBuilder b(spec);
  ProgramSpec program;
  program.gridX = program.gridY = 2;
  b.beginProgram(program);
  CbSpec page;
  page.pageBytes = 64;
  page.pages = 1;
  Cb there = b.cb(page), back = b.cb(page);
  auto give = [&](Cb cb) {
    b.emit(Opcode::CbReserve, {cb, 1});
    b.emit(Opcode::CbPush, {cb, 1});
  };
  auto take = [&](Cb cb) {
    b.emit(Opcode::CbWait, {cb, 1});
    b.emit(Opcode::CbPop, {cb, 1});
  };
  b.reader([&] {
    if (early)
      give(there);
    take(back);
    if (!early)
      give(there);
  });
  b.compute([&] {
    take(there);
    give(back);
  });
  b.endProgram();
  return b.price();
}

TEST(Price, saysWhereThreadsWaitForEachOther) {
  EXPECT_FALSE(handOver(true).hangs);
  EXPECT_TRUE(handOver(false).hangs);
}

TEST(Price, growsWithFidelityAndActivation) {
  Conv lofi, hifi4, mish;
  lofi.target.fidelity = program::Fidelity::LoFi;
  hifi4.target.fidelity = program::Fidelity::HiFi4;
  mish.target.fidelity = program::Fidelity::LoFi;
  mish.op.activation = Activation{isa::SfpuFunction::Mish};
  EXPECT_LE(lofi.price()->cycles, hifi4.price()->cycles);
  EXPECT_LT(lofi.price()->cycles, mish.price()->cycles);
}

TEST(Price, weightsAreReadOnceForAllCores) {
  // 9 * 64 * 64 weights as bfp8_b, read by one core and multicast: a second copy would show.
  int64_t weightBytes = 9 * 2 * 2 * 1088;
  Conv conv;
  EXPECT_EQ(conv.price()->programs, 1);
  EXPECT_GE(conv.price()->dramBytes, weightBytes);
}

/// A 10x10 image has four rows of tiles: cores of the other four lines of the grid help.
TEST(Price, idleLinesOfTheGridMakeColumns) {
  Conv conv(512, 1024);
  conv.in = sharded(100, 512, 32, 64, 8, 4, program::Sharding::Block, program::Order::RowMajor);
  conv.out = sharded(100, 1024, 32, 128, 8, 4, program::Sharding::Block, program::Order::RowMajor);
  conv.op.window.outH = conv.op.window.inH = conv.op.window.outW = conv.op.window.inW = 10;
  conv.op.activation = Activation{isa::SfpuFunction::Mish};
  Price helped = *conv.price();
  conv.target.gridY = 4;
  Price alone = *conv.price();
  EXPECT_LT(helped.cycles, alone.cycles * 9 / 10);
}

TEST(Price, l1StaysInBudget) {
  for (int64_t channels : {32, 256, 512, 1024}) {
    Conv conv(channels, channels);
    Expected<Price> p = conv.price();
    ASSERT_TRUE(bool(p)) << p.error().message;
    EXPECT_LE(p->l1Bytes, conv.target.l1Budget);
  }
}

TEST(Price, tooSmallAnL1IsAnErrorWithNumbers) {
  Conv conv(1024, 1024);
  conv.target.l1Budget = 100000;
  Expected<Price> p = conv.price();
  ASSERT_FALSE(bool(p));
  EXPECT_NE(p.error().message.find("limit is 100000"), std::string::npos) << p.error().message;
}

TEST(Price, windowsNeedSticks) {
  Conv conv;
  conv.in.order = program::Order::Tile;
  Expected<Price> p = conv.price();
  ASSERT_FALSE(bool(p));
  EXPECT_NE(p.error().message.find("row-major"), std::string::npos) << p.error().message;
}

TEST(Price, concatOfUnalignedChannelsIsRefused) {
  DeviceSpec spec = device();
  PriceBuilder b(spec);
  auto sticks = [&](int64_t cols) {
    return b.buffer(sharded(64, cols, 32, (cols + 31) / 32 * 32, 2, 1, program::Sharding::Height,
                            program::Order::RowMajor));
  };
  MoveProgram op;
  op.kind = "concat";
  op.pieces = {{sticks(20), -1, 0, 0, 20}, {sticks(32), -1, 0, 20, 32}};
  op.output = sticks(52);
  Expected<void> built = buildMove(b, Target(), op);
  ASSERT_FALSE(bool(built));
  EXPECT_NE(built.error().message.find("units of 8"), std::string::npos) << built.error().message;
}

} // namespace

BufferDesc inDram(int64_t rows, int64_t cols, program::Order order) {
  BufferDesc d;
  d.memory = program::Memory::Dram;
  d.order = order;
  d.rows = d.shardRows = rows;
  d.cols = d.shardCols = cols;
  return d;
}

struct Stepwise {
  DeviceSpec spec = device();
  PriceBuilder b{spec};
  Target target;
  Stepwise() {
    target.gridX = int(spec.grid_x);
    target.gridY = int(spec.grid_y);
    target.l1Budget = spec.l1Bytes() / 2;
  }
};

TEST(Stepwise, oneBarrierAPageCostsMoreThanOneForMany) {
  Cycles cycles[2];
  for (bool stepwise : {false, true}) {
    Stepwise s;
    ConvertProgram op;
    op.input = s.b.buffer(inDram(8192, 256, program::Order::Tile));
    op.output = s.b.buffer(inDram(8192, 256, program::Order::RowMajor));
    auto built = stepwise ? buildStepwiseConvert(s.b, s.target, op) : buildConvert(s.b, s.target, op);
    ASSERT_TRUE(bool(built)) << built.error().message;
    cycles[stepwise] = s.b.price().cycles;
  }
  EXPECT_GT(cycles[true], cycles[false] * 3 / 2);
}

TEST(Stepwise, shardsAndOtherShapesAreRefused) {
  Stepwise s;
  ConvertProgram convert;
  convert.input = s.b.buffer(inDram(64, 64, program::Order::Tile));
  convert.output = s.b.buffer(
      sharded(64, 64, 32, 64, 2, 1, program::Sharding::Height, program::Order::RowMajor));
  EXPECT_FALSE(bool(buildStepwiseConvert(s.b, s.target, convert)));
  StickwiseProgram sticks;
  sticks.input = s.b.buffer(inDram(64, 64, program::Order::RowMajor));
  sticks.output = s.b.buffer(inDram(128, 64, program::Order::RowMajor));
  sticks.height = sticks.width = 8;
  sticks.repeatH = sticks.repeatW = 2;
  auto built = buildStickwise(s.b, s.target, sticks);
  ASSERT_FALSE(bool(built));
  EXPECT_EQ(built.error().message,
            "64 sticks, 8 x 8 an image, repeated 2 x 2 times are not 128");
  TileMoveProgram move;
  move.first = s.b.buffer(inDram(96, 64, program::Order::Tile));
  move.output = s.b.buffer(inDram(96, 64, program::Order::Tile));
  move.imageRows = 2;
  EXPECT_FALSE(bool(buildTileMove(s.b, s.target, move)));
}

/// A part of 10 rows of tiles a core, or of one column: the cut says which, and who shares what.
TEST(Stepwise, aProductIsCutAsTold) {
  Price price[2];
  for (bool wide : {false, true}) {
    Stepwise s;
    BlockMatmulProgram op;
    op.in0 = s.b.buffer(inDram(2048, 64, program::Order::Tile));
    op.in1 = s.b.buffer(inDram(64, 2048, program::Order::Tile));
    op.output = s.b.buffer(inDram(2048, 2048, program::Order::Tile));
    op.cut = wide ? program::Sharding::Width : program::Sharding::Height;
    op.blocking = wide ? MatmulBlocking{2, 64, 1, 8, 1} : MatmulBlocking{2, 1, 64, 1, 8};
    auto built = buildBlockMatmul(s.b, s.target, op);
    ASSERT_TRUE(bool(built)) << built.error().message;
    price[wide] = s.b.price();
    op.blocking->rows = op.blocking->cols = 64;
    EXPECT_FALSE(bool(buildBlockMatmul(s.b, s.target, op))); // no core has 64x64 tiles
  }
  EXPECT_EQ(price[0].dramBytes, price[1].dramBytes); // either way both are read once
}
