// RUN: ttc-opt %s --tt-fold-constants --split-input-file | FileCheck %s

// An operand that is no constant.
// CHECK-LABEL: @argument
// CHECK: tt.add
func.func @argument(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tt.constant dense<1.0> : tensor<4xf32>
  %1 = tt.add %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// The constant would be 256 times as large.
// CHECK-LABEL: @growth
// CHECK: tt.upsample
func.func @growth() -> tensor<1x2x128x128xf32> {
  %0 = tt.constant dense<1.0> : tensor<1x2x8x8xf32>
  %1 = tt.upsample nearest %0 scales [16, 16] : (tensor<1x2x8x8xf32>) -> tensor<1x2x128x128xf32>
  return %1 : tensor<1x2x128x128xf32>
}
