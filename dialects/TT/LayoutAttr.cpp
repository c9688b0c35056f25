//===- LayoutAttr.cpp - device layout arithmetic ---------------------------===//
//
// What a layout says about a tensor: shards, cores, bytes; its text form, its
// verifier and its builder.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TTAttrs.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace ttc::tt;

/// Row-major shards are multiples of this many columns (16 bytes of bf16).
static constexpr int64_t stickMultiple = 8;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

//===----------------------------------------------------------------------===//
// Free functions
//===----------------------------------------------------------------------===//

int64_t ttc::tt::elementBytes(StorageType storage) {
  assert((storage == StorageType::f32 || storage == StorageType::bf16) &&
         "block formats exist in tiles only");
  return storage == StorageType::f32 ? 4 : 2;
}

int64_t ttc::tt::tileBytes(StorageType storage) {
  switch (storage) {
  case StorageType::f32:
    return 4096;
  case StorageType::bf16:
    return 2048;
  case StorageType::bfp8_b: // 64 rows of 16 values share an exponent byte each
    return 1024 + 64;
  case StorageType::bfp4_b:
    return 512 + 64;
  }
  llvm_unreachable("not a storage type");
}

StorageType ttc::tt::getStorage(RankedTensorType type) {
  if (auto layout = dyn_cast_or_null<LayoutAttr>(type.getEncoding()))
    return layout.getStorage();
  if (auto storage = dyn_cast_or_null<StorageAttr>(type.getEncoding()))
    return storage.getStorage();
  return StorageType::f32;
}

LayoutAttr ttc::tt::getLayout(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<LayoutAttr>(tensor.getEncoding()) : LayoutAttr();
}

RankedTensorType ttc::tt::withEncoding(RankedTensorType type, Attribute encoding) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
}

//===----------------------------------------------------------------------===//
// Geometry
//===----------------------------------------------------------------------===//

LayoutAttr::Extents LayoutAttr::matrixOf(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return {1, 1};
  ArrayRef<int64_t> rows = shape.drop_back();
  return {std::accumulate(rows.begin(), rows.end(), int64_t(1), std::multiplies<>()), shape.back()};
}

LayoutAttr::Extents LayoutAttr::getRowsCols(RankedTensorType type) {
  return matrixOf(type.getShape());
}

LayoutAttr::Extents LayoutAttr::paddedShard(RankedTensorType type) const {
  if (isSharded())
    return {getShardRows(), getShardCols()};
  Extents m = getRowsCols(type);
  if (isTiled())
    return {roundUp(m.rows, tileDim), roundUp(m.cols, tileDim)};
  return {m.rows, roundUp(m.cols, stickMultiple)};
}

LayoutAttr::Extents LayoutAttr::shardGrid(RankedTensorType type) const {
  Extents matrix = getRowsCols(type), shard = paddedShard(type);
  return {ceilDiv(matrix.rows, shard.rows), ceilDiv(matrix.cols, shard.cols)};
}

int64_t LayoutAttr::numShards(RankedTensorType type) const {
  Extents grid = shardGrid(type);
  return grid.rows * grid.cols;
}

std::pair<int64_t, int64_t> LayoutAttr::shardCore(int64_t k, RankedTensorType type) const {
  if (getSharding() == Sharding::block) {
    int64_t cols = shardGrid(type).cols;
    std::pair<int64_t, int64_t> core = {k % cols, k / cols};
    return getColMajor() ? std::pair(core.second, core.first) : core;
  }
  return getColMajor() ? std::pair(k / getGridY(), k % getGridY())
                       : std::pair(k % getGridX(), k / getGridX());
}

static int64_t extentsBytes(LayoutAttr layout, LayoutAttr::Extents e) {
  if (layout.isTiled())
    return e.rows / tileDim * (e.cols / tileDim) * tileBytes(layout.getStorage());
  return e.rows * e.cols * elementBytes(layout.getStorage());
}

int64_t LayoutAttr::shardBytes() const {
  assert(isSharded() && "the shard of an interleaved layout depends on the tensor");
  return extentsBytes(*this, {getShardRows(), getShardCols()});
}

int64_t LayoutAttr::shardBytes(RankedTensorType type) const {
  return extentsBytes(*this, paddedShard(type));
}

int64_t LayoutAttr::totalBytes(RankedTensorType type) const {
  return numShards(type) * shardBytes(type);
}

