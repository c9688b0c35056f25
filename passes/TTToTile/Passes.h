//===- Passes.h - from whole tensors to tile programs -----------------------===//
#ifndef TTC_PASSES_TTTOTILE_PASSES_H
#define TTC_PASSES_TTTOTILE_PASSES_H

#include "dialects/Tile/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"
#include "ttc/Device/DeviceSpec.h"

namespace ttc {

#define GEN_PASS_DECL
#include "passes/TTToTile/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/TTToTile/Passes.h.inc"

/// The figures of a device that the tile dialect's checks need.
tile::DeviceAttr makeDeviceAttr(mlir::MLIRContext *context, const DeviceSpec &spec);

} // namespace ttc

#endif
