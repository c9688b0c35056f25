// RUN: ttc-opt %s --split-input-file --tt-plan-memory --verify-diagnostics | FileCheck %s

// Four of these do not fit in L1. The one that is read last cannot be read from DRAM, as a difference of sticks wants both
// operands in the same layout; the one before it can.
#l1 = #tt.layout<l1, height, grid = 8x8, shard = 448x512, row_major, bf16>
#tiled = #tt.layout<l1, height, grid = 8x8, shard = 448x512, tile, bfp8_b>
!host = tensor<1x128x224x512xf32>
!dev = tensor<1x128x224x512xf32, #l1>
!packed = tensor<1x128x224x512xf32, #tiled>
// CHECK-LABEL: @spill
// CHECK: tt.to_device %arg0 {{.*}}-> tensor<1x128x224x512xf32, #tt.layout<l1, height
// CHECK: tt.to_device %arg1 {{.*}}-> tensor<1x128x224x512xf32, #tt.layout<dram, interleaved
func.func @spill(%x: !host, %y: !host, %z: !host) -> (!host, !host) {
  %a = tt.to_device %x : (!host) -> !dev
  // expected-remark @+1 {{spilled to DRAM: 458752 bytes of L1 per core are needed at}}
  %b = tt.to_device %y : (!host) -> !dev
  %c = tt.to_device %z : (!host) -> !dev
  %d = tt.relu %c : (!dev) -> !dev
  %e = tt.sub %c, %d : (!dev, !dev) -> !dev
  %r = tt.reshard %b : (!dev) -> !packed
  %o = tt.from_device %r : (!packed) -> !host
  %f = tt.sub %a, %e : (!dev, !dev) -> !dev
  %p = tt.from_device %f : (!dev) -> !host
  return %o, %p : !host, !host
}

// -----

// Nothing that is alive can be anywhere else.
#l1 = #tt.layout<l1, height, grid = 8x8, shard = 320x1024, row_major, bf16>
!host = tensor<1x128x160x1024xf32>
!dev = tensor<1x128x160x1024xf32, #l1>
func.func @full(%x: !host, %y: !host) -> !host {
  %a = tt.to_device %x : (!host) -> !dev
  %b = tt.to_device %y : (!host) -> !dev
  // expected-error @+1 {{does not fit in L1 with the tensors that are alive, and no program that makes or reads one of these can do so from DRAM}}
  %e = tt.sub %a, %b : (!dev, !dev) -> !dev
  %f = tt.sub %a, %e : (!dev, !dev) -> !dev
  %g = tt.sub %b, %f : (!dev, !dev) -> !dev
  %p = tt.from_device %g : (!dev) -> !host
  return %p : !host
}
