//===- DecomposeBatchNorm.cpp - batch normalisation as mul and add -----------===//
#include "BatchNorm.h"
#include "passes/TT/Passes.h"

#include "dialects/TT/LayerName.h"
#include "dialects/TT/Weights.h"

#include "mlir/IR/PatternMatch.h"

namespace ttc::tt {
#define GEN_PASS_DEF_DECOMPOSEBATCHNORM
#include "passes/TT/Passes.h.inc"

using namespace mlir;

/// A constant that broadcasts along every dim but `axis`.
static Value createChannelConstant(RewriterBase &rewriter, BatchNormOp op, ArrayRef<double> values,
                                   StringRef role) {
  RankedTensorType type = op.getInput().getType();
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[op.getAxis()] = int64_t(values.size());
  std::string name = (getLayerName(op.getLoc()) + "." + role).str();
  ElementsAttr value = makeConstant(RankedTensorType::get(shape, type.getElementType()),
                                    std::vector<float>(values.begin(), values.end()), name);
  return rewriter.create<ConstantOp>(op.getLoc(), value).getResult();
}

namespace {

class DecomposeBatchNorm : public impl::DecomposeBatchNormBase<DecomposeBatchNorm> {
  void runOnOperation() override {
    SmallVector<BatchNormOp> ops;
    getOperation().walk([&](BatchNormOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (BatchNormOp op : ops) {
      std::optional<ChannelAffine> affine = getAffine(op);
      if (!affine) {
        op.emitOpError("expected constant statistics (scale, bias, mean, variance)");
        return signalPassFailure();
      }
      rewriter.setInsertionPoint(op);
      Value scale = createChannelConstant(rewriter, op, affine->scale, "scale");
      Value shift = createChannelConstant(rewriter, op, affine->shift, "shift");
      auto scaled = rewriter.create<MulOp>(op.getLoc(), op.getType(), op.getInput(), scale,
                                           ActivationAttr(), op.getComputeAttr());
      rewriter.replaceOpWithNewOp<AddOp>(op, op.getType(), scaled, shift, ActivationAttr(),
                                         op.getComputeAttr());
      ++numDecomposed;
    }
  }
};

} // namespace

} // namespace ttc::tt
