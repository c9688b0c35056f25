//===- Halo.td - the sticks of a window in a program of their own --------------===//
#ifndef TTC_DIALECTS_TT_HALO_TD
#define TTC_DIALECTS_TT_HALO_TD

include "dialects/TT/TTBase.td"

def TT_HaloOp : TT_Op<"halo", !listconcat([Pure], TT_ComputeInterfaces, TT_DeviceInterfaces)> {
  let summary = "the sticks that a sliding window reads, in a program of their own";
  let description = [{
    The same tensor as row-major sticks: tiles are untilized, and rows move to the cores that the
    result's layout names. The window that follows reads sticks only. A convolution can gather by
    itself; this op states the step where a configuration wants it apart.

    Constraints:
    - C1: both types have the same shape.
    - C2: the result's layout, if it has one, is row-major.
    - C3: both types carry a `#tt.layout`, or neither does.

    Example:
    ```mlir
    %0 = tt.halo %x
      : (tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>>)
        -> tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, row_major, bf16>>
    ```
  }];
  let arguments = (ins TT_Tensor:$input);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

class TT_WindowOp<string mnemonic, list<Trait> traits = []>
    : TT_Op<mnemonic, !listconcat([Pure], TT_ComputeInterfaces, TT_DeviceInterfaces, traits)>;

def TT_HaloSticksOp : TT_WindowOp<"halo_sticks"> {
  let summary = "the padded sticks that each core's part of a convolution reads";
  let description = [{
    Part k of a convolution's result, rows [k*part_rows, (k+1)*part_rows) of its N*H*W, reads consecutive
    sticks of the padded image (NHWC). The result holds them part after part, the same number for each, a
    multiple of 32: sticks that two parts read are there twice. Padding is zero. A layout that
    shards the result in as many parts puts each on the core that reads it.

    Constraints:
    - C1: the window fits the padded image.
    - C2: the result has parts * sticks rows and the input's channels as columns.

    Example:
    ```mlir
    %0 = tt.halo_sticks %x kernel [3, 3] pads [1, 1, 1, 1] part_rows 32
      : (tensor<1x8x8x32xf32>) -> tensor<128x32xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_PositiveArray<2>:$kernel, TT_Strides:$strides,
    TT_Pads:$pads, TT_Dilations:$dilations, ConfinedAttr<I64Attr, [IntPositive]>:$part_rows);
  let results = (outs TT_RankedTensor<2>:$result);
  let assemblyFormat = [{
    $input `kernel` $kernel (`strides` $strides^)? (`pads` $pads^)? (`dilations` $dilations^)?
    `part_rows` $part_rows attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_HaloConv2dOp : TT_WindowOp<"halo_conv2d"> {
  let summary = "convolution that reads the sticks tt.halo_sticks made";
  let description = [{
    `tt.conv2d` (one group, no epilogue but the bias) of the image whose padded sticks `sticks` holds;
    `image` is its n, h, w. Every part of the result reads its own part of the sticks only.

    Constraints:
    - C1: the window fits the padded image.
    - C2: `sticks` has the extents of tt.halo_sticks with these attributes, and the weight's input channels.
    - C3: the result is n x output height x output width x output channels.
    - C4: bias has one element an output channel.

    Example:
    ```mlir
    %1 = tt.halo_conv2d %s, %w image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32
      : (tensor<128x32xf32>, tensor<16x32x3x3xf32>) -> tensor<1x8x8x16xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<2>:$sticks, TT_RankedTensor<4>:$weight,
    Optional<TT_RankedTensor<1>>:$bias, TT_PositiveArray<3>:$image, TT_Strides:$strides,
    TT_Pads:$pads, TT_Dilations:$dilations, ConfinedAttr<I64Attr, [IntPositive]>:$part_rows,
    TT_OptCompute:$compute);
  let results = (outs TT_RankedTensor<4>:$result);
  let assemblyFormat = [{
    $sticks `,` $weight (`bias` $bias^)? `image` $image (`strides` $strides^)? (`pads` $pads^)?
    (`dilations` $dilations^)? `part_rows` $part_rows (`compute` $compute^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
