// RUN: ttc-opt %s --tt-decompose-batch-norm --verify-diagnostics

func.func @not_constant(%x: tensor<1x2x4x4xf32>, %s: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
  %c = tt.constant dense<1.0> : tensor<2xf32>
  // expected-error @below {{'tt.batch_norm' op expected constant statistics}}
  %0 = tt.batch_norm %x, %s, %c, %c, %c epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}
