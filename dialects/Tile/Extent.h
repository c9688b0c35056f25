//===- Extent.h - assembly of extents: 2048x64 -----------------------------===//
#ifndef TTC_DIALECTS_TILE_EXTENT_H
#define TTC_DIALECTS_TILE_EXTENT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

namespace ttc::tile {

inline mlir::ParseResult parseExtent(mlir::OpAsmParser &parser, mlir::IntegerAttr &a,
                                     mlir::IntegerAttr &b) {
  llvm::SmallVector<int64_t, 2> extents;
  auto where = parser.getCurrentLocation();
  if (parser.parseDimensionList(extents, /*allowDynamic=*/false, /*withTrailingX=*/false))
    return mlir::failure();
  if (extents.size() != 2)
    return parser.emitError(where, "expected two extents, but got ") << extents.size();
  a = parser.getBuilder().getI64IntegerAttr(extents[0]);
  b = parser.getBuilder().getI64IntegerAttr(extents[1]);
  return mlir::success();
}

inline void printExtent(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::IntegerAttr a,
                        mlir::IntegerAttr b) {
  printer << a.getInt() << 'x' << b.getInt();
}

} // namespace ttc::tile

#endif
