// One case per constraint of tt.batch_norm and tt.softmax.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @batch_norm_c1(%x: tensor<1x8x4x4xf32>, %p: tensor<8xf32>) {
  // expected-error@+1 {{expected a dim below the rank 4, but got 4}}
  %0 = tt.batch_norm %x, %p, %p, %p, %p epsilon 1.0e-05 axis 4
    : (tensor<1x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @batch_norm_c2(%x: tensor<1x8x4x4xf32>, %p: tensor<8xf32>, %q: tensor<4xf32>) {
  // expected-error@+1 {{expected parameters of 8 elements, but got 4}}
  %0 = tt.batch_norm %x, %p, %p, %p, %q epsilon 1.0e-05
    : (tensor<1x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @softmax_c1(%x: tensor<1x8xf32>) {
  // expected-error@+1 {{'tt.softmax' op expected a dim below the rank 2, but got -1}}
  %0 = tt.softmax %x axis -1 : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return
}
