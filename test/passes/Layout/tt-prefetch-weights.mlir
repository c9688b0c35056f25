// RUN: ttc-opt %s --tt-choose-layouts --tt-prefetch-weights | FileCheck %s --check-prefixes=CHECK,BEFORE
// RUN: ttc-opt %s --tt-choose-layouts --tt-prefetch-weights --tt-plan-memory | FileCheck %s --check-prefixes=CHECK,AFTER
// RUN: ttc-opt %s --tt-choose-layouts --tt-prefetch-weights --tt-plan-memory --convert-tt-to-tile | FileCheck %s --check-prefix=TILE

// The first product has nobody before it; the second one's weights come with the first's program, which
// computes long after it has its own, to addresses that tt-plan-memory decides.
// CHECK-LABEL: func.func @main
// CHECK: tt.conv2d
// CHECK-NOT: tt.prefetch
// CHECK: tt.conv2d
// BEFORE-SAME: tt.prefetch = array<i64: 1>
// AFTER-SAME: tt.prefetch = array<i64: 1>, tt.prefetch_addresses = array<i64: {{[0-9]+, [0-9]+}}>

// The first program reads them behind its own; the second has none to read, and then they go.
// TILE-LABEL: tile.program @first
// TILE: tile.cb "next_weights" {{.*}} alias @[[$W:[a-z.]+]]
// TILE: tile.read_pages {{.*}}@second.weights
// TILE-LABEL: tile.program @second
// TILE: tile.cb "weights" {{.*}} alias @[[$W]]
// TILE-NOT: tile.read_pages
// TILE: tile.launch @first
// TILE: tile.launch @second
// TILE: tile.free @[[$W]]
func.func @main(%x: tensor<1x64x64x64xf32>) -> tensor<1x64x64x256xf32> {
  %v = tt.constant dense<0.5> : tensor<64x64x3x3xf32>
  %w = tt.constant dense<0.25> : tensor<256x64x1x1xf32>
  %1 = tt.conv2d %x, %v pads [1, 1, 1, 1] data_format nhwc activation <mish> : (tensor<1x64x64x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x64x64xf32> loc("first")
  %2 = tt.conv2d %1, %w data_format nhwc : (tensor<1x64x64x64xf32>, tensor<256x64x1x1xf32>) -> tensor<1x64x64x256xf32> loc("second")
  return %2 : tensor<1x64x64x256xf32>
}
