//===- LowerDtypes.cpp - number formats and fidelity, one policy -------------===//
#include "passes/TT/Passes.h"

#include "dialects/TT/HostOp.h"


namespace ttc::tt {
#define GEN_PASS_DEF_LOWERDTYPES
#include "passes/TT/Passes.h.inc"

using namespace mlir;

/// True if the operand is read on the host.
static bool isHostUse(OpOperand &use) {
  Operation *user = use.getOwner();
  return user->hasTrait<OpTrait::IsTerminator>() || user->hasTrait<RunsOnHost>();
}

/// True if the operand is a constant's place as weights.
static bool isWeightUse(OpOperand &use) {
  auto user = dyn_cast<ComputeOpInterface>(use.getOwner());
  return user && user.getWeightOperand() == &use;
}

namespace {

class LowerDtypes : public impl::LowerDtypesBase<LowerDtypes> {
  using LowerDtypesBase::LowerDtypesBase;

  void runOnOperation() override {
    WalkResult checked = getOperation().walk([](Operation *op) {
      for (Value result : op->getResults())
        if (getLayout(result.getType()))
          {
          op->emitOpError("expected a graph without layouts, but got ") << result.getType();
          return WalkResult::interrupt();
        }
      return WalkResult::advance();
    });
    if (checked.wasInterrupted())
      return signalPassFailure();
    // Constants first: what role they play is a matter of their users, which change nothing.
    SmallVector<ConstantOp> constants;
    getOperation().walk([&](ConstantOp op) { constants.push_back(op); });
    for (ConstantOp op : constants)
      lowerConstant(op);
    getOperation().walk([&](Operation *op) {
      if (!llvm::isa<ConstantOp>(op))
        lowerOp(op);
    });
  }

  /// One constant that is weights here and something else there becomes two.
  void lowerConstant(ConstantOp op) {
    auto isHost = [](OpOperand &use) { return isHostUse(use); };
    auto isOther = [](OpOperand &use) { return !isHostUse(use) && !isWeightUse(use); };
    splitOff(op, isHost);
    if (ConstantOp other = splitOff(op, isOther))
      setStorage(other.getResult(), bias);
    if (op.getResult().use_empty() || isHostUse(*op.getResult().use_begin()))
      return;
    bool isWeight = isWeightUse(*op.getResult().use_begin());
    setStorage(op.getResult(), isWeight ? weights : bias);
    numWeights += isWeight;
  }

  /// Gives the uses for which `belongs` holds a copy of the constant, unless that is all of them.
  template <typename PredicateT> ConstantOp splitOff(ConstantOp op, PredicateT belongs) {
    auto uses = op.getResult().getUses();
    auto belongsRef = [&](OpOperand &use) { return belongs(use); };
    if (llvm::none_of(uses, belongsRef) || llvm::all_of(uses, belongsRef))
      return {};
    OpBuilder builder(op);
    auto copy = cast<ConstantOp>(builder.clone(*op));
    op.getResult().replaceUsesWithIf(copy.getResult(), belongsRef);
    return copy;
  }

  void lowerOp(Operation *op) {
    if (auto compute = dyn_cast<ComputeOpInterface>(op))
      compute.setComputeAttr(ComputeAttr::get(&getContext(), fidelity, fp32Dest));
    if (op->hasTrait<RunsOnHost>() || op->getParentOp() != getOperation())
      return;
    for (Value result : op->getResults()) {
      if (llvm::any_of(result.getUses(), [](OpOperand &use) { return isHostUse(use); }))
        continue;
      setStorage(result, activation);
      ++numActivations;
    }
  }

  void setStorage(Value value, StorageType storage) {
    auto type = cast<RankedTensorType>(value.getType());
    value.setType(RankedTensorType::get(type.getShape(), type.getElementType(),
                                        StorageAttr::get(&getContext(), storage)));
  }
};

} // namespace

} // namespace ttc::tt
