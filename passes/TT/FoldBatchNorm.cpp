//===- FoldBatchNorm.cpp - batch normalisation into weights ------------------===//
#include "BatchNorm.h"
#include "passes/TT/Passes.h"

#include "dialects/TT/LayerName.h"

#include "mlir/IR/PatternMatch.h"

namespace ttc::tt {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "passes/TT/Passes.h.inc"

using namespace mlir;

/// How a remark calls an op.
static std::string describe(Operation *op) {
  StringRef layer = getLayerName(op->getLoc());
  std::string text = ("'" + op->getName().getStringRef() + "'").str();
  return layer.empty() ? text : text + " of " + layer.str();
}

namespace {

class FoldBatchNorm : public impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override;

  /// Folds into the op before it; `reason` says why not.
  LogicalResult foldIntoProducer(RewriterBase &rewriter, BatchNormOp op,
                                 const ChannelAffine &affine, std::string &reason);
  /// Folds into the op behind it; `reason` says why not.
  LogicalResult foldIntoConsumer(RewriterBase &rewriter, BatchNormOp op,
                                 const ChannelAffine &affine, std::string &reason);
};

} // namespace

LogicalResult FoldBatchNorm::foldIntoProducer(RewriterBase &rewriter, BatchNormOp op,
                                              const ChannelAffine &affine, std::string &reason) {
  Operation *before = op.getInput().getDefiningOp();
  if (!before) {
    reason = "its input is an argument";
    return failure();
  }
  auto producer = dyn_cast<AffineOpInterface>(before);
  if (!producer) {
    reason = describe(before) + " has no weights";
    return failure();
  }
  if (!op.getInput().hasOneUse()) {
    reason = describe(before) + " has other uses";
    return failure();
  }
  if (producer.getOutputChannelAxis() != int64_t(op.getAxis())) {
    reason = describe(before) + " has its channels in another dim";
    return failure();
  }
  if (failed(producer.foldOutputAffine(rewriter, affine.scale, affine.shift, reason))) {
    reason = describe(before) + ": " + reason;
    return failure();
  }
  emitRemark(op.getLoc()) << "folded into " << describe(before);
  rewriter.modifyOpInPlace(before,
                           [&] { before->setLoc(fuseLocations(before->getLoc(), op.getLoc())); });
  return success();
}

LogicalResult FoldBatchNorm::foldIntoConsumer(RewriterBase &rewriter, BatchNormOp op,
                                              const ChannelAffine &affine, std::string &reason) {
  if (!op.getResult().hasOneUse()) {
    reason = op.getResult().use_empty() ? "its result is not used" : "its result has several uses";
    return failure();
  }
  OpOperand &use = *op.getResult().use_begin();
  auto consumer = dyn_cast<AffineOpInterface>(use.getOwner());
  if (!consumer || use.getOperandNumber() != 0) {
    reason = describe(use.getOwner()) + " does not multiply it by weights";
    return failure();
  }
  if (consumer.getInputChannelAxis() != int64_t(op.getAxis())) {
    reason = describe(consumer) + " has its channels in another dim";
    return failure();
  }
  if (failed(consumer.foldInputAffine(rewriter, affine.scale, affine.shift, reason))) {
    reason = describe(consumer) + ": " + reason;
    return failure();
  }
  emitRemark(op.getLoc()) << "folded into " << describe(consumer) << ", which follows";
  rewriter.modifyOpInPlace(
      consumer, [&] { consumer->setLoc(fuseLocations(consumer->getLoc(), op.getLoc())); });
  return success();
}

void FoldBatchNorm::runOnOperation() {
  SmallVector<BatchNormOp> ops;
  getOperation().walk([&](BatchNormOp op) { ops.push_back(op); });
  IRRewriter rewriter(&getContext());
  for (BatchNormOp op : ops) {
    std::optional<ChannelAffine> affine = getAffine(op);
    if (!affine) {
      emitRemark(op.getLoc()) << "batch normalisation kept: its statistics are not constant";
      ++numKept;
      continue;
    }
    std::string before, behind;
    if (succeeded(foldIntoProducer(rewriter, op, *affine, before))) {
      ++numIntoProducer;
    } else if (succeeded(foldIntoConsumer(rewriter, op, *affine, behind))) {
      ++numIntoConsumer;
    } else {
      emitRemark(op.getLoc()) << "batch normalisation kept: " << before << "; " << behind;
      ++numKept;
      continue;
    }
    SmallVector<Value> statistics(llvm::drop_begin(op->getOperands()));
    rewriter.replaceOp(op, op.getInput());
    for (Value value : statistics)
      if (Operation *constant = value.use_empty() ? value.getDefiningOp() : nullptr)
        rewriter.eraseOp(constant);
  }
}

} // namespace ttc::tt
