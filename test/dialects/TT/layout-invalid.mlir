// One case per constraint of layouts and of the ops that move tensors between them.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

// C1
// expected-error@+1 {{expected tile or row_major, but got 'grid'}}
func.func private @interleaved(tensor<64x64xf32, #tt.layout<dram, interleaved, grid = 1x1, tile, bf16>>)

// -----

// C2
// expected-error@+1 {{expected positive grid and shard extents, but got grid 0x1, shard 32x32}}
func.func private @empty_grid(tensor<64x64xf32, #tt.layout<l1, height, grid = 0x1, shard = 32x32, tile, bf16>>)

// -----

// C3
// expected-error@+1 {{expected shard extents that are multiples of 32 in tile order, but got 32x40}}
func.func private @tile_multiple(tensor<32x40xf32, #tt.layout<l1, height, grid = 1x1, shard = 32x40, tile, bf16>>)

// -----

// C4
// expected-error@+1 {{expected shard columns that are a multiple of 8 in row_major order, but got 3}}
func.func private @stick_multiple(tensor<32x3xf32, #tt.layout<l1, height, grid = 1x1, shard = 32x3, row_major, bf16>>)

// -----

// C5
// expected-error@+1 {{expected f32 or bf16 in row_major order, but got bfp8_b}}
func.func private @block_sticks(tensor<32x32xf32, #tt.layout<dram, interleaved, row_major, bfp8_b>>)

// -----

// C6
// expected-error@+1 {{expected element type f32 beside #tt.layout, but got 'bf16'}}
func.func private @element_type(tensor<32x32xbf16, #tt.layout<dram, interleaved, tile, bf16>>)

// -----

// C6
// expected-error@+1 {{expected a static shape beside #tt.layout}}
func.func private @dynamic(tensor<?x32xf32, #tt.layout<dram, interleaved, tile, bf16>>)

// -----

// C6
// expected-error@+1 {{expected element type f32 beside #tt.storage, but got 'bf16'}}
func.func private @storage(tensor<32x32xbf16, #tt.storage<bf16>>)

// -----

// C7
// expected-error@+1 {{height sharding of a 100x64 matrix in shards of 32x64 gives 4x1 shards, but grid 3x1 takes 3x1}}
func.func private @too_few_cores(tensor<2x50x64xf32, #tt.layout<l1, height, grid = 3x1, shard = 32x64, tile, bf16>>)

// -----

// C7
// expected-error@+1 {{height sharding of a 64x64 matrix in shards of 32x32 gives 2x2 shards, but grid 2x2 takes 4x1}}
func.func private @cols_cut(tensor<64x64xf32, #tt.layout<l1, height, grid = 2x2, shard = 32x32, tile, bf16>>)

// -----

// C7
// expected-error@+1 {{block sharding of a 64x96 matrix in shards of 32x32 gives 2x3 shards, but grid 3x2 takes 3x2}}
func.func private @col_major(tensor<64x96xf32, #tt.layout<l1, block, grid = 3x2, shard = 32x32, tile, bf16, col_major>>)

// -----

// expected-error@+1 {{expected a sharding, but got 'rows'}}
func.func private @keyword(tensor<64x96xf32, #tt.layout<l1, rows, grid = 3x2, shard = 32x32, tile, bf16>>)

// -----

// expected-error@+1 {{expected two extents after 'grid =', but got 3}}
func.func private @grid_rank(tensor<64x96xf32, #tt.layout<l1, height, grid = 3x2x1, shard = 32x32, tile, bf16>>)

// -----

!device = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @reshard_c1(%x: tensor<64x64xf32>) {
  // expected-error@+1 {{expected a layout on the input, but got 'tensor<64x64xf32>'}}
  %0 = tt.reshard %x : (tensor<64x64xf32>) -> !device
  return
}

// -----

!device = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
!wrong = tensor<32x128xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @reshard_c2(%x: !wrong) {
  // expected-error@+1 {{expected a result of shape [32, 128], but got [64, 64]}}
  %0 = tt.reshard %x : (!wrong) -> !device
  return
}

// -----

!device = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @to_device_c1(%x: !device) {
  // expected-error@+1 {{expected no layout on the input, but got}}
  %0 = tt.to_device %x : (!device) -> !device
  return
}

// -----

!device = tensor<64x32xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @to_device_c2(%x: tensor<64x32xf32>) {
  // expected-error@+1 {{expected a result of shape [32, 64], but got [64, 32]}}
  %0 = tt.to_device %x permutation [1, 0] : (tensor<64x32xf32>) -> !device
  return
}

// -----

!device = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @from_device_c1(%x: !device) {
  // expected-error@+1 {{expected no layout on the result, but got}}
  %0 = tt.from_device %x : (!device) -> !device
  return
}

// -----

!device = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
func.func @from_device_c2(%x: !device) {
  // expected-error@+1 {{expected a permutation of 2 dims, but got [0, 2]}}
  %0 = tt.from_device %x permutation [0, 2] : (!device) -> tensor<64x64xf32>
  return
}

// -----

func.func @deallocate_c1(%x: tensor<64x64xf32>) {
  // expected-error@+1 {{expected a layout on the operand, but got 'tensor<64x64xf32>'}}
  tt.deallocate %x : tensor<64x64xf32>
  return
}

// -----

// C1
// expected-error@+1 {{an interleaved layout has no grid, shard or col_major, but got grid 1x1, shard 0x0, col_major}}
func.func private @interleaved_order(tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16, col_major>>)
