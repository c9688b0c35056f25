//===- Conv.td - convolutions --------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_CONV_TD
#define TTC_DIALECTS_TT_CONV_TD

include "dialects/TT/TTBase.td"

def TT_Conv2dOp : TT_ComputeOp<"conv2d",
    [AttrSizedOperandSegments, TT_Affine, TT_Axis, TT_Compute, TT_Epilogue, TT_Product]> {
  let summary = "2-D convolution with an optional fused epilogue";
  let description = [{
    ```
    acc[n,o,y,x]    = bias[o] + sum(i,ky,kx) weight[o,i,ky,kx] *
                      input[n, g*I/groups + i, y*sh - top + ky*dh, x*sw - left + kx*dw]
    result[n,o,y,x] = post_activation(activation(acc) + residual[n,o,y,x])
    ```
    with g = o / (O/groups), zero outside of the input and every optional part left
    out when absent. `data_format` gives the dim order of input, residual and
    result; the weight is O x I/groups x kh x kw always. `pads` is top, left, bottom,
    right. Result extent: (in + pads - dilation*(k-1) - 1) / stride + 1, rounded down.

    Constraints:
    - C1: groups divides the input channels and O.
    - C2: weight dim 1 is input channels / groups.
    - C3: bias has O elements.
    - C4: the dilated kernel fits the padded input.
    - C5: residual has the shape of the result.
    - C6: `post_activation` needs a residual.

    Example:
    ```mlir
    %0 = tt.conv2d %x, %w bias %b strides [2, 2] pads [1, 1, 1, 1] activation <mish>
      : (tensor<1x3x64x64xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x32x32xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_RankedTensor<4>:$weight,
    Optional<TT_RankedTensor<1>>:$bias, Optional<TT_RankedTensor<4>>:$residual,
    TT_Strides:$strides, TT_Pads:$pads, TT_Dilations:$dilations, TT_Groups:$groups,
    TT_Format:$data_format, TT_OptActivation:$activation, TT_OptActivation:$post_activation,
    TT_OptCompute:$compute);
  let results = (outs TT_RankedTensor<4>:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? (`residual` $residual^)? (`strides` $strides^)?
    (`pads` $pads^)? (`dilations` $dilations^)? (`groups` $groups^)?
    (`data_format` $data_format^)? (`activation` $activation^)?
    (`post_activation` $post_activation^)? (`compute` $compute^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_ConvTranspose2dOp : TT_ComputeOp<"conv_transpose2d",
    [TT_Affine, TT_Axis, TT_Compute, TT_Epilogue, TT_Product]> {
  let summary = "2-D transposed convolution";
  let description = [{
    ```
    result[n,o,y,x] = activation(bias[o] + sum(i,ky,kx : y = iy*sh - top + ky*dh, x = ix*sw - left + kx*dw)
                                             weight[i,o,ky,kx] * input[n,i,iy,ix])
    ```
    per group. The weight is I x O/groups x kh x kw. Result extent:
    (in - 1)*stride - pads + dilation*(k-1) + 1 + output_padding.

    Constraints:
    - C1: weight dim 0 is the number of input channels, and groups divides it.
    - C2: bias has O elements.
    - C3: the result extents are positive.
    - C4: output_padding is smaller than the stride or the dilation.

    Example:
    ```mlir
    %0 = tt.conv_transpose2d %x, %w strides [2, 2]
      : (tensor<1x8x16x16xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x32x32xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_RankedTensor<4>:$weight,
    Optional<TT_RankedTensor<1>>:$bias,
    TT_Strides:$strides, TT_Pads:$pads, TT_Dilations:$dilations,
    DefaultValuedAttr<TT_NonNegativeArray<2>, "{0, 0}">:$output_padding, TT_Groups:$groups,
    TT_Format:$data_format, TT_OptActivation:$activation, TT_OptCompute:$compute);
  let results = (outs TT_RankedTensor<4>:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? (`strides` $strides^)? (`pads` $pads^)?
    (`dilations` $dilations^)? (`output_padding` $output_padding^)? (`groups` $groups^)?
    (`data_format` $data_format^)? (`activation` $activation^)? (`compute` $compute^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
