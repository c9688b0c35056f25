// RUN: ttc-opt %s --tt-choose-layouts --tt-plan-memory | FileCheck %s

// Addresses for each result, a deallocation behind each last use; results stay.
// CHECK-LABEL: func.func @main
// CHECK: %[[IN:.*]] = tt.to_device {{.*}} {tt.addresses = array<i64: {{[0-9]+}}>}
// CHECK: %[[A:.*]] = tt.conv2d %[[IN]]{{.*}} {tt.addresses = array<i64: {{[0-9]+}}>}
// CHECK: tt.deallocate %[[IN]]
// CHECK: %[[B:.*]] = tt.relu %[[A]] {tt.addresses
// CHECK: tt.deallocate %[[A]]
// CHECK-NOT: tt.deallocate %[[B]]
// CHECK: tt.from_device %[[B]]
func.func @main(%arg0: tensor<1x8x8x128xf32>) -> tensor<1x8x8x128xf32> {
  %w = tt.constant dense<0.5> : tensor<128x128x1x1xf32>
  %1 = tt.conv2d %arg0, %w data_format nhwc : (tensor<1x8x8x128xf32>, tensor<128x128x1x1xf32>) -> tensor<1x8x8x128xf32>
  %2 = tt.relu %1 : (tensor<1x8x8x128xf32>) -> tensor<1x8x8x128xf32>
  return %2 : tensor<1x8x8x128xf32>
}
