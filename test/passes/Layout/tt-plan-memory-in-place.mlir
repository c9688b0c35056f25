// RUN: ttc-opt %s --split-input-file --tt-plan-memory | FileCheck %s

#l1 = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
#other = #tt.layout<l1, height, grid = 8x2, shard = 64x64, tile, bf16>
!host = tensor<1x32x32x64xf32>
!dev = tensor<1x32x32x64xf32, #l1>
!moved = tensor<1x32x32x64xf32, #other>

// An elementwise result takes the place of an operand that nobody reads later.
// CHECK-LABEL: @chain
// CHECK: tt.to_device {{.*}} {tt.addresses = array<i64: [[AT:[0-9]+]]>}
// CHECK: tt.relu {{.*}} {tt.addresses = array<i64: [[AT]]>}
// CHECK: tt.sigmoid {{.*}} {tt.addresses = array<i64: [[AT]]>}
func.func @chain(%x: !host) -> !host {
  %a = tt.to_device %x : (!host) -> !dev
  %b = tt.relu %a : (!dev) -> !dev
  %c = tt.sigmoid %b : (!dev) -> !dev
  %p = tt.from_device %c : (!dev) -> !host
  return %p : !host
}

// -----

#l1 = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
#other = #tt.layout<l1, height, grid = 8x2, shard = 64x64, tile, bf16>
!host = tensor<1x32x32x64xf32>
!dev = tensor<1x32x32x64xf32, #l1>
!moved = tensor<1x32x32x64xf32, #other>

// Not where it is read later, or lies otherwise: %b has a place of its own beside %a, the sum that of %b, the last one its own.
// CHECK-LABEL: @read_later
// CHECK: tt.to_device {{.*}} {tt.addresses = array<i64: [[A:[0-9]+]]>}
// CHECK: tt.relu
// CHECK-NOT: array<i64: [[A]]>
// CHECK: {tt.addresses = array<i64: [[B:[0-9]+]]>}
// CHECK: tt.add {{.*}} {tt.addresses = array<i64: [[A]]>}
// CHECK: tt.sigmoid
// CHECK-NOT: array<i64: [[A]]>
// CHECK: tt.from_device
func.func @read_later(%x: !host) -> !host {
  %a = tt.to_device %x : (!host) -> !dev
  %b = tt.relu %a : (!dev) -> !dev
  %c = tt.add %a, %b : (!dev, !dev) -> !dev
  %d = tt.sigmoid %c : (!dev) -> !moved
  %p = tt.from_device %d : (!moved) -> !host
  return %p : !host
}

// -----

#l1 = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
!host = tensor<1x32x32x64xf32>
!dev = tensor<1x32x32x64xf32, #l1>

// A residual is overwritten, the input of a product is not: other columns are still made of it.
// CHECK-LABEL: @residual
// CHECK: tt.to_device {{.*}} {tt.addresses = array<i64: [[A:[0-9]+]]>}
// CHECK: tt.conv2d {{.*}}tt.addresses = array<i64: [[B:[0-9]+]]>
// CHECK: tt.conv2d {{.*}} residual {{.*}}tt.addresses = array<i64: [[A]]>
func.func @residual(%x: !host) -> !host {
  %w = tt.constant dense<0.5> : tensor<64x64x1x1xf32> -> tensor<64x64x1x1xf32, #tt.storage<bfp8_b>>
  %a = tt.to_device %x : (!host) -> !dev
  %b = tt.conv2d %a, %w data_format nhwc : (!dev, tensor<64x64x1x1xf32, #tt.storage<bfp8_b>>) -> !dev
  %c = tt.conv2d %b, %w residual %a data_format nhwc : (!dev, tensor<64x64x1x1xf32, #tt.storage<bfp8_b>>, !dev) -> !dev
  %p = tt.from_device %c : (!dev) -> !host
  return %p : !host
}
