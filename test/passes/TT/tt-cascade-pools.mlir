// RUN: ttc-opt %s --tt-cascade-pools | FileCheck %s

// Spatial pyramid pooling.
// CHECK-LABEL: @spp
// CHECK-NEXT: %[[A:.*]] = tt.max_pool2d %arg0 kernel [5, 5] pads [2, 2, 2, 2]
// CHECK-NEXT: %[[B:.*]] = tt.max_pool2d %[[A]] kernel [5, 5] pads [2, 2, 2, 2]
// CHECK-NEXT: %[[C:.*]] = tt.max_pool2d %[[B]] kernel [5, 5] pads [2, 2, 2, 2]
// CHECK-NEXT: return %[[A]], %[[B]], %[[C]]
func.func @spp(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x10x10xf32>, tensor<1x4x10x10xf32>, tensor<1x4x10x10xf32>) {
  %0 = tt.max_pool2d %x kernel [5, 5] pads [2, 2, 2, 2] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x10xf32>
  %1 = tt.max_pool2d %x kernel [9, 9] pads [4, 4, 4, 4] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x10xf32>
  %2 = tt.max_pool2d %x kernel [13, 13] pads [6, 6, 6, 6] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x10xf32>
  return %0, %1, %2 : tensor<1x4x10x10xf32>, tensor<1x4x10x10xf32>, tensor<1x4x10x10xf32>
}

// The larger pool comes first: the one it reads moves before it.
// CHECK-LABEL: @order
// CHECK-NEXT: %[[A:.*]] = tt.max_pool2d %arg0 kernel [3, 3]
// CHECK-NEXT: %[[B:.*]] = tt.max_pool2d %[[A]] kernel [3, 3]
// CHECK-NEXT: %[[C:.*]] = tt.max_pool2d %[[B]] kernel [3, 3]
// CHECK-NEXT: %[[R:.*]] = tt.relu %[[C]]
// CHECK-NEXT: return %[[R]], %[[B]], %[[A]]
func.func @order(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x6x6xf32>, tensor<1x4x8x8xf32>) {
  %0 = tt.max_pool2d %x kernel [7, 7] : (tensor<1x4x10x10xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.relu %0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.max_pool2d %x kernel [5, 5] : (tensor<1x4x10x10xf32>) -> tensor<1x4x6x6xf32>
  %3 = tt.max_pool2d %x kernel [3, 3] : (tensor<1x4x10x10xf32>) -> tensor<1x4x8x8xf32>
  return %1, %2, %3 : tensor<1x4x4x4xf32>, tensor<1x4x6x6xf32>, tensor<1x4x8x8xf32>
}

// The larger pool may have a stride and uneven pads.
// CHECK-LABEL: @stride
// CHECK-NEXT: %[[A:.*]] = tt.max_pool2d %arg0 kernel [2, 2] pads [0, 0, 1, 1]
// CHECK-NEXT: tt.max_pool2d %[[A]] kernel [3, 3] strides [2, 2] pads [1, 0, 0, 1]
func.func @stride(%x: tensor<1x4x10x10xf32>) -> (tensor<1x4x10x10xf32>, tensor<1x4x5x5xf32>) {
  %0 = tt.max_pool2d %x kernel [2, 2] pads [0, 0, 1, 1] : (tensor<1x4x10x10xf32>) -> tensor<1x4x10x10xf32>
  %1 = tt.max_pool2d %x kernel [4, 4] strides [2, 2] pads [1, 0, 1, 2] : (tensor<1x4x10x10xf32>) -> tensor<1x4x5x5xf32>
  return %0, %1 : tensor<1x4x10x10xf32>, tensor<1x4x5x5xf32>
}
