// Round trip of tt.reduce.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @reduce
// CHECK: tt.reduce mean %{{.*}} axes [2, 3] : (tensor<1x8x7x5xf32>) -> tensor<1x8xf32>
// CHECK: tt.reduce max %{{.*}} axes [1] keep_dims true compute <hifi4> : (tensor<1x8x7x5xf32>) -> tensor<1x1x7x5xf32>
// CHECK: tt.reduce sum %{{.*}} axes [0, 1, 2, 3] : (tensor<1x8x7x5xf32>) -> tensor<f32>
func.func @reduce(%x: tensor<1x8x7x5xf32>) {
  %0 = tt.reduce mean %x axes [2, 3] : (tensor<1x8x7x5xf32>) -> tensor<1x8xf32>
  %1 = tt.reduce max %x axes [1] keep_dims true compute <hifi4> : (tensor<1x8x7x5xf32>) -> tensor<1x1x7x5xf32>
  %2 = tt.reduce sum %x axes [0, 1, 2, 3] : (tensor<1x8x7x5xf32>) -> tensor<f32>
  return
}
