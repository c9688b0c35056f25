// RUN: ttc-opt %s --tt-minimize-reshards --split-input-file | FileCheck %s
// RUN: ttc-opt %s --tt-minimize-reshards=measure-only --split-input-file | FileCheck %s --check-prefix=MEASURE

#height = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
#block = #tt.layout<l1, block, grid = 2x8, shard = 128x32, tile, bf16>

// The reader gathers by itself: three reshards, two of them equal, one of another, become none.
// CHECK-LABEL: func.func @readers
// CHECK-SAME: tt.reshards = {after = array<i64: 0, 0, 0>, before = array<i64: 3, {{[0-9]+, [0-9]+}}>, bound = array<i64: 0, 0, 0>}
// CHECK-NOT: tt.reshard
// MEASURE-LABEL: func.func @readers
// MEASURE-SAME: after = array<i64: 3, {{[0-9]+, [0-9]+}}>
// MEASURE-COUNT-3: tt.reshard
func.func @readers(%arg0: tensor<1024x64xf32>) -> tensor<1024x64xf32> {
  %0 = tt.to_device %arg0 : (tensor<1024x64xf32>) -> tensor<1024x64xf32, #height>
  %1 = tt.relu %0 : (tensor<1024x64xf32, #height>) -> tensor<1024x64xf32, #height>
  %2 = tt.reshard %1 : (tensor<1024x64xf32, #height>) -> tensor<1024x64xf32, #block>
  %3 = tt.reshard %1 : (tensor<1024x64xf32, #height>) -> tensor<1024x64xf32, #block>
  %4 = tt.reshard %2 : (tensor<1024x64xf32, #block>) -> tensor<1024x64xf32, #height>
  %5 = tt.add %2, %3 : (tensor<1024x64xf32, #block>, tensor<1024x64xf32, #block>) -> tensor<1024x64xf32, #block>
  %6 = tt.add %4, %5 : (tensor<1024x64xf32, #height>, tensor<1024x64xf32, #block>) -> tensor<1024x64xf32, #height>
  %7 = tt.from_device %6 : (tensor<1024x64xf32, #height>) -> tensor<1024x64xf32>
  return %7 : tensor<1024x64xf32>
}

// -----

#sticks = #tt.layout<l1, height, grid = 8x4, shard = 32x32, row_major, bf16>
#tiles = #tt.layout<l1, height, grid = 8x4, shard = 32x32, tile, bf16>

// A pool reads and writes sticks, a softmax tiles: the bound knows that one conversion stays.
// CHECK-LABEL: func.func @forced
// CHECK-SAME: after = array<i64: 1, {{[0-9]+, [0-9]+}}>
// CHECK-SAME: bound = array<i64: 1, {{[0-9]+, [0-9]+}}>
// CHECK: tt.max_pool2d
// CHECK: tt.reshard
// CHECK: tt.softmax
func.func @forced(%arg0: tensor<1x32x32x32xf32>) -> tensor<1x32x32x32xf32> {
  %0 = tt.to_device %arg0 : (tensor<1x32x32x32xf32>) -> tensor<1x32x32x32xf32, #sticks>
  %1 = tt.max_pool2d %0 kernel [3, 3] pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x32xf32, #sticks>) -> tensor<1x32x32x32xf32, #sticks>
  %2 = tt.reshard %1 : (tensor<1x32x32x32xf32, #sticks>) -> tensor<1x32x32x32xf32, #tiles>
  %3 = tt.softmax %2 axis 3 : (tensor<1x32x32x32xf32, #tiles>) -> tensor<1x32x32x32xf32, #tiles>
  %4 = tt.from_device %3 : (tensor<1x32x32x32xf32, #tiles>) -> tensor<1x32x32x32xf32>
  return %4 : tensor<1x32x32x32xf32>
}
