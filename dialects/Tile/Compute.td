//===- Compute.td - unpack, math and pack ---------------------------------===//
//
// Dst is the tile register file between math and pack: `dst_acquire` .. math ..
// `dst_commit`, `dst_wait` .. pack .. `dst_release`. One half is in use by each
// side, so a program addresses the tiles of a half, fewer with fp32_dest.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TILE_COMPUTE_TD
#define TTC_DIALECTS_TILE_COMPUTE_TD

include "dialects/Tile/TileBase.td"

class Tile_DstInstr<string isa, string mnemonic, dag fields> : Tile_Instr<isa, mnemonic, fields> {
  let hasVerifier = 1;
}

def Tile_DstAcquireOp : Tile_Instr<"DstAcquire", "dst_acquire", (ins)> {
  let summary = "takes a free half of Dst for math, zeroed";
  let description = [{
    Example: `tile.dst_acquire`
  }];
}
def Tile_DstCommitOp : Tile_Instr<"DstCommit", "dst_commit", (ins)> {
  let summary = "hands the half of Dst from math to pack";
  let description = [{
    Example: `tile.dst_commit`
  }];
}
def Tile_DstWaitOp : Tile_Instr<"DstWait", "dst_wait", (ins)> {
  let summary = "waits for a committed half of Dst to pack";
  let description = [{
    Example: `tile.dst_wait`
  }];
}
def Tile_DstReleaseOp : Tile_Instr<"DstRelease", "dst_release", (ins)> {
  let summary = "gives the packed half of Dst back to math";
  let description = [{
    Example: `tile.dst_release`
  }];
}

//===----------------------------------------------------------------------===//
// Math. (C1) everywhere: where known, the Dst tiles an op touches are those of
// one half: below 8 (bf16) or 4 (fp32_dest) on a device with 16.
//===----------------------------------------------------------------------===//

def Tile_MatmulBlockOp : Tile_DstInstr<"MatmulBlock", "matmul_block",
    (ins Tile_CbRef:$in0, Tile_Idx:$in0_tile, Tile_Idx:$in0_pitch, Tile_CbRef:$in1,
         Tile_Idx:$in1_tile, Tile_Idx:$in1_pitch, Tile_Idx:$dst, Tile_Idx:$rows, Tile_Idx:$cols,
         Tile_Idx:$inner)> {
  let summary = "multiplies a block of tiles into Dst";
  let description = [{
    dst[r*cols+c] += sum over k < inner of in0[in0_tile + r*in0_pitch + k] x in1[in1_tile + k*in1_pitch + c].
    - (C1) dst + rows * cols fits Dst.

    Example:
    ```mlir
    tile.matmul_block in0(%act) in0_tile(%c0) in0_pitch(%c6) in1(%wgt) in1_tile(%c0) in1_pitch(%c2)
      dst(%c0) rows(%c2) cols(%c2) inner(%c6)
    ```
  }];
}

def Tile_CopyTilesOp : Tile_DstInstr<"CopyTiles", "copy_tiles",
    (ins Tile_CbRef:$cb, Tile_Idx:$tile, Tile_Idx:$step, Tile_Idx:$dst, Tile_Idx:$count)> {
  let summary = "copies tiles to Dst";
  let description = [{
    dst[dst+i] = cb[tile + i*step]. (C1) dst + count fits Dst.

    Example: `tile.copy_tiles cb(%in) tile(%c0) step(%c1) dst(%c0) count(%c4)`
  }];
}

def Tile_EltwiseOp : Tile_DstInstr<"Eltwise", "eltwise",
    (ins Tile_EltwiseKind:$kind, Tile_CbRef:$in0, Tile_Idx:$tile0, Tile_Idx:$step0,
         Tile_CbRef:$in1, Tile_Idx:$tile1, Tile_Idx:$step1, Tile_Idx:$dst, Tile_Idx:$count,
         Tile_Broadcast:$bcast, Tile_Flag:$accumulate)> {
  let summary = "combines tiles of two circular buffers into Dst";
  let description = [{
    dst[dst+i] = in0[tile0+i*step0] kind in1[tile1+i*step1]; `bcast` repeats a row, column or element
    of in1's tile; `accumulate` adds to what Dst holds.
    - (C1) dst + count fits Dst; (C2) accumulate only with mul.

    Example:
    ```mlir
    tile.eltwise add in0(%a) tile0(%c0) step0(%c1) in1(%b) tile1(%c0) step1(%c1) dst(%c0) count(%c4)
      bcast(none)
    ```
  }];
}

