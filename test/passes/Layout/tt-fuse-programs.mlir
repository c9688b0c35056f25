// RUN: ttc-opt %s --split-input-file --tt-choose-layouts=policy=all-height --tt-fuse-programs | FileCheck %s
// RUN: ttc-opt %s --split-input-file --tt-choose-layouts=policy=all-height --tt-fuse-programs --tt-plan-memory --convert-tt-to-tile | FileCheck %s --check-prefix=TILE

// A 1x1 convolution takes its own shard of what the 3x3 one makes; the window of the next needs the
// neighbours', which tell when they have made it.
// CHECK-LABEL: func.func @main
// CHECK: tt.conv2d {{.*}}pads
// CHECK-NOT: tt.fused
// CHECK: tt.conv2d
// CHECK-SAME: tt.fused
// CHECK: tt.conv2d {{.*}}pads
// CHECK-SAME: tt.fused
// CHECK: return

// The second op's thread waits for the first one's result on its core, and then goes on.
// TILE: tile.program @first
// TILE: %[[OUT:.*]] = tile.cb "out" {{.*}} alias @first
// TILE: tile.cb "{{act|rows}}" {{.*}} alias @first
// TILE: tile.kernel writer
// TILE: tile.cb_wait cb(%[[OUT]])
// TILE: tile.sem_inc
// TILE: tile.sem_wait
// TILE: tile.launch @first
// TILE-NOT: tile.launch
// TILE: tile.output
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %u = tt.constant dense<0.5> : tensor<64x64x3x3xf32>
  %v = tt.constant dense<0.25> : tensor<64x64x1x1xf32>
  %w = tt.constant dense<0.75> : tensor<64x64x3x3xf32>
  %1 = tt.conv2d %x, %u pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x32x32x64xf32> loc("first")
  %2 = tt.conv2d %1, %v data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32> loc("second")
  %3 = tt.conv2d %2, %w pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x32x32x64xf32> loc("third")
  return %3 : tensor<1x32x32x64xf32>
}

// -----

// Other numerics, and something that is no product between.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tt.fused
// CHECK: return
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %u = tt.constant dense<0.5> : tensor<64x64x1x1xf32>
  %1 = tt.conv2d %x, %u data_format nhwc compute <hifi2> : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  %2 = tt.conv2d %1, %u data_format nhwc compute <hifi4> : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  %3 = tt.mish %2 : (tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32>
  %4 = tt.conv2d %3, %u data_format nhwc compute <hifi4> : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  return %4 : tensor<1x32x32x64xf32>
}