int64_t LayoutAttr::pageBytes(RankedTensorType type, int64_t alignment) const {
  int64_t bytes =
      isTiled() ? tileBytes(getStorage()) : paddedShard(type).cols * elementBytes(getStorage());
  return roundUp(bytes, alignment);
}

int64_t LayoutAttr::pagesPerShard(RankedTensorType type) const {
  Extents e = paddedShard(type);
  return isTiled() ? e.rows / tileDim * (e.cols / tileDim) : e.rows;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, MemorySpace,
                                 Sharding sharding, int64_t gridX, int64_t gridY, int64_t shardRows,
                                 int64_t shardCols, TileOrder order, StorageType storage,
                                 bool colMajor) {
  bool interleaved = sharding == Sharding::interleaved;
  if (interleaved &&
      (gridX != 1 || gridY != 1 || shardRows != 0 || shardCols != 0 || colMajor)) // C1
    return emitError() << "an interleaved layout has no grid, shard or col_major, but got grid "
                       << gridX << "x" << gridY << ", shard " << shardRows << "x" << shardCols
                       << (colMajor ? ", col_major" : "");
  if (!interleaved && (gridX < 1 || gridY < 1 || shardRows < 1 || shardCols < 1)) // C2
    return emitError() << "expected positive grid and shard extents, but got grid " << gridX << "x"
                       << gridY << ", shard " << shardRows << "x" << shardCols;
  if (!interleaved && order == TileOrder::tile &&
      (shardRows % tileDim != 0 || shardCols % tileDim != 0)) // C3
    return emitError() << "expected shard extents that are multiples of " << tileDim
                       << " in tile order, but got " << shardRows << "x" << shardCols;
  if (!interleaved && order == TileOrder::row_major && shardCols % stickMultiple != 0) // C4
    return emitError() << "expected shard columns that are a multiple of " << stickMultiple
                       << " in row_major order, but got " << shardCols;
  if (order == TileOrder::row_major && storage != StorageType::f32 &&
      storage != StorageType::bf16) // C5
    return emitError() << "expected f32 or bf16 in row_major order, but got "
                       << stringifyStorageType(storage);
  return success();
}

LogicalResult LayoutAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                         function_ref<InFlightDiagnostic()> emitError) const {
  if (!elementType.isF32()) // C6
    return emitError() << "expected element type f32 beside #tt.layout, but got " << elementType;
  if (ShapedType::isDynamicShape(shape)) // C6
    return emitError() << "expected a static shape beside #tt.layout";
  if (!isSharded())
    return success();

  Extents m = matrixOf(shape); // C7
  int64_t down = ceilDiv(m.rows, getShardRows()), across = ceilDiv(m.cols, getShardCols());
  int64_t maxDown = 1, maxAcross = 1;
  switch (getSharding()) {
  case Sharding::height:
    maxDown = numCores();
    break;
  case Sharding::width:
    maxAcross = numCores();
    break;
  default:
    maxDown = getColMajor() ? getGridX() : getGridY();
    maxAcross = getColMajor() ? getGridY() : getGridX();
  }
  if (down > maxDown || across > maxAcross)
    return emitError() << stringifySharding(getSharding()) << " sharding of a " << m.rows << "x"
                       << m.cols << " matrix in shards of " << getShardRows() << "x"
                       << getShardCols() << " gives " << down << "x" << across
                       << " shards, but grid " << getGridX() << "x" << getGridY() << " takes "
                       << maxDown << "x" << maxAcross;
  return success();
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyMemorySpace(getMemory()) << ", " << stringifySharding(getSharding());
  if (isSharded())
    printer << ", grid = " << getGridX() << 'x' << getGridY() << ", shard = " << getShardRows()
            << 'x' << getShardCols();
  printer << ", " << stringifyTileOrder(getOrder()) << ", " << stringifyStorageType(getStorage());
  if (getColMajor())
    printer << ", col_major";
  printer << '>';
}

/// Parses a keyword and turns it into an enumerator.
template <typename Enum>
static ParseResult parseEnum(AsmParser &parser, StringRef what, Enum &value,
                             std::optional<Enum> (*symbolize)(StringRef)) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<Enum> found = symbolize(word);
  if (!found)
    return parser.emitError(loc, "expected ") << what << ", but got '" << word << "'";
  value = *found;
  return success();
}

