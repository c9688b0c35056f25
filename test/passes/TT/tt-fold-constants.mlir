// RUN: ttc-opt %s --tt-fold-constants | FileCheck %s

// A chain is computed in one walk, and nothing of it is left.
// CHECK-LABEL: @chain
// CHECK-NEXT: %[[C:.*]] = tt.constant dense<{{\[\[}}3.000000e+00, 5.000000e+00]]> : tensor<1x2xf32>
// CHECK-NEXT: return %[[C]]
func.func @chain() -> tensor<1x2xf32> {
  %0 = tt.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %1 = tt.constant dense<1.0> : tensor<f32>
  %2 = tt.add %0, %0 : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %3 = tt.add %2, %1 : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %4 = tt.transpose %3 [1, 0] : (tensor<2x1xf32>) -> tensor<1x2xf32>
  return %4 : tensor<1x2xf32>
}

// Unused ops go.
// CHECK-LABEL: @unused
// CHECK-NEXT: return
func.func @unused(%x: tensor<4xf32>) {
  %0 = tt.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}
