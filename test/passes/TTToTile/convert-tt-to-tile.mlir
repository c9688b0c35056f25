// RUN: ttc-opt %s --tt-choose-layouts --tt-plan-memory --convert-tt-to-tile | FileCheck %s

// One program for the convolution and its epilogue, launched between input and output.
// CHECK-DAG: tile.buffer @image
// CHECK-DAG: tile.buffer {{.*}}weights{{.*}} dram interleaved tile bfp8_b
// CHECK: tile.program @{{.*}} grid {{.*}} kind "conv2d"
// CHECK: tile.kernel reader
// CHECK: tile.mcast
// CHECK: tile.kernel compute
// CHECK: tile.tilize
// CHECK: tile.matmul_block
// CHECK: tile.sfpu leaky_relu
// CHECK: tile.pack_tiles
// CHECK: tile.kernel writer
// CHECK: tile.read_window
// CHECK: tile.commands
// CHECK: tile.input "image" shape [1, 16, 32, 32] permutation [0, 2, 3, 1] @image
// CHECK: tile.launch
// CHECK: tile.output "head" shape [1, 32, 32, 32] permutation [0, 2, 3, 1]
func.func @main(%arg0: tensor<1x16x32x32xf32> {tt.name = "image"}) -> (tensor<1x32x32x32xf32> {tt.name = "head"}) {
  %w = tt.constant dense<0.5> : tensor<32x16x3x3xf32>
  %0 = tt.transpose %arg0 [0, 2, 3, 1] : (tensor<1x16x32x32xf32>) -> tensor<1x32x32x16xf32>
  %1 = tt.conv2d %0, %w pads [1, 1, 1, 1] data_format nhwc activation <leaky_relu, 1.000000e-01> : (tensor<1x32x32x16xf32>, tensor<32x16x3x3xf32>) -> tensor<1x32x32x32xf32, #tt.storage<bf16>>
  %2 = tt.transpose %1 [0, 3, 1, 2] : (tensor<1x32x32x32xf32, #tt.storage<bf16>>) -> tensor<1x32x32x32xf32>
  return %2 : tensor<1x32x32x32xf32>
}
