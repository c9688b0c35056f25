//===- LayerName.h - source layers in locations ------------------------------===//
//
// Importers name each op's layer by a NameLoc; fusions join the locations of
// what they fuse, the op that does the work first.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_LAYERNAME_H
#define TTC_DIALECTS_TT_LAYERNAME_H

#include "mlir/IR/Location.h"

namespace ttc::tt {

/// The first layer name in the location, or empty.
llvm::StringRef getLayerName(mlir::Location loc);

/// The location of an op that does the work of both; it goes by the name of `main`.
mlir::Location fuseLocations(mlir::Location main, mlir::Location other);

} // namespace ttc::tt

#endif
