// RUN: ttc-opt %s --tile-allocate-dram | FileCheck %s

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// Behind what has an address, at multiples of 64; L1 is left alone.
// CHECK: tile.buffer @a {{.*}} address 288 size 32
tile.buffer @a dram interleaved row_major bf16 1x8 shard 1x8 grid 1x1 page 32 address 288 size 32
// CHECK: tile.buffer @b {{.*}} address 320 size 32
tile.buffer @b dram interleaved row_major bf16 1x8 shard 1x8 grid 1x1 page 32 size 32
// CHECK: tile.buffer @c {{.*}} address 384 size 32
tile.buffer @c dram interleaved row_major bf16 1x8 shard 1x8 grid 1x1 page 32 size 32
// CHECK: tile.buffer @x {{.*}} page 128 size 4096
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
}
