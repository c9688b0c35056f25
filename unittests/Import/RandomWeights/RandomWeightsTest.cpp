//===- RandomWeightsTest.cpp - seeded weights keep a network sane --------------------------===//
#include "ttc/Import/RandomWeights.h"

#include "ttc/Import/Picture.h"
#include "Import/RandomWeights/Random.h"

#include "ttc/Import/Zoo.h"
#include "ttc/Reference/Evaluator.h"

#include "dialects/TT/TT.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlir;
using namespace ttc;

namespace {

struct Moments {
  double mean = 0, deviation = 0;
};

Moments momentsOf(std::span<const float> values) {
  double sum = 0, square = 0;
  for (float v : values)
    sum += v, square += double(v) * v;
  double mean = sum / double(values.size());
  return {mean, std::sqrt(square / double(values.size()) - mean * mean)};
}

TEST(Random, Distribution) {
  RandomStream stream(1, 2);
  Moments normal = momentsOf(stream.normals(100000, 3, 2));
  EXPECT_NEAR(normal.mean, 3, 0.03);
  EXPECT_NEAR(normal.deviation, 2, 0.03);
  std::vector<float> uniform = stream.uniforms(100000, -1, 1);
  EXPECT_NEAR(momentsOf(uniform).mean, 0, 0.01);
  EXPECT_NEAR(momentsOf(uniform).deviation, 2 / std::sqrt(12.0), 0.01);
}

/// The numbers must never change: a seed names a network.
TEST(Random, Fixed) {
  RandomStream stream(7, 1);
  EXPECT_EQ(stream.uniform(0), RandomStream(7, 1).uniform(0));
  EXPECT_NE(stream.uniform(0), RandomStream(7, 2).uniform(0));
  EXPECT_NE(stream.uniform(0), RandomStream(8, 1).uniform(0));
  EXPECT_NE(stream.uniform(0), stream.uniform(1));
}

TEST(Random, Picture) {
  HostTensor picture = syntheticPicture({1, 3, 64, 80}, 5, 0);
  for (float v : picture.span())
    EXPECT_TRUE(v >= 0 && v < 1);
  Moments moments = momentsOf(picture.span());
  EXPECT_NEAR(moments.mean, 0.5, 0.15);
  EXPECT_GT(moments.deviation, 0.05);
}

TEST(RandomWeights, ActivationsStaySaneAtFullDepth) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = importZoo(context, "yolov4", {"", {{64, 64}}});
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(randomizeWeights(*module, 7)));
  EXPECT_FALSE((*module)->hasAttr(weightsMissingAttrName));
  auto main = module->lookupSymbol<func::FuncOp>("main");
  reference::EvaluateOptions options;
  int norms = 0;
  options.after = [&](Operation *op, llvm::ArrayRef<HostTensor>,
                      llvm::ArrayRef<HostTensor> results) {
    if (llvm::isa<tt::BatchNormOp>(op)) {
      ++norms;
      Moments moments = momentsOf(results[0].span());
      EXPECT_NEAR(moments.mean, 1.5, 1.0) << norms;
      EXPECT_GT(moments.deviation, 0.2) << norms;
      EXPECT_LT(moments.deviation, 3) << norms;
    }
    return success();
  };
  auto heads =
      reference::evaluateFunction(main, {syntheticPicture({1, 3, 64, 64}, 99, 0)}, options);
  ASSERT_TRUE(succeeded(heads));
  EXPECT_EQ(norms, 107);
  for (const HostTensor &head : *heads) {
    Moments moments = momentsOf(head.span());
    EXPECT_GT(moments.deviation, 0.3);
    EXPECT_LT(moments.deviation, 20);
  }
}

/// Batch norms that an exporter folded are made up for, in both kinds of convolution.
TEST(RandomWeights, FoldedNorms) {
  const char *text = R"mlir(
    func.func @main(%x: tensor<1x4x16x16xf32>) -> tensor<1x8x32x32xf32> {
      %w0 = tt.constant dense<1.0> : tensor<6x2x3x3xf32>
      %b0 = tt.constant dense<9.0> : tensor<6xf32>
      %w1 = tt.constant dense<1.0> : tensor<6x4x2x2xf32>
      %b1 = tt.constant dense<9.0> : tensor<8xf32>
      %w2 = tt.constant dense<1.0> : tensor<8x8x1x1xf32>
      %b2 = tt.constant dense<9.0> : tensor<8xf32>
      %0 = tt.conv2d %x, %w0 bias %b0 pads [1, 1, 1, 1] groups 2
        : (tensor<1x4x16x16xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x16x16xf32>
      %1 = tt.relu %0 : (tensor<1x6x16x16xf32>) -> tensor<1x6x16x16xf32>
      %2 = tt.conv_transpose2d %1, %w1 bias %b1 strides [2, 2] groups 2
        : (tensor<1x6x16x16xf32>, tensor<6x4x2x2xf32>, tensor<8xf32>) -> tensor<1x8x32x32xf32>
      %3 = tt.relu %2 : (tensor<1x8x32x32xf32>) -> tensor<1x8x32x32xf32>
      %4 = tt.conv2d %3, %w2 bias %b2
        : (tensor<1x8x32x32xf32>, tensor<8x8x1x1xf32>, tensor<8xf32>) -> tensor<1x8x32x32xf32>
      return %4 : tensor<1x8x32x32xf32>
    })mlir";
  MLIRContext context;
  context.loadDialect<tt::TTDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(randomizeWeights(*module, 3)));
  reference::EvaluateOptions options;
  options.after = [&](Operation *op, llvm::ArrayRef<HostTensor>,
                      llvm::ArrayRef<HostTensor> results) {
    bool isLast = !op->getUsers().empty() && llvm::isa<func::ReturnOp>(*op->user_begin());
    if (!llvm::isa<tt::Conv2dOp, tt::ConvTranspose2dOp>(op) || isLast)
      return success();
    int64_t channels = results[0].dim(1), plane = results[0].size() / channels;
    for (int64_t c = 0; c < channels; ++c) {
      Moments moments = momentsOf(results[0].span().subspan(size_t(c * plane), size_t(plane)));
      EXPECT_NEAR(moments.mean, 1.5, 0.36);
      EXPECT_GE(moments.deviation, 0.7);
      EXPECT_LE(moments.deviation, 1.3);
    }
    return success();
  };
  // The picture of the randomization itself, so that the statistics are exactly those.
  auto outputs =
      reference::evaluateFunction(module->lookupSymbol<func::FuncOp>("main"),
                                  {syntheticPicture({1, 4, 16, 16}, ~uint64_t(3), 0)}, options);
  ASSERT_TRUE(succeeded(outputs));
  EXPECT_NEAR(momentsOf((*outputs)[0].span()).mean, 0, 6); // no shift of its own
}

} // namespace
