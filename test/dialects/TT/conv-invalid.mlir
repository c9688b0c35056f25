// One case per constraint of the convolutions.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @conv2d_c1(%x: tensor<1x3x8x8xf32>, %w: tensor<4x1x3x3xf32>) {
  // expected-error@+1 {{expected groups to divide 3 input and 4 output channels, but got 2}}
  %0 = tt.conv2d %x, %w groups 2 : (tensor<1x3x8x8xf32>, tensor<4x1x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_c2(%x: tensor<1x3x8x8xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{expected 3 input channels per group in the weight, but got 2}}
  %0 = tt.conv2d %x, %w : (tensor<1x3x8x8xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_c3(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{expected a bias of 4 elements, but got 3}}
  %0 = tt.conv2d %x, %w bias %b : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_c4(%x: tensor<1x3x4x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{'tt.conv2d' op expected a window that fits the padded input, but got a window of 5 on 4}}
  %0 = tt.conv2d %x, %w dilations [2, 2] : (tensor<1x3x4x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x1x4xf32>
  return
}

// -----

func.func @conv2d_c5(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %r: tensor<1x4x6x1xf32>) {
  // expected-error@+1 {{expected a residual of the result's shape 'tensor<1x4x6x6xf32>', but got 'tensor<1x4x6x1xf32>'}}
  %0 = tt.conv2d %x, %w residual %r : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<1x4x6x1xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_c6(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+1 {{expected a residual before post_activation, but got none}}
  %0 = tt.conv2d %x, %w post_activation <relu> : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_result(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<1x4x6x6xf32>' are incompatible with return type(s) of operation 'tensor<1x4x8x8xf32>'}}
  %0 = tt.conv2d %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv2d_type(%x: tensor<1x3x8x8xbf16>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+1 {{operand #0 must be rank-4 tensor of f32 with static shape, but got 'tensor<1x3x8x8xbf16>'}}
  %0 = tt.conv2d %x, %w : (tensor<1x3x8x8xbf16>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv2d_strides(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+1 {{attribute 'strides' failed to satisfy constraint}}
  %0 = tt.conv2d %x, %w strides [0, 1] : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @activation_kind(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error@+1 {{expected an activation function, but got 'reluu'}}
  %0 = tt.conv2d %x, %w activation <reluu> : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<1x8x4x4xf32>, %w: tensor<6x4x2x2xf32>) {
  // expected-error@+1 {{expected a weight for 8 input channels in 1 groups, but got 6}}
  %0 = tt.conv_transpose2d %x, %w : (tensor<1x8x4x4xf32>, tensor<6x4x2x2xf32>) -> tensor<1x4x5x5xf32>
  return
}

// -----

func.func @transpose_c2(%x: tensor<1x8x4x4xf32>, %w: tensor<8x4x2x2xf32>, %b: tensor<8xf32>) {
  // expected-error@+1 {{expected a bias of 4 elements, but got 8}}
  %0 = tt.conv_transpose2d %x, %w bias %b : (tensor<1x8x4x4xf32>, tensor<8x4x2x2xf32>, tensor<8xf32>) -> tensor<1x4x5x5xf32>
  return
}

// -----

func.func @transpose_c3(%x: tensor<1x8x1x1xf32>, %w: tensor<8x4x2x2xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected positive result extents, but got 0x0}}
  %0 = tt.conv_transpose2d %x, %w pads [1, 1, 1, 1] : (tensor<1x8x1x1xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x1x1xf32>
  return
}

// -----

func.func @transpose_c4(%x: tensor<1x8x4x4xf32>, %w: tensor<8x4x2x2xf32>) {
  // expected-error@+1 {{expected output_padding below stride 1 or dilation 1, but got 1}}
  %0 = tt.conv_transpose2d %x, %w output_padding [0, 1] : (tensor<1x8x4x4xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x5x6xf32>
  return
}
