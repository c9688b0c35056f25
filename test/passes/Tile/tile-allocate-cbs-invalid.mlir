// RUN: ttc-opt %s --split-input-file --verify-diagnostics --tile-allocate-cbs

// expected-error @below {{expected the module to have a device in 'tile.device'}}
module {
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-note @below {{the limit is live buffer "x" at address 3072}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 address 3072 size 4096
// Resident: it is the graph's input and nothing frees it.
// expected-error @below {{needs 2112 bytes of L1 per core for circular buffers, limit is 2048}}
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 16 pages 3
  %b = tile.cb "b" bf16 page 2048 pages 1
}
tile.commands "m" {
  tile.input "x" shape [64, 64] permutation [0, 1] @x
  tile.launch @first
}
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 65536, dramAlignment = 32>
module attributes {tile.device = #device} {
// expected-note @below {{this buffer}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.program @first grid 1x1 kind "t" hifi2 macs 0 {
  // expected-error @below {{expected the aliased buffer to have an address}}
  %a = tile.cb "a" bf16 page 2048 pages 2 alias @x
}
}
