//===- EpilogueOps.cpp - the ops' answers to EpilogueOpInterface -------------===//
#include "dialects/TT/TT.h"

using namespace mlir;

namespace ttc::tt {

/// A second activation would have to follow the first.
static constexpr const char *activationTaken = "it already applies an activation there";

/// For ops whose only epilogue is one activation.
template <typename OpT>
static LogicalResult fuseOnlyActivation(OpT op, ActivationAttr activation, std::string &reason) {
  if (op.getActivation()) {
    reason = activationTaken;
    return failure();
  }
  op.setActivationAttr(activation);
  return success();
}

static LogicalResult takesNoResidual(std::string &reason) {
  reason = "it has no place for a residual";
  return failure();
}

/// For ops that compute post_activation(activation(x) + residual).
template <typename OpT>
static LogicalResult fuseIntoChain(OpT op, ActivationAttr activation, std::string &reason) {
  if (!op.getResidual())
    return fuseOnlyActivation(op, activation, reason);
  if (op.getPostActivation()) {
    reason = activationTaken;
    return failure();
  }
  op.setPostActivationAttr(activation);
  return success();
}

template <typename OpT>
static LogicalResult fuseResidualInto(OpT op, Value residual, std::string &reason) {
  if (op.getResidual()) {
    reason = "it already adds a residual";
    return failure();
  }
  if (cast<ShapedType>(residual.getType()).getShape() != op.getType().getShape()) {
    reason = "the addition broadcasts";
    return failure();
  }
  op.getResidualMutable().assign(residual);
  return success();
}

#define TTC_CHAIN_OP(OP)                                                                           \
  LogicalResult OP::fuseActivation(ActivationAttr activation, std::string &reason) {               \
    return fuseIntoChain(*this, activation, reason);                                               \
  }                                                                                                \
  LogicalResult OP::fuseResidual(Value residual, std::string &reason) {                            \
    return fuseResidualInto(*this, residual, reason);                                              \
  }
TTC_CHAIN_OP(Conv2dOp)
TTC_CHAIN_OP(MatmulOp)
#undef TTC_CHAIN_OP

#define TTC_ACTIVATION_SLOT_OP(OP)                                                                 \
  LogicalResult OP::fuseActivation(ActivationAttr activation, std::string &reason) {               \
    return fuseOnlyActivation(*this, activation, reason);                                          \
  }                                                                                                \
  LogicalResult OP::fuseResidual(Value, std::string &reason) { return takesNoResidual(reason); }
TTC_ACTIVATION_SLOT_OP(ConvTranspose2dOp)
TTC_ACTIVATION_SLOT_OP(AddOp)
TTC_ACTIVATION_SLOT_OP(SubOp)
TTC_ACTIVATION_SLOT_OP(MulOp)
TTC_ACTIVATION_SLOT_OP(DivOp)
TTC_ACTIVATION_SLOT_OP(MaximumOp)
TTC_ACTIVATION_SLOT_OP(MinimumOp)
#undef TTC_ACTIVATION_SLOT_OP

} // namespace ttc::tt
