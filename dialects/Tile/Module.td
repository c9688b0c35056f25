//===- Module.td - buffers, windows and programs of a module --------------===//
#ifndef TTC_DIALECTS_TILE_MODULE_TD
#define TTC_DIALECTS_TILE_MODULE_TD

include "dialects/Tile/TileBase.td"

def Tile_DeviceAttr : AttrDef<Tile_Dialect, "Device"> {
  let mnemonic = "device";
  let summary = "the figures of a device that resource checks need";
  let description = [{
    Set as `tile.device` on the module, made from the device file by `makeDevice`. Bytes, but for
    counts; dstTiles16 and dstTiles32 are the tiles of one half of Dst in bf16 and with fp32_dest.

    Example:
    ```mlir
    #tile.device<"n150", fingerprint = "beb86e1f", gridX = 8, gridY = 8, l1Base = 103424, l1End = 1499136,
      l1Alignment = 16, dstTiles16 = 8, dstTiles32 = 4, maxCbs = 32, maxSemaphores = 16,
      dramBanks = 12, dramBankBytes = 1073741824, dramAlignment = 32>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"name of the device">:$name,
    StringRefParameter<"digest of the device file, hexadecimal", "\"0\"">:$fingerprint,
    "int64_t":$gridX, "int64_t":$gridY,
    "int64_t":$l1Base, "int64_t":$l1End, "int64_t":$l1Alignment,
    "int64_t":$dstTiles16, "int64_t":$dstTiles32, "int64_t":$maxCbs, "int64_t":$maxSemaphores,
    "int64_t":$dramBanks, "int64_t":$dramBankBytes, "int64_t":$dramAlignment);
  let assemblyFormat = "`<` $name `,` struct($fingerprint, $gridX, $gridY, $l1Base, $l1End, "
                       "$l1Alignment, $dstTiles16, $dstTiles32, $maxCbs, $maxSemaphores, "
                       "$dramBanks, $dramBankBytes, $dramAlignment) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    uint64_t getFingerprintValue() const;
  }];
}

def Tile_BufferOp : Tile_Op<"buffer", [Symbol, HasParent<"::mlir::ModuleOp">]> {
  let summary = "a device tensor";
  let description = [{
    A tensor seen as rows x cols elements, spread as Buffer in Program.fbs states. `shard` is what one
    core holds, padded (the padded whole when interleaved); a page is a tile or a row-major row;
    `address` is the byte address in every bank or core and `size` the bytes there. `data` makes it
    a constant: all pages in order, page_bytes each, as i8.
    - (C1) extents, shard, grid, page and size are positive;
    - (C2) tile order: shard rows and cols are multiples of 32, page_bytes holds a tile of the format;
    - (C3) row-major: the format is fp32 or bf16, page_bytes holds a row of the shard;
    - (C4) interleaved: the grid is 1x1 and the shard is rows x cols, padded to whole pages;
    - (C5) sharded: it lies in L1 and the shards of the grid hold rows x cols;
    - (C6) page_bytes, address and size are multiples of 16 (L1) or 32 (DRAM);
    - (C7) size holds the pages of a shard (sharded);
    - (C8) data is i8 and as long as all pages.

    Example:
    ```mlir
    tile.buffer @x l1 height row_major bf16 2048x64 shard 32x64 grid 8x8 page 128 address 1400832 size 4096
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Tile_Memory:$memory, Tile_Sharding:$sharding,
    Tile_Order:$order, Tile_Format:$format, I64Attr:$rows, I64Attr:$cols, I64Attr:$shard_rows,
    I64Attr:$shard_cols, I64Attr:$grid_x, I64Attr:$grid_y, UnitAttr:$col_major,
    I64Attr:$page_bytes, OptionalAttr<I64Attr>:$address, I64Attr:$size,
    OptionalAttr<ElementsAttr>:$data);
  let assemblyFormat = [{
    $sym_name $memory $sharding $order $format custom<Extent>($rows, $cols)
    `shard` custom<Extent>($shard_rows, $shard_cols) `grid` custom<Extent>($grid_x, $grid_y)
    (`col_major` $col_major^)? `page` $page_bytes (`address` $address^)? `size` $size
    (`data` $data^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    bool isSharded() { return getSharding() != Sharding::Interleaved; }
    bool isConstant() { return getDataAttr() != nullptr; }
    /// Rows and columns of pages: of the whole buffer.
    int64_t getPageRows();
    int64_t getPageCols();
    /// Pages of one shard; all pages when interleaved.
    int64_t getShardPages();
  }];
}

def Tile_WindowOp : Tile_Op<"window", [Symbol, HasParent<"::mlir::ModuleOp">]> {
  let summary = "a sliding-window address pattern";
  let description = [{
    Window of Program.fbs: output position and kernel tap to input row.
    - (C1) all extents, strides, dilations and repeats are positive.

    Example:
    ```mlir
    tile.window @w0 n 1 out 52x52 in 104x104 kernel 3x3 stride 2x2 pad 1, 1 dilation 1x1
      in_dilation 1x1 in_repeat 1x1
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$n, I64Attr:$out_h, I64Attr:$out_w,
    I64Attr:$in_h, I64Attr:$in_w, I64Attr:$kernel_h, I64Attr:$kernel_w, I64Attr:$stride_h,
    I64Attr:$stride_w, I64Attr:$pad_top, I64Attr:$pad_left, I64Attr:$dilation_h,
    I64Attr:$dilation_w, I64Attr:$in_dilation_h, I64Attr:$in_dilation_w, I64Attr:$in_repeat_h,
    I64Attr:$in_repeat_w);
  let assemblyFormat = [{
    $sym_name `n` $n `out` custom<Extent>($out_h, $out_w) `in` custom<Extent>($in_h, $in_w)
    `kernel` custom<Extent>($kernel_h, $kernel_w) `stride` custom<Extent>($stride_h, $stride_w)
    `pad` $pad_top `,` $pad_left `dilation` custom<Extent>($dilation_h, $dilation_w)
    `in_dilation` custom<Extent>($in_dilation_h, $in_dilation_w)
    `in_repeat` custom<Extent>($in_repeat_h, $in_repeat_w) attr-dict
  }];
  let hasVerifier = 1;
}

def Tile_ProgramOp : Tile_Op<"program", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator,
    HasParent<"::mlir::ModuleOp">]> {
  let summary = "kernels on a rectangle of cores";
  let description = [{
    Every core of the grid runs the same reader, writer and compute kernel. `kind` is the source op's
    kind and `macs` its multiply-adds, for reports; `args` are numbers for each core, cores in
    row-major order, read by `tile.arg`.
    - (C1) the grid is positive and, with `tile.device`, lies in the device's;
    - (C2) at most one kernel of a thread; the body holds declarations and kernels only;
    - (C3) there are num_args * cores arguments;
    - (C4) no more circular buffers and semaphores than the device has;
    - (C5) circular buffers that alias no buffer fit the L1 between the device's base and end.

    Example:
    ```mlir
    tile.program @conv7 grid 8x8 kind "conv2d" hifi2 macs 1000 {
      %act = tile.cb "act" bf16 page 2048 pages 12
      tile.kernel reader { tile.read_barrier }
      tile.kernel compute { tile.dst_acquire }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$grid_x, I64Attr:$grid_y, StrAttr:$kind,
    Tile_Fidelity:$fidelity, UnitAttr:$fp32_dest, I64Attr:$macs, UnitAttr:$is_reshard,
    OptionalAttr<I64Attr>:$num_args, OptionalAttr<DenseI32ArrayAttr>:$args);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `grid` custom<Extent>($grid_x, $grid_y) `kind` $kind $fidelity
    (`fp32_dest` $fp32_dest^)? `macs` $macs (`reshard` $is_reshard^)?
    (`args` $num_args^ `per_core` $args)? attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The kernel of a thread; null when the program has none.
    KernelOp getKernel(ThreadKind thread);
    int64_t getNumCores() { return int64_t(getGridX() * getGridY()); }
    /// Tiles of Dst that math or pack may address.
    int64_t getDstCapacity();
  }];
}

def Tile_KernelOp : Tile_Op<"kernel", [HasParent<"ProgramOp">, SingleBlock, NoTerminator]> {
  let summary = "what one thread of every core runs";
  let description = [{
    Its body is instructions, `scf.for`, `scf.if` and `arith` on `index`.

    Example: `tile.kernel reader { tile.read_barrier }`
  }];
  let arguments = (ins Tile_ThreadKind:$thread);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$thread attr-dict-with-keyword $body";
}

#endif // TTC_DIALECTS_TILE_MODULE_TD
