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

#endif
