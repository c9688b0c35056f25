// RUN: ttc-opt %s --convert-tt-to-tile --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a function @main}}
module {}

// -----

// Without addresses there is nothing to write programs over.
func.func @main(%arg0: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error @+1 {{expected an address for each result: run tt-plan-memory first}}
  %0 = tt.to_device %arg0 : (tensor<64x64xf32>) -> tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
  %1 = tt.from_device %0 : (tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>) -> tensor<64x64xf32>
  return %1 : tensor<64x64xf32>
}
