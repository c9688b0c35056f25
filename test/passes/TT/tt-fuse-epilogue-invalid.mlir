// RUN: ttc-opt %s --tt-fuse-epilogue | FileCheck %s

// What must not be fused.

// The raw result is wanted too.
// CHECK-LABEL: @two_uses
// CHECK: %[[C:.*]] = tt.conv2d %arg0, %arg1 :
// CHECK: tt.relu %[[C]]
func.func @two_uses(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.relu %0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %0, %1 : tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>
}

// One place for an activation.
// CHECK-LABEL: @two_activations
// CHECK: tt.conv2d %arg0, %arg1 activation <relu>
// CHECK: tt.tanh
func.func @two_activations(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.relu %0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.tanh %1 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %2 : tensor<1x4x4x4xf32>
}

// A broadcast is no residual.
// CHECK-LABEL: @broadcast
// CHECK: %[[C:.*]] = tt.conv2d %arg0, %arg1 :
// CHECK: tt.add %[[C]], %arg2
func.func @broadcast(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>, %y: tensor<1x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.add %0, %y : (tensor<1x4x4x4xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}

// A second residual stays an addition.
// CHECK-LABEL: @two_residuals
// CHECK: %[[C:.*]] = tt.conv2d %arg0, %arg1 residual %arg0
// CHECK: tt.add %[[C]], %arg0
func.func @two_residuals(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.add %0, %x : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.add %1, %x : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %2 : tensor<1x4x4x4xf32>
}

// x + x uses the producer twice.
// CHECK-LABEL: @doubled
// CHECK: %[[C:.*]] = tt.conv2d %arg0, %arg1 :
// CHECK: tt.add %[[C]], %[[C]]
func.func @doubled(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.add %0, %0 : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}
