// One case per constraint of the pooling ops.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @max_c1(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a window that fits the padded input, but got a window of 5 on 4}}
  %0 = tt.max_pool2d %x kernel [3, 3] dilations [2, 2] : (tensor<1x8x4x4xf32>) -> tensor<1x8x1x1xf32>
  return
}

// -----

func.func @max_c2(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{expected pads below the window's extent 2, but got 2}}
  %0 = tt.max_pool2d %x kernel [2, 2] pads [2, 0, 0, 0] : (tensor<1x8x4x4xf32>) -> tensor<1x8x5x3xf32>
  return
}

// -----

func.func @avg_c1(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{expected a window that fits the padded input, but got a window of 6 on 5}}
  %0 = tt.avg_pool2d %x kernel [3, 6] pads [0, 0, 0, 1] : (tensor<1x8x4x4xf32>) -> tensor<1x8x2x1xf32>
  return
}

// -----

func.func @avg_c2(%x: tensor<1x8x4x4xf32>) {
  // expected-error@+1 {{expected pads below the window's extent 1, but got 1}}
  %0 = tt.avg_pool2d %x kernel [2, 1] pads [0, 0, 0, 1] : (tensor<1x8x4x4xf32>) -> tensor<1x8x3x5xf32>
  return
}

// -----

func.func @global_rank(%x: tensor<8x4x4xf32>) {
  // expected-error@+1 {{operand #0 must be rank-4 tensor of f32 with static shape, but got 'tensor<8x4x4xf32>'}}
  %0 = tt.global_avg_pool %x : (tensor<8x4x4xf32>) -> tensor<1x8x1x1xf32>
  return
}
