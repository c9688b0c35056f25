// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<64x64xf32>) -> tensor<32x64xf32> {
  // expected-error @+1 {{expected a result of shape [64, 64], but got [32, 64]}}
  %0 = tt.halo %x : (tensor<64x64xf32>) -> tensor<32x64xf32>
  return %0 : tensor<32x64xf32>
}

// -----

#tiles = #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>
func.func @c2(%x: tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #tiles> {
  // expected-error @+1 {{expected a row-major result}}
  %0 = tt.halo %x : (tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #tiles>
  return %0 : tensor<64x64xf32, #tiles>
}

// -----

#sticks = #tt.layout<l1, height, grid = 2x1, shard = 32x64, row_major, bf16>
func.func @c3(%x: tensor<64x64xf32>) -> tensor<64x64xf32, #sticks> {
  // expected-error @+1 {{expected layouts on both types or on neither}}
  %0 = tt.halo %x : (tensor<64x64xf32>) -> tensor<64x64xf32, #sticks>
  return %0 : tensor<64x64xf32, #sticks>
}
