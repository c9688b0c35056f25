//===- AxisOps.h - permutations of axes --------------------------------------===//
//
// What implementations of AxisOpInterface share, and the pass that asks it.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_AXISOPS_H
#define TTC_DIALECTS_TT_AXISOPS_H

#include "mlir/IR/Operation.h"

namespace ttc::tt {

/// A permutation: axis i of the permuted tensor is axis perm[i] of the original.
using Permutation = llvm::SmallVector<int64_t>;

Permutation identityPermutation(size_t rank);
bool isIdentityPermutation(llvm::ArrayRef<int64_t> perm);
/// Where each axis of the original went.
Permutation inversePermutation(llvm::ArrayRef<int64_t> perm);
/// values[perm[i]] for each i: per-axis values of the permuted tensor.
llvm::SmallVector<int64_t> permute(llvm::ArrayRef<int64_t> values, llvm::ArrayRef<int64_t> perm);

/// All operands of the op.
llvm::SmallVector<mlir::OpOperand *> allOperands(mlir::Operation *op);

} // namespace ttc::tt

#endif
