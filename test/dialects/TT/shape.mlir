// Round trip of constants and of the ops that only move values.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @constants
// CHECK: tt.constant dense<5.000000e-01> : tensor<8xf32>
// CHECK-NOT: ->
// CHECK: tt.constant {test.note = "kept"} dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> -> tensor<2xf32, #tt.storage<bfp8_b>>
// CHECK: tt.constant dense_resource<blob> : tensor<2xf32>
func.func @constants() {
  %0 = tt.constant dense<0.5> : tensor<8xf32>
  %1 = tt.constant {test.note = "kept"} dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32, #tt.storage<bfp8_b>>
  %2 = tt.constant dense_resource<blob> : tensor<2xf32>
  return
}

// CHECK-LABEL: func @moves
// CHECK: tt.concat %{{.*}}, %{{.*}} axis 1 : (tensor<1x8x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x12x4x4xf32>
// CHECK: tt.slice %{{.*}} [0, 4, 0, 1] to [1, 8, 4, 4] step [1, 1, 1, 2] : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x2xf32>
// CHECK: tt.split %{{.*}} axis 1 sizes [2, 6] : (tensor<1x8x4x4xf32>) -> (tensor<1x2x4x4xf32>, tensor<1x6x4x4xf32>)
// CHECK: tt.pad %{{.*}} low [0, 0, 1, 0] high [0, 0, 1, 2] value 0xFFF0000000000000 : (tensor<1x8x4x4xf32>) -> tensor<1x8x6x6xf32>
// CHECK: tt.reshape %{{.*}} : (tensor<1x8x4x4xf32>) -> tensor<8x16xf32>
// CHECK: tt.transpose %{{.*}} [0, 2, 3, 1] : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x8xf32>
// CHECK: tt.upsample nearest %{{.*}} scales [2, 3] : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x12xf32>
// CHECK: tt.upsample bilinear %{{.*}} scales [2, 2] data_format nhwc half_pixel true : (tensor<1x8x4x4xf32>) -> tensor<1x16x8x4xf32>
func.func @moves(%x: tensor<1x8x4x4xf32>, %y: tensor<1x4x4x4xf32>) {
  %0 = tt.concat %x, %y axis 1 : (tensor<1x8x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x12x4x4xf32>
  %1 = tt.slice %x [0, 4, 0, 1] to [1, 8, 4, 4] step [1, 1, 1, 2] : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x2xf32>
  %2:2 = tt.split %x axis 1 sizes [2, 6] : (tensor<1x8x4x4xf32>) -> (tensor<1x2x4x4xf32>, tensor<1x6x4x4xf32>)
  %3 = tt.pad %x low [0, 0, 1, 0] high [0, 0, 1, 2] value 0xFFF0000000000000 : (tensor<1x8x4x4xf32>) -> tensor<1x8x6x6xf32>
  %4 = tt.reshape %x : (tensor<1x8x4x4xf32>) -> tensor<8x16xf32>
  %5 = tt.transpose %x [0, 2, 3, 1] : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x8xf32>
  %6 = tt.upsample nearest %x scales [2, 3] : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x12xf32>
  %7 = tt.upsample bilinear %x scales [2, 2] data_format nhwc half_pixel true : (tensor<1x8x4x4xf32>) -> tensor<1x16x8x4xf32>
  return
}

{-# dialect_resources: { builtin: { blob: "0x040000000000803F00000040" } } #-}
