// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<64x64xf32>) -> tensor<32x64xf32> {
  // expected-error @+1 {{expected a result of shape [64, 64], but got [32, 64]}}
  %0 = tt.halo %x : (tensor<64x64xf32>) -> tensor<32x64xf32>
  return %0 : tensor<32x64xf32>
}

// -----

#tiles = #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>
func.func @c2(%x: tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #tiles> {
  // expected-error @+1 {{expected a row-major result}}
  %0 = tt.halo %x : (tensor<64x64xf32, #tiles>) -> tensor<64x64xf32, #tiles>
  return %0 : tensor<64x64xf32, #tiles>
}

// -----

#sticks = #tt.layout<l1, height, grid = 2x1, shard = 32x64, row_major, bf16>
func.func @c3(%x: tensor<64x64xf32>) -> tensor<64x64xf32, #sticks> {
  // expected-error @+1 {{expected layouts on both types or on neither}}
  %0 = tt.halo %x : (tensor<64x64xf32>) -> tensor<64x64xf32, #sticks>
  return %0 : tensor<64x64xf32, #sticks>
}

// -----

func.func @sticks_c1(%x: tensor<1x8x8x32xf32>) -> tensor<128x32xf32> {
  // expected-error @+1 {{expected a window that fits the padded image}}
  %0 = tt.halo_sticks %x kernel [9, 9] part_rows 32 : (tensor<1x8x8x32xf32>) -> tensor<128x32xf32>
  return %0 : tensor<128x32xf32>
}

// -----

func.func @sticks_c2(%x: tensor<1x8x8x32xf32>) -> tensor<64x32xf32> {
  // expected-error @+1 {{expected sticks of 128x32, but got 'tensor<64x32xf32>'}}
  %0 = tt.halo_sticks %x kernel [3, 3] pads [1, 1, 1, 1] part_rows 32 : (tensor<1x8x8x32xf32>) -> tensor<64x32xf32>
  return %0 : tensor<64x32xf32>
}

// -----

func.func @conv_c1(%s: tensor<128x32xf32>, %w: tensor<16x32x9x9xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error @+1 {{expected a window that fits the padded image}}
  %0 = tt.halo_conv2d %s, %w image [1, 8, 8] part_rows 32 : (tensor<128x32xf32>, tensor<16x32x9x9xf32>) -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

// -----

func.func @conv_c2(%s: tensor<128x64xf32>, %w: tensor<16x32x3x3xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error @+1 {{expected sticks of 128x32, but got 'tensor<128x64xf32>'}}
  %0 = tt.halo_conv2d %s, %w image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32 : (tensor<128x64xf32>, tensor<16x32x3x3xf32>) -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

// -----

func.func @conv_c3(%s: tensor<128x32xf32>, %w: tensor<16x32x3x3xf32>) -> tensor<1x8x8x32xf32> {
  // expected-error @+1 {{expected a result of 1x8x8x16}}
  %0 = tt.halo_conv2d %s, %w image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32 : (tensor<128x32xf32>, tensor<16x32x3x3xf32>) -> tensor<1x8x8x32xf32>
  return %0 : tensor<1x8x8x32xf32>
}

// -----

func.func @conv_c4(%s: tensor<128x32xf32>, %w: tensor<16x32x3x3xf32>, %b: tensor<8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error @+1 {{expected a bias of 16 elements, but got 8}}
  %0 = tt.halo_conv2d %s, %w bias %b image [1, 8, 8] pads [1, 1, 1, 1] part_rows 32 : (tensor<128x32xf32>, tensor<16x32x3x3xf32>, tensor<8xf32>) -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}
