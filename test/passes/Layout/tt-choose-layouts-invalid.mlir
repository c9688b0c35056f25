// RUN: ttc-opt %s --tt-choose-layouts --split-input-file --verify-diagnostics

// A transpose that is not at the boundary has no program: the reasons are given.
func.func @main(%arg0: tensor<1x8x4x32xf32>) -> tensor<1x4x8x32xf32> {
  %0 = tt.relu %arg0 : (tensor<1x8x4x32xf32>) -> tensor<1x8x4x32xf32>
  // expected-error @+3 {{no legal layout}}
  // expected-note @+2 {{height sharding: a transpose inside the graph has no tile program}}
  // expected-note @+1 {{interleaved sharding}}
  %1 = tt.transpose %0 [0, 2, 1, 3] : (tensor<1x8x4x32xf32>) -> tensor<1x4x8x32xf32>
  %2 = tt.relu %1 : (tensor<1x4x8x32xf32>) -> tensor<1x4x8x32xf32>
  return %2 : tensor<1x4x8x32xf32>
}
