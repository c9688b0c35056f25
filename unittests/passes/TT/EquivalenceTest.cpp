//===- EquivalenceTest.cpp - graph passes do not change what is computed ------===//
//
// Random small graphs are evaluated before and after each pass.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Weights.h"
#include "passes/TT/Passes.h"
#include "ttc/Reference/Evaluator.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

namespace {

/// Builds one random graph of images.
class RandomGraph {
public:
  RandomGraph(MLIRContext &context, unsigned seed)
      : random(seed), builder(&context), loc(builder.getUnknownLoc()) {
    module = ModuleOp::create(loc);
    auto image = RankedTensorType::get({1, 4, 8, 8}, builder.getF32Type());
    builder.setInsertionPointToEnd(module->getBody());
    function = builder.create<func::FuncOp>(loc, "main", builder.getFunctionType({image}, {}));
    Block *block = function.addEntryBlock();
    builder.setInsertionPointToEnd(block);
    values.push_back(block->getArgument(0));
    for (int i = 0; i < 14; ++i)
      addLayer();
    SmallVector<Value> results = {values.back(), values[values.size() / 2], classify(values.back())};
    builder.create<func::ReturnOp>(loc, results);
    SmallVector<Type> types(ValueRange(results).getTypes());
    function.setType(builder.getFunctionType({image}, types));
  }

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;

private:
  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }
  static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }
  static int64_t channels(Value value) { return typeOf(value).getDimSize(1); }
  Value any() { return values[size_t(pick(std::max<int64_t>(0, int64_t(values.size()) - 4), int64_t(values.size()) - 1))]; }

  Value constant(ArrayRef<int64_t> shape, float low, float high) {
    auto type = RankedTensorType::get(shape, builder.getF32Type());
    std::uniform_real_distribution<float> distribution(low, high);
    std::vector<float> numbers(size_t(type.getNumElements()));
    for (float &number : numbers)
      number = distribution(random);
    return builder.create<ConstantOp>(loc, makeConstant(type, std::move(numbers), "c"));
  }
  DenseI64ArrayAttr array(ArrayRef<int64_t> v) { return builder.getDenseI64ArrayAttr(v); }

  Value conv(Value x) {
    int64_t in = channels(x), groups = in % 2 == 0 && pick(0, 2) == 0 ? 2 : 1, out = 2 * pick(1, 3);
    int64_t k = pick(0, 1) ? 3 : 1;
    Value w = constant({out, in / groups, k, k}, -0.5, 0.5);
    Value b = pick(0, 1) ? constant({out}, -0.5, 0.5) : Value();
    int64_t p = k / 2;
    return builder.create<Conv2dOp>(loc, x, w, b, Value(), array({1, 1}), array({p, p, p, p}),
                                    array({1, 1}), builder.getI64IntegerAttr(groups),
                                    DataFormatAttr::get(builder.getContext(), tt::DataFormat::nchw),
                                    ActivationAttr(), ActivationAttr(), ComputeAttr());
  }
  Value norm(Value x) {
    int64_t c = channels(x);
    Value scale = constant({c}, 0.5, 1.5), bias = constant({c}, -1, 1), mean = constant({c}, -1, 1),
          variance = constant({c}, 0.5, 2);
    return builder.create<BatchNormOp>(loc, x.getType(), x, scale, bias, mean, variance,
                                       builder.getF64FloatAttr(1e-5), builder.getI64IntegerAttr(1),
                                       ComputeAttr());
  }
  template <typename OpT> Value unary(Value x) {
    return builder.create<OpT>(loc, x.getType(), x, ComputeAttr());
  }
  template <typename OpT> Value binary(Value a, Value b) {
    return builder.create<OpT>(loc, a.getType(), a, b, ActivationAttr(), ComputeAttr());
  }
  Value activation(Value x) {
    switch (pick(0, 5)) {
    case 5: return hardswish(x);
    case 0: return unary<ReluOp>(x);
    case 1: return unary<MishOp>(x);
    case 2: return binary<MulOp>(x, unary<SigmoidOp>(x));
    case 3: return binary<MulOp>(unary<TanhOp>(unary<SoftplusOp>(x)), x);
    default: return builder.create<LeakyReluOp>(loc, x.getType(), x, builder.getF64FloatAttr(0.1), ComputeAttr());
    }
  }
  Value hardswish(Value x) {
    Value shifted = binary<AddOp>(x, constant({}, 3, 3));
    Value clipped = builder.create<ClipOp>(loc, x.getType(), shifted, builder.getF64FloatAttr(0),
                                           builder.getF64FloatAttr(6), ComputeAttr());
    return pick(0, 1) ? binary<DivOp>(binary<MulOp>(x, clipped), constant({}, 6, 6))
                      : binary<MulOp>(x, binary<DivOp>(clipped, constant({}, 6, 6)));
  }
  Value pool(Value x) {
    int64_t p = pick(1, 2), k = 2 * p + 1;
    return builder.create<MaxPool2dOp>(loc, x, array({k, k}), array({1, 1}), array({p, p, p, p}),
                                       array({1, 1}), builder.getBoolAttr(false),
                                       DataFormatAttr::get(builder.getContext(), tt::DataFormat::nchw),
                                       ComputeAttr());
  }
  Value slice(Value x) {
    int64_t c = channels(x), start = pick(0, c - 1);
    return builder.create<SliceOp>(loc, x, array({0, start, 0, 0}), array({1, c, 8, 8}),
                                   array({1, 1, 1, 1}));
  }
  Value roundTrip(Value x) { // transposes that cancel, with something between
    Value t = builder.create<TransposeOp>(loc, x, array({0, 2, 3, 1}));
    t = unary<AbsOp>(t);
    return builder.create<TransposeOp>(loc, t, array({0, 3, 1, 2}));
  }
  Value classify(Value x) {
    Value pooled = builder.create<GlobalAvgPoolOp>(
        loc, x, DataFormatAttr::get(builder.getContext(), tt::DataFormat::nchw), ComputeAttr());
    int64_t c = channels(x);
    Value flat = builder.create<ReshapeOp>(loc, pooled, ArrayRef<int64_t>({1, c}));
    Value logits = builder.create<MatmulOp>(loc, flat, constant({c, 5}, -1, 1), Value(), Value(),
                                            builder.getBoolAttr(false), ActivationAttr(),
                                            ActivationAttr(), ComputeAttr());
    return binary<AddOp>(logits, constant({5}, -1, 1));
  }
  void addLayer() {
    Value x = any();
    switch (pick(0, 9)) {
    case 0: values.push_back(conv(x)); break;
    case 1: values.push_back(norm(conv(x))); break;
    case 2: values.push_back(activation(norm(conv(x)))); break;
    case 3: values.push_back(conv(norm(x))); break;
    case 4: values.push_back(activation(x)); break;
    case 5:
      values.push_back(pool(x));
      values.push_back(pool(x));
      break;
    case 6: values.push_back(builder.create<ConcatOp>(loc, ValueRange{x, any()}, builder.getI64IntegerAttr(1))); break;
    case 7: values.push_back(slice(x)); break;
    case 8: values.push_back(binary<AddOp>(x, conv2(x))); break;
    default: values.push_back(roundTrip(binary<MulOp>(x, constant({channels(x), 1, 1}, 0.5, 1.5)))); break;
    }
  }
  /// A residual branch: a convolution with as many channels as its input.
  Value conv2(Value x) {
    Value w = constant({channels(x), channels(x), 3, 3}, -0.3, 0.3);
    Value y = builder.create<Conv2dOp>(loc, x, w, Value(), Value(), array({1, 1}), array({1, 1, 1, 1}),
                                       array({1, 1}), builder.getI64IntegerAttr(1),
                                       DataFormatAttr::get(builder.getContext(), tt::DataFormat::nchw),
                                       ActivationAttr(), ActivationAttr(), ComputeAttr());
    return pick(0, 1) ? activation(y) : y;
  }

  std::mt19937 random;
  OpBuilder builder;
  Location loc;
  SmallVector<Value> values;
};

