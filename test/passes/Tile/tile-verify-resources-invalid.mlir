// One case for each of V1 to V5.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics --tile-verify-resources

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-error @below {{expected 'x' to have an address}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{'a' at bytes 64000..66048 is not inside 1024..65536}}
  %a = tile.cb "a" bf16 page 2048 pages 1 address 64000
}
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-note @below {{the other is declared here}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 8192 size 4096
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{'a' at bytes 7168..9216 overlaps 'x' at 8192..12288}}
  %a = tile.cb "a" bf16 page 2048 pages 1 address 7168
  %x = tile.cb "x" bf16 page 2048 pages 1 address 8192 alias @x
}
tile.commands "m" {
  tile.launch @first
}
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{the other is declared here}}
  %a = tile.cb "a" bf16 page 2048 pages 1 address 2048
  // expected-error @below {{'b' at bytes 4080..6128 overlaps 'a' at 2048..4096}}
  %b = tile.cb "b" bf16 page 2048 pages 1 address 4080
}
tile.commands "m" {
  tile.launch @first
}
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-note @below {{the other is declared here}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 8192 size 4096
// expected-error @below {{'y' at bytes 10240..14336 overlaps 'x' at 8192..12288}}
tile.buffer @y l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 10240 size 4096
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  %x = tile.cb "x" bf16 page 2048 pages 1 address 8192 alias @x
  %y = tile.cb "y" bf16 page 2048 pages 1 address 10240 alias @y
}
tile.commands "m" {
  tile.launch @first
}
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 8192 size 4096
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  %x = tile.cb "x" bf16 page 2048 pages 1 address 8192 alias @x
}
tile.commands "m" {
  tile.launch @first
  // expected-note @below {{freed here}}
  tile.free @x
  // expected-error @below {{launches @first, which uses 'x' after it was freed}}
  tile.launch @first
}
}
