// Round trip of the pooling ops; default attributes are not printed.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @max
// CHECK: tt.max_pool2d %{{.*}} kernel [2, 2] strides [2, 2] : (tensor<1x8x32x32xf32>) -> tensor<1x8x16x16xf32>
// CHECK: tt.max_pool2d %{{.*}} kernel [5, 5] pads [2, 2, 2, 2] : (tensor<1x8x32x32xf32>) -> tensor<1x8x32x32xf32>
// CHECK: tt.max_pool2d %{{.*}} kernel [3, 2] pads [2, 0, 2, 1] dilations [2, 1] ceil_mode true data_format nhwc compute <hifi4> :
func.func @max(%x: tensor<1x8x32x32xf32>, %y: tensor<1x6x6x3xf32>) {
  %0 = tt.max_pool2d %x kernel [2, 2] strides [2, 2] : (tensor<1x8x32x32xf32>) -> tensor<1x8x16x16xf32>
  %1 = tt.max_pool2d %x kernel [5, 5] strides [1, 1] pads [2, 2, 2, 2] : (tensor<1x8x32x32xf32>) -> tensor<1x8x32x32xf32>
  %2 = tt.max_pool2d %y kernel [3, 2] pads [2, 0, 2, 1] dilations [2, 1] ceil_mode true data_format nhwc compute <hifi4>
    : (tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32>
  return
}

// Rounding up adds a window, unless it would start in the bottom or right padding.
// CHECK-LABEL: func @ceil
// CHECK: -> tensor<1x1x3x3xf32>
// CHECK: -> tensor<1x1x2x2xf32>
// CHECK: -> tensor<1x1x2x2xf32>
func.func @ceil(%x: tensor<1x1x6x6xf32>, %y: tensor<1x1x3x3xf32>) {
  %0 = tt.max_pool2d %x kernel [3, 3] strides [2, 2] ceil_mode true : (tensor<1x1x6x6xf32>) -> tensor<1x1x3x3xf32>
  %1 = tt.max_pool2d %x kernel [3, 3] strides [2, 2] : (tensor<1x1x6x6xf32>) -> tensor<1x1x2x2xf32>
  // 3 + 1 + 1 = 5 under windows of 2 at 0, 2 and 4: the one at 4 sees padding only.
  %2 = tt.max_pool2d %y kernel [2, 2] strides [2, 2] pads [1, 1, 1, 1] ceil_mode true : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  return
}

// CHECK-LABEL: func @average
// CHECK: tt.avg_pool2d %{{.*}} kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] count_include_pad true :
// CHECK: tt.avg_pool2d %{{.*}} kernel [2, 2] ceil_mode true data_format nhwc compute <lofi> :
// CHECK: tt.global_avg_pool %{{.*}} : (tensor<1x8x32x32xf32>) -> tensor<1x8x1x1xf32>
// CHECK: tt.global_avg_pool %{{.*}} data_format nhwc : (tensor<1x8x32x32xf32>) -> tensor<1x1x1x32xf32>
func.func @average(%x: tensor<1x8x32x32xf32>) {
  %0 = tt.avg_pool2d %x kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] count_include_pad true : (tensor<1x8x32x32xf32>) -> tensor<1x8x16x16xf32>
  %1 = tt.avg_pool2d %x kernel [2, 2] ceil_mode true data_format nhwc compute <lofi> : (tensor<1x8x32x32xf32>) -> tensor<1x7x31x32xf32>
  %2 = tt.global_avg_pool %x : (tensor<1x8x32x32xf32>) -> tensor<1x8x1x1xf32>
  %3 = tt.global_avg_pool %x data_format nhwc : (tensor<1x8x32x32xf32>) -> tensor<1x1x1x32xf32>
  return
}
