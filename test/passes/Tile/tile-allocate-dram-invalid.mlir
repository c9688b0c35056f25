// RUN: ttc-opt %s --split-input-file --verify-diagnostics --tile-allocate-dram

// expected-error @below {{expected the module to have a device in 'tile.device'}}
module {
}

// -----

#device = #tile.device<"test", gridX = 2, gridY = 2, l1Base = 1024, l1End = 65536, l1Alignment = 16,
  dstTiles16 = 8, dstTiles32 = 4, maxCbs = 8, maxSemaphores = 4, dramBanks = 12,
  dramBankBytes = 4096, dramAlignment = 32>
module attributes {tile.device = #device} {
tile.buffer @a dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 size 2048
// expected-error @below {{needs DRAM up to byte 6144 of every bank, limit is 4096}}
tile.buffer @b dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 size 4096
}
