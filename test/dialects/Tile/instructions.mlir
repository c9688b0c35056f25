// Every instruction, printed as it is read.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

tile.buffer @x l1 height row_major bf16 64x64 shard 32x64 grid 2x1 page 128 size 4096
tile.buffer @y l1 interleaved tile bf16 64x64 shard 64x64 grid 1x1 page 2048 size 2048
tile.window @w n 1 out 8x8 in 8x8 kernel 3x3 stride 1x1 pad 1, 1 dilation 1x1 in_dilation 1x1 in_repeat 1x1

// CHECK-LABEL: tile.program @all
tile.program @all grid 2x1 kind "test" hifi4 macs 0 {
  %a = tile.cb "a" bf16 page 2048 pages 4
  %b = tile.cb "b" bf16 page 2048 pages 4
  %s = tile.semaphore
  tile.kernel reader {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c64 = arith.constant 64 : index
    // CHECK: tile.cb_reserve cb(%a) pages(%c1)
    tile.cb_reserve cb(%a) pages(%c1)
    // CHECK: tile.cb_push cb(%a) pages(%c1)
    tile.cb_push cb(%a) pages(%c1)
    // CHECK: tile.cb_wait cb(%b) pages(%c1)
    tile.cb_wait cb(%b) pages(%c1)
    // CHECK: tile.cb_pop cb(%b) pages(%c1)
    tile.cb_pop cb(%b) pages(%c1)
    // CHECK: tile.sem_set sem(%sem) value(%c0)
    tile.sem_set sem(%s) value(%c0)
    // CHECK: tile.sem_wait sem(%sem) value(%c1)
    tile.sem_wait sem(%s) value(%c1)
    // CHECK: tile.sem_inc x(%c1) y(%c0) sem(%sem) value(%c1)
    tile.sem_inc x(%c1) y(%c0) sem(%s) value(%c1)
    // CHECK: tile.sem_mcast_inc x0(%c0) y0(%c0) x1(%c1) y1(%c0) sem(%sem) value(%c1)
    tile.sem_mcast_inc x0(%c0) y0(%c0) x1(%c1) y1(%c0) sem(%s) value(%c1)
    // CHECK: tile.read_pages cb(%a) cb_off(%c0) buffer(@y) row(%c0) col(%c1) nrows(%c2) ncols(%c1)
    tile.read_pages cb(%a) cb_off(%c0) buffer(@y) row(%c0) col(%c1) nrows(%c2) ncols(%c1)
    // CHECK: tile.write_pages cb(%a) cb_off(%c0) buffer(@y) row(%c0) col(%c1) nrows(%c2) ncols(%c1)
    tile.write_pages cb(%a) cb_off(%c0) buffer(@y) row(%c0) col(%c1) nrows(%c2) ncols(%c1)
    // CHECK: tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@w) row(%c0) nrows(%c2) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(65408)
    tile.read_window cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) window(@w) row(%c0) nrows(%c2) tap(%c0) ntaps(%c1) col_byte(%c0) nbytes(%c64) fill(65408)
    // CHECK: tile.write_rows cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) row(%c0) nrows(%c2) col_byte(%c0) nbytes(%c64)
    tile.write_rows cb(%a) cb_off(%c0) cb_pitch(%c64) buffer(@x) row(%c0) nrows(%c2) col_byte(%c0) nbytes(%c64)
    // CHECK: tile.mcast cb(%a) cb_off(%c0) nbytes(%c64) x0(%c0) y0(%c0) x1(%c1) y1(%c0) linked
    tile.mcast cb(%a) cb_off(%c0) nbytes(%c64) x0(%c0) y0(%c0) x1(%c1) y1(%c0) linked
    // CHECK: tile.mcast cb(%a) cb_off(%c0) nbytes(%c64) x0(%c0) y0(%c0) x1(%c1) y1(%c0){{$}}
    tile.mcast cb(%a) cb_off(%c0) nbytes(%c64) x0(%c0) y0(%c0) x1(%c1) y1(%c0)
    // CHECK: tile.fill cb(%a) cb_off(%c0) nbytes(%c64) value(16256)
    tile.fill cb(%a) cb_off(%c0) nbytes(%c64) value(16256)
    // CHECK: tile.read_barrier
    tile.read_barrier
    // CHECK: tile.write_barrier
    tile.write_barrier
    // CHECK: tile.copy_rows src(%b) src_off(%c0) src_pitch(%c64) dst(%a) dst_off(%c0) dst_pitch(%c64) nrows(%c2) nbytes(%c64)
    tile.copy_rows src(%b) src_off(%c0) src_pitch(%c64) dst(%a) dst_off(%c0) dst_pitch(%c64) nrows(%c2) nbytes(%c64)
  }
  tile.kernel compute {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c32 = arith.constant 32 : index
    %c128 = arith.constant 128 : index
    // CHECK: tile.dst_acquire
    tile.dst_acquire
    // CHECK: tile.matmul_block in0(%a) in0_tile(%c0) in0_pitch(%c2) in1(%b) in1_tile(%c0) in1_pitch(%c2) dst(%c0) rows(%c2) cols(%c2) inner(%c2)
    tile.matmul_block in0(%a) in0_tile(%c0) in0_pitch(%c2) in1(%b) in1_tile(%c0) in1_pitch(%c2) dst(%c0) rows(%c2) cols(%c2) inner(%c2)
    // CHECK: tile.copy_tiles cb(%a) tile(%c0) step(%c1) dst(%c0) count(%c4)
    tile.copy_tiles cb(%a) tile(%c0) step(%c1) dst(%c0) count(%c4)
    // CHECK: tile.eltwise mul in0(%a) tile0(%c0) step0(%c1) in1(%b) tile1(%c0) step1(%c0) dst(%c0) count(%c4) bcast(row) accumulate
    tile.eltwise mul in0(%a) tile0(%c0) step0(%c1) in1(%b) tile1(%c0) step1(%c0) dst(%c0) count(%c4) bcast(row) accumulate
    // CHECK: tile.eltwise_dst add cb(%b) tile(%c0) step(%c0) dst(%c0) count(%c4) bcast(none)
    tile.eltwise_dst add cb(%b) tile(%c0) step(%c0) dst(%c0) count(%c4) bcast(none)
    // CHECK: tile.sfpu mish dst(%c0) count(%c4){{$}}
    tile.sfpu mish dst(%c0) count(%c4)
    // CHECK: tile.sfpu leaky_relu dst(%c0) count(%c4) p0(1.000000e-01)
    tile.sfpu leaky_relu dst(%c0) count(%c4) p0(0.1)
    // CHECK: tile.sfpu clip dst(%c0) count(%c4) p1(0x7F800000)
    tile.sfpu clip dst(%c0) count(%c4) p0(0.0) p1(0x7F800000)
    // CHECK: tile.sfpu_binary max a(%c0) b(%c4) out(%c0) count(%c4)
    tile.sfpu_binary max a(%c0) b(%c4) out(%c0) count(%c4)
    // CHECK: tile.reduce sum col cb(%a) tile(%c0) step(%c1) count(%c4) scaler(%b) dst(%c0)
    tile.reduce sum col cb(%a) tile(%c0) step(%c1) count(%c4) scaler(%b) dst(%c0)
    // CHECK: tile.pool_rows max cb(%a) cb_off(%c0) cb_pitch(%c128) nrows(%c32) dst(%c0) tiles(%c2) scale(1.000000e+00)
    tile.pool_rows max cb(%a) cb_off(%c0) cb_pitch(%c128) nrows(%c32) dst(%c0) tiles(%c2) scale(1.0)
    // CHECK: tile.transpose_tile cb(%a) tile(%c0) dst(%c0)
    tile.transpose_tile cb(%a) tile(%c0) dst(%c0)
    // CHECK: tile.dst_commit
    tile.dst_commit
    // CHECK: tile.dst_wait
    tile.dst_wait
    // CHECK: tile.pack_tiles dst(%c0) count(%c4) cb(%b) tile(%c0) step(%c1) flags(relu)
    tile.pack_tiles dst(%c0) count(%c4) cb(%b) tile(%c0) step(%c1) flags(relu)
    // CHECK: tile.pack_rows dst(%c0) rows(%c1) cols(%c2) nrows(%c32) cb(%b) cb_off(%c0) cb_pitch(%c128) flags(none)
    tile.pack_rows dst(%c0) rows(%c1) cols(%c2) nrows(%c32) cb(%b) cb_off(%c0) cb_pitch(%c128) flags(none)
    // CHECK: tile.dst_release
    tile.dst_release
    // CHECK: tile.tilize in(%a) in_off(%c0) in_pitch(%c128) out(%b) out_tile(%c0) out_pitch(%c2) rows(%c1) cols(%c2)
    tile.tilize in(%a) in_off(%c0) in_pitch(%c128) out(%b) out_tile(%c0) out_pitch(%c2) rows(%c1) cols(%c2)
    // CHECK: tile.tilize_window in(%a) in_off(%c0) stick(%c128) window(@w) first_line(%c0) row(%c0) line(%c2) out(%b) out_tile(%c0) out_pitch(%c2) rows(%c1) cols(%c2)
    tile.tilize_window in(%a) in_off(%c0) stick(%c128) window(@w) first_line(%c0) row(%c0) line(%c2) out(%b) out_tile(%c0) out_pitch(%c2) rows(%c1) cols(%c2)
    // CHECK: tile.untilize in(%a) in_tile(%c0) in_pitch(%c2) out(%b) out_off(%c0) out_pitch(%c128) rows(%c1) cols(%c2)
    tile.untilize in(%a) in_tile(%c0) in_pitch(%c2) out(%b) out_off(%c0) out_pitch(%c128) rows(%c1) cols(%c2)
  }
}
