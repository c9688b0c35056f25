// RUN: ttc-opt %s --tt-cascade-pools | FileCheck %s
// Pools that cannot continue one another are left alone.

// The smaller one skips positions.
// CHECK-LABEL: @strided
// CHECK-COUNT-2: tt.max_pool2d %arg0
func.func @strided(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x5x5xf32>, tensor<1x4x4x4xf32>) {
  %0 = tt.max_pool2d %x kernel [2, 2] strides [2, 2] : (tensor<1x4x10x10xf32>) -> tensor<1x4x5x5xf32>
  %1 = tt.max_pool2d %x kernel [4, 4] strides [2, 2] : (tensor<1x4x10x10xf32>) -> tensor<1x4x4x4xf32>
  return %0, %1 : tensor<1x4x5x5xf32>, tensor<1x4x4x4xf32>
}

// The smaller one is padded where the larger one is not.
// CHECK-LABEL: @padded
// CHECK-COUNT-2: tt.max_pool2d %arg0
func.func @padded(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x10x10xf32>, tensor<1x4x6x6xf32>) {
  %0 = tt.max_pool2d %x kernel [3, 3] pads [1, 1, 1, 1] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x10xf32>
  %1 = tt.max_pool2d %x kernel [5, 5] : (tensor<1x4x10x10xf32>) -> tensor<1x4x6x6xf32>
  return %0, %1 : tensor<1x4x10x10xf32>, tensor<1x4x6x6xf32>
}

// Neither window holds the other.
// CHECK-LABEL: @crossed
// CHECK-COUNT-2: tt.max_pool2d %arg0
func.func @crossed(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x10x6xf32>, tensor<1x4x6x10xf32>) {
  %0 = tt.max_pool2d %x kernel [1, 5] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x6xf32>
  %1 = tt.max_pool2d %x kernel [5, 1] : (tensor<1x4x10x10xf32>) -> tensor<1x4x6x10xf32>
  return %0, %1 : tensor<1x4x10x6xf32>, tensor<1x4x6x10xf32>
}

// A dilated window is not the union of dense ones.
// CHECK-LABEL: @dilated
// CHECK-COUNT-2: tt.max_pool2d %arg0
func.func @dilated(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x8x8xf32>, tensor<1x4x4x4xf32>) {
  %0 = tt.max_pool2d %x kernel [3, 3] : (tensor<1x4x10x10xf32>) -> tensor<1x4x8x8xf32>
  %1 = tt.max_pool2d %x kernel [4, 4] dilations [2, 2] : (tensor<1x4x10x10xf32>) -> tensor<1x4x4x4xf32>
  return %0, %1 : tensor<1x4x8x8xf32>, tensor<1x4x4x4xf32>
}
