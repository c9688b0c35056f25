// What the pass accepts, unchanged: reuse of freed bytes, an alias, a view inside another buffer.
// RUN: ttc-opt %s --tile-verify-resources | FileCheck %s

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// CHECK: tile.buffer @x {{.*}} address 8192
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 8192 size 4096
tile.buffer @view l1 height row_major bf16 32x64 shard 16x64 grid 2x1 page 128 address 10240 size 2048
tile.buffer @w dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 address 8192 size 2048 data dense<0> : tensor<2048xi8>
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  %x = tile.cb "x" bf16 page 2048 pages 2 address 8192 alias @x
  %v = tile.cb "v" bf16 page 2048 pages 1 address 10240 alias @view
  %a = tile.cb "a" bf16 page 2048 pages 1 address 1024
}
tile.program @second grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 4 address 8192
}
tile.commands "m" {
  tile.launch @first
  tile.free @x
  tile.free @view
  tile.launch @second
}
}
