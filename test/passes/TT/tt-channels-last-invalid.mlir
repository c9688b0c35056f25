// RUN: ttc-opt %s --tt-channels-last | FileCheck %s

// Where the original order has to come back, and where nothing should happen.

// A reshape fixes the order; the value is transposed once for both of its uses.
// CHECK-LABEL: @reshape
// CHECK: tt.conv2d {{.*}} data_format nhwc
// CHECK-NEXT: %[[T:.*]] = tt.transpose %{{.*}} [0, 3, 1, 2]
// CHECK-NEXT: tt.reshape %[[T]]
// CHECK-NOT: tt.transpose
// CHECK: return %{{.*}}, %[[T]]
func.func @reshape(%x: tensor<1x3x4x4xf32>, %w: tensor<4x3x1x1xf32>) -> (tensor<1x64xf32>, tensor<1x4x4x4xf32>) {
  %0 = tt.conv2d %x, %w : (tensor<1x3x4x4xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.reshape %0 : (tensor<1x4x4x4xf32>) -> tensor<1x64xf32>
  return %1, %0 : tensor<1x64xf32>, tensor<1x4x4x4xf32>
}

// No op with a wish: nothing changes.
// CHECK-LABEL: @elementwise_only
// CHECK-NEXT: tt.add %arg0, %arg1
// CHECK-NEXT: return
func.func @elementwise_only(%x: tensor<1x4x8x8xf32>, %y: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %0 = tt.add %x, %y : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %0 : tensor<1x4x8x8xf32>
}

// A transpose that matmul needs stays one transpose.
// CHECK-LABEL: @matmul
// CHECK-NEXT: %[[T:.*]] = tt.transpose %arg0 [0, 2, 1]
// CHECK-NEXT: tt.matmul %[[T]], %arg1
func.func @matmul(%x: tensor<2x3x4xf32>, %y: tensor<3x5xf32>) -> tensor<2x4x5xf32> {
  %0 = tt.transpose %x [0, 2, 1] : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %1 = tt.matmul %0, %y : (tensor<2x4x3xf32>, tensor<3x5xf32>) -> tensor<2x4x5xf32>
  return %1 : tensor<2x4x5xf32>
}

// A detection head is read by the host, in the order the model gave it.
// CHECK-LABEL: @yolo_head
// CHECK: %[[T:.*]] = tt.transpose %{{.*}} [0, 3, 1, 2]
// CHECK: tt.yolo_head %[[T]]
func.func @yolo_head(%x: tensor<1x3x4x4xf32>, %w: tensor<6x3x1x1xf32>) -> tensor<1x6x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x3x4x4xf32>, tensor<6x3x1x1xf32>) -> tensor<1x6x4x4xf32>
  %1 = tt.yolo_head %0 classes 1 anchors [1.0, 2.0] scale_x_y 1.0 input_size [32, 32] : (tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32>
  return %1 : tensor<1x6x4x4xf32>
}
