// RUN: ttc-opt %s --tt-choose-layouts=policy=all-height --tt-plan-memory --split-input-file --verify-diagnostics

func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %u = tt.constant dense<0.5> : tensor<64x64x1x1xf32>
  %1 = tt.conv2d %x, %u data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  // expected-error@+1 {{'tt.prefetch' says 1 steps before this one, which is in the same launch}}
  %2 = tt.conv2d %1, %u data_format nhwc {tt.fused, tt.prefetch = array<i64: 1>} : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  return %2 : tensor<1x32x32x64xf32>
}
