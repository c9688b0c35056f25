// RUN: ttc-opt %s --tt-lower-dtypes --verify-diagnostics
// RUN: not ttc-opt %s --tt-lower-dtypes="activation=int8" 2>&1 | FileCheck %s

// CHECK: int8

func.func @has_layout(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error @below {{expected a graph without layouts, but got 'tensor<64x64xf32, #tt.layout}}
  %0 = tt.to_device %x : (tensor<64x64xf32>) -> tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
  %1 = tt.from_device %0 : (tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>) -> tensor<64x64xf32>
  return %1 : tensor<64x64xf32>
}
