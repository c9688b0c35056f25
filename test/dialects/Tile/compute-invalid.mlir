// One case for each constraint of the instructions of compute kernels.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

tile.program @dst grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c3 = arith.constant 3 : index
    // expected-error @below {{expected Dst tiles in 0..8, but got 0..9}}
    tile.matmul_block in0(%a) in0_tile(%c0) in0_pitch(%c3) in1(%a) in1_tile(%c0) in1_pitch(%c3) dst(%c0) rows(%c3) cols(%c3) inner(%c3)
  }
}

// -----

tile.program @dst grid 1x1 kind "t" hifi2 fp32_dest macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c3 = arith.constant 3 : index
    %c2 = arith.constant 2 : index
    // expected-error @below {{expected Dst tiles in 0..4 (fp32_dest), but got 3..5}}
    tile.pack_tiles dst(%c3) count(%c2) cb(%a) tile(%c0) step(%c2) flags(none)
  }
}

// -----

tile.program @accumulate grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected accumulate with mul only, but got add}}
    tile.eltwise add in0(%a) tile0(%c0) step0(%c1) in1(%a) tile1(%c0) step1(%c1) dst(%c0) count(%c1) bcast(none) accumulate
  }
}

// -----

tile.program @sticks grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{of this circular buffer}}
  %a = tile.cb "a" bfp8_b page 1088 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected row-major sticks in bf16 or fp32, but got bfp8_b}}
    tile.tilize in(%a) in_off(%c0) in_pitch(%c1) out(%a) out_tile(%c0) out_pitch(%c1) rows(%c1) cols(%c1)
  }
}

// -----

tile.program @pool grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c33 = arith.constant 33 : index
    // expected-error @below {{expected nrows between 1 and 32, but got 33}}
    tile.pool_rows max cb(%a) cb_off(%c0) cb_pitch(%c0) nrows(%c33) dst(%c0) tiles(%c1) scale(1.0)
  }
}

// -----

tile.program @pack grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c33 = arith.constant 33 : index
    // expected-error @below {{expected nrows between 1 and 32, but got 33}}
    tile.pack_rows dst(%c0) rows(%c1) cols(%c1) nrows(%c33) cb(%a) cb_off(%c0) cb_pitch(%c0) flags(none)
  }
}

// -----

tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.program @tilize_window grid 1x1 kind "t" hifi2 macs 0 {
  // expected-note @below {{of this circular buffer}}
  %a = tile.cb "a" bfp8_b page 1088 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{bfp8_b}}
    tile.tilize_window in(%a) in_off(%c0) stick(%c1) window(@w) first_line(%c0) row(%c0) line(%c0) out(%a) out_tile(%c0) out_pitch(%c1) rows(%c1) cols(%c1)
  }
}

// -----

tile.program @tilize_window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected @w to name a 'tile.window'}}
    tile.tilize_window in(%a) in_off(%c0) stick(%c1) window(@w) first_line(%c0) row(%c0) line(%c0) out(%a) out_tile(%c0) out_pitch(%c1) rows(%c1) cols(%c1)
  }
}

// -----

// expected-note @below {{the window}}
tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 2, 2 dilation 1x2 in_dilation 1x1 in_repeat 1x1
tile.program @tilize_window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error @below {{expected a window of width dilation 1 over an input that is neither dilated nor repeated}}
    tile.tilize_window in(%a) in_off(%c0) stick(%c1) window(@w) first_line(%c0) row(%c0) line(%c0) out(%a) out_tile(%c0) out_pitch(%c1) rows(%c1) cols(%c1)
  }
}

// -----

tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1
tile.program @tilize_window grid 1x1 kind "t" hifi2 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 16
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    // expected-error @below {{expected a kernel row in 0..3, but got 3}}
    tile.tilize_window in(%a) in_off(%c0) stick(%c1) window(@w) first_line(%c0) row(%c0) line(%c3) out(%a) out_tile(%c0) out_pitch(%c1) rows(%c1) cols(%c1)
  }
}
