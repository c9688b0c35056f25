//===- FusePatterns.cpp - what several ops spell out is one op ---------------===//
#include "FusePatterns.h"
#include "passes/TT/Passes.h"

#include "dialects/TT/LayerName.h"
#include "dialects/TT/Weights.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <limits>

namespace ttc::tt {
#define GEN_PASS_DEF_FUSEPATTERNS
#include "passes/TT/Passes.h.inc"

using namespace mlir;

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

/// Each op says whether it can pad by `value` itself and prepares for it.
static LogicalResult acceptPadding(Conv2dOp op, double value, ArrayRef<int64_t>) {
  return success(value == 0);
}
static LogicalResult acceptPadding(MaxPool2dOp op, double value, ArrayRef<int64_t> pads) {
  bool isLowest = value <= double(std::numeric_limits<float>::lowest());
  // Every window has to see a value of the input (constraint C2 of the op).
  auto fits = [&](int side) {
    int64_t dim = side % 2; // top, left, bottom, right
    return pads[side] < op.getDilations()[dim] * (op.getKernel()[dim] - 1) + 1;
  };
  return success(isLowest && !op.getCeilMode() && fits(0) && fits(1) && fits(2) && fits(3));
}
static LogicalResult acceptPadding(AvgPool2dOp op, double value, ArrayRef<int64_t> pads) {
  auto fits = [&](int side) { return pads[side] < op.getKernel()[side % 2]; };
  bool ownPads = llvm::any_of(op.getPads(), [](int64_t pad) { return pad != 0; });
  if (value != 0 || op.getCeilMode() || (ownPads && !op.getCountIncludePad()) || !fits(0) ||
      !fits(1) || !fits(2) || !fits(3))
    return failure();
  op.setCountIncludePad(true);
  return success();
}

namespace {

/// op(pad(x)) -> op(x) with larger pads.
template <typename OpT> struct FusePad : OpRewritePattern<OpT> {
  FusePad(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern<OpT>(context), count(count) {}

  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    auto pad = op.getInput().template getDefiningOp<PadOp>();
    if (!pad)
      return rewriter.notifyMatchFailure(op, "the input is not padded");
    ImageDims dims(op.getDataFormat());
    ArrayRef<int64_t> low = pad.getLow(), high = pad.getHigh();
    if (low[dims.batch] || high[dims.batch] || low[dims.channel] || high[dims.channel])
      return rewriter.notifyMatchFailure(op, "the pad is not spatial only");
    SmallVector<int64_t> pads(op.getPads());
    pads[0] += low[dims.height];
    pads[1] += low[dims.width];
    pads[2] += high[dims.height];
    pads[3] += high[dims.width];
    rewriter.startOpModification(op);
    if (failed(acceptPadding(op, pad.getValue().convertToDouble(), pads))) {
      rewriter.cancelOpModification(op);
      return rewriter.notifyMatchFailure(op, "the op cannot pad by this value or that much");
    }
    op.setPads(pads);
    op.getInputMutable().assign(pad.getInput());
    op->setLoc(fuseLocations(op->getLoc(), pad.getLoc()));
    rewriter.finalizeOpModification(op);
    ++count;
    return success();
  }

  Pass::Statistic &count;
};

//===----------------------------------------------------------------------===//
// Constants per channel
//===----------------------------------------------------------------------===//

/// linear(x) op constant, constant op linear(x) -> linear(x) with other weights and bias.
template <typename OpT> struct FuseAffine : OpRewritePattern<OpT> {
  FuseAffine(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern<OpT>(context), count(count) {}

  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    if (op.getActivation())
      return rewriter.notifyMatchFailure(op, "an activation follows");
    bool constantIsLhs = bool(getConstantValues(op.getLhs()));
    Value constant = constantIsLhs ? op.getLhs() : op.getRhs();
    Value input = constantIsLhs ? op.getRhs() : op.getLhs();
    std::optional<FloatValues> values = getConstantValues(constant);
    auto producer = input.template getDefiningOp<AffineOpInterface>();
    if (!values || !producer)
      return rewriter.notifyMatchFailure(op, "no constant meets an op with weights");
    if (!input.hasOneUse())
      return rewriter.notifyMatchFailure(op, "the producer's result has other uses");
    auto type = cast<RankedTensorType>(input.getType());
    if (op.getType() != type)
      return rewriter.notifyMatchFailure(op, "the constant makes the result larger");

    int64_t axis = producer.getOutputChannelAxis();
    auto shape = cast<RankedTensorType>(constant.getType()).getShape();
    int64_t missing = type.getRank() - int64_t(shape.size());
    for (auto [dim, extent] : llvm::enumerate(shape))
      if (extent != 1 && int64_t(dim) + missing != axis)
        return rewriter.notifyMatchFailure(op, "the constant is not one number per channel");

    size_t channels = size_t(type.getDimSize(axis));
    SmallVector<double> scale(channels, 1.0), shift(channels, 0.0);
    for (size_t c = 0; c < channels; ++c)
      if (!combine(op, constantIsLhs, (*values)[values->size() == 1 ? 0 : c], scale[c], shift[c]))
        return rewriter.notifyMatchFailure(op, "the op is not linear in the producer's result");
    std::string reason;
    if (failed(producer.foldOutputAffine(rewriter, scale, shift, reason)))
      return rewriter.notifyMatchFailure(op, "the producer: " + reason);
    rewriter.modifyOpInPlace(
        producer, [&] { producer->setLoc(fuseLocations(producer->getLoc(), op.getLoc())); });
    rewriter.replaceOp(op, input);
    ++count;
    return success();
  }

private:
  static bool combine(AddOp, bool, double value, double &, double &shift) {
    shift = value;
    return true;
  }
  static bool combine(SubOp, bool constantIsLhs, double value, double &scale, double &shift) {
    scale = constantIsLhs ? -1.0 : 1.0;
    shift = constantIsLhs ? value : -value;
    return true;
  }
  static bool combine(MulOp, bool, double value, double &scale, double &) {
    scale = value;
    return true;
  }
  static bool combine(DivOp, bool constantIsLhs, double value, double &scale, double &) {
    scale = 1.0 / value;
    return !constantIsLhs && value != 0;
  }

  Pass::Statistic &count;
};

class FusePatterns : public impl::FusePatternsBase<FusePatterns> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<FusePad<Conv2dOp>, FusePad<MaxPool2dOp>, FusePad<AvgPool2dOp>>(context, numPads);
    patterns.add<FuseAffine<AddOp>, FuseAffine<SubOp>, FuseAffine<MulOp>, FuseAffine<DivOp>>(
        context, numAffine);
    addActivationPatterns(patterns, numActivations);
    if (failed(applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ttc::tt
