//===- Reduce.cpp - reductions ----------------------------------------------===//
//
// Shapes of tt.reduce.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Reduce.cpp.inc"

void TTDialect::registerReduceOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Reduce.cpp.inc"
      >();
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> in = shapeOf(adaptor.getInput()), axes = adaptor.getAxes();
  for (auto [i, axis] : llvm::enumerate(axes)) { // C1
    if (failed(checkAxis(loc, getOperationName(), axis, in.size())))
      return failure();
    if (i > 0 && axes[i - 1] >= axis) {
      inferError(loc, getOperationName()) << "expected ascending axes, but got [" << axes << "]";
      return failure();
    }
  }
  SmallVector<int64_t> shape;
  for (auto [d, extent] : llvm::enumerate(in))
    if (!llvm::is_contained(axes, int64_t(d)))
      shape.push_back(extent);
    else if (adaptor.getKeepDims())
      shape.push_back(1);
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}
