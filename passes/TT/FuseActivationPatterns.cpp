//===- FuseActivationPatterns.cpp - activations spelled out ------------------===//
#include "FusePatterns.h"

#include "dialects/TT/LayerName.h"
#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

#include <cmath>

using namespace mlir;

namespace ttc::tt {

/// Exporters round 1/6 to float.
static bool isNear(double a, double b) { return std::abs(a - b) <= 1e-6 * std::abs(b); }

/// The one number that a constant holds everywhere.
static std::optional<double> getUniform(Value value) {
  std::optional<FloatValues> values = getConstantValues(value);
  if (!values || values->size() == 0)
    return std::nullopt;
  for (size_t i = 1; !values->isSplat() && i < values->size(); ++i)
    if ((*values)[i] != (*values)[0])
      return std::nullopt;
  return double((*values)[0]);
}

/// x if `value` is x + number.
static Value matchAddNumber(Value value, double number) {
  auto add = value.getDefiningOp<AddOp>();
  if (!add || add.getActivation())
    return {};
  for (auto [x, constant] : {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())})
    if (std::optional<double> found = getUniform(constant); found && isNear(*found, number))
      return x.getType() == add.getType() ? Value(x) : Value();
  return {};
}

/// x if `value` is clip(x + 3, 0, 6).
static Value matchShiftedRelu6(Value value) {
  auto clip = value.getDefiningOp<ClipOp>();
  if (!clip || clip.getMin().convertToDouble() != 0 || clip.getMax().convertToDouble() != 6)
    return {};
  return matchAddNumber(clip.getInput(), 3);
}

/// The operand that is divided by 6, or multiplied by 1/6.
template <typename OpT> static Value matchSixth(OpT op) {
  if (op.getActivation())
    return {};
  std::optional<double> rhs = getUniform(op.getRhs());
  if constexpr (std::is_same_v<OpT, DivOp>)
    return rhs && isNear(*rhs, 6) ? op.getLhs() : Value();
  if (rhs && isNear(*rhs, 1.0 / 6))
    return op.getLhs();
  std::optional<double> lhs = getUniform(op.getLhs());
  return lhs && isNear(*lhs, 1.0 / 6) ? op.getRhs() : Value();
}

namespace {

/// Where an activation was spelled out, `op` is replaced by it.
template <typename ActivationOpT, typename... Args>
LogicalResult replaceByActivation(Operation *op, Value x, PatternRewriter &rewriter,
                                  Pass::Statistic &count, Args... args) {
  rewriter.replaceOpWithNewOp<ActivationOpT>(op, op->getResult(0).getType(), x, args...,
                                             ComputeAttr());
  ++count;
  return success();
}

/// x * f(x) for an f that makes the product an activation.
struct FuseSelfGated : OpRewritePattern<MulOp> {
  FuseSelfGated(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    if (op.getActivation())
      return rewriter.notifyMatchFailure(op, "an activation follows");
    if (succeeded(matchGate(op, op.getLhs(), op.getRhs(), rewriter)) ||
        succeeded(matchGate(op, op.getRhs(), op.getLhs(), rewriter)))
      return success();
    return rewriter.notifyMatchFailure(op, "neither factor is a known gate of the other");
  }

private:
  LogicalResult matchGate(MulOp op, Value x, Value gate, PatternRewriter &rewriter) const {
    if (auto sigmoid = gate.getDefiningOp<SigmoidOp>(); sigmoid && sigmoid.getInput() == x)
      return replaceByActivation<SiluOp>(op, x, rewriter, count);
    if (auto tanh = gate.getDefiningOp<TanhOp>())
      if (auto softplus = tanh.getInput().getDefiningOp<SoftplusOp>();
          softplus && softplus.getInput() == x)
        return replaceByActivation<MishOp>(op, x, rewriter, count);
    if (auto hard = gate.getDefiningOp<HardsigmoidOp>();
        hard && hard.getInput() == x && isNear(hard.getAlpha().convertToDouble(), 1.0 / 6) &&
        hard.getBeta().convertToDouble() == 0.5)
      return replaceByActivation<HardswishOp>(op, x, rewriter, count);
    return failure();
  }

  Pass::Statistic &count;
};

/// clip(x + 3, 0, 6) / 6 is a hardsigmoid, x * clip(x + 3, 0, 6) / 6 a hardswish.
template <typename OpT> struct FuseSixth : OpRewritePattern<OpT> {
  FuseSixth(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern<OpT>(context), count(count) {}

  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    Value sixfold = matchSixth(op);
    if (!sixfold || sixfold.getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "no division by 6");
    if (Value x = matchShiftedRelu6(sixfold))
      return replaceByActivation<HardsigmoidOp>(op, x, rewriter, count,
                                                rewriter.getF64FloatAttr(1.0 / 6),
                                                rewriter.getF64FloatAttr(0.5));
    if (auto product = sixfold.getDefiningOp<MulOp>(); product && !product.getActivation()) {
      Value lhs = product.getLhs(), rhs = product.getRhs();
      if (matchShiftedRelu6(rhs) == lhs)
        return replaceByActivation<HardswishOp>(op, lhs, rewriter, count);
      if (matchShiftedRelu6(lhs) == rhs)
        return replaceByActivation<HardswishOp>(op, rhs, rewriter, count);
    }
    return rewriter.notifyMatchFailure(op, "what is divided is no clip(x + 3, 0, 6)");
  }

  Pass::Statistic &count;
};

} // namespace

void addActivationPatterns(RewritePatternSet &patterns, Pass::Statistic &count) {
  patterns.add<FuseSelfGated, FuseSixth<MulOp>, FuseSixth<DivOp>>(patterns.getContext(), count);
}

} // namespace ttc::tt
