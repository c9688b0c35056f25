//===- EmitBuilderTest.cpp - what the emitting builder makes ------------------===//
#include "dialects/Tile/EmitBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace ttc;
using isa::Opcode;

namespace {

class EmitBuilderTest : public testing::Test {
protected:
  EmitBuilderTest() : module(ModuleOp::create(UnknownLoc::get(&context))) {
    context.loadDialect<tile::TileDialect>();
    DeviceSpec spec;
    spec.name = "test";
    spec.grid_x = spec.grid_y = 8;
    spec.l1_end = 1 << 20;
    spec.l1_alignment = 16;
    spec.dst_tiles_16 = 8;
    spec.dst_tiles_32 = 4;
    spec.max_cbs = 32;
    spec.max_semaphores = 16;
    spec.dram_banks = 12;
    spec.dram_bank_bytes = 1 << 30;
    spec.dram_alignment = 32;
    module.get()->setAttr(tile::TileDialect::getDeviceAttrName(), tile::makeDevice(&context, spec));
  }
  template <typename OpT> int count() {
    int n = 0;
    module->walk([&](OpT) { ++n; });
    return n;
  }
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(EmitBuilderTest, ConstantIsPackedOnce) {
  tile::EmitBuilder b(*module);
  b.setSource(UnknownLoc::get(&context), "conv 0");
  ConstantSpec spec;
  spec.name = "weights";
  spec.format = program::Format::Bf16;
  spec.order = program::Order::RowMajor;
  spec.rows = 3;
  spec.cols = 5;
  spec.fill = [] { return std::vector<float>(15, 1.0f); };
  BufferRef ref = b.constant(spec);
  EXPECT_EQ(ref.desc.shardCols, 8);
  auto buffer = *module->getOps<tile::BufferOp>().begin();
  EXPECT_EQ(buffer.getSymName(), "conv_0.weights");
  EXPECT_EQ(buffer.getPageBytes(), 32u); // 8 bf16, padded to the DRAM alignment
  EXPECT_EQ(buffer.getSize(), 32u);
  EXPECT_TRUE(succeeded(verify(*module)));
  auto data = llvm::cast<DenseResourceElementsAttr>(*buffer.getData());
  ArrayRef<char> bytes = data.getRawHandle().getBlob()->getData();
  ASSERT_EQ(bytes.size(), 96u);
  EXPECT_EQ(uint8_t(bytes[1]), 0x3f); // 1.0 in bf16
  EXPECT_EQ(bytes[10], 0);            // padding
  // The same content again is the same resource; the name is numbered.
  b.constant(spec);
  EXPECT_TRUE(module->lookupSymbol<tile::BufferOp>("conv_0.weights_1"));
  EXPECT_EQ(llvm::range_size(module->getOps<tile::BufferOp>()), 2u);
  EXPECT_EQ(llvm::cast<DenseResourceElementsAttr>(
                *(*std::next(module->getOps<tile::BufferOp>().begin())).getData())
                .getRawHandle()
                .getKey(),
            data.getRawHandle().getKey());
}

TEST_F(EmitBuilderTest, EqualWindowsAreOne) {
  tile::EmitBuilder b(*module);
  WindowDesc window;
  window.outH = window.inH = 4;
  int first = b.window(window);
  window.padTop = 1;
  EXPECT_NE(b.window(window), first);
  window.padTop = 0;
  EXPECT_EQ(b.window(window), first);
  EXPECT_EQ(count<tile::WindowOp>(), 2);
}

TEST_F(EmitBuilderTest, LoopsAndConditionsFold) {
  tile::EmitBuilder b(*module);
  b.beginProgram({});
  Cb cb = b.cb({"a", program::Format::Bf16, 2048, 4, -1});
  b.reader([&] {
    b.loop(0, 1, 1, [&](Idx i) { // one turn: no loop
      EXPECT_TRUE(i.isConstant());
      b.emit(Opcode::CbReserve, {cb, b.add(i, 1)});
    });
    b.loop(3, 3, 1, [&](Idx) { FAIL() << "no turn"; });
    b.ifThen(1, [&] { b.emit(Opcode::CbPush, {cb, 1}); }, [] { FAIL() << "never"; });
    EXPECT_EQ(count<scf::ForOp>() + count<scf::IfOp>(), 0);
    b.loop(0, b.coreX(), 2, [&](Idx i) {
      // A comparison is an integer, and an integer a condition.
      Idx both = b.mul(b.cmp(isa::Predicate::Lt, i, 3), b.cmp(isa::Predicate::Ne, i, 1));
      b.ifThen(both, [&] { b.emit(Opcode::CbReserve, {cb, b.select(both, 1, 2)}); });
    });
  });
  b.endProgram();
  EXPECT_EQ(count<scf::ForOp>(), 1);
  EXPECT_EQ(count<scf::IfOp>(), 1);
  EXPECT_EQ(count<tile::CbReserveOp>(), 2);
  EXPECT_TRUE(succeeded(verify(*module)));
  ASSERT_EQ(b.programs().size(), 1u);
}

TEST_F(EmitBuilderTest, FieldsBecomeOperandsAndAttributes) {
  tile::EmitBuilder b(*module);
  ProgramSpec spec;
  spec.kind = "test";
  b.beginProgram(spec);
  Cb cb = b.cb({"a", program::Format::Bf16, 2048, 4, -1});
  b.compute([&] {
    b.emit(Opcode::Sfpu, {isa::SfpuFunction::LeakyRelu, 0, 2, Idx::bits(0.5f), 0});
    b.emit(Opcode::Eltwise,
           {isa::EltwiseKind::Mul, cb, 0, 1, cb, 0, 1, 0, 2, isa::Broadcast::Row, 1});
  });
  b.endProgram();
  ASSERT_TRUE(succeeded(verify(*module)));
  module->walk([&](tile::SfpuOp op) {
    EXPECT_EQ(op.getFn(), tile::SfpuFunction::LeakyRelu);
    EXPECT_EQ(op.getP0().convertToFloat(), 0.5f);
    EXPECT_EQ(tile::getConstant(op.getCount()), 2);
  });
  module->walk([&](tile::EltwiseOp op) {
    EXPECT_TRUE(op.getAccumulate());
    EXPECT_EQ(op.getBcast(), tile::Broadcast::Row);
  });
  EXPECT_EQ(count<tile::SfpuOp>() + count<tile::EltwiseOp>(), 2);
}

} // namespace
