//===- Passes.td - from whole tensors to tile programs ----------------------===//
#ifndef TTC_PASSES_TTTOTILE_PASSES_TD
#define TTC_PASSES_TTTOTILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertTTToTile : Pass<"convert-tt-to-tile", "::mlir::ModuleOp"> {
  let summary = "write the tile programs of a planned graph";
  let description = [{
    Expects a function `@main` whose device tensors have layouts (tt-choose-layouts) and addresses
    (tt-plan-memory). Each op's LowerToTile method writes its programs over the emitting builder;
    `tile.commands` launches them in order and frees buffers where the graph deallocated them.
    Constants are packed into their device format; tile-allocate-dram gives them addresses. The
    module holds only the tile dialect afterwards.
  }];
  let options = [Option<"device", "device", "std::string", "\"n150\"", "device file or name">];
  let statistics = [Statistic<"numPrograms", "num-programs", "programs written">];
  let dependentDialects = ["::ttc::tile::TileDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect"];
}

#endif
