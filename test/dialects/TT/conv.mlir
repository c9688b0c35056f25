// Round trip of the convolutions in custom and generic form.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @plain
// CHECK: tt.conv2d %{{.*}}, %{{.*}} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
func.func @plain(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: func @everything
// CHECK: tt.conv2d %{{.*}}, %{{.*}} bias %{{.*}} residual %{{.*}} strides [2, 2] pads [1, 1, 1, 1] dilations [2, 1] groups 2 data_format nhwc
// CHECK-SAME: activation <leaky_relu, 1.000000e-01> post_activation <mish> compute <hifi2, fp32_dest = true>
func.func @everything(%x: tensor<1x9x8x4xf32>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>,
                      %r: tensor<1x4x4x6xf32>) -> tensor<1x4x4x6xf32> {
  %0 = tt.conv2d %x, %w bias %b residual %r strides [2, 2] pads [1, 1, 1, 1] dilations [2, 1] groups 2
    data_format nhwc activation <leaky_relu, 0.1> post_activation <mish> compute <hifi2, fp32_dest = true>
    : (tensor<1x9x8x4xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>, tensor<1x4x4x6xf32>) -> tensor<1x4x4x6xf32>
  return %0 : tensor<1x4x4x6xf32>
}

// CHECK-LABEL: func @residual_only
// CHECK: tt.conv2d %{{.*}}, %{{.*}} residual %{{.*}} activation <clip, 0.000000e+00, 6.000000e+00> compute <lofi> :
func.func @residual_only(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %r: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %0 = tt.conv2d %x, %w residual %r activation <clip, 0.0, 6.0> compute <lofi>
    : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// Encodings of operands and results are free; only shapes are inferred.
// CHECK-LABEL: func @encodings
// CHECK: -> tensor<1x6x6x4xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x32, tile, bf16>>
func.func @encodings(%x: tensor<1x8x8x3xf32, #tt.storage<bf16>>, %w: tensor<4x3x3x3xf32, #tt.storage<bfp8_b>>)
    -> tensor<1x6x6x4xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x32, tile, bf16>> {
  %0 = tt.conv2d %x, %w data_format nhwc
    : (tensor<1x8x8x3xf32, #tt.storage<bf16>>, tensor<4x3x3x3xf32, #tt.storage<bfp8_b>>)
      -> tensor<1x6x6x4xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x32, tile, bf16>>
  return %0 : tensor<1x6x6x4xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x32, tile, bf16>>
}

// CHECK-LABEL: func @transposed
// CHECK: tt.conv_transpose2d %{{.*}}, %{{.*}} bias %{{.*}} strides [2, 2] pads [1, 1, 1, 1] output_padding [1, 1] groups 2 activation <relu> :
func.func @transposed(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x3x3xf32>, %b: tensor<8xf32>) -> tensor<1x8x32x32xf32> {
  %0 = tt.conv_transpose2d %x, %w bias %b strides [2, 2] pads [1, 1, 1, 1] output_padding [1, 1] groups 2 activation <relu>
    : (tensor<1x8x16x16xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>) -> tensor<1x8x32x32xf32>
  return %0 : tensor<1x8x32x32xf32>
}
