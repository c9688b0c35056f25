// Fused epilogues are taken apart; the convolution keeps the layer's name, the last node the output's.
// RUN: ttc-translate --export-onnx-text %s | FileCheck %s
// RUN: ttc-translate --export-onnx-text %s -o %t.textproto && ttc-translate --import-onnx %t.textproto | FileCheck %s --check-prefix=BACK
// RUN: ttc-translate --export-onnx %s -o %t.onnx && ttc-translate --import-onnx %t.onnx | FileCheck %s --check-prefix=BACK

// CHECK: op_type: "Conv"
// CHECK: op_type: "Mish"
// CHECK: op_type: "Add"
// CHECK: output: "y"
// CHECK: op_type: "Relu"
// CHECK: op_type: "Identity"
// CHECK: key: "ttc.yolo_head.head"
// CHECK-NEXT: value: "{\"anchors\":[1.0,2.0,3.0,4.0,5.0,6.0],\"classes\":2,\"input_size\":[64,64],\"new_coords\":false,\"scale_x_y\":1.05}"

// BACK: %[[C:.*]] = tt.conv2d %[[X:.*]], %[[W:.*]] strides [2, 2]
// BACK: %[[M:.*]] = tt.mish %[[C]]
// BACK: %[[A:.*]] = tt.add %[[M]], %
// BACK: %[[R:.*]] = tt.relu %[[A]]
// BACK: %[[H:.*]] = tt.yolo_head %[[R]] classes 2 anchors [1.000000e+00, {{.*}}] scale_x_y 1.050000e+00 input_size [64, 64]
// BACK: return %[[R]], %[[H]]

func.func @main(%x: tensor<1x4x16x16xf32> {tt.name = "x"}, %r: tensor<1x21x8x8xf32> {tt.name = "r"})
    -> (tensor<1x21x8x8xf32> {tt.name = "y"}, tensor<1x21x8x8xf32> {tt.name = "head"}) {
  %w = tt.constant dense<0.25> : tensor<21x4x1x1xf32>
  %0 = tt.conv2d %x, %w residual %r strides [2, 2] activation <mish> post_activation <relu>
    : (tensor<1x4x16x16xf32>, tensor<21x4x1x1xf32>, tensor<1x21x8x8xf32>) -> tensor<1x21x8x8xf32>
  %1 = tt.yolo_head %0 classes 2 anchors [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] scale_x_y 1.05 input_size [64, 64]
    : (tensor<1x21x8x8xf32>) -> tensor<1x21x8x8xf32>
  return %0, %1 : tensor<1x21x8x8xf32>, tensor<1x21x8x8xf32>
}
