//===- TTAttrs.h - the tt dialect, its enumerations and attributes -*- C++ -*-===//
//
// What is needed to speak about tt tensors without the ops.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_TTATTRS_H
#define TTC_DIALECTS_TT_TTATTRS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/TensorEncoding.h"

#include "dialects/TT/TTDialect.h.inc"

#include "dialects/TT/TTEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/TT/TTAttrs.h.inc"

namespace ttc::tt {

/// Extent of a tile in both dims.
constexpr int64_t tileDim = 32;

/// Bytes of one value in row-major memory; only f32 and bf16 have sticks.
int64_t elementBytes(StorageType storage);
/// Bytes of a 32x32 tile, the shared exponents of block formats included.
int64_t tileBytes(StorageType storage);

/// The encoding's storage type, f32 when there is none.
StorageType getStorage(mlir::RankedTensorType type);
/// Null when `type` is not a tensor with a layout.
LayoutAttr getLayout(mlir::Type type);
/// `type` with another encoding; null drops it.
mlir::RankedTensorType withEncoding(mlir::RankedTensorType type, mlir::Attribute encoding);

/// Fills in what follows from the tensor. Set memory, order and storage before `build`; choose at
/// most one of interleaved (the default), height, width, block. Without `shard` the extents are the
/// smallest legal ones that cover the tensor with that grid.
class LayoutAttr::Builder {
public:
  /// DRAM, interleaved, tile order, storage of the type's encoding.
  explicit Builder(mlir::RankedTensorType type);
  /// Starts from `layout`, sharding and extents included.
  Builder(mlir::RankedTensorType type, LayoutAttr layout);

  Builder &memory(MemorySpace m) { return memorySpace = m, *this; }
  Builder &dram() { return memory(MemorySpace::dram); }
  Builder &l1() { return memory(MemorySpace::l1); }
  Builder &interleaved() { return shardBy(Sharding::interleaved, 1, 1); }
  Builder &height(int64_t gridX, int64_t gridY) { return shardBy(Sharding::height, gridX, gridY); }
  Builder &width(int64_t gridX, int64_t gridY) { return shardBy(Sharding::width, gridX, gridY); }
  Builder &block(int64_t gridX, int64_t gridY) { return shardBy(Sharding::block, gridX, gridY); }
  /// Explicit shard extents in elements.
  Builder &shard(int64_t rows, int64_t cols) {
    shardRows = rows, shardCols = cols;
    return *this;
  }
  Builder &order(TileOrder o) { return tileOrder = o, *this; }
  Builder &tiled() { return order(TileOrder::tile); }
  Builder &rowMajor() { return order(TileOrder::row_major); }
  Builder &storage(StorageType s) { return storageType = s, *this; }
  Builder &colMajor(bool on = true) { return columnMajor = on, *this; }

  /// The layout; null, with `emitError` called if given, when the fields clash with each other or
  /// with the tensor.
  LayoutAttr build(llvm::function_ref<mlir::InFlightDiagnostic()> emitError = nullptr) const;
  /// The tensor type that carries the layout; null as `build`.
  mlir::RankedTensorType
  buildType(llvm::function_ref<mlir::InFlightDiagnostic()> emitError = nullptr) const;

private:
  Builder &shardBy(Sharding s, int64_t x, int64_t y) {
    sharding = s, gridX = x, gridY = y, shardRows = shardCols = 0;
    return *this;
  }

  mlir::RankedTensorType type;
  MemorySpace memorySpace = MemorySpace::dram;
  Sharding sharding = Sharding::interleaved;
  int64_t gridX = 1, gridY = 1;
  int64_t shardRows = 0, shardCols = 0;
  TileOrder tileOrder = TileOrder::tile;
  StorageType storageType;
  bool columnMajor = false;
};

} // namespace ttc::tt

#endif
