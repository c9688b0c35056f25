// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

module attributes {tile.device = #tile.device<"n150", fingerprint = "3", gridX = 8, gridY = 8,
    l1Base = 103424, l1End = 1499136, l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4,
    maxCbs = 32, maxSemaphores = 16, dramBanks = 12, dramBankBytes = 1073741824,
    dramAlignment = 32>} {
// CHECK: tile.device = #tile.device<"n150", fingerprint = "3", gridX = 8

// CHECK: tile.buffer @x l1 height row_major bf16 2048x64 shard 32x64 grid 8x8 page 128 address 1400832 size 4096
tile.buffer @x l1 height row_major bf16 2048x64 shard 32x64 grid 8x8 page 128 address 1400832 size 4096
// CHECK: tile.buffer @y l1 block tile bfp8_b 64x64 shard 32x32 grid 2x2 col_major page 1088 size 1088
tile.buffer @y l1 block tile bfp8_b 64x64 shard 32x32 grid 2x2 col_major page 1088 size 1088
// CHECK: tile.buffer @w dram interleaved tile bf16 20x20 shard 32x32 grid 1x1 page 2048 size 2048 data dense<1> : tensor<2048xi8>
tile.buffer @w dram interleaved tile bf16 20x20 shard 32x32 grid 1x1 page 2048 size 2048 data dense<1> : tensor<2048xi8>

// CHECK: tile.window @w0 n 1 out 52x52 in 104x104 kernel 3x3 stride 2x2 pad 1, -1 dilation 1x1 in_dilation 1x1 in_repeat 1x2
tile.window @w0 n 1 out 52x52 in 104x104 kernel 3x3 stride 2x2 pad 1, -1 dilation 1x1
  in_dilation 1x1 in_repeat 1x2

// CHECK-LABEL: tile.program @conv7 grid 2x1 kind "conv2d" hifi2 fp32_dest macs 1000 reshard args 2 per_core [1, 2, 3, 4] {
tile.program @conv7 grid 2x1 kind "conv2d" hifi2 fp32_dest macs 1000 reshard args 2 per_core [1, 2, 3, 4] {
  // CHECK: %act = tile.cb "act" bf16 page 2048 pages 12
  %act = tile.cb "act" bf16 page 2048 pages 12
  // CHECK: %out = tile.cb "out" bfp8_b page 1088 pages 1 address 1400832 alias @y
  %out = tile.cb "out" bfp8_b page 1088 pages 1 address 1400832 alias @y
  // CHECK: %sem = tile.semaphore
  %s = tile.semaphore
  // CHECK: tile.kernel reader {
  tile.kernel reader {
    // CHECK: tile.core_x
    // CHECK: tile.core_y
    // CHECK: tile.core_index
    // CHECK: tile.arg index(1)
    %x = tile.core_x
    %y = tile.core_y
    %k = tile.core_index
    %a = tile.arg index(1)
    tile.sem_set sem(%s) value(%a)
  }
  tile.kernel compute {
    tile.dst_acquire
  }
}

// CHECK-LABEL: tile.commands "net" {
tile.commands "net" {
  // CHECK: tile.input "input" shape [1, 64, 32, 64] permutation [0, 2, 3, 1] @x
  tile.input "input" shape [1, 64, 32, 64] permutation [0, 2, 3, 1] @x
  // CHECK: tile.launch @conv7
  tile.launch @conv7
  // CHECK: tile.free @x
  tile.free @x
  // CHECK: tile.output "out" shape [64, 64] permutation [0, 1] @y
  tile.output "out" shape [64, 64] permutation [0, 1] @y
  // CHECK: tile.yolo_head output 0 classes 80 anchors [1.200000e+01, 1.600000e+01] scale_x_y 1.250000e+00 new_coords input 608x416
  tile.yolo_head output 0 classes 80 anchors [12.0, 16.0] scale_x_y 1.25 new_coords input 608x416
}
}
