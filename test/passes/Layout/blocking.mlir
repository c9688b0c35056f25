// RUN: ttc-opt %s --tt-choose-layouts | FileCheck %s
// RUN: ttc-opt %s --tt-choose-layouts=objective=l1 | FileCheck %s --check-prefix=SMALL

// The packer's mish is long: blocks that let it run while the next one is multiplied, and tilizing, which stops
// both, for many of them at once.
// CHECK: tt.conv2d {{.*}}act_block_h = {{[0-9]+}} : i64
// What is given stays.
// CHECK: tt.conv2d {{.*}}{out_subblock_h = 64 : i64}
// Circular buffers do not grow for speed where memory counts.
// SMALL: tt.conv2d
// SMALL-NOT: act_block_h
func.func @main(%x: tensor<1x64x64x64xf32>) -> tensor<1x64x64x64xf32> {
  %v = tt.constant dense<0.5> : tensor<64x64x3x3xf32>
  %1 = tt.conv2d %x, %v pads [1, 1, 1, 1] data_format nhwc activation <mish> : (tensor<1x64x64x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x64x64xf32> loc("first")
  %2 = tt.conv2d %1, %v pads [1, 1, 1, 1] data_format nhwc activation <mish> {out_subblock_h = 64 : i64} : (tensor<1x64x64x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x64x64xf32> loc("second")
  return %2 : tensor<1x64x64x64xf32>
}
