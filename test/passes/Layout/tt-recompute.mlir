// RUN: ttc-opt %s --split-input-file --ttc-graph-pipeline --tt-choose-layouts --tt-minimize-reshards --tt-recompute | FileCheck %s

// %r waits for its second reader beside a tensor that fills L1 without it. It is made of a few channels in no time: twice,
// instead of going to DRAM and back.
// CHECK-LABEL: @residual
// CHECK: %[[X:.+]] = tt.to_device
// CHECK: %[[R:.+]] = tt.conv2d %[[X]], %{{.+}} data_format nhwc {{.*}}#tt.layout<l1
// CHECK: tt.conv2d %[[R]], {{.*}} pads
// CHECK: %[[AGAIN:.+]] = tt.conv2d %[[X]], {{.*}}#tt.layout<l1
// CHECK: tt.conv2d {{.*}} residual %[[AGAIN]]
func.func @residual(%x: tensor<1x32x256x256xf32>) -> tensor<1x64x256x256xf32> {
  %w1 = tt.constant dense<0.5> : tensor<128x32x1x1xf32>
  %w2 = tt.constant dense<0.5> : tensor<64x128x3x3xf32>
  %w3 = tt.constant dense<0.5> : tensor<480x64x1x1xf32>
  %w4 = tt.constant dense<0.5> : tensor<64x480x1x1xf32>
  %w5 = tt.constant dense<0.5> : tensor<128x64x1x1xf32>
  %w6 = tt.constant dense<0.5> : tensor<64x128x1x1xf32>
  %r = tt.conv2d %x, %w1 : (tensor<1x32x256x256xf32>, tensor<128x32x1x1xf32>) -> tensor<1x128x256x256xf32>
  %a = tt.conv2d %r, %w2 pads [1, 1, 1, 1] : (tensor<1x128x256x256xf32>, tensor<64x128x3x3xf32>) -> tensor<1x64x256x256xf32>
  %b = tt.conv2d %a, %w3 : (tensor<1x64x256x256xf32>, tensor<480x64x1x1xf32>) -> tensor<1x480x256x256xf32>
  %d = tt.conv2d %b, %w4 : (tensor<1x480x256x256xf32>, tensor<64x480x1x1xf32>) -> tensor<1x64x256x256xf32>
  %e = tt.conv2d %d, %w5 : (tensor<1x64x256x256xf32>, tensor<128x64x1x1xf32>) -> tensor<1x128x256x256xf32>
  %f = tt.add %e, %r : (tensor<1x128x256x256xf32>, tensor<1x128x256x256xf32>) -> tensor<1x128x256x256xf32>
  %g = tt.conv2d %f, %w6 : (tensor<1x128x256x256xf32>, tensor<64x128x1x1xf32>) -> tensor<1x64x256x256xf32>
  return %g : tensor<1x64x256x256xf32>
}

// -----

// Everything fits: nothing is made twice.
// CHECK-LABEL: @small
// CHECK-COUNT-3: tt.conv2d
// CHECK-NOT: tt.conv2d
func.func @small(%x: tensor<1x32x64x64xf32>) -> tensor<1x128x64x64xf32> {
  %w1 = tt.constant dense<0.5> : tensor<128x32x1x1xf32>
  %w2 = tt.constant dense<0.5> : tensor<64x128x3x3xf32>
  %w5 = tt.constant dense<0.5> : tensor<128x64x1x1xf32>
  %r = tt.conv2d %x, %w1 : (tensor<1x32x64x64xf32>, tensor<128x32x1x1xf32>) -> tensor<1x128x64x64xf32>
  %a = tt.conv2d %r, %w2 pads [1, 1, 1, 1] : (tensor<1x128x64x64xf32>, tensor<64x128x3x3xf32>) -> tensor<1x64x64x64xf32>
  %e = tt.conv2d %a, %w5 : (tensor<1x64x64x64xf32>, tensor<128x64x1x1xf32>) -> tensor<1x128x64x64xf32>
  %f = tt.add %e, %r : (tensor<1x128x64x64xf32>, tensor<1x128x64x64xf32>) -> tensor<1x128x64x64xf32>
  return %f : tensor<1x128x64x64xf32>
}
