// RUN: ttc-opt %s --tt-lower-dtypes | FileCheck %s
// RUN: ttc-opt %s --tt-lower-dtypes="activation=f32 weights=bf16 bias=f32 fidelity=hifi4 fp32-dest=true" | FileCheck %s --check-prefix=FULL

// Arguments and results stay what they are; the convolution says how it is computed.
// CHECK-LABEL: @conv
// CHECK-SAME: (%[[X:.*]]: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
// CHECK: %[[W:.*]] = tt.constant dense<1.000000e+00> : tensor<4x4x1x1xf32> -> tensor<4x4x1x1xf32, #tt.storage<bfp8_b>>
// CHECK: %[[B:.*]] = tt.constant dense<2.000000e+00> : tensor<4xf32> -> tensor<4xf32, #tt.storage<bf16>>
// CHECK: %[[C:.*]] = tt.conv2d %[[X]], %[[W]] bias %[[B]] data_format nhwc compute <hifi2>
// CHECK-SAME: -> tensor<1x8x8x4xf32, #tt.storage<bf16>>
// CHECK: tt.relu %[[C]] compute <hifi2> : (tensor<1x8x8x4xf32, #tt.storage<bf16>>) -> tensor<1x8x8x4xf32>
// FULL-LABEL: @conv
// FULL: tensor<4x4x1x1xf32, #tt.storage<bf16>>
// FULL: tensor<4xf32, #tt.storage<f32>>
// FULL: compute <hifi4, fp32_dest = true>
// FULL-SAME: tensor<1x8x8x4xf32, #tt.storage<f32>>
func.func @conv(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  %w = tt.constant dense<1.0> : tensor<4x4x1x1xf32>
  %b = tt.constant dense<2.0> : tensor<4xf32>
  %0 = tt.conv2d %x, %w bias %b data_format nhwc : (tensor<1x8x8x4xf32>, tensor<4x4x1x1xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
  %1 = tt.relu %0 : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  return %1 : tensor<1x8x8x4xf32>
}

// A constant that is weights here and an addend there becomes two.
// CHECK-LABEL: @two_roles
// CHECK-DAG: %[[W:.*]] = tt.constant dense<1.000000e+00> : tensor<4x4xf32> -> tensor<4x4xf32, #tt.storage<bfp8_b>>
// CHECK-DAG: %[[A:.*]] = tt.constant dense<1.000000e+00> : tensor<4x4xf32> -> tensor<4x4xf32, #tt.storage<bf16>>
// CHECK: tt.matmul %{{.*}}, %[[W]]
// CHECK: tt.add %{{.*}}, %[[A]]
func.func @two_roles(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = tt.constant dense<1.0> : tensor<4x4xf32>
  %0 = tt.matmul %x, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.add %0, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// What the host reads stays f32 in its type: here what the head is made from.
// CHECK-LABEL: @head
// CHECK: tt.conv2d {{.*}} -> tensor<1x4x4x6xf32, #tt.storage<bf16>>
// CHECK: tt.transpose {{.*}} -> tensor<1x6x4x4xf32>
// CHECK: tt.yolo_head {{.*}} : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
func.func @head(%x: tensor<1x4x4x3xf32>, %w: tensor<6x3x1x1xf32>) -> tensor<1x6x4x4xf32> {
  %0 = tt.conv2d %x, %w data_format nhwc : (tensor<1x4x4x3xf32>, tensor<6x3x1x1xf32>) -> tensor<1x4x4x6xf32>
  %1 = tt.transpose %0 [0, 3, 1, 2] : (tensor<1x4x4x6xf32>) -> tensor<1x6x4x4xf32>
  %2 = tt.yolo_head %1 classes 1 anchors [1.0, 2.0] scale_x_y 1.0 input_size [32, 32] : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
  return %2 : tensor<1x6x4x4xf32>
}
