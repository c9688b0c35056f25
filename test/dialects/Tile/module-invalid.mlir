// One case for each constraint of buffers, windows, programs and commands.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{'tile.buffer' op expected positive extents and sizes, but got 0}}
tile.buffer @c1 l1 interleaved row_major bf16 0x8 shard 1x8 grid 1x1 page 16 size 16

// -----

// expected-error @below {{expected a shard of whole 32x32 tiles, but got 32x40}}
tile.buffer @c2 dram interleaved tile bf16 32x40 shard 32x40 grid 1x1 page 2048 size 2048

// -----

// expected-error @below {{expected a page of a bfp8_b tile, 1088 bytes, but got 1024}}
tile.buffer @c2 dram interleaved tile bfp8_b 32x32 shard 32x32 grid 1x1 page 1024 size 1024

// -----

// expected-error @below {{expected bf16 or fp32 in row-major order, but got bfp8_b}}
tile.buffer @c3 dram interleaved row_major bfp8_b 1x8 shard 1x8 grid 1x1 page 32 size 32

// -----

// expected-error @below {{expected a page of a shard's row, 128 bytes, but got 64}}
tile.buffer @c3 l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 64 size 4096

// -----

// expected-error @below {{expected an interleaved buffer with grid 1x1, but got 2x1}}
tile.buffer @c4 dram interleaved row_major bf16 1x8 shard 1x8 grid 2x1 page 32 size 32

// -----

// expected-error @below {{expected the shard of an interleaved buffer to be its 40x32, padded to whole pages, but got 96x32}}
tile.buffer @c4 dram interleaved tile bf16 40x32 shard 96x32 grid 1x1 page 2048 size 2048

// -----

// expected-error @below {{expected a sharded buffer in l1, but got dram}}
tile.buffer @c5 dram height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096

// -----

// expected-error @below {{expected 2x1 shards of 32x64 to hold 65x64}}
tile.buffer @c5 l1 height row_major bf16 65x64 shard 32x64 grid 2x1 page 128 size 4096

// -----

// expected-error @below {{expected page, address and size in dram to be multiples of 32, but got 48}}
tile.buffer @c6 dram interleaved row_major bf16 1x24 shard 1x24 grid 1x1 page 48 size 64

// -----

// expected-error @below {{expected a size of 4096 bytes or more, but got 2048}}
tile.buffer @c7 l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 2048

// -----

// expected-error @below {{expected 2048 i8 elements of data, but got 'tensor<2xi8>'}}
tile.buffer @c8 dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 size 2048 data dense<1> : tensor<2xi8>

// -----

// expected-error @below {{expected two extents, but got 3}}
tile.buffer @syntax dram interleaved tile bf16 1x32x32 shard 32x32 grid 1x1 page 2048 size 2048

// -----

// expected-error @below {{'tile.window' op expected positive extents, but got 0}}
tile.window @c1 n 1 out 4x4 in 4x4 kernel 3x3 stride 0x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1

// -----

// expected-error @below {{expected positive device figures, but got 0}}
module attributes {tile.device = #tile.device<"none", gridX = 0, gridY = 8, l1Base = 0, l1End = 1024,
    l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 2, maxSemaphores = 1, dramBanks = 12,
    dramBankBytes = 4096, dramAlignment = 32>} {}

// -----

// expected-error @below {{expected 'tile.device' to be a #tile.device attribute of a module}}
module attributes {tile.device = 1} {}

// -----

// expected-error @below {{unknown attribute 'tile.divice' of the tile dialect}}
module attributes {tile.divice = 1} {}

// -----

#device = #tile.device<"small", gridX = 2, gridY = 2, l1Base = 1024, l1End = 9216, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 2, maxSemaphores = 1, dramBanks = 12,
  dramBankBytes = 4096, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-error @below {{expected a grid in the 2x2 cores of small, but got 4x1}}
tile.program @c1 grid 4x1 kind "t" hifi2 macs 0 {
}
}

// -----

tile.program @c2 grid 1x1 kind "t" hifi2 macs 0 {
  tile.kernel reader {
  }
  // expected-error @below {{expected one reader kernel in a program}}
  tile.kernel reader {
  }
}

