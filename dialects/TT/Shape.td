//===- Shape.td - constants and ops that only move values ----------------------===//
#ifndef TTC_DIALECTS_TT_SHAPE_TD
#define TTC_DIALECTS_TT_SHAPE_TD

include "dialects/TT/TTBase.td"

def TT_ConstantOp : TT_Op<"constant", !listconcat([Pure, ConstantLike, TT_InferType], TT_ComputeInterfaces)> {
  let summary = "a trained weight or another constant";
  let description = [{
    Small and splat values are dense attributes; large ones are resources whose bytes
    stay in the mapped weight file. The result type may carry an encoding, the value
    has none.

    Constraints:
    - C1: the value has the shape and element type of the result.

    Examples:
    ```mlir
    %0 = tt.constant dense<0.5> : tensor<8xf32>
    %1 = tt.constant dense<0.5> : tensor<8x4xf32> -> tensor<8x4xf32, #tt.storage<bf16>>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs TT_Tensor:$result);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasFolder = 1;
}

def TT_ConcatOp : TT_ComputeOp<"concat", [TT_Axis]> {
  let summary = "tensors one after the other along a dim";
  let description = [{
    Constraints:
    - C1: at least one input.
    - C2: axis is a dim of the inputs.
    - C3: the inputs agree in every other dim.

    Example:
    ```mlir
    %0 = tt.concat %a, %b axis 1
      : (tensor<1x8x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x12x4x4xf32>
    ```
  }];
  let arguments = (ins Variadic<TT_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def TT_SliceOp : TT_ComputeOp<"slice", [TT_Axis]> {
  let summary = "a strided part of a tensor";
  let description = [{
    ```
    result[i, ..] = input[starts[0] + i*steps[0], ..]
    ```
    Every dim d is given: 0 <= starts[d] < ends[d] <= extent, steps[d] > 0. The result's
    extent is (ends - starts) / steps rounded up.

    Constraints:
    - C1: starts, ends and steps have one entry per dim.
    - C2: 0 <= starts[d] < ends[d] <= extent of dim d, and steps[d] > 0.

    Example:
    ```mlir
    %0 = tt.slice %x [0, 4, 0, 0] to [1, 8, 4, 4] step [1, 1, 1, 1]
      : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x4xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$ends,
    DenseI64ArrayAttr:$steps);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $input $starts `to` $ends `step` $steps attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def TT_SplitOp : TT_ComputeOp<"split", [TT_Axis]> {
  let summary = "a tensor cut along a dim";
  let description = [{
    Result i holds the next sizes[i] indices of dim `axis`.

    Constraints:
    - C1: axis is a dim of the input.
    - C2: sizes are positive and add up to that dim.

    Example:
    ```mlir
    %0:2 = tt.split %x axis 1 sizes [4, 4]
      : (tensor<1x8x4x4xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>)
    ```
  }];
  let arguments = (ins TT_Tensor:$input, I64Attr:$axis, DenseI64ArrayAttr:$sizes);
  let results = (outs Variadic<TT_Tensor>:$outputs);
  let assemblyFormat = [{
    $input `axis` $axis `sizes` $sizes attr-dict `:` functional-type(operands, results)
  }];
  let hasCanonicalizer = 1;
}

def TT_PadOp : TT_ComputeOp<"pad", [TT_Axis]> {
  let summary = "a tensor with a constant border";
  let description = [{
    low[d] values before and high[d] values after dim d, all equal to `value`.

    Constraints:
    - C1: low and high have one entry per dim, none negative.

    Example:
    ```mlir
    %0 = tt.pad %x low [0, 0, 1, 1] high [0, 0, 1, 1] value 0.000000e+00
      : (tensor<1x8x4x4xf32>) -> tensor<1x8x6x6xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
    F64Attr:$value);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $input `low` $low `high` $high `value` $value attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def TT_ReshapeOp : TT_Op<"reshape", !listconcat([Pure], TT_ComputeInterfaces, TT_DeviceInterfaces)> {
  let summary = "the same values in row-major order under another shape";
  let description = [{
    Constraints:
    - C1: input and result have equally many elements.

    Example:
    ```mlir
    %0 = tt.reshape %x : (tensor<1x8x1x1xf32>) -> tensor<1x8xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let builders = [
    /// To `shape`, with the storage type of the input.
    OpBuilder<(ins "::mlir::Value":$input, "::llvm::ArrayRef<int64_t>":$shape)>
  ];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

def TT_TransposeOp : TT_ComputeOp<"transpose"> {
  let summary = "dims in another order";
  let description = [{
    Dim d of the result is dim permutation[d] of the input.

    Constraints:
    - C1: permutation holds every dim of the input once.

    Example:
    ```mlir
    %0 = tt.transpose %x [0, 2, 3, 1] : (tensor<1x8x4x2xf32>) -> tensor<1x4x2x8xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def TT_UpsampleOp : TT_ComputeOp<"upsample", [TT_Axis]> {
  let summary = "an image enlarged by integer factors";
  let description = [{
    nearest: result[y, x] = input[y / scales[0], x / scales[1]].
    bilinear: interpolates at (y + 1/2) / scale - 1/2 with `half_pixel`, at
    y * (in - 1) / (out - 1) with `align_corners`, at y / scale with neither; positions
    outside take the border.

    Constraints:
    - C1: not both `align_corners` and `half_pixel`; neither with nearest.

    Example:
    ```mlir
    %0 = tt.upsample nearest %x scales [2, 2] : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x8xf32>
    ```
  }];
  let arguments = (ins TT_RankedTensor<4>:$input, TT_ResizeMode:$mode,
    TT_PositiveArray<2>:$scales, TT_Format:$data_format, TT_False:$align_corners,
    TT_False:$half_pixel);
  let results = (outs TT_RankedTensor<4>:$result);
  let assemblyFormat = [{
    $mode $input `scales` $scales (`data_format` $data_format^)?
    (`align_corners` $align_corners^)? (`half_pixel` $half_pixel^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

#endif
