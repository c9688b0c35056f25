//===- Layout.cpp - ops that move tensors between layouts -------------------===//
//
// Verifiers and folders of tt.reshard, tt.to_device, tt.from_device and
// tt.deallocate.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Halo.h"
#include "dialects/TT/Inference.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Layout.cpp.inc"

void TTDialect::registerLayoutOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Layout.cpp.inc"
      >();
  addOperations<HaloOp, HaloSticksOp, HaloConv2dOp>();
}

/// Fails unless `type` carries a layout exactly when `wanted`.
static LogicalResult verifyLayout(Operation *op, StringRef what, Type type, bool wanted) {
  if (bool(getLayout(type)) == wanted)
    return success();
  return op->emitOpError("expected ")
         << (wanted ? "a" : "no") << " layout on the " << what << ", but got " << type;
}

/// Fails unless the result is the input with dims permuted.
static LogicalResult verifyPermuted(Operation *op, std::optional<ArrayRef<int64_t>> permutation) {
  SmallVector<int64_t> expected(shapeOf(op->getOperand(0)));
  if (permutation) {
    if (failed(checkPermutation(op->getLoc(), op->getName().getStringRef(), *permutation,
                                expected.size())))
      return failure();
    expected = permuted(expected, *permutation);
  }
  if (shapeOf(op->getResult(0)) == ArrayRef(expected))
    return success();
  return op->emitOpError("expected a result of shape [")
         << expected << "], but got [" << shapeOf(op->getResult(0)) << "]";
}

//===----------------------------------------------------------------------===//
// reshard
//===----------------------------------------------------------------------===//

LogicalResult ReshardOp::verify() {
  if (failed(verifyLayout(*this, "input", getInput().getType(), true)) ||
      failed(verifyLayout(*this, "result", getType(), true))) // C1
    return failure();
  return verifyPermuted(*this, std::nullopt); // C2
}

OpFoldResult ReshardOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : Value();
}

namespace {
/// reshard(reshard(x)) moves once, unless the first one narrows the values on the way.
struct MergeReshards : OpRewritePattern<ReshardOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshardOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<ReshardOp>();
    if (!first)
      return rewriter.notifyMatchFailure(op, "the input is no reshard");
    if (roundsOnTheWay(first.getInput(), first, op))
      return rewriter.notifyMatchFailure(op, "the first reshard changes values");
    rewriter.replaceOpWithNewOp<ReshardOp>(op, op.getType(), first.getInput());
    return success();
  }
};
} // namespace

void ReshardOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeReshards>(context);
}

//===----------------------------------------------------------------------===//
// to_device, from_device, deallocate
//===----------------------------------------------------------------------===//

LogicalResult ToDeviceOp::verify() {
  if (failed(verifyLayout(*this, "input", getInput().getType(), false)) ||
      failed(verifyLayout(*this, "result", getType(), true))) // C1
    return failure();
  return verifyPermuted(*this, getPermutation()); // C2
}

LogicalResult FromDeviceOp::verify() {
  if (failed(verifyLayout(*this, "input", getInput().getType(), true)) ||
      failed(verifyLayout(*this, "result", getType(), false))) // C1
    return failure();
  return verifyPermuted(*this, getPermutation()); // C2
}

LogicalResult DeallocateOp::verify() { // C1
  return verifyLayout(*this, "operand", getInput().getType(), true);
}
