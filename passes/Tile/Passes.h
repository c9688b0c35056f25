//===- Passes.h - passes over tile programs ---------------------------------===//
#ifndef TTC_PASSES_TILE_PASSES_H
#define TTC_PASSES_TILE_PASSES_H

#include "dialects/Tile/Tile.h"

#include "mlir/Pass/Pass.h"

namespace ttc::tile {

#define GEN_PASS_DECL
#include "passes/Tile/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Tile/Passes.h.inc"

} // namespace ttc::tile

#endif
