// RUN: ttc-opt %s --tt-fuse-patterns | FileCheck %s

// CHECK-LABEL: @mish
// CHECK-NEXT: %[[M:.*]] = tt.mish %arg0
// CHECK-NEXT: return %[[M]]
func.func @mish(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.softplus %x : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.tanh %0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tt.mul %x, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// CHECK-LABEL: @silu
// CHECK-NEXT: tt.silu %arg0
func.func @silu(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.sigmoid %x : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.mul %0, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// CHECK-LABEL: @hardswish_of_hardsigmoid
// CHECK-NEXT: tt.hardswish %arg0
func.func @hardswish_of_hardsigmoid(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.hardsigmoid %x alpha 0.16666667163372040 beta 0.5 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.mul %0, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// CHECK-LABEL: @hardswish_of_clip
// CHECK-NEXT: %[[H:.*]] = tt.hardswish %arg0
// CHECK-NEXT: return %[[H]]
func.func @hardswish_of_clip(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %three = tt.constant dense<3.0> : tensor<f32>
  %six = tt.constant dense<6.0> : tensor<f32>
  %0 = tt.add %x, %three : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32>
  %1 = tt.clip %0 min 0.0 max 6.0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tt.mul %x, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = tt.div %2, %six : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}

// CHECK-LABEL: @pad_conv
// CHECK-NEXT: tt.conv2d %arg0, %arg1 pads [1, 2, 3, 5]
func.func @pad_conv(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<1x4x6x9xf32> {
  %0 = tt.pad %x low [0, 0, 1, 2] high [0, 0, 3, 4] value 0.0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x8x10xf32>
  %1 = tt.conv2d %0, %w pads [0, 0, 0, 1] : (tensor<1x4x8x10xf32>, tensor<4x4x3x3xf32>) -> tensor<1x4x6x9xf32>
  return %1 : tensor<1x4x6x9xf32>
}

// CHECK-LABEL: @pad_max_pool
// CHECK-NEXT: tt.max_pool2d %arg0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] data_format nhwc
func.func @pad_max_pool(%x: tensor<1x4x4x4xf32>) -> tensor<1x2x2x4xf32> {
  %0 = tt.pad %x low [0, 1, 1, 0] high [0, 1, 1, 0] value 0xFFF0000000000000 : (tensor<1x4x4x4xf32>) -> tensor<1x6x6x4xf32>
  %1 = tt.max_pool2d %0 kernel [3, 3] strides [2, 2] data_format nhwc : (tensor<1x6x6x4xf32>) -> tensor<1x2x2x4xf32>
  return %1 : tensor<1x2x2x4xf32>
}

// CHECK-LABEL: @pad_avg_pool
// CHECK-NEXT: tt.avg_pool2d %arg0 kernel [3, 3] pads [1, 1, 1, 1] count_include_pad true
func.func @pad_avg_pool(%x: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.pad %x low [0, 0, 1, 1] high [0, 0, 1, 1] value 0.0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x6x6xf32>
  %1 = tt.avg_pool2d %0 kernel [3, 3] : (tensor<1x4x6x6xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}

// A bias added afterwards, then a scale, then a subtraction.
// CHECK-LABEL: @affine
// CHECK-DAG: %[[W:.*]] = tt.constant dense<{{.*}}2.000000e+00{{.*}}3.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = tt.constant dense<[1.000000e+00, 5.000000e+00]> : tensor<2xf32>
// CHECK: %[[C:.*]] = tt.conv2d %arg0, %[[W]] bias %[[B]]
// CHECK-NEXT: return %[[C]]
func.func @affine(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %b = tt.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %s = tt.constant dense<[[[[2.0]], [[3.0]]]]> : tensor<1x2x1x1xf32>
  %o = tt.constant dense<1.0> : tensor<1xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = tt.add %0, %b : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = tt.mul %s, %1 : (tensor<1x2x1x1xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %3 = tt.sub %2, %o : (tensor<1x2x4x4xf32>, tensor<1xf32>) -> tensor<1x2x4x4xf32>
  return %3 : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: @matmul_bias
// CHECK: %[[B:.*]] = tt.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: tt.matmul %arg0, %{{.*}} bias %[[B]]
func.func @matmul_bias(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = tt.constant dense<1.0> : tensor<3x2xf32>
  %b = tt.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = tt.matmul %x, %w : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  %1 = tt.add %0, %b : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}
