//===- ComputeOps.cpp - the ops' answers to ComputeOpInterface ---------------===//
#include "dialects/TT/TT.h"

using namespace mlir;

namespace ttc::tt {

OpOperand *Conv2dOp::getWeightOperand() { return &getWeightMutable(); }
OpOperand *ConvTranspose2dOp::getWeightOperand() { return &getWeightMutable(); }
OpOperand *MatmulOp::getWeightOperand() { return &getRhsMutable(); }

#define TTC_WEIGHTLESS_OP(OP)                                                                      \
  OpOperand *OP::getWeightOperand() { return nullptr; }
TTC_WEIGHTLESS_OP(BatchNormOp)
TTC_WEIGHTLESS_OP(SoftmaxOp)
TTC_WEIGHTLESS_OP(MaxPool2dOp)
TTC_WEIGHTLESS_OP(AvgPool2dOp)
TTC_WEIGHTLESS_OP(GlobalAvgPoolOp)
TTC_WEIGHTLESS_OP(ReduceOp)
#undef TTC_WEIGHTLESS_OP

} // namespace ttc::tt
