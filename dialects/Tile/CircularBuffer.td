//===- CircularBuffer.td - circular buffers and their protocol ------------===//
#ifndef TTC_DIALECTS_TILE_CIRCULARBUFFER_TD
#define TTC_DIALECTS_TILE_CIRCULARBUFFER_TD

include "dialects/Tile/TileBase.td"

def Tile_CbOp : Tile_Op<"cb", [HasParent<"ProgramOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "declares a circular buffer of the program";
  let description = [{
    A queue of `pages` pages of `page_bytes` bytes at the same L1 address on every core of the
    program: one thread produces (`cb_reserve`, write, `cb_push`), one consumes (`cb_wait`, read,
    `cb_pop`). With `alias` it lies on the core's shard of that buffer. `address` is assigned by
    tile-allocate-cbs.
    - (C1) page_bytes is a positive multiple of 16 and pages is positive;
    - (C2) a page of tiles (page_bytes a multiple of the format's tile) or, for fp32 and bf16, rows;
    - (C3) the alias names a sharded L1 buffer whose bytes on a core hold all pages;
    - (C4) the address is a multiple of 16.

    Example: `%act = tile.cb "act" bf16 page 2048 pages 12`
  }];
  let arguments = (ins StrAttr:$name, Tile_Format:$format, I64Attr:$page_bytes, I64Attr:$pages,
                       OptionalAttr<I64Attr>:$address, OptionalAttr<FlatSymbolRefAttr>:$alias);
  let results = (outs Tile_CbType:$cb);
  let assemblyFormat = [{
    $name $format `page` $page_bytes `pages` $pages (`address` $address^)? (`alias` $alias^)?
    attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getTotalBytes() { return int64_t(getPageBytes() * getPages()); }
  }];
}

def Tile_SemaphoreOp : Tile_Op<"semaphore", [HasParent<"ProgramOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "declares a semaphore of the program";
  let description = [{
    One 32-bit counter on every core at the same address, 0 when the program starts.

    Example: `%sem = tile.semaphore`
  }];
  let results = (outs Tile_SemaphoreType:$semaphore);
  let assemblyFormat = "attr-dict";
}

class Tile_CbInstr<string isa, string mnemonic>
    : Tile_Instr<isa, mnemonic, (ins Tile_CbRef:$cb, Tile_Idx:$pages)> {
  let hasVerifier = 1;
}

def Tile_CbReserveOp : Tile_CbInstr<"CbReserve", "cb_reserve"> {
  let summary = "waits until pages of a circular buffer are free to write";
  let description = [{
    - (C1) a constant page count is between 1 and the buffer's pages.

    Example: `tile.cb_reserve cb(%act) pages(%c4)`
  }];
}

def Tile_CbPushOp : Tile_CbInstr<"CbPush", "cb_push"> {
  let summary = "hands written pages to the consumer";
  let description = [{
    The write pointer advances. (C1) as for `cb_reserve`.

    Example: `tile.cb_push cb(%act) pages(%c4)`
  }];
}

def Tile_CbWaitOp : Tile_CbInstr<"CbWait", "cb_wait"> {
  let summary = "waits until pages of a circular buffer are filled";
  let description = [{
    (C1) as for `cb_reserve`.

    Example: `tile.cb_wait cb(%act) pages(%c4)`
  }];
}

def Tile_CbPopOp : Tile_CbInstr<"CbPop", "cb_pop"> {
  let summary = "hands read pages back to the producer";
  let description = [{
    The read pointer advances. (C1) as for `cb_reserve`.

    Example: `tile.cb_pop cb(%act) pages(%c4)`
  }];
}

#endif // TTC_DIALECTS_TILE_CIRCULARBUFFER_TD