// -----

tile.program @c2 grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{expected only declarations and kernels in a program}}
  builtin.module {}
}

// -----

// expected-error @below {{expected 4 arguments for its cores, but got 3}}
tile.program @c3 grid 2x1 kind "t" hifi2 macs 0 args 2 per_core [1, 2, 3] {
}

// -----

#device = #tile.device<"small", gridX = 2, gridY = 2, l1Base = 1024, l1End = 9216, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 2, maxSemaphores = 1, dramBanks = 12,
  dramBankBytes = 4096, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-error @below {{needs 0 circular buffers and 2 semaphores, limit is 2 and 1}}
tile.program @c4 grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.semaphore
  %b = tile.semaphore
}
}

// -----

#device = #tile.device<"small", gridX = 2, gridY = 2, l1Base = 1024, l1End = 9216, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 2, maxSemaphores = 1, dramBanks = 12,
  dramBankBytes = 4096, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-error @below {{needs 8208 bytes of L1 per core for circular buffers, limit is 8192}}
tile.program @c5 grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 4096 pages 2
  %b = tile.cb "b" bf16 page 16 pages 1
}
}

// -----

tile.program @cb grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{'tile.cb' op expected pages of a positive multiple of 16 bytes, but got 1 pages of 24 bytes}}
  %a = tile.cb "a" bf16 page 24 pages 1
}

// -----

tile.program @cb grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{expected pages of whole bfp8_b tiles of 1088 bytes, but got 2048 bytes}}
  %a = tile.cb "a" bfp8_b page 2048 pages 1
}

// -----

// expected-note @below {{it is this one, of 4096 bytes}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.program @cb grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{expected the alias to be a sharded L1 buffer of 6144 bytes or more on a core}}
  %a = tile.cb "a" bf16 page 2048 pages 3 alias @x
}

// -----

tile.program @cb grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{expected an address that is a multiple of 16, but got 8}}
  %a = tile.cb "a" bf16 page 2048 pages 3 address 8
}

// -----

// expected-note @below {{the other is here}}
tile.commands "a" {
}
// expected-error @below {{expected one command stream in a module}}
tile.commands "b" {
}

// -----

tile.commands "a" {
  // expected-error @below {{is no command}}
  builtin.module {}
}

// -----

tile.window @w n 1 out 4x4 in 4x4 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.commands "a" {
  // expected-error @below {{expected @w to name a 'tile.program'}}
  tile.launch @w
}

// -----

tile.buffer @c dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 size 2048 data dense<1> : tensor<2048xi8>
tile.commands "a" {
  // expected-error @below {{expected @c to name a 'tile.buffer' that is no constant}}
  tile.free @c
}

// -----

tile.commands "a" {
  // expected-error @below {{expected @x to name a 'tile.buffer'}}
  tile.input "x" shape [1] permutation [0] @x
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.commands "a" {
  // expected-error @below {{expected a buffer of 2048x2, but got 64x64}}
  tile.input "x" shape [2, 64, 32] permutation [1, 2, 0] @x
}

// -----

tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.commands "a" {
  // expected-error @below {{expected a permutation of 2 dimensions}}
  tile.output "x" shape [64, 64] permutation [0, 0] @x
}

// -----

tile.commands "a" {
  // expected-error @below {{expected an output below 0, but got 0}}
  tile.yolo_head output 0 classes 80 anchors [1.0, 2.0] scale_x_y 1.0 input 32x32
}

// -----

tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.commands "a" {
  tile.output "x" shape [64, 64] permutation [0, 1] @x
  // expected-error @below {{expected pairs of anchors, but got 3 numbers}}
  tile.yolo_head output 0 classes 80 anchors [1.0, 2.0, 3.0] scale_x_y 1.0 input 32x32
}

// -----

// expected-error @below {{expected a hexadecimal fingerprint, but got 'n150'}}
module attributes {tile.device = #tile.device<"none", fingerprint = "n150", gridX = 8, gridY = 8,
    l1Base = 0, l1End = 1024, l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 2,
    maxSemaphores = 1, dramBanks = 12, dramBankBytes = 4096, dramAlignment = 32>} {}
