//===- ProgramTest.cpp - built programs pass the loader's checks --------------===//
#include "ttc/Target/Program.h"

#include "dialects/Tile/EmitBuilder.h"
#include "ttc/Program/Disassemble.h"
#include "ttc/Program/ProgramFile.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace ttc;
using isa::Opcode;

namespace {

class ProgramTest : public testing::Test {
protected:
  ProgramTest() : module(ModuleOp::create(UnknownLoc::get(&context))) {
    context.loadDialect<tile::TileDialect>();
    auto found = findDevice(TTC_SOURCE_DIR "/devices/n150.json");
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    device = *found;
    module.get()->setAttr(tile::TileDialect::getDeviceAttrName(),
                          tile::makeDevice(&context, device));
  }

  /// Adds a constant to a height-sharded tensor of tiles, in place.
  void build() {
    tile::EmitBuilder b(*module);
    b.setSource(NameLoc::get(StringAttr::get(&context, "layer")), "layer");
    BufferDesc desc;
    desc.sharding = program::Sharding::Height;
    desc.order = program::Order::Tile;
    desc.rows = 64;
    desc.cols = desc.shardCols = 64;
    desc.shardRows = 32;
    desc.gridX = 2;
    tile::BufferOp x = b.createBuffer("x", desc);
    x.setAddress(uint64_t(device.l1_end) - x.getSize());
    BufferRef ref = b.buffer(x);
    ConstantSpec row;
    row.name = "bias";
    row.rows = 32;
    row.cols = 64;
    row.fill = [] { return std::vector<float>(32 * 64, 0.5f); };
    BufferRef bias = b.constant(row);
    (*std::next(module->getOps<tile::BufferOp>().begin())).setAddress(0);
    ProgramSpec spec;
    spec.kind = "test";
    spec.gridX = 2;
    b.beginProgram(spec);
    Cb in = b.cb({"in", program::Format::Bf16, 2048, 2, ref.id});
    Cb add = b.cb({"add", program::Format::Bf16, 2048, 2, -1});
    b.reader([&] {
      b.emit(Opcode::CbReserve, {add, 2});
      b.emit(Opcode::ReadPages, {add, 0, bias.id, 0, 0, 1, 2});
      b.emit(Opcode::ReadBarrier, {});
      b.emit(Opcode::CbPush, {add, 2});
    });
    b.compute([&] {
      b.emit(Opcode::CbWait, {add, 2});
      b.loop(0, b.max(b.coreX(), 1), 1, [&](Idx i) {
        b.emit(Opcode::DstAcquire, {});
        b.emit(Opcode::Eltwise,
               {isa::EltwiseKind::Add, in, i, 1, add, i, 1, 0, 2, isa::Broadcast::None, 0});
        b.emit(Opcode::DstCommit, {});
        b.emit(Opcode::DstWait, {});
        b.emit(Opcode::PackTiles, {0, 2, in, 0, 1, isa::PackRelu});
        b.emit(Opcode::DstRelease, {});
      });
      b.emit(Opcode::CbPop, {add, 2});
    });
    b.endProgram();
    tile::ProgramOp program = b.programs()[0];
    for (auto cb : program.getBody().getOps<tile::CbOp>())
      cb.setAddress(cb.getAliasAttr() ? *x.getAddress() : uint64_t(device.l1_base));
    OpBuilder commands = OpBuilder::atBlockEnd(module->getBody());
    auto list = commands.create<tile::CommandsOp>(commands.getUnknownLoc(), "test");
    commands.setInsertionPointToStart(&list.getBody().emplaceBlock());
    commands.create<tile::LaunchOp>(commands.getUnknownLoc(), program.getSymName());
    ASSERT_TRUE(succeeded(verify(*module)));
  }

  std::string bytes() {
    std::string text;
    llvm::raw_string_ostream os(text);
    EXPECT_TRUE(succeeded(printProgram(*module, os)));
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  DeviceSpec device;
};

TEST_F(ProgramTest, LoaderAcceptsWhatWasBuilt) {
  build();
  std::string text = bytes();
  auto file = ProgramFile::parse({reinterpret_cast<const uint8_t *>(text.data()), text.size()},
                                 "test", &device);
  ASSERT_TRUE(file) << file.error().message;
  const program::ModelT &model = (*file)->model();
  ASSERT_EQ(model.programs.size(), 1u);
  EXPECT_EQ(model.programs[0]->kernels.size(), 2u);
  EXPECT_EQ(model.locations[model.programs[0]->location], "layer");
  std::span<const uint8_t> bias = (*file)->constant(*model.buffers[1]);
  ASSERT_EQ(bias.size(), 4096u);
  EXPECT_EQ(bias[1], 0x3f); // 0.5 in bf16
  std::string listing = disassemble(model);
  EXPECT_NE(listing.find("eltwise kind=add in0=0:in tile0=r"), std::string::npos) << listing;
}

TEST_F(ProgramTest, SameModuleSameBytes) {
  build();
  EXPECT_EQ(bytes(), bytes());
}

TEST_F(ProgramTest, DisassemblerReadsDamagedCode) {
  program::ModelT model;
  program::ProgramT program;
  program::KernelT kernel;
  kernel.code = {0x0005, 0}; // end
  EXPECT_EQ(disassembleKernel(model, program, kernel), "        0: end\n");
  for (std::vector<int32_t> code : {std::vector<int32_t>{0x7fff},
                                    {0x7fff, 0},
                                    {0x20 | 2 << 16, 0, 1},
                                    {0x20 | 3 << 16, 0, 1, 2, 3}}) {
    kernel.code = code;
    EXPECT_NE(disassembleKernel(model, program, kernel).find("not an instruction"),
              std::string::npos);
  }
  kernel.code = {0x20 | 2 << 16, 0, 99, 1}; // a circular buffer that is not there
  EXPECT_EQ(disassembleKernel(model, program, kernel), "        0: cb_reserve cb=99 pages=1\n");
}

} // namespace
