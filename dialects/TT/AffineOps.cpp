//===- AffineOps.cpp - the ops' answers to AffineOpInterface -----------------===//
//
// Scales and shifts are multiplied into weights in double and rounded once.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/LayerName.h"
#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

using namespace mlir;

namespace ttc::tt {

namespace {

/// The constants of a linear op, as numbers that can be changed.
struct LinearConstants {
  std::vector<float> weight;
  std::vector<double> bias; ///< one per output channel, 0 if the op has none
};

} // namespace

template <typename OpT>
static FailureOr<LinearConstants> readConstants(OpT op, Value weight, size_t numOut,
                                                std::string &reason) {
  std::optional<FloatValues> values = getConstantValues(weight);
  if (!values) {
    reason = "its weights are not constant";
    return failure();
  }
  LinearConstants constants;
  std::vector<float> storage;
  ArrayRef<float> all = values->expand(storage);
  constants.weight.assign(all.begin(), all.end());
  constants.bias.assign(numOut, 0.0);
  if (Value bias = op.getBias()) {
    std::optional<FloatValues> biasValues = getConstantValues(bias);
    if (!biasValues) {
      reason = "its bias is not constant";
      return failure();
    }
    for (size_t o = 0; o < numOut; ++o)
      constants.bias[o] = (*biasValues)[o];
  }
  return constants;
}

/// Replaces a constant operand and drops the constant if nothing else uses it.
static void replaceConstant(RewriterBase &rewriter, Operation *op, MutableOperandRange operand,
                            RankedTensorType type, std::vector<float> values, StringRef role) {
  StringRef layer = getLayerName(op->getLoc());
  std::string name = (layer.empty() ? op->getName().stripDialect() : layer).str() + "." + role.str();
  Operation *old = operand.empty() ? nullptr : operand[0].get().getDefiningOp();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto constant =
      rewriter.create<ConstantOp>(op->getLoc(), makeConstant(type, std::move(values), name));
  rewriter.modifyOpInPlace(op, [&] { operand.assign(constant.getResult()); });
  if (old && old->use_empty())
    rewriter.eraseOp(old);
}

template <typename OpT>
static void writeConstants(RewriterBase &rewriter, OpT op, MutableOperandRange weight,
                           LinearConstants constants) {
  auto type = cast<RankedTensorType>(weight[0].get().getType());
  replaceConstant(rewriter, op, weight, RankedTensorType::get(type.getShape(), type.getElementType()),
                  std::move(constants.weight), "weight");
  auto biasType =
      RankedTensorType::get({int64_t(constants.bias.size())}, type.getElementType());
  replaceConstant(rewriter, op, op.getBiasMutable(), biasType,
                  std::vector<float>(constants.bias.begin(), constants.bias.end()), "bias");
}

/// `channel(k)` is the output channel of weight element k.
template <typename OpT, typename ChannelFn>
static LogicalResult foldOutput(RewriterBase &rewriter, OpT op, MutableOperandRange weight,
                                ArrayRef<double> scale, ArrayRef<double> shift, ChannelFn channel,
                                std::string &reason) {
  FailureOr<LinearConstants> constants =
      readConstants(op, weight[0].get(), scale.size(), reason);
  if (failed(constants))
    return failure();
  for (size_t k = 0; k < constants->weight.size(); ++k)
    constants->weight[k] = float(constants->weight[k] * scale[channel(k)]);
  for (size_t o = 0; o < scale.size(); ++o)
    constants->bias[o] = constants->bias[o] * scale[o] + shift[o];
  writeConstants(rewriter, op, weight, std::move(*constants));
  return success();
}

/// `channels(k)` are the output and the input channel of weight element k.
template <typename OpT, typename ChannelsFn>
static LogicalResult foldInput(RewriterBase &rewriter, OpT op, MutableOperandRange weight,
                               size_t numOut, ArrayRef<double> scale, ArrayRef<double> shift,
                               ChannelsFn channels, std::string &reason) {
  FailureOr<LinearConstants> constants = readConstants(op, weight[0].get(), numOut, reason);
  if (failed(constants))
    return failure();
  for (size_t k = 0; k < constants->weight.size(); ++k) {
    auto [out, in] = channels(k);
    constants->bias[out] += constants->weight[k] * shift[in];
    constants->weight[k] = float(constants->weight[k] * scale[in]);
  }
  writeConstants(rewriter, op, weight, std::move(*constants));
  return success();
}

static bool isZero(ArrayRef<double> values) {
  return llvm::all_of(values, [](double v) { return v == 0; });
}

/// Fails if something happens after the bias.
static LogicalResult checkNothingAfterBias(bool activation, bool residual, std::string &reason) {
  if (activation)
    reason = "it applies an activation before";
  else if (residual)
    reason = "it adds a residual before";
  return failure(activation || residual);
}

static int64_t channelAxis(DataFormat format) { return format == DataFormat::nchw ? 1 : 3; }

//===----------------------------------------------------------------------===//
// conv2d: weight O x I/groups x kh x kw
//===----------------------------------------------------------------------===//

int64_t Conv2dOp::getOutputChannelAxis() { return channelAxis(getDataFormat()); }
int64_t Conv2dOp::getInputChannelAxis() { return channelAxis(getDataFormat()); }

LogicalResult Conv2dOp::foldOutputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                         ArrayRef<double> shift, std::string &reason) {
  if (failed(checkNothingAfterBias(bool(getActivation()), bool(getResidual()), reason)))
    return failure();
  size_t perOutput = size_t(getWeight().getType().getNumElements()) / scale.size();
  return foldOutput(rewriter, *this, MutableOperandRange(getWeightMutable()), scale, shift,
                    [=](size_t k) { return k / perOutput; }, reason);
}

