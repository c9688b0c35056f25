// RUN: ttc-opt %s --split-input-file --tile-allocate-cbs | FileCheck %s

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1000, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 8192 size 4096

// One after the other from the base on, each at a multiple of 64; an old address is replaced. An
// alias lies where its buffer lies and takes no room.
// CHECK-LABEL: tile.program @first
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  // CHECK: tile.cb "a" bf16 page 16 pages 3 address 1024
  %a = tile.cb "a" bf16 page 16 pages 3 address 4096
  // CHECK: tile.cb "x" bf16 page 2048 pages 2 address 8192 alias @x
  %x = tile.cb "x" bf16 page 2048 pages 2 alias @x
  // CHECK: tile.cb "b" bf16 page 2048 pages 3 address 1088
  %b = tile.cb "b" bf16 page 2048 pages 3
}

// Buffer x is freed before this one is launched, so there is room up to the end.
// CHECK-LABEL: tile.program @second
tile.program @second grid 1x1 kind "t" hifi2 macs 0 {
  // CHECK: tile.cb "a" bf16 page 2048 pages 30 address 1024
  %a = tile.cb "a" bf16 page 2048 pages 30
}

tile.commands "m" {
  tile.launch @first
  tile.free @x
  tile.launch @second
}
}
