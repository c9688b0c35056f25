//===- RandomWeights.cpp - seeded weights for any imported network ----------------------===//
#include "ttc/Import/RandomWeights.h"

#include "ttc/Import/Picture.h"
#include "Random.h"

#include "ttc/Import/Darknet.h"
#include "ttc/Reference/Evaluator.h"

#include "dialects/TT/LayerName.h"
#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace ttc {

namespace {

/// The numbers drawn for one op; one stream each.
enum Role : uint64_t { weightRole, scaleRole, biasRole, roles };

/// Mean and variance of every channel.
struct Statistics {
  std::vector<double> mean, variance;
};

class Randomizer {
public:
  explicit Randomizer(uint64_t seed) : seed(seed) {}

  LogicalResult run(func::FuncOp function);

private:
  LogicalResult before(Operation *op, MutableArrayRef<HostTensor> operands);
  LogicalResult after(Operation *op, ArrayRef<HostTensor> results);
  void setKaiming(Operation *op, MutableArrayRef<HostTensor> operands, unsigned index,
                  int64_t fanIn);
  void setBatchNorm(tt::BatchNormOp op, MutableArrayRef<HostTensor> operands);
  void normalizeConv(Operation *op, Value weight, Value bias, HostTensor result);

  /// The numbers of a role of the op at hand.
  RandomStream random(Role role) const { return {seed, ordinal * roles + role}; }
  std::vector<float> gains(size_t count) const {
    return random(scaleRole).uniforms(count, 0.75f, 1.25f);
  }
  std::vector<float> shifts(size_t count) const {
    return random(biasRole).normals(count, 1.5f, 0.1f);
  }

  /// Whether the value is a constant that no op before has set.
  bool isFresh(Value value) const {
    auto constant = value ? value.getDefiningOp<tt::ConstantOp>() : nullptr;
    return constant && !done.contains(constant);
  }
  /// Gives a constant new values and returns them.
  HostTensor set(Value value, std::vector<float> values, Operation *user, StringRef role);

  uint64_t seed;
  uint64_t ordinal = 0; ///< of the op at hand
  llvm::DenseSet<Operation *> done;
  llvm::DenseSet<Operation *> toNormalize;
};

} // namespace

static HostTensor borrowed(tt::ConstantOp constant) {
  ArrayRef<int64_t> shape = constant.getResult().getType().getShape();
  auto values = tt::FloatValues::get(constant.getValue());
  assert(values && "the constant was made from floats just now");
  if (values->isSplat())
    return HostTensor::filled(shape.vec(), (*values)[0]);
  std::vector<float> storage;
  return HostTensor::borrow(shape.vec(), values->expand(storage).data());
}

HostTensor Randomizer::set(Value value, std::vector<float> values, Operation *user,
                           StringRef role) {
  auto constant = value.getDefiningOp<tt::ConstantOp>();
  auto type = RankedTensorType::get(constant.getResult().getType().getShape(),
                                    Float32Type::get(user->getContext()));
  std::string name = (tt::getLayerName(user->getLoc()) + "." + role).str();
  constant.setValueAttr(tt::makeConstant(type, std::move(values), name));
  done.insert(constant);
  return borrowed(constant);
}

void Randomizer::setKaiming(Operation *op, MutableArrayRef<HostTensor> operands, unsigned index,
                            int64_t fanIn) {
  auto count = size_t(operands[index].size());
  float deviation = std::sqrt(2.0f / float(fanIn));
  operands[index] =
      set(op->getOperand(index), random(weightRole).normals(count, 0, deviation), op, "weight");
}

