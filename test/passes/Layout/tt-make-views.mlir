// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-make-views | FileCheck %s
// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-make-views --tt-plan-memory | FileCheck %s --check-prefix=PLAN
// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-make-views --tt-plan-memory --convert-tt-to-tile | FileCheck %s --check-prefix=TILE

// Both parts stay until their reader is done, and it multiplies from both; there is no program and no buffer.
// CHECK-LABEL: func.func @main
// CHECK: tt.concat {{.*}} axis 3 {tt.view}
// CHECK-SAME: height, grid = 8x4, shard = 32x128
// PLAN: tt.concat {{.*}} axis 3 {tt.view}
// PLAN-NOT: tt.deallocate
// PLAN: tt.conv2d
// PLAN: tt.deallocate
// PLAN: tt.deallocate
// TILE-NOT: tile.buffer @joined
// TILE: tile.program @reader
// TILE: tile.cb "[[ACT:act|rows]]" {{.*}} alias @first
// TILE: tile.cb "[[ACT]]" {{.*}} alias @second
// TILE-NOT: tile.launch @joined
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %v = tt.constant dense<0.25> : tensor<64x64x1x1xf32>
  %w = tt.constant dense<0.75> : tensor<64x128x1x1xf32>
  %1 = tt.conv2d %x, %v data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32> loc("first")
  %2 = tt.conv2d %1, %v data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32> loc("second")
  %3 = tt.concat %1, %2 axis 3 : (tensor<1x32x32x64xf32>, tensor<1x32x32x64xf32>) -> tensor<1x32x32x128xf32> loc("joined")
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x128xf32>, tensor<64x128x1x1xf32>) -> tensor<1x32x32x64xf32> loc("reader")
  return %4 : tensor<1x32x32x64xf32>
}

// -----

// A slice for a convolution; both parts of a concat for a pool, of whose readers one adds: that has to be one tensor.
// CHECK-LABEL: func.func @main
// CHECK: tt.slice {{.*}} {tt.view}
// CHECK-SAME: -> tensor<1x32x32x64xf32, #tt.layout<l1, interleaved
// CHECK: tt.concat {{.*}} axis 3 {tt.view}
// CHECK: tt.max_pool2d
// CHECK: tt.concat
// CHECK-NOT: tt.view
// CHECK: tt.relu
// CHECK: return
func.func @main(%x: tensor<1x32x32x128xf32>) -> (tensor<1x16x16x64xf32>, tensor<1x32x32x64xf32>) {
  %v = tt.constant dense<0.25> : tensor<128x128x1x1xf32>
  %w = tt.constant dense<0.75> : tensor<64x64x3x3xf32>
  %y = tt.constant dense<0.75> : tensor<64x192x1x1xf32>
  %0 = tt.conv2d %x, %v data_format nhwc : (tensor<1x32x32x128xf32>, tensor<128x128x1x1xf32>) -> tensor<1x32x32x128xf32>
  %1 = tt.slice %0 [0, 0, 0, 64] to [1, 32, 32, 128] step [1, 1, 1, 1] : (tensor<1x32x32x128xf32>) -> tensor<1x32x32x64xf32>
  %2 = tt.conv2d %1, %w pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x32x32x64xf32>
  %3 = tt.concat %0, %2 axis 3 : (tensor<1x32x32x128xf32>, tensor<1x32x32x64xf32>) -> tensor<1x32x32x192xf32>
  %4 = tt.max_pool2d %3 kernel [2, 2] strides [2, 2] data_format nhwc : (tensor<1x32x32x192xf32>) -> tensor<1x16x16x192xf32>
  %5 = tt.conv2d %4, %y data_format nhwc : (tensor<1x16x16x192xf32>, tensor<64x192x1x1xf32>) -> tensor<1x16x16x64xf32>
  %6 = tt.concat %2, %0 axis 3 : (tensor<1x32x32x64xf32>, tensor<1x32x32x128xf32>) -> tensor<1x32x32x192xf32>
  %7 = tt.relu %6 : (tensor<1x32x32x192xf32>) -> tensor<1x32x32x192xf32>
  %8 = tt.add %6, %7 : (tensor<1x32x32x192xf32>, tensor<1x32x32x192xf32>) -> tensor<1x32x32x192xf32>
  %9 = tt.conv2d %8, %y data_format nhwc : (tensor<1x32x32x192xf32>, tensor<64x192x1x1xf32>) -> tensor<1x32x32x64xf32>
  return %5, %9 : tensor<1x16x16x64xf32>, tensor<1x32x32x64xf32>
}
