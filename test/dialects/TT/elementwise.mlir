// Round trip of the binary ops; shapes broadcast.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @binary
// CHECK: tt.add %{{.*}}, %{{.*}} : (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
// CHECK: tt.sub %{{.*}}, %{{.*}} activation <relu> : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
// CHECK: tt.mul %{{.*}}, %{{.*}} activation <hardsigmoid, 2.000000e-01, 5.000000e-01> compute <hifi2> : (tensor<8x1x1xf32>, tensor<1x8x4x4xf32>)
// CHECK: tt.div %{{.*}}, %{{.*}} : (tensor<1x8x4x4xf32>, tensor<f32>) -> tensor<1x8x4x4xf32>
// CHECK: tt.maximum
// CHECK: tt.minimum
func.func @binary(%a: tensor<1x8x4x4xf32>, %b: tensor<8x1x1xf32>, %c: tensor<f32>) {
  %0 = tt.add %a, %a : (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %1 = tt.sub %a, %b activation <relu> : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  %2 = tt.mul %b, %a activation <hardsigmoid, 0.2, 0.5> compute <hifi2> : (tensor<8x1x1xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %3 = tt.div %a, %c : (tensor<1x8x4x4xf32>, tensor<f32>) -> tensor<1x8x4x4xf32>
  %4 = tt.maximum %a, %b : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  %5 = tt.minimum %a, %b : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  return
}
