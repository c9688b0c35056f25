// One case per constraint of constants and of the ops that move values.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @constant_c1() {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  %0 = tt.constant dense<0.0> : tensor<2xf32> -> tensor<3xf32>
  return
}

// -----

func.func @constant_encoding() {
  // expected-error@+1 {{expected a value without encoding, but got 'tensor<2xf32, #tt.storage<bf16>>'}}
  %0 = tt.constant dense<0.0> : tensor<2xf32, #tt.storage<bf16>>
  return
}

// -----

func.func @concat_c1() {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected at least one input, but got none}}
  %0 = "tt.concat"() {axis = 0 : i64} : () -> tensor<1xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a dim below the rank 2, but got 2}}
  %0 = tt.concat %x, %x axis 2 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @concat_c3(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected inputs that agree but in dim 1, but got 'tensor<2x3xf32>' and 'tensor<3x3xf32>'}}
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected 2 entries in ends, but got 1}}
  %0 = tt.slice %x [0, 0] to [1] step [1, 1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a part of 0 to 3 in dim 1, but got 1 to 4 step 1}}
  %0 = tt.slice %x [0, 1] to [2, 4] step [1, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @split_c1(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a dim below the rank 2, but got 2}}
  %0 = tt.split %x axis 2 sizes [3] : (tensor<2x3xf32>) -> (tensor<2x3xf32>)
  return
}

// -----

func.func @split_c2(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected positive sizes that add up to 3, but got [1, 1]}}
  %0:2 = tt.split %x axis 1 sizes [1, 1] : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @pad_c1(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected borders that are not negative, but got 0 and -1 in dim 1}}
  %0 = tt.pad %x low [0, 0] high [0, -1] value 0.0 : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expected 6 elements in the result, but got 5}}
  %0 = tt.reshape %x : (tensor<2x3xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a permutation of 2 dims, but got [1, 1]}}
  %0 = tt.transpose %x [1, 1] : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @upsample_c1(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{expected align_corners or half_pixel, but got both}}
  %0 = tt.upsample bilinear %x scales [2, 2] align_corners true half_pixel true : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x8xf32>
  return
}

// -----

func.func @upsample_c1_nearest(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{expected no coordinate rule with nearest, but got half_pixel}}
  %0 = tt.upsample nearest %x scales [2, 2] half_pixel true : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x8xf32>
  return
}
