// One case for each constraint of instructions; I1 to I4 are those of all of them.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{expected to be in a 'tile.kernel'}}
tile.read_barrier

// -----

tile.program @i2 grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{in this kernel}}
  tile.kernel compute {
    // expected-error @below {{is not an instruction of a compute kernel}}
    tile.read_barrier
  }
}

// -----

tile.program @i2 grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{in this kernel}}
  tile.kernel writer {
    // expected-error @below {{is not an instruction of a writer kernel}}
    tile.dst_acquire
  }
}

// -----

tile.program @i3 grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel writer {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %b = scf.for %i = %c0 to %c1 step %c1 iter_args(%c = %a) -> !tile.cb {
      // expected-error @below {{expected operand #0 to be the result of 'tile.cb'}}
      tile.cb_push cb(%c) pages(%c1)
      scf.yield %c : !tile.cb
    }
  }
}

// -----

tile.program @i4 grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    // expected-error @below {{expected @none to name a 'tile.buffer'}}
    tile.read_pages cb(%a) cb_off(%c0) buffer(@none) row(%c0) col(%c0) nrows(%c0) ncols(%c0)
  }
}

// -----

tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.program @i4 grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected @x to name a 'tile.window'}}
    tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@x) row(%c0) nrows(%c1) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(0)
  }
}

// -----

tile.program @arg grid 1x1 kind "t" hifi2 macs 0 args 1 per_core [7] {
  tile.kernel reader {
    // expected-error @below {{expected an index below the program's 1 arguments, but got 1}}
    %a = tile.arg index(1)
  }
}

// -----

tile.program @cb grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{of this circular buffer}}
  %a = tile.cb "a" bf16 page 2048 pages 2
  tile.kernel reader {
    %c3 = arith.constant 3 : index
    // expected-error @below {{expected between 1 and 2 pages, but got 3}}
    tile.cb_reserve cb(%a) pages(%c3)
  }
}

// -----

tile.program @sem grid 2x1 kind "t" hifi2 macs 0 {
  %s = tile.semaphore
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    // expected-error @below {{expected x coordinates of the program's 2 cores, but got 2..2}}
    tile.sem_inc x(%c2) y(%c0) sem(%s) value(%c0)
  }
}

// -----

tile.program @mcast grid 2x2 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 2
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected y coordinates of the program's 2 cores, but got 1..0}}
    tile.mcast cb(%a) cb_off(%c0) nbytes(%c64) x0(%c0) y0(%c1) x1(%c1) y1(%c0)
  }
}

// -----

tile.program @mcast grid 2x2 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 2
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c24 = arith.constant 24 : index
    // expected-error @below {{expected nbytes to be a positive multiple of 16, but got 24}}
    tile.mcast cb(%a) cb_off(%c0) nbytes(%c24) x0(%c0) y0(%c0) x1(%c1) y1(%c1)
  }
}

// -----

tile.program @fill grid 2x2 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 2
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected a 16-bit pattern, but got 65536}}
    tile.fill cb(%a) cb_off(%c0) nbytes(%c64) value(65536)
  }
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.program @pages grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected page rows in 0..64, but got 1..65}}
    tile.read_pages cb(%a) cb_off(%c0) buffer(@x) row(%c1) col(%c0) nrows(%c64) ncols(%c1)
  }
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @w dram interleaved tile bf16 32x32 shard 32x32 grid 1x1 page 2048 size 2048 data dense<1> : tensor<2048xi8>
tile.program @pages grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected a buffer to write, but got a constant}}
    tile.write_pages cb(%a) cb_off(%c0) buffer(@w) row(%c0) col(%c0) nrows(%c1) ncols(%c1)
  }
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @t dram interleaved tile bf16 64x32 shard 64x32 grid 1x1 page 2048 size 2048
tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.program @window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected a row-major buffer, but got one of tiles}}
    tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@t) window(@w) row(%c0) nrows(%c1) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(0)
  }
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @x l1 height row_major bf16 60x64 shard 32x64 grid 2x1 page 128 size 4096
tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.program @window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected a buffer of the window's 64 input rows, but got 60}}
    tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@w) row(%c0) nrows(%c1) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(0)
  }
}

// -----

// expected-note @below {{the buffer is declared here}}
tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.program @window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %c2 = arith.constant 2 : index
    %c64 = arith.constant 64 : index
    // expected-error @below {{expected kernel taps in 0..9, but got 8..10}}
    tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@w) row(%c0) nrows(%c2) tap(%c8) ntaps(%c2) col_byte(%c0) nbytes(%c64) fill(0)
  }
}

// -----

tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.program @rows grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 1
  tile.kernel writer {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected nbytes to be a positive multiple of 2, but got 1}}
    tile.write_rows cb(%a) cb_off(%c0) cb_pitch(%c0) buffer(@x) row(%c0) nrows(%c1) col_byte(%c0) nbytes(%c1)
  }
}
