// RUN: ttc-opt %s | ttc-opt | FileCheck %s

#tiles = #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>
#sticks = #tt.layout<l1, height, grid = 2x1, shard = 32x64, row_major, bf16>

// CHECK-LABEL: func @laid_out
// CHECK: tt.halo %{{.*}} : (tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>>) -> tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, row_major, bf16>>
func.func @laid_out(%x: tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #sticks> {
  %0 = tt.halo %x : (tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #sticks>
  return %0 : tensor<64x64xf32, #sticks>
}

// CHECK-LABEL: func @before_layouts
// CHECK: tt.halo %{{.*}} : (tensor<64x64xf32>) -> tensor<64x64xf32>
func.func @before_layouts(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = tt.halo %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
