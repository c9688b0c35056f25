// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-view-concats | FileCheck %s
// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-view-concats --tt-plan-memory | FileCheck %s --check-prefix=PLAN
// RUN: ttc-opt %s --split-input-file --tt-lower-dtypes --tt-choose-layouts=policy=all-height --tt-view-concats --tt-plan-memory --convert-tt-to-tile | FileCheck %s --check-prefix=TILE

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

// Of different widths; read by a pool too.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tt.view
// CHECK: return
func.func @main(%x: tensor<1x32x32x64xf32>) -> (tensor<1x16x16x64xf32>, tensor<1x32x32x64xf32>) {
  %u = tt.constant dense<0.5> : tensor<32x64x1x1xf32>
  %v = tt.constant dense<0.25> : tensor<64x64x1x1xf32>
  %w = tt.constant dense<0.75> : tensor<64x96x1x1xf32>
  %y = tt.constant dense<0.75> : tensor<64x128x1x1xf32>
  %1 = tt.conv2d %x, %v data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x32x32x64xf32>
  %2 = tt.conv2d %1, %u data_format nhwc : (tensor<1x32x32x64xf32>, tensor<32x64x1x1xf32>) -> tensor<1x32x32x32xf32>
  %3 = tt.concat %1, %2 axis 3 : (tensor<1x32x32x64xf32>, tensor<1x32x32x32xf32>) -> tensor<1x32x32x96xf32>
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x96xf32>, tensor<64x96x1x1xf32>) -> tensor<1x32x32x64xf32>
  %5 = tt.concat %1, %4 axis 3 : (tensor<1x32x32x64xf32>, tensor<1x32x32x64xf32>) -> tensor<1x32x32x128xf32>
  %6 = tt.max_pool2d %5 kernel [2, 2] strides [2, 2] data_format nhwc : (tensor<1x32x32x128xf32>) -> tensor<1x16x16x128xf32>
  %7 = tt.conv2d %5, %y data_format nhwc : (tensor<1x32x32x128xf32>, tensor<64x128x1x1xf32>) -> tensor<1x32x32x64xf32>
  %9 = tt.conv2d %6, %y data_format nhwc : (tensor<1x16x16x128xf32>, tensor<64x128x1x1xf32>) -> tensor<1x16x16x64xf32>
  return %9, %7 : tensor<1x16x16x64xf32>, tensor<1x32x32x64xf32>
}
