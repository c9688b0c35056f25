// One case per constraint of tt.yolo_head.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<1x255x13x13xf32>) {
  // expected-error@+1 {{expected pairs of anchor extents, but got 3 numbers}}
  %0 = tt.yolo_head %x classes 80 anchors [10.0, 14.0, 23.0] scale_x_y 1.0 input_size [416, 416]
    : (tensor<1x255x13x13xf32>) -> tensor<1x255x13x13xf32>
  return
}

// -----

func.func @c2(%x: tensor<1x255x13x13xf32>) {
  // expected-error@+1 {{expected 170 channels for 2 anchors and 80 classes, but got 255}}
  %0 = tt.yolo_head %x classes 80 anchors [10.0, 14.0, 23.0, 4.0] scale_x_y 1.0 input_size [416, 416]
    : (tensor<1x255x13x13xf32>) -> tensor<1x255x13x13xf32>
  return
}
