//===- Control.td - where am I, and with what arguments -------------------===//
#ifndef TTC_DIALECTS_TILE_CONTROL_TD
#define TTC_DIALECTS_TILE_CONTROL_TD

include "dialects/Tile/TileBase.td"

def Tile_CoreXOp : Tile_ValueInstr<"CoreX", "core_x"> {
  let summary = "the core's column in the program's grid";
  let description = [{
    0 <= x < grid_x. Example: `%x = tile.core_x`
  }];
}

def Tile_CoreYOp : Tile_ValueInstr<"CoreY", "core_y"> {
  let summary = "the core's row in the program's grid";
  let description = [{
    0 <= y < grid_y. Example: `%y = tile.core_y`
  }];
}

def Tile_CoreIndexOp : Tile_ValueInstr<"CoreIndex", "core_index"> {
  let summary = "the core's number, core_y * grid_x + core_x";
  let description = [{
    Example: `%k = tile.core_index`
  }];
}

def Tile_ArgOp : Tile_ValueInstr<"Arg", "arg", (ins Tile_Int:$index)> {
  let summary = "a runtime argument of the core";
  let description = [{
    Argument number `index` of this core, from the program's `args`.
    - (C1) index < the program's number of arguments.

    Example: `%first = tile.arg index(0)`
  }];
  let hasVerifier = 1;
}

#endif // TTC_DIALECTS_TILE_CONTROL_TD
