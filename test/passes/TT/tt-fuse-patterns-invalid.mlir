// RUN: ttc-opt %s --tt-fuse-patterns | FileCheck %s

// What looks like a pattern and is none.

// The gate belongs to another value.
// CHECK-LABEL: @other_gate
// CHECK: tt.mul
func.func @other_gate(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.sigmoid %y : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.mul %x, %0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// The softplus has another input.
// CHECK-LABEL: @no_mish
// CHECK: tt.mul
func.func @no_mish(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.softplus %y : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.tanh %0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tt.mul %x, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// A max pool would not see the zeros.
// CHECK-LABEL: @pad_zero_max_pool
// CHECK: tt.pad
func.func @pad_zero_max_pool(%x: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.pad %x low [0, 0, 1, 1] high [0, 0, 1, 1] value 0.0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x6x6xf32>
  %1 = tt.max_pool2d %0 kernel [3, 3] : (tensor<1x4x6x6xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}

// The pool's own padding does not count, the explicit one does.
// CHECK-LABEL: @mixed_avg_pool
// CHECK: tt.pad
func.func @mixed_avg_pool(%x: tensor<1x4x4x4xf32>) -> tensor<1x4x6x6xf32> {
  %0 = tt.pad %x low [0, 0, 1, 1] high [0, 0, 1, 1] value 0.0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x6x6xf32>
  %1 = tt.avg_pool2d %0 kernel [3, 3] pads [1, 1, 1, 1] : (tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %1 : tensor<1x4x6x6xf32>
}

// Channels are padded too.
// CHECK-LABEL: @pad_channels
// CHECK: tt.pad
func.func @pad_channels(%x: tensor<1x4x4x4xf32>, %w: tensor<4x5x3x3xf32>) -> tensor<1x4x2x2xf32> {
  %0 = tt.pad %x low [0, 1, 0, 0] high [0, 0, 0, 0] value 0.0 : (tensor<1x4x4x4xf32>) -> tensor<1x5x4x4xf32>
  %1 = tt.conv2d %0, %w : (tensor<1x5x4x4xf32>, tensor<4x5x3x3xf32>) -> tensor<1x4x2x2xf32>
  return %1 : tensor<1x4x2x2xf32>
}

// One number per row, not per channel.
// CHECK-LABEL: @per_row
// CHECK: tt.add
func.func @per_row(%x: tensor<1x1x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<4x1x1x1xf32>
  %b = tt.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<4x1x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.add %0, %b : (tensor<1x4x4x4xf32>, tensor<4x1xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}

// 1 / conv is not linear.
// CHECK-LABEL: @reciprocal
// CHECK: tt.div
func.func @reciprocal(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %one = tt.constant dense<1.0> : tensor<f32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = tt.div %one, %0 : (tensor<f32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %1 : tensor<1x2x4x4xf32>
}

// The raw result is wanted too.
// CHECK-LABEL: @two_uses
// CHECK: tt.add
func.func @two_uses(%x: tensor<4x3xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %w = tt.constant dense<1.0> : tensor<3x2xf32>
  %b = tt.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = tt.matmul %x, %w : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  %1 = tt.add %0, %b : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %0, %1 : tensor<4x2xf32>, tensor<4x2xf32>
}
