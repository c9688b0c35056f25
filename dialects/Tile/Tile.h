//===- Tile.h - the tile dialect -------------------------------------------===//
//
// Main header: dialect, attributes, types, interface and all ops.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TILE_TILE_H
#define TTC_DIALECTS_TILE_TILE_H

#include "dialects/Tile/Fields.h"
#include "ttc/Device/DeviceSpec.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Tile/TileEnums.h.inc"

#include "dialects/Tile/TileDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/TileTypes.h.inc"

#include "dialects/Tile/InstructionOpInterface.h.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.h.inc"

namespace ttc::tile {

/// Bytes of a 32x32 tile in a device format.
int64_t tileBytes(Format format);
/// Bytes of an element in row-major order; 0 when the format has none (block formats).
int64_t elementBytes(Format format);
/// The `tile.device` of a device file.
DeviceAttr makeDevice(mlir::MLIRContext *context, const DeviceSpec &spec);
/// The module's `tile.device`; null when it has none.
DeviceAttr getDevice(mlir::Operation *op);
/// The constant an `index` or `i1` value is, if it is one.
std::optional<int64_t> getConstant(mlir::Value value);
/// The source name in a location ("convolutional_0"), "file:line" when it has none, else "".
std::string locationName(mlir::Location loc);

} // namespace ttc::tile

#endif