def Tile_EltwiseDstOp : Tile_DstInstr<"EltwiseDst", "eltwise_dst",
    (ins Tile_EltwiseKind:$kind, Tile_CbRef:$cb, Tile_Idx:$tile, Tile_Idx:$step, Tile_Idx:$dst,
         Tile_Idx:$count, Tile_Broadcast:$bcast)> {
  let summary = "combines Dst with tiles of a circular buffer";
  let description = [{
    dst[dst+i] = dst[dst+i] kind cb[tile+i*step]. (C1) dst + count fits Dst.

    Example: `tile.eltwise_dst add cb(%bias) tile(%c0) step(%c0) dst(%c0) count(%c4) bcast(row)`
  }];
}

def Tile_SfpuOp : Tile_DstInstr<"Sfpu", "sfpu",
    (ins Tile_SfpuFunction:$fn, Tile_Idx:$dst, Tile_Idx:$count,
         Tile_OptionalF32:$p0, Tile_OptionalF32:$p1)> {
  let summary = "applies a function of the vector unit to tiles of Dst";
  let description = [{
    dst[dst+i] = fn(dst[dst+i]), on the half that the packer holds between dst_wait and dst_release (a
    device with sfpu_pack_thread), else on the math's. Parameters: leaky_relu and elu p0 slope; hardsigmoid p0 * x + p1;
    clip p0 low, p1 high; add_scalar and mul_scalar p0. (C1) dst + count fits Dst.

    Example: `tile.sfpu leaky_relu dst(%c0) count(%c4) p0(1.000000e-01)`
  }];
}

def Tile_SfpuBinaryOp : Tile_DstInstr<"SfpuBinary", "sfpu_binary",
    (ins Tile_SfpuBinaryKind:$kind, Tile_Idx:$a, Tile_Idx:$b, Tile_Idx:$out, Tile_Idx:$count)> {
  let summary = "combines tiles of Dst on the vector unit";
  let description = [{
    dst[out+i] = dst[a+i] kind dst[b+i]. (C1) a, b and out + count fit Dst.

    Example: `tile.sfpu_binary mul a(%c0) b(%c4) out(%c0) count(%c4)`
  }];
}

def Tile_ReduceOp : Tile_DstInstr<"Reduce", "reduce",
    (ins Tile_ReduceKind:$kind, Tile_ReduceDim:$dim, Tile_CbRef:$cb, Tile_Idx:$tile,
         Tile_Idx:$step, Tile_Idx:$count, Tile_CbRef:$scaler, Tile_Idx:$dst)> {
  let summary = "reduces tiles into one tile of Dst";
  let description = [{
    Tiles tile, tile+step, ... (count of them) accumulate into tile dst with what it holds. dim row: each
    row to its column 0; col: each column to row 0; scalar: all to [0,0]. A sum is scaled by element
    [0,0] of the tile at the read pointer of `scaler`. (C1) dst fits Dst.

    Example: `tile.reduce sum col cb(%in) tile(%c0) step(%c1) count(%c4) scaler(%one) dst(%c0)`
  }];
}

def Tile_PoolRowsOp : Tile_DstInstr<"PoolRows", "pool_rows",
    (ins Tile_ReduceKind:$kind, Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_Idx:$cb_pitch,
         Tile_Idx:$nrows, Tile_Idx:$dst, Tile_Idx:$tiles, Tile_F32:$scale)> {
  let summary = "reduces row-major sticks to one row";
  let description = [{
    nrows sticks of tiles * 32 columns to row 0 of dst[dst..dst+tiles); `scale` multiplies a sum.
    - (C1) dst + tiles fits Dst; (C2) a constant nrows is between 1 and 32.

    Example:
    ```mlir
    tile.pool_rows max cb(%rows) cb_off(%c0) cb_pitch(%c64) nrows(%c9) dst(%c0) tiles(%c1)
      scale(1.000000e+00)
    ```
  }];
}

def Tile_TransposeTileOp : Tile_DstInstr<"TransposeTile", "transpose_tile",
    (ins Tile_CbRef:$cb, Tile_Idx:$tile, Tile_Idx:$dst)> {
  let summary = "transposes a tile into Dst";
  let description = [{
    (C1) dst fits Dst. Example: `tile.transpose_tile cb(%in) tile(%c0) dst(%c0)`
  }];
}

//===----------------------------------------------------------------------===//
// Between orders, and pack
//===----------------------------------------------------------------------===//

