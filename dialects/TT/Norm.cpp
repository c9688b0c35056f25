//===- Norm.cpp - normalisation ---------------------------------------------===//
//
// Shapes and verifiers of tt.batch_norm and tt.softmax.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Norm.cpp.inc"

void TTDialect::registerNormOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Norm.cpp.inc"
      >();
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult BatchNormOp::verify() {
  ArrayRef<int64_t> shape = shapeOf(getInput());
  if (failed(checkAxis(getLoc(), getOperationName(), getAxis(), shape.size()))) // C1
    return failure();
  for (Value parameter : {getScale(), getBias(), getMean(), getVariance()}) // C2
    if (shapeOf(parameter)[0] != shape[getAxis()])
      return emitOpError("expected parameters of ")
             << shape[getAxis()] << " elements, but got " << shapeOf(parameter)[0];
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult SoftmaxOp::verify() { // C1
  return checkAxis(getLoc(), getOperationName(), getAxis(), shapeOf(getInput()).size());
}
