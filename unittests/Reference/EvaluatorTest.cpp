//===- EvaluatorTest.cpp - whole graphs in float ----------------------------===//
#include "Module.h"

#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace ttc;
using namespace ttc::reference;

namespace {

std::vector<float> valuesOf(const HostTensor &t) { return {t.span().begin(), t.span().end()}; }

/// Two results of one function must be the same.
void expectSameResults(llvm::StringRef text, double tolerance = 1e-5) {
  Module m(text);
  mlir::FailureOr<std::vector<HostTensor>> r = evaluateFunction(m.main(), randomInputs(m.main()));
  ASSERT_TRUE(mlir::succeeded(r));
  ASSERT_EQ(r->size(), 2u);
  ASSERT_EQ((*r)[0].shape(), (*r)[1].shape());
  for (int64_t i = 0; i < (*r)[0].size(); ++i)
    ASSERT_NEAR((*r)[0].data()[i], (*r)[1].data()[i],
                tolerance * std::max(1.0f, std::abs((*r)[0].data()[i])))
        << i;
}

TEST(Evaluator, FusedConvolutionIsItsParts) {
  expectSameResults(R"(
    func.func @main(%x: tensor<1x4x8x8xf32>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>, %r: tensor<1x6x4x4xf32>)
        -> (tensor<1x6x4x4xf32>, tensor<1x6x4x4xf32>) {
      %fused = tt.conv2d %x, %w bias %b residual %r strides [2, 2] pads [1, 1, 1, 1] groups 2
        activation <mish> post_activation <leaky_relu, 1.000000e-01>
        : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>, tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
      %0 = tt.conv2d %x, %w strides [2, 2] pads [1, 1, 1, 1] groups 2
        : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>) -> tensor<1x6x4x4xf32>
      %1 = tt.reshape %b : (tensor<6xf32>) -> tensor<6x1x1xf32>
      %2 = tt.add %0, %1 : (tensor<1x6x4x4xf32>, tensor<6x1x1xf32>) -> tensor<1x6x4x4xf32>
      %3 = tt.mish %2 : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
      %4 = tt.add %3, %r : (tensor<1x6x4x4xf32>, tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
      %5 = tt.leaky_relu %4 alpha 1.000000e-01 : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
      return %fused, %5 : tensor<1x6x4x4xf32>, tensor<1x6x4x4xf32>
    })");
}

/// Without a bias the residual is the third operand.
TEST(Evaluator, ResidualWithoutBias) {
  expectSameResults(R"(
    func.func @main(%x: tensor<1x4x4x3xf32>, %w: tensor<5x3x1x1xf32>, %r: tensor<1x4x4x5xf32>)
        -> (tensor<1x4x4x5xf32>, tensor<1x4x4x5xf32>) {
      %fused = tt.conv2d %x, %w residual %r data_format nhwc
        : (tensor<1x4x4x3xf32>, tensor<5x3x1x1xf32>, tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
      %m = tt.reshape %w : (tensor<5x3x1x1xf32>) -> tensor<5x3xf32>
      %0 = tt.matmul %x, %m transpose_rhs true : (tensor<1x4x4x3xf32>, tensor<5x3xf32>) -> tensor<1x4x4x5xf32>
      %1 = tt.add %0, %r : (tensor<1x4x4x5xf32>, tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
      return %fused, %1 : tensor<1x4x4x5xf32>, tensor<1x4x4x5xf32>
    })");
}

TEST(Evaluator, FusedMatmulIsItsParts) {
  expectSameResults(R"(
    func.func @main(%x: tensor<2x3x8xf32>, %w: tensor<8x5xf32>, %b: tensor<5xf32>, %r: tensor<2x3x5xf32>)
        -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>) {
      %fused = tt.matmul %x, %w bias %b residual %r activation <silu> post_activation <relu>
        : (tensor<2x3x8xf32>, tensor<8x5xf32>, tensor<5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
      %0 = tt.matmul %x, %w : (tensor<2x3x8xf32>, tensor<8x5xf32>) -> tensor<2x3x5xf32>
      %1 = tt.add %0, %b activation <silu> : (tensor<2x3x5xf32>, tensor<5xf32>) -> tensor<2x3x5xf32>
      %2 = tt.add %1, %r activation <relu> : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
      return %fused, %2 : tensor<2x3x5xf32>, tensor<2x3x5xf32>
    })");
}

/// Every image op means the same in both orders.
TEST(Evaluator, ChannelsLastIsChannelsFirst) {
  expectSameResults(R"(
    func.func @main(%x: tensor<1x4x9x9xf32>, %w: tensor<4x4x3x2xf32>, %s: tensor<4xf32>)
        -> (tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>) {
      %c0 = tt.conv2d %x, %w pads [1, 0, 0, 1] dilations [2, 1]
        : (tensor<1x4x9x9xf32>, tensor<4x4x3x2xf32>) -> tensor<1x4x6x9xf32>
      %c1 = tt.max_pool2d %c0 kernel [2, 3] strides [1, 2] pads [0, 1, 1, 1]
        : (tensor<1x4x6x9xf32>) -> tensor<1x4x6x5xf32>
      %c2 = tt.avg_pool2d %c1 kernel [2, 2] strides [2, 2] ceil_mode true
        : (tensor<1x4x6x5xf32>) -> tensor<1x4x3x3xf32>
      %c3 = tt.upsample bilinear %c2 scales [2, 3] half_pixel true
        : (tensor<1x4x3x3xf32>) -> tensor<1x4x6x9xf32>
      %c4 = tt.batch_norm %c3, %s, %s, %s, %s epsilon 2.000000e+00
        : (tensor<1x4x6x9xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x6x9xf32>
      %c5 = tt.conv_transpose2d %c4, %w strides [2, 1] output_padding [1, 0]
        : (tensor<1x4x6x9xf32>, tensor<4x4x3x2xf32>) -> tensor<1x4x14x10xf32>
      %c6 = tt.global_avg_pool %c5 : (tensor<1x4x14x10xf32>) -> tensor<1x4x1x1xf32>

      %l = tt.transpose %x [0, 2, 3, 1] : (tensor<1x4x9x9xf32>) -> tensor<1x9x9x4xf32>
      %l0 = tt.conv2d %l, %w pads [1, 0, 0, 1] dilations [2, 1] data_format nhwc
        : (tensor<1x9x9x4xf32>, tensor<4x4x3x2xf32>) -> tensor<1x6x9x4xf32>
      %l1 = tt.max_pool2d %l0 kernel [2, 3] strides [1, 2] pads [0, 1, 1, 1] data_format nhwc
        : (tensor<1x6x9x4xf32>) -> tensor<1x6x5x4xf32>
      %l2 = tt.avg_pool2d %l1 kernel [2, 2] strides [2, 2] ceil_mode true data_format nhwc
        : (tensor<1x6x5x4xf32>) -> tensor<1x3x3x4xf32>
      %l3 = tt.upsample bilinear %l2 scales [2, 3] data_format nhwc half_pixel true
        : (tensor<1x3x3x4xf32>) -> tensor<1x6x9x4xf32>
      %l4 = tt.batch_norm %l3, %s, %s, %s, %s epsilon 2.000000e+00 axis 3
        : (tensor<1x6x9x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x6x9x4xf32>
      %l5 = tt.conv_transpose2d %l4, %w strides [2, 1] output_padding [1, 0] data_format nhwc
        : (tensor<1x6x9x4xf32>, tensor<4x4x3x2xf32>) -> tensor<1x14x10x4xf32>
      %l6 = tt.global_avg_pool %l5 data_format nhwc : (tensor<1x14x10x4xf32>) -> tensor<1x1x1x4xf32>
      %l7 = tt.transpose %l6 [0, 3, 1, 2] : (tensor<1x1x1x4xf32>) -> tensor<1x4x1x1xf32>
      return %c6, %l7 : tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>
    })");
}

TEST(Evaluator, ShapeOps) {
  expectSameResults(R"(
    func.func @main(%x: tensor<2x6x4xf32>) -> (tensor<2x6x4xf32>, tensor<2x6x4xf32>) {
      %a, %b = tt.split %x axis 1 sizes [2, 4] : (tensor<2x6x4xf32>) -> (tensor<2x2x4xf32>, tensor<2x4x4xf32>)
      %c = tt.concat %a, %b axis 1 : (tensor<2x2x4xf32>, tensor<2x4x4xf32>) -> tensor<2x6x4xf32>
      %p = tt.pad %c low [0, 1, 2] high [1, 0, 1] value 3.000000e+00 : (tensor<2x6x4xf32>) -> tensor<3x7x7xf32>
      %s = tt.slice %p [0, 1, 2] to [2, 7, 6] step [1, 1, 1] : (tensor<3x7x7xf32>) -> tensor<2x6x4xf32>
      return %x, %s : tensor<2x6x4xf32>, tensor<2x6x4xf32>
    })",
                    0);
}

TEST(Evaluator, SoftmaxIsItsParts) {
  expectSameResults(R"(
    func.func @main(%x: tensor<2x6x4xf32>) -> (tensor<2x6x4xf32>, tensor<2x6x4xf32>) {
      %0 = tt.softmax %x axis 1 : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
      %m = tt.reduce max %x axes [1] keep_dims true : (tensor<2x6x4xf32>) -> tensor<2x1x4xf32>
      %d = tt.sub %x, %m : (tensor<2x6x4xf32>, tensor<2x1x4xf32>) -> tensor<2x6x4xf32>
      %e = tt.exp %d : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
      %s = tt.reduce sum %e axes [1] keep_dims true : (tensor<2x6x4xf32>) -> tensor<2x1x4xf32>
      %1 = tt.div %e, %s : (tensor<2x6x4xf32>, tensor<2x1x4xf32>) -> tensor<2x6x4xf32>
      return %0, %1 : tensor<2x6x4xf32>, tensor<2x6x4xf32>
    })");
}

/// Layouts, transfers and heads do not change values.
TEST(Evaluator, LayoutOps) {
  expectSameResults(R"(
    #dram = #tt.layout<dram, interleaved, tile, bf16>
    #l1 = #tt.layout<l1, height, grid = 2x1, shard = 32x32, tile, bf16>
    func.func @main(%x: tensor<1x32x8x8xf32>) -> (tensor<1x32x8x8xf32>, tensor<1x32x8x8xf32>) {
      %0 = tt.to_device %x permutation [0, 2, 3, 1] : (tensor<1x32x8x8xf32>) -> tensor<1x8x8x32xf32, #dram>
      %1 = tt.reshard %0 : (tensor<1x8x8x32xf32, #dram>) -> tensor<1x8x8x32xf32, #l1>
      tt.deallocate %0 : tensor<1x8x8x32xf32, #dram>
      %2 = tt.from_device %1 permutation [0, 3, 1, 2] : (tensor<1x8x8x32xf32, #l1>) -> tensor<1x32x8x8xf32>
      return %x, %2 : tensor<1x32x8x8xf32>, tensor<1x32x8x8xf32>
    })",
                    0);
}

constexpr llvm::StringLiteral chain = R"(
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    %c = tt.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %s = tt.constant dense<0.5> : tensor<4xf32>
    %0 = tt.add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %1 = tt.mul %0, %s : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %2 = tt.neg %1 : (tensor<4xf32>) -> tensor<4xf32>
    return %2 : tensor<4xf32>
  })";

TEST(Evaluator, ObserversSeeEveryOpAndMayChangeOperands) {
  Module m(chain);
  std::vector<std::string> before, after;
  size_t lastDone = 0, lastTotal = 0;
  EvaluateOptions options;
  options.before = [&](mlir::Operation *op, llvm::MutableArrayRef<HostTensor> operands) {
    before.push_back(op->getName().getStringRef().str());
    if (llvm::isa<tt::MulOp>(op))
      operands[1] = HostTensor({4}, std::vector<float>{2, 2, 2, 2});
    return mlir::success();
  };
  options.after = [&](mlir::Operation *op, llvm::ArrayRef<HostTensor> operands,
                      llvm::ArrayRef<HostTensor> results) {
    after.push_back(op->getName().getStringRef().str());
    EXPECT_EQ(operands.size(), op->getNumOperands());
    EXPECT_EQ(results.size(), 1u);
    return mlir::success();
  };
  options.progress = [&](size_t done, size_t total) {
    lastDone = done;
    lastTotal = total;
  };
  HostTensor x({4}, std::vector<float>{0, 0, 1, 1});
  mlir::FailureOr<std::vector<HostTensor>> r = evaluateFunction(m.main(), x, options);
  ASSERT_TRUE(mlir::succeeded(r));
  EXPECT_EQ(valuesOf((*r)[0]), (std::vector<float>{-2, -4, -8, -10}));
  EXPECT_EQ(before, (std::vector<std::string>{"tt.add", "tt.mul", "tt.neg"}));
  EXPECT_EQ(after, before);
  EXPECT_EQ(lastDone, 5u);
  EXPECT_EQ(lastTotal, 5u);
}

TEST(Evaluator, ObserversMayKeepValues) {
  Module m(chain);
  const float *first = nullptr;
  EvaluateOptions options;
  HostTensor kept;
  options.after = [&](mlir::Operation *op, llvm::ArrayRef<HostTensor> operands,
                      llvm::ArrayRef<HostTensor> results) {
    if (llvm::isa<tt::AddOp>(op)) {
      kept = results[0];
      first = kept.data();
    }
    return mlir::success();
  };
  mlir::FailureOr<std::vector<HostTensor>> r =
      evaluateFunction(m.main(), HostTensor::filled({4}, 1), options);
  ASSERT_TRUE(mlir::succeeded(r));
  EXPECT_EQ(kept.data(), first);
  EXPECT_EQ(valuesOf(kept), (std::vector<float>{2, 3, 4, 5}));
}

TEST(Evaluator, ObserversMayStop) {
  Module m(chain);
  EvaluateOptions options;
  options.after = [](mlir::Operation *op, llvm::ArrayRef<HostTensor>, llvm::ArrayRef<HostTensor>) {
    return mlir::failure(llvm::isa<tt::MulOp>(op));
  };
  EXPECT_TRUE(mlir::failed(evaluateFunction(m.main(), HostTensor::filled({4}, 1), options)));
}

/// Outputs own their values although input and constant do not.
TEST(Evaluator, OutputsOutliveTheirSources) {
  std::vector<HostTensor> outputs;
  {
    Module m(R"(
      func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<1x2xf32>) {
        %c = tt.constant dense<[1.0, 2.0]> : tensor<2xf32>
        %r = tt.reshape %c : (tensor<2xf32>) -> tensor<1x2xf32>
        return %x, %c, %r : tensor<2xf32>, tensor<2xf32>, tensor<1x2xf32>
      })");
    std::vector<float> data = {7, 8};
    mlir::FailureOr<std::vector<HostTensor>> r =
        evaluateFunction(m.main(), HostTensor::borrow({2}, data.data()));
    ASSERT_TRUE(mlir::succeeded(r));
    outputs = *r;
  }
  EXPECT_EQ(valuesOf(outputs[0]), (std::vector<float>{7, 8}));
  EXPECT_EQ(valuesOf(outputs[1]), (std::vector<float>{1, 2}));
  EXPECT_EQ(valuesOf(outputs[2]), (std::vector<float>{1, 2}));
}

TEST(Evaluator, WrongInputsAreErrors) {
  Module m(chain);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&m.context,
                                        [&](mlir::Diagnostic &d) { message = d.str(); });
  EXPECT_TRUE(mlir::failed(evaluateFunction(m.main(), {})));
  EXPECT_EQ(message, "expected 1 inputs, but got 0");
  EXPECT_TRUE(mlir::failed(evaluateFunction(m.main(), HostTensor::filled({5}, 0))));
  EXPECT_EQ(message, "expected input 0 of type 'tensor<4xf32>', but got the shape [5]");
}

} // namespace
