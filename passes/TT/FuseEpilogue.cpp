//===- FuseEpilogue.cpp - activations and residuals ride on producers --------===//
#include "passes/TT/Passes.h"

#include "dialects/TT/LayerName.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ttc::tt {
#define GEN_PASS_DEF_FUSEEPILOGUE
#include "passes/TT/Passes.h.inc"

using namespace mlir;

namespace {

/// activation(producer) -> producer with the activation.
struct FuseActivation : OpInterfaceRewritePattern<ActivationOpInterface> {
  FuseActivation(MLIRContext *context, Pass::Statistic &count)
      : OpInterfaceRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(ActivationOpInterface op, PatternRewriter &rewriter) const override {
    Value input = op->getOperand(0);
    auto producer = input.getDefiningOp<EpilogueOpInterface>();
    if (!producer)
      return rewriter.notifyMatchFailure(op, "the producer has no epilogue");
    if (!input.hasOneUse())
      return rewriter.notifyMatchFailure(op, "the producer's result has other uses");
    std::string reason;
    rewriter.startOpModification(producer);
    if (failed(producer.fuseActivation(op.getActivationAttr(), reason))) {
      rewriter.cancelOpModification(producer);
      return rewriter.notifyMatchFailure(op, "the producer: " + reason);
    }
    producer->setLoc(fuseLocations(producer->getLoc(), op->getLoc()));
    rewriter.finalizeOpModification(producer);
    rewriter.replaceOp(op, input);
    ++count;
    return success();
  }

  Pass::Statistic &count;
};

/// producer + other -> producer with the residual, and with the addition's activation behind it.
struct FuseResidual : OpRewritePattern<AddOp> {
  FuseResidual(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &rewriter) const override {
    if (op.getLhs().getType().getShape() != op.getRhs().getType().getShape())
      return rewriter.notifyMatchFailure(op, "the addition broadcasts");
    Value first = op.getLhs(), second = op.getRhs();
    // The later producer moves down least, and its operands live longer for the shorter time.
    if (isBefore(first, second))
      std::swap(first, second);
    if (succeeded(fuse(op, first, second, rewriter)) || succeeded(fuse(op, second, first, rewriter)))
      return success();
    return failure();
  }

private:
  static bool isBefore(Value a, Value b) {
    Operation *opA = a.getDefiningOp(), *opB = b.getDefiningOp();
    return opB && (!opA || (opA != opB && opA->isBeforeInBlock(opB)));
  }

  LogicalResult fuse(AddOp op, Value result, Value residual, PatternRewriter &rewriter) const {
    auto producer = result.getDefiningOp<EpilogueOpInterface>();
    if (!producer)
      return rewriter.notifyMatchFailure(op, "the producer has no epilogue");
    if (!result.hasOneUse())
      return rewriter.notifyMatchFailure(op, "the producer's result has other uses");
    std::string reason;
    rewriter.startOpModification(producer);
    if (failed(producer.fuseResidual(residual, reason))) {
      rewriter.cancelOpModification(producer);
      return rewriter.notifyMatchFailure(op, "the producer: " + reason);
    }
    if (ActivationAttr activation = op.getActivationAttr()) {
      [[maybe_unused]] LogicalResult fused = producer.fuseActivation(activation, reason);
      assert(succeeded(fused) && "an op that has just taken a residual has nothing behind it");
    }
    producer->setLoc(fuseLocations(producer->getLoc(), op.getLoc()));
    rewriter.finalizeOpModification(producer);
    // The residual may be computed behind the producer; the addition is behind both.
    rewriter.moveOpBefore(producer, op);
    rewriter.replaceOp(op, result);
    ++count;
    return success();
  }

  Pass::Statistic &count;
};

class FuseEpilogue : public impl::FuseEpilogueBase<FuseEpilogue> {
  using FuseEpilogueBase::FuseEpilogueBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    if (activation)
      patterns.add<FuseActivation>(&getContext(), numActivations);
    if (residual)
      patterns.add<FuseResidual>(&getContext(), numResiduals);
    if (failed(applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace ttc::tt
