//===- AxisOpInterface.td - the same op with its axes in another order -----===//
//
// Asked by channels-last, and by choosing the dim order of one op's images.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_INTERFACES_AXISOPINTERFACE_TD
#define TTC_DIALECTS_INTERFACES_AXISOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def AxisOpInterface : OpInterface<"AxisOpInterface"> {
  let cppNamespace = "::ttc";
  let description = [{
    An op that can compute the same numbers when the axes of its tensors come in
    another order. A permutation `perm` says that axis i of the permuted tensor is
    axis perm[i] of the original, as in `tt.transpose`. Asked by channels-last.
  }];
  let methods = [
    InterfaceMethod<[{
        The operands whose axes are permuted together with the result's; the others (weights,
        per-channel vectors) keep their own meaning. All have the rank of the permutation or, when
        the op broadcasts, a lower one.
      }],
      "::llvm::SmallVector<::mlir::OpOperand *>", "getAxisOperands">,
    InterfaceMethod<[{
        The order the op wants its axes in, because the device computes it there; empty if it has no
        wish.
      }],
      "::llvm::SmallVector<int64_t>", "getPreferredPermutation">,
    InterfaceMethod<[{
        Rewrites the op's attributes for operands permuted by `perm` and returns how its results are
        permuted then; the caller replaces operands and result types. On failure (this op fixes the
        order of its axes) nothing is changed.
      }],
      "::llvm::FailureOr<::llvm::SmallVector<int64_t>>", "permuteAxes",
      (ins "::llvm::ArrayRef<int64_t>":$perm)>
  ];
}

#endif
