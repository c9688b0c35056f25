//===- Shape.cpp - constants and ops that only move values -----------------===//
//
// Types and verifiers; folders and patterns are in ShapeFolds.cpp.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Shape.cpp.inc"

void TTDialect::registerShapeOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Shape.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// constant
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getValue().getShapedType());
  if (!type) {
    inferError(loc, getOperationName())
        << "expected a ranked tensor value, but got " << adaptor.getValue().getType();
    return failure();
  }
  types.push_back(type);
  return success();
}

LogicalResult ConstantOp::verify() { // C1; shape and element type are compared with the inferred
  auto type = cast<RankedTensorType>(getValue().getShapedType());
  if (type.getEncoding())
    return emitOpError("expected a value without encoding, but got ") << type;
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer.printOptionalAttrDict((*this)->getAttrs(), {"value"});
  printer << ' ' << getValue();
  if (getType() != getValue().getShapedType())
    printer << " -> " << getType();
}

ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &state) {
  ElementsAttr value;
  if (parser.parseOptionalAttrDict(state.attributes) ||
      parser.parseAttribute(value, "value", state.attributes))
    return failure();
  Type type = value.getShapedType();
  if (succeeded(parser.parseOptionalArrow()) && parser.parseType(type))
    return failure();
  state.addTypes(type);
  return success();
}

//===----------------------------------------------------------------------===//
// concat, slice, split, pad
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  if (adaptor.getInputs().empty()) { // C1
    inferError(loc, name) << "expected at least one input, but got none";
    return failure();
  }
  Value first = adaptor.getInputs().front();
  SmallVector<int64_t> shape(shapeOf(first));
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, name, axis, shape.size()))) // C2
    return failure();
  for (Value input : adaptor.getInputs().drop_front()) { // C3
    ArrayRef<int64_t> other = shapeOf(input);
    bool fits = other.size() == shape.size();
    for (int64_t d = 0; fits && d < int64_t(shape.size()); ++d)
      fits = d == axis || other[d] == shape[d];
    if (!fits) {
      inferError(loc, name) << "expected inputs that agree but in dim " << axis << ", but got "
                            << first.getType() << " and " << input.getType();
      return failure();
    }
    shape[axis] += other[axis];
  }
  types.push_back(inferredLike(first, shape));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  ArrayRef<int64_t> in = shapeOf(adaptor.getInput());
  ArrayRef<int64_t> starts = adaptor.getStarts(), ends = adaptor.getEnds();
  ArrayRef<int64_t> steps = adaptor.getSteps();
  if (failed(checkCount(loc, name, "starts", starts, in.size())) || // C1
      failed(checkCount(loc, name, "ends", ends, in.size())) ||
      failed(checkCount(loc, name, "steps", steps, in.size())))
    return failure();
  SmallVector<int64_t> shape;
  for (size_t d = 0; d < in.size(); ++d) {
    if (starts[d] < 0 || starts[d] >= ends[d] || ends[d] > in[d] || steps[d] < 1) { // C2
      inferError(loc, name) << "expected a part of 0 to " << in[d] << " in dim " << d
                            << ", but got " << starts[d] << " to " << ends[d] << " step "
                            << steps[d];
      return failure();
    }
    shape.push_back((ends[d] - starts[d] + steps[d] - 1) / steps[d]);
  }
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

LogicalResult SplitOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  SmallVector<int64_t> shape(shapeOf(adaptor.getInput()));
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, name, axis, shape.size()))) // C1
    return failure();
  ArrayRef<int64_t> sizes = adaptor.getSizes();
  int64_t sum = std::accumulate(sizes.begin(), sizes.end(), int64_t(0));
  if (sum != shape[axis] || llvm::any_of(sizes, [](int64_t s) { return s < 1; })) { // C2
    inferError(loc, name) << "expected positive sizes that add up to " << shape[axis]
                          << ", but got [" << sizes << "]";
    return failure();
  }
  for (int64_t size : sizes) {
    shape[axis] = size;
    types.push_back(inferredLike(adaptor.getInput(), shape));
  }
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  SmallVector<int64_t> shape(shapeOf(adaptor.getInput()));
  ArrayRef<int64_t> low = adaptor.getLow(), high = adaptor.getHigh();
  if (failed(checkCount(loc, name, "low", low, shape.size())) || // C1
      failed(checkCount(loc, name, "high", high, shape.size())))
    return failure();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (low[d] < 0 || high[d] < 0) { // C1
      inferError(loc, name) << "expected borders that are not negative, but got " << low[d]
                            << " and " << high[d] << " in dim " << d;
      return failure();
    }
    shape[d] += low[d] + high[d];
  }
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

//===----------------------------------------------------------------------===//
// reshape, transpose, upsample
//===----------------------------------------------------------------------===//

void ReshapeOp::build(OpBuilder &builder, OperationState &state, Value input,
                      ArrayRef<int64_t> shape) {
  build(builder, state, inferredLike(input, shape), input);
}

LogicalResult ReshapeOp::verify() { // C1
  int64_t in = getInput().getType().getNumElements(), out = getType().getNumElements();
  if (in != out)
    return emitOpError("expected ") << in << " elements in the result, but got " << out;
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> in = shapeOf(adaptor.getInput());
  if (failed(checkPermutation(loc, getOperationName(), adaptor.getPermutation(), in.size()))) // C1
    return failure();
  types.push_back(inferredLike(adaptor.getInput(), permuted(in, adaptor.getPermutation())));
  return success();
}

LogicalResult UpsampleOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkCount(loc, getOperationName(), "scales", adaptor.getScales(), 2)))
    return failure();
  ImageDims dims(adaptor.getDataFormat());
  SmallVector<int64_t> shape(shapeOf(adaptor.getInput()));
  shape[dims.height] *= adaptor.getScales()[0];
  shape[dims.width] *= adaptor.getScales()[1];
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

LogicalResult UpsampleOp::verify() { // C1
  if (getAlignCorners() && getHalfPixel())
    return emitOpError("expected align_corners or half_pixel, but got both");
  if (getMode() == ResizeMode::nearest && (getAlignCorners() || getHalfPixel()))
    return emitOpError("expected no coordinate rule with nearest, but got ")
           << (getAlignCorners() ? "align_corners" : "half_pixel");
  return success();
}
