//===- Matmul.cpp - matrix multiplication -----------------------------------===//
//
// Shapes and verifier of tt.matmul.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

#include "mlir/Dialect/Traits.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Matmul.cpp.inc"

void TTDialect::registerMatmulOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Matmul.cpp.inc"
      >();
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  ArrayRef<int64_t> lhs = shapeOf(adaptor.getLhs()), rhs = shapeOf(adaptor.getRhs());
  if (lhs.size() < 2 || rhs.size() < 2) {
    inferError(loc, name) << "expected operands of rank 2 or more, but got " << lhs.size()
                          << " and " << rhs.size();
    return failure();
  }
  bool transposed = adaptor.getTransposeRhs();
  int64_t inner = rhs[rhs.size() - (transposed ? 1 : 2)];
  int64_t columns = rhs[rhs.size() - (transposed ? 2 : 1)];
  if (lhs.back() != inner) { // C1
    inferError(loc, name) << "expected inner extents that agree, but got " << lhs.back() << " and "
                          << inner;
    return failure();
  }
  SmallVector<int64_t> shape;
  if (!OpTrait::util::getBroadcastedShape(lhs.drop_back(2), rhs.drop_back(2), shape)) { // C2
    inferError(loc, name) << "expected leading dims that broadcast, but got "
                          << adaptor.getLhs().getType() << " and " << adaptor.getRhs().getType();
    return failure();
  }
  shape.append({lhs[lhs.size() - 2], columns});
  types.push_back(inferredLike(adaptor.getLhs(), shape));
  return success();
}

LogicalResult MatmulOp::verify() {
  int64_t columns = shapeOf(getResult()).back();
  if (getBias() && shapeOf(getBias())[0] != columns) // C3
    return emitOpError("expected a bias of ")
           << columns << " elements, but got " << shapeOf(getBias())[0];
  return verifyEpilogue(*this, getResidual(), getPostActivation().has_value()); // C4, C5
}