/// Parses `, NAME = AxB`.
static ParseResult parseExtents(AsmParser &parser, StringRef name, int64_t &a, int64_t &b) {
  SmallVector<int64_t> dims;
  if (parser.parseComma() || parser.parseKeyword(name) || parser.parseEqual())
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(dims, /*allowDynamic=*/false, /*withTrailingX=*/false))
    return failure();
  if (dims.size() != 2)
    return parser.emitError(loc, "expected two extents after '")
           << name << " =', but got " << dims.size();
  a = dims[0], b = dims[1];
  return success();
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  MemorySpace memory;
  Sharding sharding;
  TileOrder order;
  StorageType storage;
  int64_t gridX = 1, gridY = 1, shardRows = 0, shardCols = 0;
  bool colMajor = false;
  if (parser.parseLess() || parseEnum(parser, "dram or l1", memory, symbolizeMemorySpace) ||
      parser.parseComma() || parseEnum(parser, "a sharding", sharding, symbolizeSharding))
    return {};
  if (sharding != Sharding::interleaved && (parseExtents(parser, "grid", gridX, gridY) ||
                                            parseExtents(parser, "shard", shardRows, shardCols)))
    return {};
  if (parser.parseComma() || parseEnum(parser, "tile or row_major", order, symbolizeTileOrder) ||
      parser.parseComma() || parseEnum(parser, "a storage type", storage, symbolizeStorageType))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    if (parser.parseKeyword("col_major"))
      return {};
    colMajor = true;
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<LayoutAttr>(loc, parser.getContext(), memory, sharding, gridX, gridY,
                                       shardRows, shardCols, order, storage, colMajor);
}

//===----------------------------------------------------------------------===//
// Builder
//===----------------------------------------------------------------------===//

LayoutAttr::Builder::Builder(RankedTensorType type)
    : type(type), storageType(ttc::tt::getStorage(type)) {}

LayoutAttr::Builder::Builder(RankedTensorType type, LayoutAttr layout)
    : type(type), memorySpace(layout.getMemory()), sharding(layout.getSharding()),
      gridX(layout.getGridX()), gridY(layout.getGridY()), shardRows(layout.getShardRows()),
      shardCols(layout.getShardCols()), tileOrder(layout.getOrder()),
      storageType(layout.getStorage()), columnMajor(layout.getColMajor()) {}

LayoutAttr LayoutAttr::Builder::build(function_ref<InFlightDiagnostic()> emitError) const {
  int64_t rows = shardRows, cols = shardCols;
  if (sharding != Sharding::interleaved && rows == 0 && cols == 0 && gridX > 0 && gridY > 0) {
    Extents m = getRowsCols(type);
    int64_t down = 1, across = 1;
    if (sharding == Sharding::height)
      down = gridX * gridY;
    else if (sharding == Sharding::width)
      across = gridX * gridY;
    else
      down = columnMajor ? gridX : gridY, across = columnMajor ? gridY : gridX;
    bool tiled = tileOrder == TileOrder::tile;
    rows = roundUp(ceilDiv(m.rows, down), tiled ? tileDim : 1);
    cols = roundUp(ceilDiv(m.cols, across), tiled ? tileDim : stickMultiple);
  }

  // Without a caller's callback the diagnostic goes nowhere.
  MLIRContext *context = type.getContext();
  auto silent = [&] {
    InFlightDiagnostic diagnostic = mlir::emitError(UnknownLoc::get(context));
    diagnostic.abandon();
    return diagnostic;
  };
  function_ref<InFlightDiagnostic()> report = emitError ? emitError : silent;
  if (failed(LayoutAttr::verify(report, memorySpace, sharding, gridX, gridY, rows, cols, tileOrder,
                                storageType, columnMajor)))
    return {};
  auto layout = LayoutAttr::get(context, memorySpace, sharding, gridX, gridY, rows, cols, tileOrder,
                                storageType, columnMajor);
  if (failed(layout.verifyEncoding(type.getShape(), type.getElementType(), report)))
    return {};
  return layout;
}

RankedTensorType
LayoutAttr::Builder::buildType(function_ref<InFlightDiagnostic()> emitError) const {
  LayoutAttr layout = build(emitError);
  return layout ? withEncoding(type, layout) : RankedTensorType();
}
