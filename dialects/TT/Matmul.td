//===- Matmul.td - matrix multiplication ---------------------------------------===//
#ifndef TTC_DIALECTS_TT_MATMUL_TD
#define TTC_DIALECTS_TT_MATMUL_TD

include "dialects/TT/TTBase.td"

def TT_MatmulOp : TT_ComputeOp<"matmul",
    [AttrSizedOperandSegments, TT_Affine, TT_Compute, TT_Epilogue, TT_Product]> {
  let summary = "batched matrix multiplication with an optional fused epilogue";
  let description = [{
    ```
    acc[..,m,n]    = bias[n] + sum(k) lhs[..,m,k] * rhs[..,k,n]      (rhs[..,n,k] with transpose_rhs)
    result[..,m,n] = post_activation(activation(acc) + residual[..,m,n])
    ```
    Leading dims broadcast as in NumPy; both operands have at least two dims.

    Constraints:
    - C1: the inner extents agree.
    - C2: the leading dims broadcast.
    - C3: bias has n elements.
    - C4: residual has the shape of the result.
    - C5: `post_activation` needs a residual.

    Example:
    ```mlir
    %0 = tt.matmul %a, %w bias %b transpose_rhs true activation <relu>
      : (tensor<1x512xf32>, tensor<1000x512xf32>, tensor<1000xf32>) -> tensor<1x1000xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs, Optional<TT_RankedTensor<1>>:$bias,
    Optional<TT_Tensor>:$residual, TT_False:$transpose_rhs,
    TT_OptActivation:$activation, TT_OptActivation:$post_activation, TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`bias` $bias^)? (`residual` $residual^)? (`transpose_rhs` $transpose_rhs^)?
    (`activation` $activation^)? (`post_activation` $post_activation^)? (`compute` $compute^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
