// RUN: ttc-opt %s --split-input-file --tt-order-ops | FileCheck %s
// RUN: ttc-opt %s --split-input-file --tt-order-ops=device=p150 | FileCheck %s --check-prefix=LARGER

// Two wide tensors of 67 MB, each of which a pool makes narrow: one after the other they are never both there, of which
// the L1 of 64 cores holds 89 MB. That of a p150's 140 cores holds both.
!in = tensor<1x512x512x32xf32, #tt.storage<bf16>>
!wide = tensor<1x512x512x128xf32, #tt.storage<bf16>>
!narrow = tensor<1x256x256x128xf32, #tt.storage<bf16>>
// CHECK-LABEL: @branches
// CHECK: conv2d
// CHECK-NEXT: max_pool2d
// CHECK-NEXT: conv2d
// CHECK-NEXT: max_pool2d
// CHECK-NEXT: tt.add
// LARGER-LABEL: @branches
// LARGER: conv2d
// LARGER-NEXT: conv2d
// LARGER-NEXT: max_pool2d
// LARGER-NEXT: max_pool2d
func.func @branches(%x: !in) -> !narrow {
  %w = tt.constant dense<0.5> : tensor<128x32x1x1xf32> -> tensor<128x32x1x1xf32, #tt.storage<bfp8_b>>
  %a = tt.conv2d %x, %w data_format nhwc : (!in, tensor<128x32x1x1xf32, #tt.storage<bfp8_b>>) -> !wide
  %b = tt.conv2d %x, %w data_format nhwc : (!in, tensor<128x32x1x1xf32, #tt.storage<bfp8_b>>) -> !wide
  %c = tt.max_pool2d %a kernel [2, 2] strides [2, 2] data_format nhwc : (!wide) -> !narrow
  %d = tt.max_pool2d %b kernel [2, 2] strides [2, 2] data_format nhwc : (!wide) -> !narrow
  %e = tt.add %c, %d : (!narrow, !narrow) -> !narrow
  return %e : !narrow
}

// -----

// A chain has one order, however much it needs.
!in = tensor<1x512x512x32xf32, #tt.storage<bf16>>
!wide = tensor<1x512x512x256xf32, #tt.storage<bf16>>
// CHECK-LABEL: @chain
// CHECK: conv2d
// CHECK-NEXT: tt.relu
// CHECK-NEXT: tt.sigmoid
func.func @chain(%x: !in) -> !wide {
  %w = tt.constant dense<0.5> : tensor<256x32x1x1xf32> -> tensor<256x32x1x1xf32, #tt.storage<bfp8_b>>
  %a = tt.conv2d %x, %w data_format nhwc : (!in, tensor<256x32x1x1xf32, #tt.storage<bfp8_b>>) -> !wide
  %b = tt.relu %a : (!wide) -> !wide
  %c = tt.sigmoid %b : (!wide) -> !wide
  return %c : !wide
}
