//===- Inference.cpp - shared parts of type inference and verifiers --------===//
//
// See Inference.h.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

#include "mlir/Dialect/Traits.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ttc::tt;

InFlightDiagnostic ttc::tt::inferError(std::optional<Location> loc, StringRef opName) {
  if (!loc)
    return InFlightDiagnostic();
  InFlightDiagnostic diagnostic = emitError(*loc);
  diagnostic << "'" << opName << "' op ";
  return diagnostic;
}

bool ttc::tt::haveSameShapes(TypeRange a, TypeRange b) {
  return a.size() == b.size() && llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
           auto x = dyn_cast<RankedTensorType>(std::get<0>(pair));
           auto y = dyn_cast<RankedTensorType>(std::get<1>(pair));
           return x && y && x.getShape() == y.getShape() &&
                  x.getElementType() == y.getElementType();
         });
}

ArrayRef<int64_t> ttc::tt::shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool ttc::tt::roundsOnTheWay(Value from, Value via, Value to) {
  auto storageOf = [](Value v) { return getStorage(cast<RankedTensorType>(v.getType())); };
  return storageOf(via) != storageOf(from) && storageOf(via) != storageOf(to);
}

RankedTensorType ttc::tt::inferredLike(Value operand, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(operand.getType());
  Attribute encoding = type.getEncoding();
  if (auto layout = dyn_cast_or_null<LayoutAttr>(encoding); layout && type.getShape() != shape)
    encoding = StorageAttr::get(layout.getContext(), layout.getStorage());
  return RankedTensorType::get(shape, type.getElementType(), encoding);
}

LogicalResult ttc::tt::inferBroadcast(std::optional<Location> loc, StringRef opName, Value lhs,
                                      Value rhs, SmallVectorImpl<Type> &types) {
  SmallVector<int64_t> shape;
  if (!OpTrait::util::getBroadcastedShape(shapeOf(lhs), shapeOf(rhs), shape)) {
    inferError(loc, opName) << "expected operands that broadcast, but got " << lhs.getType()
                            << " and " << rhs.getType();
    return failure();
  }
  // The operand that gives the result its shape also gives it its layout.
  types.push_back(inferredLike(
      shapeOf(lhs) != ArrayRef(shape) && shapeOf(rhs) == ArrayRef(shape) ? rhs : lhs, shape));
  return success();
}

FailureOr<int64_t> ttc::tt::windowPositions(std::optional<Location> loc, StringRef opName,
                                            const Window &w, bool ceil) {
  if (w.padded() < w.span()) {
    inferError(loc, opName) << "expected a window that fits the padded input, but got a window of "
                            << w.span() << " on " << w.padded();
    return failure();
  }
  if (w.stride < 1) {
    inferError(loc, opName) << "expected positive strides, but got " << w.stride;
    return failure();
  }
  int64_t room = w.padded() - w.span();
  if (!ceil)
    return room / w.stride + 1;
  int64_t positions = (room + w.stride - 1) / w.stride + 1;
  return (positions - 1) * w.stride >= w.in + w.low ? positions - 1 : positions;
}

LogicalResult ttc::tt::checkAxis(std::optional<Location> loc, StringRef opName, int64_t axis,
                                 int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  inferError(loc, opName) << "expected a dim below the rank " << rank << ", but got " << axis;
  return failure();
}

LogicalResult ttc::tt::checkCount(std::optional<Location> loc, StringRef opName, StringRef what,
                                  ArrayRef<int64_t> values, int64_t count) {
  if (int64_t(values.size()) == count)
    return success();
  inferError(loc, opName) << "expected " << count << " entries in " << what << ", but got "
                          << values.size();
  return failure();
}

LogicalResult ttc::tt::checkPermutation(std::optional<Location> loc, StringRef opName,
                                        ArrayRef<int64_t> permutation, int64_t rank) {
  SmallVector<bool> seen(rank, false);
  bool good = int64_t(permutation.size()) == rank;
  for (int64_t d : permutation) {
    good = good && d >= 0 && d < rank && !seen[d];
    if (good)
      seen[d] = true;
  }
  if (good)
    return success();
  inferError(loc, opName) << "expected a permutation of " << rank << " dims, but got ["
                          << permutation << "]";
  return failure();
}

SmallVector<int64_t> ttc::tt::permuted(ArrayRef<int64_t> values, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> result;
  for (int64_t d : permutation)
    result.push_back(values[d]);
  return result;
}

LogicalResult ttc::tt::verifyEpilogue(Operation *op, Value residual, bool hasPostActivation) {
  Type result = op->getResult(0).getType();
  if (residual && !haveSameShapes(residual.getType(), result))
    return op->emitOpError("expected a residual of the result's shape ")
           << result << ", but got " << residual.getType();
  if (hasPostActivation && !residual)
    return op->emitOpError("expected a residual before post_activation, but got none");
  return success();
}
