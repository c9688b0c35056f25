// RUN: ttc-opt %s --tt-choose-layouts | FileCheck %s

// Boundary transposes become the host's work; a window reads sticks, a pointwise convolution tiles.
// CHECK-LABEL: func.func @main
// CHECK: tt.to_device %{{.*}} permutation [0, 2, 3, 1]
// CHECK-SAME: row_major
// CHECK: tt.conv2d
// CHECK-SAME: tile, bf16
// CHECK: tt.from_device %{{.*}} permutation [0, 3, 1, 2]
func.func @main(%arg0: tensor<1x16x32x32xf32>) -> tensor<1x32x32x32xf32> {
  %w = tt.constant dense<0.5> : tensor<32x16x3x3xf32>
  %0 = tt.transpose %arg0 [0, 2, 3, 1] : (tensor<1x16x32x32xf32>) -> tensor<1x32x32x16xf32>
  %1 = tt.conv2d %0, %w pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x16xf32>, tensor<32x16x3x3xf32>) -> tensor<1x32x32x32xf32, #tt.storage<bf16>>
  %2 = tt.transpose %1 [0, 3, 1, 2] : (tensor<1x32x32x32xf32, #tt.storage<bf16>>) -> tensor<1x32x32x32xf32>
  return %2 : tensor<1x32x32x32xf32>
}
