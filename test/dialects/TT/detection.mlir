// Round trip of tt.yolo_head.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @heads
// CHECK: tt.yolo_head %{{.*}} classes 80 anchors [1.000000e+01, 1.400000e+01, 2.300000e+01, 2.700000e+01, 3.700000e+01, 5.800000e+01] scale_x_y 1.050000e+00 input_size [416, 416] :
// CHECK: tt.yolo_head %{{.*}} classes 2 anchors [1.000000e+00, 2.000000e+00] scale_x_y 2.000000e+00 input_size [64, 32] new_coords true data_format nhwc :
func.func @heads(%x: tensor<1x255x13x13xf32>, %y: tensor<1x2x1x7xf32>) {
  %0 = tt.yolo_head %x classes 80 anchors [10.0, 14.0, 23.0, 27.0, 37.0, 58.0] scale_x_y 1.05 input_size [416, 416]
    : (tensor<1x255x13x13xf32>) -> tensor<1x255x13x13xf32>
  %1 = tt.yolo_head %y classes 2 anchors [1.0, 2.0] scale_x_y 2.0 input_size [64, 32] new_coords true data_format nhwc
    : (tensor<1x2x1x7xf32>) -> tensor<1x2x1x7xf32>
  return
}
