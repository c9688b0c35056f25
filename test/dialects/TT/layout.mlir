// Round trip of layouts and of the ops that move tensors between them.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

!host = tensor<1x3x64x64xf32>
!image = tensor<1x64x64x3xf32, #tt.layout<dram, interleaved, row_major, bf16>>
!matrix = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
!sharded = tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bfp8_b>>

// CHECK-LABEL: func @transfer
// CHECK: tt.to_device %{{.*}} permutation [0, 2, 3, 1] : (tensor<1x3x64x64xf32>) -> tensor<1x64x64x3xf32, #tt.layout<dram, interleaved, row_major, bf16>>
// CHECK: tt.from_device %{{.*}} permutation [0, 3, 1, 2] :
// CHECK: tt.from_device %{{.*}} : (tensor<1x64x64x3xf32, #tt.layout<dram, interleaved, row_major, bf16>>) -> tensor<1x64x64x3xf32>
func.func @transfer(%x: !host) -> !host {
  %0 = tt.to_device %x permutation [0, 2, 3, 1] : (!host) -> !image
  %1 = tt.from_device %0 permutation [0, 3, 1, 2] : (!image) -> !host
  %2 = tt.from_device %0 : (!image) -> tensor<1x64x64x3xf32>
  return %1 : !host
}

// CHECK-LABEL: func @reshard
// CHECK: tt.reshard %{{.*}} : (tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>) -> tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bfp8_b>>
// CHECK: tt.deallocate %{{.*}} : tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @reshard(%x: !matrix) -> !sharded {
  %0 = tt.reshard %x : (!matrix) -> !sharded
  tt.deallocate %x : !matrix
  return %0 : !sharded
}

// CHECK-LABEL: func private @layouts
// CHECK-SAME: tensor<1x160x160x64xf32, #tt.layout<l1, height, grid = 8x8, shard = 416x64, row_major, bf16>>
// CHECK-SAME: tensor<64x96xf32, #tt.layout<l1, width, grid = 3x1, shard = 64x32, tile, bfp4_b>>
// CHECK-SAME: tensor<64x96xf32, #tt.layout<l1, block, grid = 3x2, shard = 32x32, tile, f32>>
// CHECK-SAME: tensor<64x96xf32, #tt.layout<l1, block, grid = 2x3, shard = 32x32, tile, bf16, col_major>>
// CHECK-SAME: tensor<f32, #tt.layout<dram, interleaved, row_major, f32>>
func.func private @layouts(
  tensor<1x160x160x64xf32, #tt.layout<l1, height, grid = 8x8, shard = 416x64, row_major, bf16>>,
  tensor<64x96xf32, #tt.layout<l1, width, grid = 3x1, shard = 64x32, tile, bfp4_b>>,
  tensor<64x96xf32, #tt.layout<l1, block, grid = 3x2, shard = 32x32, tile, f32>>,
  tensor<64x96xf32, #tt.layout<l1, block, grid = 2x3, shard = 32x32, tile, bf16, col_major>>,
  tensor<f32, #tt.layout<dram, interleaved, row_major, f32>>)
