//===- Norm.td - normalisation -------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_NORM_TD
#define TTC_DIALECTS_TT_NORM_TD

include "dialects/TT/TTBase.td"

def TT_BatchNormOp : TT_ComputeOp<"batch_norm", [TT_Axis, TT_Compute]> {
  let summary = "batch normalisation with trained statistics";
  let description = [{
    ```
    result[..c..] = scale[c] * (input[..c..] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]
    ```
    c indexes dim `axis` of the input: 1 for nchw, 3 for nhwc.

    Constraints:
    - C1: axis is a dim of the input.
    - C2: scale, bias, mean and variance have as many elements as that dim.

    Example:
    ```mlir
    %0 = tt.batch_norm %x, %s, %b, %m, %v epsilon 1.000000e-05
      : (tensor<1x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, TT_RankedTensor<1>:$scale, TT_RankedTensor<1>:$bias,
    TT_RankedTensor<1>:$mean, TT_RankedTensor<1>:$variance,
    F64Attr:$epsilon, DefaultValuedAttr<I64Attr, "1">:$axis, TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $scale `,` $bias `,` $mean `,` $variance `epsilon` $epsilon (`axis` $axis^)?
    (`compute` $compute^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_SoftmaxOp : TT_ComputeOp<"softmax", [TT_Axis, TT_Compute]> {
  let summary = "softmax along one dim";
  let description = [{
    ```
    result[..i..] = exp(input[..i..] - m) / sum(j) exp(input[..j..] - m),  m = max(j) input[..j..]
    ```
    i, j run over dim `axis`.

    Constraints:
    - C1: axis is a dim of the input.

    Example:
    ```mlir
    %0 = tt.softmax %x axis 1 : (tensor<1x1000xf32>) -> tensor<1x1000xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, I64Attr:$axis, TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $input `axis` $axis (`compute` $compute^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