/// Statistics over all dims but `axis`. Where a channel has few values, those of all channels stand
/// for each; a channel that hardly varies gets a part of what the others vary, so that nothing is
/// divided by almost 0.
static Statistics statisticsOf(const HostTensor &tensor, int64_t axis) {
  int64_t channels = tensor.dim(axis), outer = 1, inner = 1;
  for (int64_t d = 0; d < tensor.rank(); ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : tensor.dim(d);
  Statistics result{std::vector<double>(size_t(channels)), std::vector<double>(size_t(channels))};
  double allMean = 0, allSquare = 0, allVariance = 0;
  double count = double(outer * inner);
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0, square = 0;
    for (int64_t o = 0; o < outer; ++o) {
      const float *p = tensor.data() + (o * channels + c) * inner;
      for (int64_t i = 0; i < inner; ++i) {
        sum += p[i];
        square += double(p[i]) * p[i];
      }
    }
    double mean = sum / count;
    result.mean[size_t(c)] = mean;
    result.variance[size_t(c)] = std::max(0.0, square / count - mean * mean);
    allMean += mean / double(channels);
    allSquare += square / count / double(channels);
    allVariance += result.variance[size_t(c)] / double(channels);
  }
  constexpr double fewValues = 8, smallPart = 0.01;
  if (count < fewValues) {
    std::fill(result.mean.begin(), result.mean.end(), allMean);
    allVariance = std::max(allSquare - allMean * allMean, 1e-6);
    std::fill(result.variance.begin(), result.variance.end(), allVariance);
  }
  for (double &variance : result.variance)
    variance = std::max({variance, smallPart * allVariance, 1e-6});
  return result;
}

void Randomizer::setBatchNorm(tt::BatchNormOp op, MutableArrayRef<HostTensor> operands) {
  Statistics statistics = statisticsOf(operands[0], op.getAxis());
  size_t channels = statistics.mean.size();
  std::vector<float> values[] = {gains(channels),
                                 shifts(channels),
                                 {statistics.mean.begin(), statistics.mean.end()},
                                 {statistics.variance.begin(), statistics.variance.end()}};
  static constexpr StringRef names[] = {"scale", "bias", "mean", "variance"};
  for (unsigned i = 0; i < 4; ++i)
    if (isFresh(op->getOperand(i + 1)))
      operands[i + 1] = set(op->getOperand(i + 1), std::move(values[i]), op, names[i]);
}

/// Whether a batch norm must have been folded into the op: nothing normalizes its result, and it is
/// not the raw output of the network.
static bool lostItsNorm(Operation *op) {
  return llvm::none_of(op->getUsers(), [](Operation *user) {
    return llvm::isa<tt::BatchNormOp, tt::YoloHeadOp, func::ReturnOp>(user);
  });
}

/// Scales and shifts each channel of a convolution's result, and its weight and bias alike.
void Randomizer::normalizeConv(Operation *op, Value weight, Value bias, HostTensor result) {
  auto constant = weight.getDefiningOp<tt::ConstantOp>();
  auto format = llvm::isa<tt::Conv2dOp>(op) ? cast<tt::Conv2dOp>(op).getDataFormat()
                                            : cast<tt::ConvTranspose2dOp>(op).getDataFormat();
  int64_t axis = tt::ImageDims(format).channel, channels = result.dim(axis);
  Statistics statistics = statisticsOf(result, axis);
  std::vector<float> factors = gains(size_t(channels)), terms = shifts(size_t(channels));
  for (size_t c = 0; c < size_t(channels); ++c) {
    factors[c] = float(factors[c] / std::sqrt(statistics.variance[c]));
    terms[c] = bias ? float(terms[c] - statistics.mean[c] * factors[c]) : 0;
  }

  // O x I/groups x kh x kw, or for a transposed convolution I x O/groups x kh x kw.
  HostTensor old = borrowed(constant);
  std::vector<float> weights(old.span().begin(), old.span().end());
  int64_t window = old.dim(2) * old.dim(3);
  for (int64_t i = 0; i < old.size(); ++i) {
    int64_t c = i / (old.dim(1) * window);
    if (auto transposed = dyn_cast<tt::ConvTranspose2dOp>(op)) {
      int64_t group = c / (old.dim(0) / int64_t(transposed.getGroups()));
      c = group * old.dim(1) + i / window % old.dim(1);
    }
    weights[size_t(i)] *= factors[size_t(c)];
  }
  set(weight, std::move(weights), op, "weight");
  if (bias)
    set(bias, terms, op, "bias");

  int64_t inner = 1;
  for (int64_t d = axis + 1; d < result.rank(); ++d)
    inner *= result.dim(d);
  float *values = result.mutableData();
  for (int64_t i = 0; i < result.size(); ++i) {
    auto c = size_t(i / inner % channels);
    values[i] = values[i] * factors[c] + terms[c];
  }
}

