// Round trip of tt.matmul; leading dims broadcast.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @matmul
// CHECK: tt.matmul %{{.*}}, %{{.*}} bias %{{.*}} transpose_rhs true activation <relu> : (tensor<1x512xf32>, tensor<10x512xf32>, tensor<10xf32>) -> tensor<1x10xf32>
// CHECK: tt.matmul %{{.*}}, %{{.*}} : (tensor<4x1x8x16xf32>, tensor<3x16x32xf32>) -> tensor<4x3x8x32xf32>
// CHECK: tt.matmul %{{.*}}, %{{.*}} residual %{{.*}} post_activation <gelu> compute <hifi2> :
func.func @matmul(%a: tensor<1x512xf32>, %w: tensor<10x512xf32>, %b: tensor<10xf32>,
                  %c: tensor<4x1x8x16xf32>, %d: tensor<3x16x32xf32>, %r: tensor<4x3x8x32xf32>) {
  %0 = tt.matmul %a, %w bias %b transpose_rhs true activation <relu>
    : (tensor<1x512xf32>, tensor<10x512xf32>, tensor<10xf32>) -> tensor<1x10xf32>
  %1 = tt.matmul %c, %d : (tensor<4x1x8x16xf32>, tensor<3x16x32xf32>) -> tensor<4x3x8x32xf32>
  %2 = tt.matmul %c, %d residual %r post_activation <gelu> compute <hifi2>
    : (tensor<4x1x8x16xf32>, tensor<3x16x32xf32>, tensor<4x3x8x32xf32>) -> tensor<4x3x8x32xf32>
  return
}
