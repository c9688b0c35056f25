//===- Pool.td - pooling -------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_POOL_TD
#define TTC_DIALECTS_TT_POOL_TD

include "dialects/TT/TTBase.td"

class TT_PoolOp<string mnemonic> : TT_ComputeOp<mnemonic, [TT_Axis, TT_Compute]> {
  let results = (outs TT_RankedTensor<4>:$result);
}

def TT_MaxPool2dOp : TT_PoolOp<"max_pool2d"> {
  let summary = "maximum over a sliding window";
  let description = [{
    ```
    result[n,c,y,x] = max(ky,kx) input[n, c, y*sh - top + ky*dh, x*sw - left + kx*dw]
    ```
    where the input is -inf outside. Extent: (in + pads - dilation*(k-1) - 1) / stride + 1,
    rounded down, or up with `ceil_mode` (then a last window that starts in the
    bottom or right padding is dropped).

    Constraints:
    - C1: the dilated kernel fits the padded input.
    - C2: each pad is smaller than the dilated kernel, so that every window sees the input.

    Example:
    ```mlir
    %0 = tt.max_pool2d %x kernel [2, 2] strides [2, 2]
      : (tensor<1x8x32x32xf32>) -> tensor<1x8x16x16xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_PositiveArray<2>:$kernel,
    TT_Strides:$strides, TT_Pads:$pads, TT_Dilations:$dilations, TT_False:$ceil_mode,
    TT_Format:$data_format, TT_OptCompute:$compute);
  let assemblyFormat = [{
    $input `kernel` $kernel (`strides` $strides^)? (`pads` $pads^)? (`dilations` $dilations^)?
    (`ceil_mode` $ceil_mode^)? (`data_format` $data_format^)? (`compute` $compute^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_AvgPool2dOp : TT_PoolOp<"avg_pool2d"> {
  let summary = "mean over a sliding window";
  let description = [{
    ```
    result[n,c,y,x] = sum(ky,kx) input[n, c, y*sh - top + ky, x*sw - left + kx] / count
    ```
    where the input is 0 outside. `count` is the number of window positions inside
    the input, or with `count_include_pad` inside the padded input. Extent as for
    `tt.max_pool2d`.

    Constraints:
    - C1: the kernel fits the padded input.
    - C2: each pad is smaller than the kernel, so that count is never 0.

    Example:
    ```mlir
    %0 = tt.avg_pool2d %x kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] count_include_pad true
      : (tensor<1x8x32x32xf32>) -> tensor<1x8x16x16xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_PositiveArray<2>:$kernel,
    TT_Strides:$strides, TT_Pads:$pads, TT_False:$ceil_mode, TT_False:$count_include_pad,
    TT_Format:$data_format, TT_OptCompute:$compute);
  let assemblyFormat = [{
    $input `kernel` $kernel (`strides` $strides^)? (`pads` $pads^)? (`ceil_mode` $ceil_mode^)?
    (`count_include_pad` $count_include_pad^)? (`data_format` $data_format^)?
    (`compute` $compute^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_GlobalAvgPoolOp : TT_PoolOp<"global_avg_pool"> {
  let summary = "mean of every channel";
  let description = [{
    ```
    result[n,c,0,0] = sum(y,x) input[n,c,y,x] / (H*W)
    ```
    Example:
    ```mlir
    %0 = tt.global_avg_pool %x : (tensor<1x8x7x7xf32>) -> tensor<1x8x1x1xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_Format:$data_format, TT_OptCompute:$compute);
  let assemblyFormat = [{
    $input (`data_format` $data_format^)? (`compute` $compute^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif
