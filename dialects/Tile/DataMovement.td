//===- DataMovement.td - NoC transfers, semaphores and barriers -----------===//
#ifndef TTC_DIALECTS_TILE_DATAMOVEMENT_TD
#define TTC_DIALECTS_TILE_DATAMOVEMENT_TD

include "dialects/Tile/TileBase.td"

class Tile_DmInstr<string isa, string mnemonic, dag fields, bit verifier = 0,
                   list<Trait> traits = []> : Tile_Instr<isa, mnemonic, fields, traits> {
  let hasVerifier = verifier;
}

/// One that addresses a buffer; what depends on the buffer is checked with its symbol.
class Tile_BufferInstr<string isa, string mnemonic, dag fields, bit verifier = 0>
    : Tile_DmInstr<isa, mnemonic, fields, verifier,
                   [DeclareOpInterfaceMethods<SymbolUserOpInterface>]>;

//===----------------------------------------------------------------------===//
// Semaphores
//===----------------------------------------------------------------------===//

def Tile_SemSetOp : Tile_DmInstr<"SemSet", "sem_set", (ins Tile_SemRef:$sem, Tile_Idx:$value)> {
  let summary = "sets the core's own semaphore";
  let description = [{
    Example: `tile.sem_set sem(%sem) value(%c0)`
  }];
}

def Tile_SemWaitOp : Tile_DmInstr<"SemWait", "sem_wait", (ins Tile_SemRef:$sem, Tile_Idx:$value)> {
  let summary = "blocks until the core's own semaphore is at least a value";
  let description = [{
    Example: `tile.sem_wait sem(%sem) value(%c1)`
  }];
}

def Tile_SemIncOp : Tile_DmInstr<"SemInc", "sem_inc",
    (ins Tile_Idx:$x, Tile_Idx:$y, Tile_SemRef:$sem, Tile_Idx:$value), 1> {
  let summary = "adds to the semaphore of one core";
  let description = [{
    (x, y) counts inside the program's grid.
    - (C1) constant coordinates lie in the program's grid.

    Example: `tile.sem_inc x(%c0) y(%y) sem(%sem) value(%c1)`
  }];
}

def Tile_SemMcastIncOp : Tile_DmInstr<"SemMcastInc", "sem_mcast_inc",
    (ins Tile_Idx:$x0, Tile_Idx:$y0, Tile_Idx:$x1, Tile_Idx:$y1, Tile_SemRef:$sem,
         Tile_Idx:$value), 1> {
  let summary = "adds to the semaphores of a rectangle of cores";
  let description = [{
    The rectangle is inclusive; the sender's own semaphore stays. Ordered behind this thread's
    earlier multicasts.
    - (C1) a constant rectangle lies in the program's grid and is not empty.

    Example: `tile.sem_mcast_inc x0(%c0) y0(%c0) x1(%c7) y1(%c7) sem(%sem) value(%c1)`
  }];
}

//===----------------------------------------------------------------------===//
// Buffers to and from circular buffers
//===----------------------------------------------------------------------===//

def Tile_ReadPagesOp : Tile_BufferInstr<"ReadPages", "read_pages",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_BufferRef:$buffer, Tile_Idx:$row, Tile_Idx:$col,
         Tile_Idx:$nrows, Tile_Idx:$ncols)> {
  let summary = "reads a rectangle of pages into a circular buffer";
  let description = [{
    Pages (tiles, or row-major segments) row..row+nrows x col..col+ncols of `buffer` in row-major page
    order go to the write pointer of `cb` + cb_off bytes, densely. Asynchronous until `read_barrier`.
    - (C1) a constant rectangle lies in the buffer's pages.

    Example: `tile.read_pages cb(%wgt) cb_off(%c0) buffer(@weights) row(%r) col(%c0) nrows(%c2) ncols(%c2)`
  }];
}

def Tile_WritePagesOp : Tile_BufferInstr<"WritePages", "write_pages",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_BufferRef:$buffer, Tile_Idx:$row, Tile_Idx:$col,
         Tile_Idx:$nrows, Tile_Idx:$ncols)> {
  let summary = "writes pages of a circular buffer to a rectangle of pages";
  let description = [{
    The inverse of `read_pages`, from the read pointer of `cb`. Asynchronous until `write_barrier`.
    - (C1) as for `read_pages`; (C2) the buffer is not a constant.

    Example: `tile.write_pages cb(%out) cb_off(%c0) buffer(@y) row(%r) col(%c0) nrows(%c1) ncols(%c1)`
  }];
}

