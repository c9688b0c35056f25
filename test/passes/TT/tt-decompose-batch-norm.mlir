// RUN: ttc-opt %s --tt-decompose-batch-norm | FileCheck %s

// CHECK-LABEL: @nchw
// CHECK-DAG: %[[S:.*]] = tt.constant dense<{{\[\[\[\[}}1.000000e+00]], {{\[\[}}2.000000e+00]]]]> : tensor<1x2x1x1xf32>
// CHECK-DAG: %[[T:.*]] = tt.constant dense<{{\[\[\[\[}}9.000000e+00]], {{\[\[}}1.800000e+01]]]]> : tensor<1x2x1x1xf32>
// CHECK: %[[M:.*]] = tt.mul %arg0, %[[S]]
// CHECK: %[[A:.*]] = tt.add %[[M]], %[[T]]
// CHECK: return %[[A]]
func.func @nchw(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = tt.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %m = tt.constant dense<1.0> : tensor<2xf32>
  %v = tt.constant dense<3.0> : tensor<2xf32>
  %0 = tt.batch_norm %x, %s, %b, %m, %v epsilon 1.0 : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}

// The constants stand where the channels are.
// CHECK-LABEL: @nhwc
// CHECK: tt.constant dense<{{.*}}> : tensor<1x1x1x2xf32>
func.func @nhwc(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %s = tt.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %c = tt.constant dense<1.0> : tensor<2xf32>
  %0 = tt.batch_norm %x, %s, %c, %c, %c epsilon 1.0 axis 3 : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}
