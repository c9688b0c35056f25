// Round trip of tt.batch_norm and tt.softmax.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @norm
// CHECK: tt.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} epsilon 1.000000e-05 : (tensor<1x8x4x4xf32>
// CHECK: tt.batch_norm %{{.*}} epsilon 1.000000e-03 axis 3 compute <hifi3> : (tensor<1x4x4x8xf32>
// CHECK: tt.softmax %{{.*}} axis 1 : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
func.func @norm(%x: tensor<1x8x4x4xf32>, %y: tensor<1x4x4x8xf32>, %p: tensor<8xf32>) {
  %0 = tt.batch_norm %x, %p, %p, %p, %p epsilon 1.0e-05
    : (tensor<1x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x4x4xf32>
  %1 = tt.batch_norm %y, %p, %p, %p, %p epsilon 1.0e-03 axis 3 compute <hifi3>
    : (tensor<1x4x4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
  %2 = tt.softmax %x axis 1 : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return
}