def Tile_ReadWindowOp : Tile_BufferInstr<"ReadWindow", "read_window",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_Idx:$cb_pitch, Tile_BufferRef:$buffer,
         Tile_WindowRef:$window, Tile_Idx:$row, Tile_Idx:$nrows, Tile_Idx:$tap, Tile_Idx:$ntaps,
         Tile_Idx:$col_byte, Tile_Idx:$nbytes, Tile_Int:$fill), 1> {
  let summary = "gathers row-major sticks through a sliding window";
  let description = [{
    For i < nrows, t < ntaps: output position row+i and kernel tap tap+t of `window` name a row of
    `buffer`; its bytes col_byte..col_byte+nbytes go to cb_off + i*cb_pitch + t*nbytes. Rows outside
    the image are filled with the 16-bit pattern `fill`. Asynchronous until `read_barrier`.
    - (C1) the buffer is row-major;
    - (C2) the buffer holds the rows of the window's input, n * in_h * in_w;
    - (C3) constant taps lie in the kernel; (C4) fill < 65536;
    - (C5) a constant nbytes is positive, and even.

    Example:
    ```mlir
    tile.read_window cb(%rows) cb_off(%c0) cb_pitch(%c576) buffer(@x) window(@w0) row(%r)
      nrows(%c32) tap(%c0) ntaps(%c9) col_byte(%c0) nbytes(%c64) fill(0)
    ```
  }];
}

def Tile_WriteRowsOp : Tile_BufferInstr<"WriteRows", "write_rows",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_Idx:$cb_pitch, Tile_BufferRef:$buffer,
         Tile_Idx:$row, Tile_Idx:$nrows, Tile_Idx:$col_byte, Tile_Idx:$nbytes), 1> {
  let summary = "scatters row-major sticks to a buffer";
  let description = [{
    Row i of `cb` (read pointer + cb_off + i*cb_pitch) goes to bytes col_byte..col_byte+nbytes of row
    row+i of `buffer`; rows past its last one are dropped. Asynchronous until `write_barrier`.
    - (C1) the buffer is row-major; (C2) the buffer is not a constant;
    - (C3) a constant nbytes is positive, and even.

    Example:
    ```mlir
    tile.write_rows cb(%out) cb_off(%c0) cb_pitch(%c128) buffer(@y) row(%r) nrows(%c32)
      col_byte(%c0) nbytes(%c128)
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Between and inside cores
//===----------------------------------------------------------------------===//

def Tile_McastOp : Tile_DmInstr<"Mcast", "mcast",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_Idx:$nbytes, Tile_Idx:$x0, Tile_Idx:$y0,
         Tile_Idx:$x1, Tile_Idx:$y1, Tile_Flag:$linked), 1> {
  let summary = "multicasts bytes of a circular buffer to a rectangle of cores";
  let description = [{
    From the write pointer of `cb` + cb_off to the same L1 address of every other core of the
    inclusive rectangle. `linked` keeps the path for the thread's next multicast. Asynchronous until
    `write_barrier`.
    - (C1) as for `sem_mcast_inc`; (C2) a constant nbytes is a positive multiple of 16.

    Example: `tile.mcast cb(%wgt) cb_off(%c0) nbytes(%n) x0(%c0) y0(%c0) x1(%c7) y1(%c7) linked`
  }];
}

def Tile_FillOp : Tile_DmInstr<"Fill", "fill",
    (ins Tile_CbRef:$cb, Tile_Idx:$cb_off, Tile_Idx:$nbytes, Tile_Int:$value), 1> {
  let summary = "stores a 16-bit pattern";
  let description = [{
    Local stores at the write pointer of `cb` + cb_off.
    - (C1) value < 65536.

    Example: `tile.fill cb(%ones) cb_off(%c0) nbytes(%c2048) value(16256)`
  }];
}

def Tile_ReadBarrierOp : Tile_DmInstr<"ReadBarrier", "read_barrier", (ins)> {
  let summary = "waits for this thread's reads";
  let description = [{
    Example: `tile.read_barrier`
  }];
}

def Tile_WriteBarrierOp : Tile_DmInstr<"WriteBarrier", "write_barrier", (ins)> {
  let summary = "waits for this thread's writes and multicasts";
  let description = [{
    Example: `tile.write_barrier`
  }];
}

def Tile_CopyRowsOp : Tile_DmInstr<"CopyRows", "copy_rows",
    (ins Tile_CbRef:$src, Tile_Idx:$src_off, Tile_Idx:$src_pitch, Tile_CbRef:$dst,
         Tile_Idx:$dst_off, Tile_Idx:$dst_pitch, Tile_Idx:$nrows, Tile_Idx:$nbytes)> {
  let summary = "copies strided pieces between two circular buffers of the core";
  let description = [{
    nrows pieces of nbytes from the read pointer of `src` to the write pointer of `dst`, over the core's
    own NoC port. Asynchronous until `read_barrier`.

    Example:
    ```mlir
    tile.copy_rows src(%a) src_off(%c0) src_pitch(%c128) dst(%b) dst_off(%c64) dst_pitch(%c256)
      nrows(%c32) nbytes(%c128)
    ```
  }];
}

#endif // TTC_DIALECTS_TILE_DATAMOVEMENT_TD
