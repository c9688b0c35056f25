// RUN: ttc-opt %s --tt-fold-batch-norm --split-input-file --verify-diagnostics | FileCheck %s

// Why a normalisation stays where it is.

// CHECK-LABEL: @two_uses
// CHECK: tt.batch_norm
func.func @two_uses(%x: tensor<1x1x4x4xf32>) -> (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %c = tt.constant dense<1.0> : tensor<2xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  // expected-remark @below {{batch normalisation kept: 'tt.conv2d' has other uses; 'func.return' does not multiply it by weights}}
  %1 = tt.batch_norm %0, %c, %c, %c, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %0, %1 : tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>
}

// -----

// Zeros that the convolution pads with would have to be the shift.
// CHECK-LABEL: @padded_consumer
// CHECK: tt.batch_norm
func.func @padded_consumer(%x: tensor<1x2x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<1x2x3x3xf32>
  %c = tt.constant dense<1.0> : tensor<2xf32>
  %z = tt.constant dense<0.0> : tensor<2xf32>
  // expected-remark @below {{batch normalisation kept: its input is an argument; 'tt.conv2d': it pads with zeros, which the shift would not reach}}
  %0 = tt.batch_norm %x, %c, %c, %z, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %1 = tt.conv2d %0, %w pads [1, 1, 1, 1] : (tensor<1x2x4x4xf32>, tensor<1x2x3x3xf32>) -> tensor<1x1x4x4xf32>
  return %1 : tensor<1x1x4x4xf32>
}

// -----

// CHECK-LABEL: @activation_between
// CHECK: tt.batch_norm
func.func @activation_between(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %c = tt.constant dense<1.0> : tensor<2xf32>
  %0 = tt.conv2d %x, %w activation <relu> : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  // expected-remark @below {{batch normalisation kept: 'tt.conv2d': it applies an activation before; 'tt.relu' does not multiply it by weights}}
  %1 = tt.batch_norm %0, %c, %c, %c, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %2 = tt.relu %1 : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %2 : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: @weights_not_constant
// CHECK: tt.batch_norm
func.func @weights_not_constant(%x: tensor<1x1x4x4xf32>, %w: tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32> {
  %c = tt.constant dense<1.0> : tensor<2xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  // expected-remark @below {{batch normalisation kept: 'tt.conv2d': its weights are not constant; 'func.return' does not multiply it by weights}}
  %1 = tt.batch_norm %0, %c, %c, %c, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %1 : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: @statistics_not_constant
// CHECK: tt.batch_norm
func.func @statistics_not_constant(%x: tensor<1x2x4x4xf32>, %s: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
  %c = tt.constant dense<1.0> : tensor<2xf32>
  // expected-remark @below {{batch normalisation kept: its statistics are not constant}}
  %0 = tt.batch_norm %x, %s, %c, %c, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}