std::vector<HostTensor> evaluate(func::FuncOp function) {
  HostTensor input({1, 4, 8, 8});
  std::mt19937 random(7);
  std::normal_distribution<float> distribution;
  for (int64_t i = 0; i < input.size(); ++i)
    input.mutableData()[i] = distribution(random);
  FailureOr<std::vector<HostTensor>> results = reference::evaluateFunction(function, {input});
  return succeeded(results) ? *results : std::vector<HostTensor>();
}

std::string text(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  function.print(stream);
  return text;
}

/// Largest difference, in units of the largest value.
double largestDifference(const HostTensor &a, const HostTensor &b) {
  if (a.shape() != b.shape())
    return INFINITY;
  double difference = 0, largest = 1e-6;
  for (int64_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(double(a.data()[i]) - double(b.data()[i])));
    largest = std::max(largest, std::abs(double(a.data()[i])));
  }
  return difference / largest;
}

class EquivalenceTest : public ::testing::TestWithParam<const char *> {};

} // namespace

TEST_P(EquivalenceTest, KeepsValues) {
  DialectRegistry registry;
  registry.insert<func::FuncDialect, TTDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &diagnostic) {
    return success(diagnostic.getSeverity() == DiagnosticSeverity::Remark);
  });
  int changed = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomGraph graph(context, seed);
    ASSERT_TRUE(succeeded(verify(*graph.module))) << "seed " << seed;
    std::vector<HostTensor> before = evaluate(graph.function);
    ASSERT_FALSE(before.empty()) << "seed " << seed;
    std::string textBefore = text(graph.function);
    PassManager passes(&context, ModuleOp::getOperationName());
    ASSERT_TRUE(succeeded(parsePassPipeline(GetParam(), passes.nest<func::FuncOp>())));
    ASSERT_TRUE(succeeded(passes.run(*graph.module))) << "seed " << seed;
    changed += textBefore != text(graph.function);
    std::vector<HostTensor> after = evaluate(graph.function);
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i)
      EXPECT_LT(largestDifference(before[i], after[i]), 2e-5) << "seed " << seed << " result " << i;
  }
  EXPECT_GT(changed, 0) << "the pass never did anything";
}

static const char *pipelines[] = {
    "tt-fold-constants",
    "tt-fuse-patterns",
    "tt-fold-batch-norm",
    "tt-decompose-batch-norm",
    "tt-channels-last",
    "tt-cascade-pools",
    "tt-fuse-epilogue",
    "tt-fuse-epilogue{residual=false}",
    "canonicalize,tt-fold-constants,tt-fuse-patterns,tt-fold-batch-norm,tt-decompose-batch-norm,"
    "tt-fuse-patterns,tt-channels-last,tt-fuse-epilogue,canonicalize",
    // The order of passes/Pipelines.cpp.
    "tt-fold-constants,tt-channels-last,canonicalize,tt-fuse-patterns,tt-fold-batch-norm,"
    "tt-decompose-batch-norm,tt-fuse-patterns,tt-fold-constants,tt-fuse-epilogue,"
    "tt-cascade-pools,canonicalize,tt-lower-dtypes",
};

INSTANTIATE_TEST_SUITE_P(Passes, EquivalenceTest, ::testing::ValuesIn(pipelines));

int main(int argc, char **argv) {
  registerTTPasses();
  registerCanonicalizerPass();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
