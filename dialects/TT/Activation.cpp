//===- Activation.cpp - elementwise functions -------------------------------===//
//
// Registration and the one verifier; the op class in Activation.td gives the rest.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Activation.cpp.inc"

void TTDialect::registerActivationOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Activation.cpp.inc"
      >();
}

LogicalResult ClipOp::verify() { // C1
  if (getMin() > getMax())
    return emitOpError("expected min <= max, but got ")
           << getMin().convertToDouble() << " and " << getMax().convertToDouble();
  return success();
}
