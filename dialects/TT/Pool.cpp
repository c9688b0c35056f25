//===- Pool.cpp - pooling ---------------------------------------------------===//
//
// Shapes and verifiers of the pooling ops.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Pool.cpp.inc"

void TTDialect::registerPoolOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Pool.cpp.inc"
      >();
}

template <typename Adaptor>
static LogicalResult inferPool(std::optional<Location> loc, StringRef name, Adaptor &adaptor,
                               ArrayRef<int64_t> dilations, SmallVectorImpl<Type> &types) {
  if (failed(checkCount(loc, name, "kernel", adaptor.getKernel(), 2)) ||
      failed(checkCount(loc, name, "strides", adaptor.getStrides(), 2)) ||
      failed(checkCount(loc, name, "pads", adaptor.getPads(), 4)) ||
      failed(checkCount(loc, name, "dilations", dilations, 2)))
    return failure();
  ImageDims dims(adaptor.getDataFormat());
  SmallVector<int64_t> shape(shapeOf(adaptor.getInput()));
  for (int i = 0; i < 2; ++i) {
    int64_t &extent = shape[i == 0 ? dims.height : dims.width];
    auto positions =
        windowPositions(loc, name, // C1
                        {extent, adaptor.getPads()[i], adaptor.getPads()[i + 2],
                         adaptor.getKernel()[i], adaptor.getStrides()[i], dilations[i]},
                        adaptor.getCeilMode());
    if (failed(positions))
      return failure();
    extent = *positions;
  }
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

/// C2: no window lies in the padding alone.
static LogicalResult verifyPads(Operation *op, ArrayRef<int64_t> pads, ArrayRef<int64_t> kernel,
                                ArrayRef<int64_t> dilations) {
  for (int i = 0; i < 4; ++i)
    if (int64_t span = dilations[i % 2] * (kernel[i % 2] - 1) + 1; pads[i] >= span)
      return op->emitOpError("expected pads below the window's extent ")
             << span << ", but got " << pads[i];
  return success();
}

LogicalResult MaxPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferPool(loc, getOperationName(), adaptor, adaptor.getDilations(), types);
}

LogicalResult MaxPool2dOp::verify() {
  return verifyPads(*this, getPads(), getKernel(), getDilations());
}

LogicalResult AvgPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferPool(loc, getOperationName(), adaptor, ArrayRef<int64_t>({1, 1}), types);
}

LogicalResult AvgPool2dOp::verify() {
  return verifyPads(*this, getPads(), getKernel(), ArrayRef<int64_t>({1, 1}));
}

LogicalResult GlobalAvgPoolOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ImageDims dims(adaptor.getDataFormat());
  SmallVector<int64_t> shape(shapeOf(adaptor.getInput()));
  shape[dims.height] = shape[dims.width] = 1;
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}
