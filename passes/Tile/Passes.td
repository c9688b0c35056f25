//===- Passes.td - passes over tile programs ------------------------------===//
#ifndef TTC_PASSES_TILE_PASSES_TD
#define TTC_PASSES_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def AllocateCbs : Pass<"tile-allocate-cbs", "::mlir::ModuleOp"> {
  let summary = "give every circular buffer of every program an L1 address";
  let description = [{
    Assumes that L1 buffers have addresses and that the command stream is complete. The circular buffers
    of a program follow each other from the device's L1 base up, in order of declaration, each at a
    multiple of 64; they have to end below the lowest L1 buffer that is live at a launch of the
    program, else an error names need and limit. One that aliases a buffer gets the buffer's address.
    Addresses from before are replaced.

    Example (the device's L1 begins at 103424):
    ```mlir
    %a = tile.cb "a" bf16 page 2048 pages 3
    %b = tile.cb "b" bf16 page 2048 pages 2 alias @x
    ```
    becomes
    ```mlir
    %a = tile.cb "a" bf16 page 2048 pages 3 address 103424
    %b = tile.cb "b" bf16 page 2048 pages 2 address 1400832 alias @x
    ```
  }];
  let dependentDialects = ["::ttc::tile::TileDialect"];
  let statistics = [
    Statistic<"peakBytes", "peak-bytes", "Most bytes of circular buffers of a program, per core">
  ];
}

def AllocateDram : Pass<"tile-allocate-dram", "::mlir::ModuleOp"> {
  let summary = "give DRAM buffers without one an address";
  let description = [{
    Constants and other DRAM buffers without an address follow behind those that have one, in order of
    declaration, at multiples of 64 (or of the device's DRAM alignment, if that is more). DRAM is not
    reused. An error names need and limit when a bank is full.

    Example: the first `tile.buffer @w dram ...` without address gets `address 0`.
  }];
  let dependentDialects = ["::ttc::tile::TileDialect"];
  let statistics = [
    Statistic<"bytes", "bytes", "Bytes of every DRAM bank in use">
  ];
}

def VerifyResources : Pass<"tile-verify-resources", "::mlir::ModuleOp"> {
  let summary = "check that addresses are complete and nothing live overlaps";
  let description = [{
    Changes nothing. After the allocations, for the module's device:
    - (V1) every buffer and circular buffer has an address;
    - (V2) L1 buffers and circular buffers lie between the L1 base and end, DRAM buffers in a bank;
    - (V3) no circular buffer shares bytes with an L1 buffer that is live at a launch of its program,
      but for the one it aliases, nor with another circular buffer that aliases none;
    - (V4) two buffers live at a launch share no bytes, unless one is a view inside the other;
    - (V5) no program is launched that names a freed buffer.
  }];
}

#endif // TTC_PASSES_TILE_PASSES_TD
