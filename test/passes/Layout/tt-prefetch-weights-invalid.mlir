// RUN: ttc-opt %s --tt-choose-layouts --tt-plan-memory --split-input-file --verify-diagnostics

func.func @before_the_first(%x: tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32> {
  %w = tt.constant dense<0.5> : tensor<32x32x1x1xf32>
  %1 = tt.relu %x : (tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  // expected-error@+1 {{'tt.prefetch' says 2 steps before this one, expected 1 to 1}}
  %2 = tt.conv2d %1, %w data_format nhwc {tt.prefetch = array<i64: 2>} : (tensor<1x8x8x32xf32>, tensor<32x32x1x1xf32>) -> tensor<1x8x8x32xf32>
  return %2 : tensor<1x8x8x32xf32>
}

// -----

func.func @no_product(%x: tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32> {
  %1 = tt.relu %x : (tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  // expected-error@+1 {{only a product with constant weights can have them prefetched}}
  %2 = tt.relu %1 {tt.prefetch = array<i64: 1>} : (tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  return %2 : tensor<1x8x8x32xf32>
}
