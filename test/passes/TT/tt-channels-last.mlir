// RUN: ttc-opt %s --tt-channels-last | FileCheck %s

// One transpose in, one out; all between work in NHWC.
// CHECK-LABEL: @network
// CHECK: %[[T:.*]] = tt.transpose %arg0 [0, 2, 3, 1]
// CHECK-NEXT: %[[C:.*]] = tt.conv2d %[[T]], %arg1 strides [2, 2] pads [1, 1, 1, 1] data_format nhwc
// CHECK-SAME: -> tensor<1x4x4x4xf32>
// CHECK-NEXT: %[[M:.*]] = tt.mish %[[C]]
// CHECK-NEXT: %[[P:.*]] = tt.max_pool2d %[[M]] {{.*}} data_format nhwc
// CHECK-NEXT: %[[U:.*]] = tt.upsample nearest %[[P]] {{.*}} data_format nhwc
// CHECK-NEXT: %[[CC:.*]] = tt.concat %[[M]], %[[U]] axis 3
// CHECK-NEXT: %[[S:.*]]:2 = tt.split %[[CC]] axis 3 sizes [4, 4]
// CHECK-NEXT: %[[A:.*]] = tt.add %[[S]]#0, %[[S]]#1
// CHECK-NEXT: %[[SL:.*]] = tt.slice %[[A]] [0, 0, 0, 2] to [1, 4, 4, 4] step [1, 1, 1, 1]
// CHECK-NEXT: %[[PD:.*]] = tt.pad %[[SL]] low [0, 1, 2, 0] high [0, 0, 0, 0]
// CHECK-NEXT: %[[SM:.*]] = tt.softmax %[[PD]] axis 3
// CHECK-NEXT: %[[R:.*]] = tt.transpose %[[SM]] [0, 3, 1, 2]
// CHECK-NEXT: return %[[R]]
func.func @network(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x2x5x6xf32> {
  %0 = tt.conv2d %x, %w strides [2, 2] pads [1, 1, 1, 1] : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.mish %0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.max_pool2d %1 kernel [2, 2] strides [2, 2] : (tensor<1x4x4x4xf32>) -> tensor<1x4x2x2xf32>
  %3 = tt.upsample nearest %2 scales [2, 2] : (tensor<1x4x2x2xf32>) -> tensor<1x4x4x4xf32>
  %4 = tt.concat %1, %3 axis 1 : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x8x4x4xf32>
  %5:2 = tt.split %4 axis 1 sizes [4, 4] : (tensor<1x8x4x4xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>)
  %6 = tt.add %5#0, %5#1 : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %7 = tt.slice %6 [0, 2, 0, 0] to [1, 4, 4, 4] step [1, 1, 1, 1] : (tensor<1x4x4x4xf32>) -> tensor<1x2x4x4xf32>
  %8 = tt.pad %7 low [0, 0, 1, 2] high [0, 0, 0, 0] value 0.0 : (tensor<1x2x4x4xf32>) -> tensor<1x2x5x6xf32>
  %9 = tt.softmax %8 axis 1 : (tensor<1x2x5x6xf32>) -> tensor<1x2x5x6xf32>
  return %9 : tensor<1x2x5x6xf32>
}

// A graph that was NHWC with explicit transposes around each NCHW convolution keeps none.
// CHECK-LABEL: @already_last
// CHECK-NEXT: tt.conv2d %arg0, %arg1 data_format nhwc
// CHECK-NEXT: tt.relu
// CHECK-NEXT: tt.conv2d {{.*}} data_format nhwc
// CHECK-NEXT: return
func.func @already_last(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x8x8x4xf32> {
  %0 = tt.transpose %x [0, 3, 1, 2] : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %1 = tt.conv2d %0, %w : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  %2 = tt.transpose %1 [0, 2, 3, 1] : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
  %3 = tt.relu %2 : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  %4 = tt.transpose %3 [0, 3, 1, 2] : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %5 = tt.conv2d %4, %w : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  %6 = tt.transpose %5 [0, 2, 3, 1] : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
  return %6 : tensor<1x8x8x4xf32>
}

// The constants of a broadcast are permuted themselves, a lower rank is filled up first.
// CHECK-LABEL: @broadcast
// CHECK-DAG: %[[S:.*]] = tt.constant dense<{{\[\[\[\[}}1.000000e+00, 2.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: tt.mul %{{.*}}, %[[S]] : (tensor<1x8x8x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x8x8x2xf32>
func.func @broadcast(%x: tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32> {
  %s = tt.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %0 = tt.max_pool2d %x kernel [3, 3] pads [1, 1, 1, 1] : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %1 = tt.mul %0, %s : (tensor<1x2x8x8xf32>, tensor<2x1x1xf32>) -> tensor<1x2x8x8xf32>
  return %1 : tensor<1x2x8x8xf32>
}

// A classifier's end: nothing has to move when all but one extent are 1, nor when a reduction drops
// the spatial dims.
// CHECK-LABEL: @classifier
// CHECK: %[[G:.*]] = tt.global_avg_pool %{{.*}} data_format nhwc
// CHECK-NEXT: %[[R:.*]] = tt.reshape %[[G]] : (tensor<1x1x1x4xf32>) -> tensor<1x4x1x1xf32>
// CHECK-NEXT: %[[F:.*]] = tt.reshape %[[R]]
// CHECK: %[[M:.*]] = tt.reduce mean %{{.*}} axes [1, 2] : (tensor<1x8x8x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: return %[[F]], %[[M]]
func.func @classifier(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x1x1xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %0 = tt.conv2d %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x8x8xf32>
  %1 = tt.global_avg_pool %0 : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  %2 = tt.reshape %1 : (tensor<1x4x1x1xf32>) -> tensor<1x4xf32>
  %3 = tt.reduce mean %0 axes [2, 3] : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return %2, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}

// batch_norm and a residual follow their input's order.
// CHECK-LABEL: @norm_and_residual
// CHECK: tt.batch_norm {{.*}} axis 3
// CHECK: tt.conv2d %[[X:.*]], %arg1 residual %{{.*}} data_format nhwc
func.func @norm_and_residual(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32> {
  %c = tt.constant dense<1.0> : tensor<4xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  %1 = tt.batch_norm %0, %c, %c, %c, %c epsilon 1.0 : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  %2 = tt.conv2d %1, %w residual %0 : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %2 : tensor<1x4x8x8xf32>
}

// Graph inputs of rank 4 are images, even where no convolution says so.
// CHECK-LABEL: func @images
// CHECK: tt.concat {{.*}} axis 3 : (tensor<1x8x8x3xf32>, tensor<1x8x8x5xf32>) -> tensor<1x8x8x8xf32>
func.func @images(%x: tensor<1x3x8x8xf32>, %y: tensor<1x5x8x8xf32>) -> tensor<1x8x8x8xf32> {
  %0 = tt.concat %x, %y axis 1 : (tensor<1x3x8x8xf32>, tensor<1x5x8x8xf32>) -> tensor<1x8x8x8xf32>
  return %0 : tensor<1x8x8x8xf32>
}