def Tile_TilizeOp : Tile_Instr<"Tilize", "tilize",
    (ins Tile_CbRef:$in, Tile_Idx:$in_off, Tile_Idx:$in_pitch, Tile_CbRef:$out,
         Tile_Idx:$out_tile, Tile_Idx:$out_pitch, Tile_Idx:$rows, Tile_Idx:$cols)> {
  let summary = "makes tiles of row-major sticks";
  let description = [{
    rows x cols tiles from the sticks at in_off bytes, in_pitch bytes apart, to tiles out_tile + r*out_pitch
    + c in the format of `out`. Uses Dst: not between `dst_acquire` and `dst_release`.
    - (C1) the input's format is bf16 or fp32.

    Example:
    ```mlir
    tile.tilize in(%rows) in_off(%c0) in_pitch(%c384) out(%act) out_tile(%c0) out_pitch(%c6)
      rows(%c1) cols(%c6)
    ```
  }];
  let hasVerifier = 1;
}

def Tile_TilizeWindowOp : Tile_Instr<"TilizeWindow", "tilize_window",
    (ins Tile_CbRef:$in, Tile_Idx:$in_off, Tile_Idx:$stick, Tile_WindowRef:$window,
         Tile_Idx:$first_line, Tile_Idx:$row, Tile_Idx:$line, Tile_CbRef:$out, Tile_Idx:$out_tile,
         Tile_Idx:$out_pitch, Tile_Idx:$rows, Tile_Idx:$cols),
    [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "makes tiles of a window's sticks out of padded image lines";
  let description = [{
    `in` holds lines of the padded images that the windows see, from line first_line on at in_off bytes,
    sticks of `stick` bytes. Tile row r gets output positions row + 32*r .. row + 32*r + 31, each as
    cols tiles of bytes from the first tap of kernel row `line` on, where the taps of a kernel row
    follow each other; a position past the last one repeats it. Tiles go where `tilize` puts them, and
    Dst is used as there.
    - (C1) the input's format is bf16 or fp32;
    - (C2) the window's input is dense: neither dilated nor repeated, and the taps of a kernel row are
      next to each other (width dilation 1);
    - (C3) a constant line is one of the kernel.

    Example:
    ```mlir
    tile.tilize_window in(%lines) in_off(%c0) stick(%c128) window(@w0) first_line(%f) row(%r) line(%c0)
      out(%act) out_tile(%c0) out_pitch(%c18) rows(%c1) cols(%c6)
    ```
  }];
  let hasVerifier = 1;
}

def Tile_UntilizeOp : Tile_Instr<"Untilize", "untilize",
    (ins Tile_CbRef:$in, Tile_Idx:$in_tile, Tile_Idx:$in_pitch, Tile_CbRef:$out,
         Tile_Idx:$out_off, Tile_Idx:$out_pitch, Tile_Idx:$rows, Tile_Idx:$cols)> {
  let summary = "makes row-major sticks of tiles";
  let description = [{
    The inverse of `tilize`. (C1) the output's format is bf16 or fp32.

    Example:
    ```mlir
    tile.untilize in(%x) in_tile(%c0) in_pitch(%c2) out(%rows) out_off(%c0) out_pitch(%c128)
      rows(%c1) cols(%c2)
    ```
  }];
  let hasVerifier = 1;
}

def Tile_PackTilesOp : Tile_DstInstr<"PackTiles", "pack_tiles",
    (ins Tile_Idx:$dst, Tile_Idx:$count, Tile_CbRef:$cb, Tile_Idx:$tile, Tile_Idx:$step,
         Tile_PackFlags:$flags)> {
  let summary = "packs tiles of Dst in a circular buffer's format";
  let description = [{
    cb[tile + i*step] = dst[dst+i], counted from the write pointer. (C1) dst + count fits Dst.

    Example: `tile.pack_tiles dst(%c0) count(%c4) cb(%out) tile(%c0) step(%c1) flags(none)`
  }];
}

def Tile_PackRowsOp : Tile_DstInstr<"PackRows", "pack_rows",
    (ins Tile_Idx:$dst, Tile_Idx:$rows, Tile_Idx:$cols, Tile_Idx:$nrows, Tile_CbRef:$cb,
         Tile_Idx:$cb_off, Tile_Idx:$cb_pitch, Tile_PackFlags:$flags)> {
  let summary = "packs tiles of Dst as row-major sticks";
  let description = [{
    rows x cols tiles; only the first nrows rows of elements are written, cb_pitch bytes apart.
    - (C1) dst + rows * cols fits Dst; (C2) the buffer's format is bf16 or fp32;
    - (C3) constant nrows is at most 32 * rows.

    Example:
    ```mlir
    tile.pack_rows dst(%c0) rows(%c1) cols(%c2) nrows(%c32) cb(%out) cb_off(%c0) cb_pitch(%c128)
      flags(none)
    ```
  }];
}

#endif // TTC_DIALECTS_TILE_COMPUTE_TD
