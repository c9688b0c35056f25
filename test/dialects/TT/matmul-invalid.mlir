// One case per constraint of tt.matmul.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @rank(%a: tensor<16xf32>, %b: tensor<16x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected operands of rank 2 or more, but got 1 and 2}}
  %0 = tt.matmul %a, %b : (tensor<16xf32>, tensor<16x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @c1(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected inner extents that agree, but got 16 and 4}}
  %0 = tt.matmul %a, %b transpose_rhs true : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @c2(%a: tensor<2x8x16xf32>, %b: tensor<3x16x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected leading dims that broadcast, but got 'tensor<2x8x16xf32>' and 'tensor<3x16x4xf32>'}}
  %0 = tt.matmul %a, %b : (tensor<2x8x16xf32>, tensor<3x16x4xf32>) -> tensor<2x8x4xf32>
  return
}

// -----

func.func @c3(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>, %c: tensor<8xf32>) {
  // expected-error@+1 {{expected a bias of 4 elements, but got 8}}
  %0 = tt.matmul %a, %b bias %c : (tensor<8x16xf32>, tensor<16x4xf32>, tensor<8xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @c4(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>, %r: tensor<1x4xf32>) {
  // expected-error@+1 {{expected a residual of the result's shape 'tensor<8x4xf32>', but got 'tensor<1x4xf32>'}}
  %0 = tt.matmul %a, %b residual %r : (tensor<8x16xf32>, tensor<16x4xf32>, tensor<1x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @c5(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error@+1 {{expected a residual before post_activation, but got none}}
  %0 = tt.matmul %a, %b post_activation <relu> : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return
}
