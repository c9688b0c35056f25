//===- Reduce.td - reductions --------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_REDUCE_TD
#define TTC_DIALECTS_TT_REDUCE_TD

include "dialects/TT/TTBase.td"

def TT_ReduceOp : TT_ComputeOp<"reduce", [TT_Axis, TT_Compute]> {
  let summary = "sum, mean or maximum over dims";
  let description = [{
    `kind` over the dims `axes`, which leave the shape, or stay with extent 1 when
    `keep_dims`.

    Constraints:
    - C1: axes are dims of the input, ascending, each once.

    Example:
    ```mlir
    %0 = tt.reduce mean %x axes [2, 3] : (tensor<1x8x7x7xf32>) -> tensor<1x8xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, TT_ReduceKind:$kind, DenseI64ArrayAttr:$axes,
    TT_False:$keep_dims, TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $kind $input `axes` $axes (`keep_dims` $keep_dims^)? (`compute` $compute^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif
