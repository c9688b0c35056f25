//===- InferenceTest.cpp - result types from C++ builders --------------------===//
//
// What builders infer, encodings included, and how createChecked refuses.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace ttc::tt;

namespace {

struct InferenceTest : testing::Test {
  InferenceTest() : builder(&context) {
    context.loadDialect<TTDialect>();
    module = ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToStart(module->getBody());
  }
  Value value(ArrayRef<int64_t> shape, Attribute encoding = {}) {
    auto plain = RankedTensorType::get(shape, builder.getF32Type());
    return builder.create<ConstantOp>(loc(), withEncoding(plain, encoding),
                                      DenseElementsAttr::get(plain, 0.5f));
  }
  Location loc() { return builder.getUnknownLoc(); }

  MLIRContext context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
};

TEST_F(InferenceTest, BuildersGiveDefaultsAndShapes) {
  Value x = value({1, 3, 8, 8}), w = value({4, 3, 3, 3});
  auto conv = createChecked<Conv2dOp>(builder, loc(), x, w); // nothing optional, all defaults
  ASSERT_TRUE(succeeded(conv));
  EXPECT_EQ(conv->getType().getShape(), ArrayRef<int64_t>({1, 4, 6, 6}));
  EXPECT_EQ(conv->getGroups(), 1u);
  EXPECT_EQ(conv->getStrides(), ArrayRef<int64_t>({1, 1}));
  auto strided = builder.create<Conv2dOp>(
      loc(), x, w, Value(), Value(), ArrayRef<int64_t>{2, 2}, ArrayRef<int64_t>{1, 1, 1, 1},
      ArrayRef<int64_t>{1, 1}, 1, DataFormat::nchw,
      ActivationAttr::get(&context, ActivationKind::leaky_relu, 0.1), ActivationAttr(),
      ComputeAttr());
  EXPECT_EQ(strided.getType().getShape(), ArrayRef<int64_t>({1, 4, 4, 4}));
  EXPECT_EQ(strided.getActivation()->getP0(), 0.1);
  auto reshape = builder.create<ReshapeOp>(loc(), x, ArrayRef<int64_t>{3, 64});
  EXPECT_EQ(reshape.getType().getShape(), ArrayRef<int64_t>({3, 64}));
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(InferenceTest, EncodingsFollowTheFirstOperand) {
  auto bf16 = StorageAttr::get(&context, StorageType::bf16);
  Value x = value({64, 32}, bf16);
  EXPECT_EQ(builder.create<ReluOp>(loc(), x).getType().getEncoding(), bf16);
  EXPECT_EQ(builder.create<TransposeOp>(loc(), x, ArrayRef<int64_t>{1, 0}).getType().getEncoding(),
            bf16);
  // A layout stays on the same shape; another shape keeps its number format only.
  RankedTensorType plain = RankedTensorType::get({64, 32}, builder.getF32Type(), bf16);
  LayoutAttr layout = LayoutAttr::Builder(plain).l1().height(2, 1).build();
  Value y = value({64, 32}, layout);
  EXPECT_EQ(builder.create<ReluOp>(loc(), y).getType().getEncoding(), layout);
  EXPECT_EQ(builder.create<TransposeOp>(loc(), y, ArrayRef<int64_t>{1, 0}).getType().getEncoding(),
            bf16);
  // A broadcast operand does not decide.
  Value bias = value({32});
  EXPECT_EQ(builder.create<AddOp>(loc(), bias, y).getType().getEncoding(), layout);
}

TEST_F(InferenceTest, CreateCheckedRefusesWithADiagnostic) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) { message = d.str(); });
  Value x = value({1, 3, 8, 8}), y = value({5});
  EXPECT_TRUE(failed(createChecked<AddOp>(builder, loc(), x, y)));
  EXPECT_EQ(message, "'tt.add' op expected operands that broadcast, but got "
                     "'tensor<1x3x8x8xf32>' and 'tensor<5xf32>'");
  EXPECT_TRUE(
      failed(createChecked<MaxPool2dOp>(builder, loc(), x, builder.getDenseI64ArrayAttr({2}))));
  EXPECT_EQ(message, "'tt.max_pool2d' op expected 2 entries in kernel, but got 1");
  auto pool = createChecked<MaxPool2dOp>(builder, loc(), x, builder.getDenseI64ArrayAttr({2, 2}),
                                         builder.getDenseI64ArrayAttr({2, 2}));
  ASSERT_TRUE(succeeded(pool));
  EXPECT_EQ(pool->getType().getShape(), ArrayRef<int64_t>({1, 3, 4, 4}));
  auto split = createChecked<SplitOp>(builder, loc(), x, 2, ArrayRef<int64_t>{3, 5});
  ASSERT_TRUE(succeeded(split));
  EXPECT_EQ(split->getOutputs().size(), 2u);
}

TEST_F(InferenceTest, ActivationOpsAnswerWithTheirFunction) {
  Value x = value({4});
  Operation *op =
      builder.create<HardsigmoidOp>(loc(), x, APFloat(0.25), APFloat(0.5), ComputeAttr());
  ActivationAttr f = cast<ActivationOpInterface>(op).getActivationAttr();
  EXPECT_EQ(f.getKind(), ActivationKind::hardsigmoid);
  EXPECT_EQ(f.getP0(), 0.25);
  EXPECT_EQ(f.getP1(), 0.5);
  op = builder.create<MishOp>(loc(), x);
  EXPECT_EQ(cast<ActivationOpInterface>(op).getActivationAttr(),
            ActivationAttr::get(&context, ActivationKind::mish));
}

} // namespace
