// Constraints of tt.reduce.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @c1_range(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a dim below the rank 2, but got 2}}
  %0 = tt.reduce sum %x axes [2] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @c1_order(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected ascending axes, but got [1, 0]}}
  %0 = tt.reduce sum %x axes [1, 0] : (tensor<2x3xf32>) -> tensor<f32>
  return
}
