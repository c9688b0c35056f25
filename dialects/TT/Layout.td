//===- Layout.td - ops that move tensors between layouts and memories ----------===//
#ifndef TTC_DIALECTS_TT_LAYOUT_TD
#define TTC_DIALECTS_TT_LAYOUT_TD

include "dialects/TT/TTBase.td"

def TT_ReshardOp : TT_Op<"reshard", !listconcat([Pure], TT_ComputeInterfaces, TT_DeviceInterfaces)> {
  let summary = "the same tensor in another layout";
  let description = [{
    Moves and re-formats on the device. Values change only where the storage type does.

    Constraints:
    - C1: both types carry a `#tt.layout`.
    - C2: both types have the same shape.

    Example:
    ```mlir
    %0 = tt.reshard %x
      : (tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>)
        -> tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>>
    ```
  }];
  let arguments = (ins TT_Tensor:$input);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

class TT_TransferOp<string mnemonic> : TT_Op<mnemonic, !listconcat([Pure], TT_ComputeInterfaces)> {
  let arguments = (ins TT_Tensor:$input, OptionalAttr<DenseI64ArrayAttr>:$permutation);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $input (`permutation` $permutation^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def TT_ToDeviceOp : TT_TransferOp<"to_device"> {
  let summary = "a host tensor in device memory";
  let description = [{
    The host formats and pads. `permutation`, when present, reorders dims on the way:
    dim d of the result is dim permutation[d] of the input.

    Constraints:
    - C1: the result carries a `#tt.layout`, the input does not.
    - C2: the result has the (permuted) shape of the input.

    Example:
    ```mlir
    %0 = tt.to_device %x permutation [0, 2, 3, 1]
      : (tensor<1x3x64x64xf32>) -> tensor<1x64x64x3xf32, #tt.layout<dram, interleaved, row_major, bf16>>
    ```
  }];
}

def TT_FromDeviceOp : TT_TransferOp<"from_device"> {
  let summary = "a device tensor in host memory";
  let description = [{
    The host removes padding and widens to f32. `permutation` as for `tt.to_device`.

    Constraints:
    - C1: the input carries a `#tt.layout`, the result does not.
    - C2: the result has the (permuted) shape of the input.

    Example:
    ```mlir
    %0 = tt.from_device %x permutation [0, 3, 1, 2]
      : (tensor<1x64x64x3xf32, #tt.layout<dram, interleaved, row_major, bf16>>) -> tensor<1x3x64x64xf32>
    ```
  }];
}

def TT_DeallocateOp : TT_Op<"deallocate", TT_ComputeInterfaces> {
  let summary = "the end of a device tensor's life";
  let description = [{
    The buffer may be reused by what follows. No op may use the tensor afterwards.

    Constraints:
    - C1: the operand carries a `#tt.layout`.

    Example:
    ```mlir
    tt.deallocate %x : tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>>
    ```
  }];
  let arguments = (ins Arg<TT_Tensor, "the buffer to free", [MemFree]>:$input);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif
