//===- FoldConstants.cpp - compute what depends on constants only ------------===//
#include "passes/TT/Passes.h"

#include "dialects/TT/LayerName.h"
#include "dialects/TT/Weights.h"

#include "mlir/IR/PatternMatch.h"

namespace ttc::tt {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/TT/Passes.h.inc"

using namespace mlir;

/// Results below this size are folded whatever they cost.
static constexpr int64_t alwaysFoldBytes = 64 << 10;

static std::vector<int64_t> shapeOf(Value value) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return {shape.begin(), shape.end()};
}

static int64_t bytesOf(ValueRange values) {
  int64_t bytes = 0;
  for (Value value : values)
    bytes += cast<RankedTensorType>(value.getType()).getNumElements() * int64_t(sizeof(float));
  return bytes;
}

namespace {

class FoldConstants : public impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    // Users come after definitions, so one walk folds chains.
    SmallVector<Operation *> ops;
    getOperation().walk([&](EvaluateOpInterface op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops)
      if (failed(fold(cast<EvaluateOpInterface>(op), rewriter)))
        return signalPassFailure();
    eraseUnused(rewriter);
  }

  LogicalResult fold(EvaluateOpInterface op, RewriterBase &rewriter) {
    if (op->getNumOperands() == 0 || !isMemoryEffectFree(op) || op->hasTrait<OpTrait::ConstantLike>())
      return success();
    std::vector<HostTensor> operands;
    std::vector<std::vector<float>> storage(op->getNumOperands());
    for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
      std::optional<FloatValues> values = getConstantValues(operand);
      if (!values)
        return success();
      operands.push_back(HostTensor::borrow(shapeOf(operand), values->expand(storage[i]).data()));
    }
    int64_t size = bytesOf(op->getResults());
    if (size > alwaysFoldBytes && size > maxGrowth * bytesOf(op->getOperands())) {
      ++numKept;
      return success();
    }
    std::vector<HostTensor> results;
    for (Value result : op->getResults())
      results.emplace_back(shapeOf(result));
    if (failed(op.evaluate(operands, results)))
      return failure();
    rewriter.setInsertionPoint(op);
    SmallVector<Value> constants;
    for (auto [i, result] : llvm::enumerate(op->getResults())) {
      auto owner = std::make_shared<HostTensor>(results[i]);
      auto type = cast<RankedTensorType>(result.getType());
      auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
      ElementsAttr value = borrowConstant(
          plain, ArrayRef(owner->data(), size_t(owner->size())), nameOf(op, i), owner);
      constants.push_back(rewriter.create<ConstantOp>(op->getLoc(), type, value));
    }
    rewriter.replaceOp(op, constants);
    ++numFolded;
    return success();
  }

  static std::string nameOf(Operation *op, size_t result) {
    StringRef layer = getLayerName(op->getLoc());
    std::string name = (layer.empty() ? op->getName().stripDialect() : layer).str();
    return result ? name + "." + std::to_string(result) : name;
  }

  void eraseUnused(RewriterBase &rewriter) {
    SmallVector<Operation *> ops;
    getOperation().getBody().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        rewriter.eraseOp(op);
  }
};

} // namespace

} // namespace ttc::tt