LogicalResult Conv2dOp::foldInputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                        ArrayRef<double> shift, std::string &reason) {
  if (!isZero(shift) && llvm::any_of(getPads(), [](int64_t pad) { return pad != 0; })) {
    reason = "it pads with zeros, which the shift would not reach";
    return failure();
  }
  ArrayRef<int64_t> shape = getWeight().getType().getShape();
  size_t numOut = shape[0], perGroup = shape[1], kernel = shape[2] * shape[3];
  size_t outPerGroup = numOut / getGroups();
  return foldInput(
      rewriter, *this, MutableOperandRange(getWeightMutable()), numOut, scale, shift,
      [=](size_t k) {
        size_t out = k / (perGroup * kernel), in = k / kernel % perGroup;
        return std::pair(out, out / outPerGroup * perGroup + in);
      },
      reason);
}

//===----------------------------------------------------------------------===//
// conv_transpose2d: weight I x O/groups x kh x kw
//===----------------------------------------------------------------------===//

int64_t ConvTranspose2dOp::getOutputChannelAxis() { return channelAxis(getDataFormat()); }
int64_t ConvTranspose2dOp::getInputChannelAxis() { return channelAxis(getDataFormat()); }

LogicalResult ConvTranspose2dOp::foldOutputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                                  ArrayRef<double> shift, std::string &reason) {
  if (failed(checkNothingAfterBias(bool(getActivation()), false, reason)))
    return failure();
  ArrayRef<int64_t> shape = getWeight().getType().getShape();
  size_t perGroup = shape[1], kernel = shape[2] * shape[3], inPerGroup = shape[0] / getGroups();
  return foldOutput(
      rewriter, *this, MutableOperandRange(getWeightMutable()), scale, shift,
      [=](size_t k) {
        size_t in = k / (perGroup * kernel), out = k / kernel % perGroup;
        return in / inPerGroup * perGroup + out;
      },
      reason);
}

LogicalResult ConvTranspose2dOp::foldInputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                                 ArrayRef<double> shift, std::string &reason) {
  if (!isZero(shift)) {
    reason = "a shift reaches its results unevenly";
    return failure();
  }
  ArrayRef<int64_t> shape = getWeight().getType().getShape();
  size_t perGroup = shape[1], kernel = shape[2] * shape[3], inPerGroup = shape[0] / getGroups();
  return foldInput(
      rewriter, *this, MutableOperandRange(getWeightMutable()), perGroup * getGroups(), scale,
      shift,
      [=](size_t k) {
        size_t in = k / (perGroup * kernel), out = k / kernel % perGroup;
        return std::pair(in / inPerGroup * perGroup + out, in);
      },
      reason);
}

//===----------------------------------------------------------------------===//
// matmul: rhs K x N, N x K with transpose_rhs
//===----------------------------------------------------------------------===//

int64_t MatmulOp::getOutputChannelAxis() { return getType().getRank() - 1; }
int64_t MatmulOp::getInputChannelAxis() {
  return cast<RankedTensorType>(getLhs().getType()).getRank() - 1;
}

/// A right-hand side that differs between batches has no columns to scale.
static LogicalResult checkOneMatrix(MatmulOp op, std::string &reason) {
  if (cast<RankedTensorType>(op.getRhs().getType()).getRank() == 2)
    return success();
  reason = "its weights are more than one matrix";
  return failure();
}

LogicalResult MatmulOp::foldOutputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                         ArrayRef<double> shift, std::string &reason) {
  if (failed(checkNothingAfterBias(bool(getActivation()), bool(getResidual()), reason)) ||
      failed(checkOneMatrix(*this, reason)))
    return failure();
  size_t cols = cast<RankedTensorType>(getRhs().getType()).getDimSize(1);
  bool transposed = getTransposeRhs();
  return foldOutput(rewriter, *this, MutableOperandRange(getRhsMutable()), scale, shift,
                    [=](size_t k) { return transposed ? k / cols : k % cols; }, reason);
}

LogicalResult MatmulOp::foldInputAffine(RewriterBase &rewriter, ArrayRef<double> scale,
                                        ArrayRef<double> shift, std::string &reason) {
  if (failed(checkOneMatrix(*this, reason)))
    return failure();
  size_t cols = cast<RankedTensorType>(getRhs().getType()).getDimSize(1);
  bool transposed = getTransposeRhs();
  size_t numOut = getType().getShape().back();
  return foldInput(
      rewriter, *this, MutableOperandRange(getRhsMutable()), numOut, scale, shift,
      [=](size_t k) {
        size_t row = k / cols, col = k % cols;
        return transposed ? std::pair(row, col) : std::pair(col, row);
      },
      reason);
}

} // namespace ttc::tt