LogicalResult Randomizer::before(Operation *op, MutableArrayRef<HostTensor> operands) {
  ++ordinal;
  auto zeroBias = [&](Value bias) {
    if (!isFresh(bias))
      return;
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      if (operand == bias)
        operands[i] = set(bias, std::vector<float>(size_t(operands[i].size())), op, "bias");
  };
  // A weight that several ops share is set once and then left alone.
  auto convolution = [&](auto conv, int64_t fanIn) {
    if (!isFresh(conv.getWeight()))
      return;
    setKaiming(op, operands, 1, std::max<int64_t>(fanIn, 1));
    bool ownBias = !conv.getBias() || isFresh(conv.getBias());
    zeroBias(conv.getBias());
    if (ownBias && !conv.getActivation() && conv.getWeight().hasOneUse() && lostItsNorm(op))
      toNormalize.insert(op);
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](tt::Conv2dOp conv) {
        const HostTensor &w = operands[1];
        convolution(conv, w.dim(1) * w.dim(2) * w.dim(3));
      })
      .Case([&](tt::ConvTranspose2dOp conv) {
        const HostTensor &w = operands[1];
        ArrayRef<int64_t> strides = conv.getStrides();
        convolution(conv, w.dim(0) / int64_t(conv.getGroups()) * w.dim(2) * w.dim(3) /
                              (strides[0] * strides[1]));
      })
      .Case([&](tt::MatmulOp matmul) {
        if (!isFresh(matmul.getRhs()))
          return;
        const HostTensor &rhs = operands[1];
        setKaiming(op, operands, 1, rhs.dim(rhs.rank() - (matmul.getTransposeRhs() ? 1 : 2)));
        zeroBias(matmul.getBias());
      })
      .Case([&](tt::BatchNormOp norm) { setBatchNorm(norm, operands); });
  return success();
}

LogicalResult Randomizer::after(Operation *op, ArrayRef<HostTensor> results) {
  if (!toNormalize.contains(op))
    return success();
  if (auto conv = dyn_cast<tt::Conv2dOp>(op)) {
    if (!conv.getResidual())
      normalizeConv(op, conv.getWeight(), conv.getBias(), results[0]);
  } else if (auto conv = dyn_cast<tt::ConvTranspose2dOp>(op)) {
    normalizeConv(op, conv.getWeight(), conv.getBias(), results[0]);
  }
  return success();
}

LogicalResult Randomizer::run(func::FuncOp function) {
  std::vector<HostTensor> inputs;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto ranked = dyn_cast<RankedTensorType>(type);
    if (!ranked || !ranked.hasStaticShape())
      return function.emitError("expected arguments of static shape, but got ") << type;
    inputs.push_back(syntheticPicture(ranked.getShape().vec(), ~seed, i));
  }
  reference::EvaluateOptions options;
  options.before = [&](Operation *op, MutableArrayRef<HostTensor> operands) {
    return before(op, operands);
  };
  options.after = [&](Operation *op, ArrayRef<HostTensor>, ArrayRef<HostTensor> results) {
    return after(op, results);
  };
  return reference::evaluateFunction(function, inputs, options);
}

LogicalResult randomizeWeights(ModuleOp module, uint64_t seed) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (!function)
    return module.emitError("expected a function @main");
  if (failed(Randomizer(seed).run(function)))
    return failure();
  module->removeAttr(weightsMissingAttrName);
  return success();
}

} // namespace ttc
