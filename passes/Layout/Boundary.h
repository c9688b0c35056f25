//===- Boundary.h - host and device sides of a graph ------------------------===//
#ifndef TTC_PASSES_LAYOUT_BOUNDARY_H
#define TTC_PASSES_LAYOUT_BOUNDARY_H

#include "dialects/TT/TT.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace ttc {

/// Inserts `tt.to_device` after every argument and `tt.from_device` before every result. Transposes
/// at the boundary become their permutation; heads move behind from_device, where the host decodes
/// them. Device values keep their storage encoding.
void placeBoundary(mlir::func::FuncOp func);

} // namespace ttc

#endif
