// What cannot be encoded is refused where it stands.
// RUN: ttc-translate --tile-to-program %s --split-input-file --verify-diagnostics -o %t

// expected-error @below {{expected the module to have a device in 'tile.device'}}
module {
}

// -----

#device = #tile.device<"n150", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
  l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16, dramBanks = 12,
  dramBankBytes = 1073741824, dramAlignment = 32>
module attributes {tile.device = #device} {
  // expected-error @below {{expected a buffer with an address (see plan-memory)}}
  tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
}

// -----

#device = #tile.device<"n150", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
  l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16, dramBanks = 12,
  dramBankBytes = 1073741824, dramAlignment = 32>
module attributes {tile.device = #device} {
  tile.program @p grid 1x1 kind "t" hifi2 macs 0 {
    // expected-error @below {{expected a circular buffer with an address (see tile-allocate-cbs)}}
    %a = tile.cb "a" bf16 page 2048 pages 1
  }
}

// -----

#device = #tile.device<"n150", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
  l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16, dramBanks = 12,
  dramBankBytes = 1073741824, dramAlignment = 32>
module attributes {tile.device = #device} {
  tile.program @p grid 1x1 kind "t" hifi2 macs 0 {
    %s = tile.semaphore
    tile.kernel reader {
      %x = tile.core_x
      // expected-error @below {{expected an operation that kernels have, but got 'arith.divui'}}
      %y = arith.divui %x, %x : index
      tile.sem_set sem(%s) value(%y)
    }
  }
}

// -----

#device = #tile.device<"n150", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
  l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16, dramBanks = 12,
  dramBankBytes = 1073741824, dramAlignment = 32>
module attributes {tile.device = #device} {
  tile.program @p grid 1x1 kind "t" hifi2 macs 0 {
    %s = tile.semaphore
    tile.kernel reader {
      %big = arith.constant 4294967296 : index
      // expected-error @below {{expected a 32-bit number in field 1 of 'sem_set', but got 4294967296}}
      tile.sem_set sem(%s) value(%big)
    }
  }
}

// -----

#device = #tile.device<"n150", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
  l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16, dramBanks = 12,
  dramBankBytes = 1073741824, dramAlignment = 32>
module attributes {tile.device = #device} {
  // expected-error @below {{expected only operations of the tile dialect, but got 'builtin.module'}}
  builtin.module {}
}
