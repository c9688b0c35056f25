// RUN: ttc-opt %s --tt-fold-batch-norm --split-input-file --verify-diagnostics | FileCheck %s

// A convolution without a bias gets one. With weights 1, 2, mean 1, variance 3 and epsilon 1, the
// scale is scale / 2: weights 2*1/2, 4*2/2, bias 10 - 1*1, 20 - 1*2.
// CHECK-LABEL: @conv
// CHECK-DAG: %[[W:.*]] = tt.constant dense<{{.*}}1.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = tt.constant dense<[9.000000e+00, 1.800000e+01]> : tensor<2xf32>
// CHECK: %[[CONV:.*]] = tt.conv2d %{{.*}}, %[[W]] bias %[[B]]
// CHECK-NOT: batch_norm
// CHECK: return %[[CONV]]
func.func @conv(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = tt.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %m = tt.constant dense<1.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  // expected-remark @below {{folded into 'tt.conv2d'}}
  %1 = tt.batch_norm %0, %s, %b, %m, %v epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %1 : tensor<1x2x4x4xf32>
}

// -----

// A bias that is there is scaled; the channels may be last; the remark names the layer.
// CHECK-LABEL: @conv_bias_nhwc
// CHECK-DAG: %[[B:.*]] = tt.constant dense<[1.000000e+01, 2.200000e+01]> : tensor<2xf32>
// CHECK: tt.conv2d %{{.*}}, %{{.*}} bias %[[B]]
func.func @conv_bias_nhwc(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %c = tt.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %m = tt.constant dense<1.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  %0 = tt.conv2d %x, %w bias %c data_format nhwc : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("conv_0")
  // expected-remark @below {{folded into 'tt.conv2d' of conv_0}}
  %1 = tt.batch_norm %0, %s, %b, %m, %v epsilon 1.0 axis 3 : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// Two groups: output channel 1 belongs to the second group's weights.
// CHECK-LABEL: @conv_transpose
// CHECK: tt.constant dense<{{.*}}1.000000e+00{{.*}}2.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK: tt.conv_transpose2d
// CHECK-NOT: batch_norm
func.func @conv_transpose(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<2x1x1x1xf32>
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<0.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  %0 = tt.conv_transpose2d %x, %w groups 2 : (tensor<1x2x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  // expected-remark @below {{folded into 'tt.conv_transpose2d'}}
  %1 = tt.batch_norm %0, %s, %b, %b, %v epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %1 : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: @gemm
// CHECK: tt.constant dense<{{\[\[}}1.000000e+00, 1.000000e+00, 1.000000e+00], [2.000000e+00, 2.000000e+00, 2.000000e+00]]> : tensor<2x3xf32>
// CHECK: tt.matmul
// CHECK-NOT: batch_norm
func.func @gemm(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = tt.constant dense<1.0> : tensor<2x3xf32>
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<0.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  %0 = tt.matmul %x, %w transpose_rhs true : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  // expected-remark @below {{folded into 'tt.matmul'}}
  %1 = tt.batch_norm %0, %s, %b, %b, %v epsilon 1.0 : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// Nothing before it takes it, but the convolution behind it does: bias = sum over inputs of w * shift.
// CHECK-LABEL: @into_consumer
// CHECK-DAG: tt.constant dense<{{.*}}1.000000e+00{{.*}}2.000000e+00{{.*}}> : tensor<1x2x1x1xf32>
// CHECK-DAG: %[[B:.*]] = tt.constant dense<3.000000e+01> : tensor<1xf32>
// CHECK: tt.conv2d %arg0, %{{.*}} bias %[[B]]
func.func @into_consumer(%x: tensor<1x2x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<1x2x1x1xf32>
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %m = tt.constant dense<0.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  // expected-remark @below {{folded into 'tt.conv2d', which follows}}
  %0 = tt.batch_norm %x, %s, %b, %m, %v epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %1 = tt.conv2d %0, %w : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32>
  return %1 : tensor<1x1x4x4xf32>
}
