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

// CHECK-LABEL: func @haloed
// CHECK: tt.halo_sticks %{{.*}} kernel [3, 3] pads [1, 1, 1, 1] part_rows 32
// CHECK: tt.halo_conv2d %{{.*}}, %{{.*}} bias %{{.*}} image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32
func.func @haloed(%x: tensor<1x8x8x32xf32>, %w: tensor<16x32x3x3xf32>, %b: tensor<16xf32>) -> tensor<1x8x8x16xf32> {
  %0 = tt.halo_sticks %x kernel [3, 3] pads [1, 1, 1, 1] part_rows 32 : (tensor<1x8x8x32xf32>) -> tensor<128x32xf32>
  %1 = tt.halo_conv2d %0, %w bias %b image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32
    : (tensor<128x32xf32>, tensor<16x32x3x3xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  return %1 : tensor<1x8x8x16xf32>
}
