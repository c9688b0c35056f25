//===- EmitBuffers.cpp - buffers and constants of the emitting builder ------===//
#include "dialects/Tile/EmitBuilder.h"

#include "ttc/CostModel/BufferShapes.h"
#include "ttc/Support/WeightFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ttc::tile {

/// The figures of a device that address arithmetic reads.
static DeviceSpec addressing(DeviceAttr device) {
  DeviceSpec spec;
  spec.grid_x = device.getGridX();
  spec.grid_y = device.getGridY();
  spec.l1_alignment = device.getL1Alignment();
  spec.dram_banks = device.getDramBanks();
  spec.dram_alignment = device.getDramAlignment();
  return spec;
}

int64_t pageBytes(const BufferDesc &desc, DeviceAttr device) {
  return naturalPageBytes(shapeOf(desc), addressing(device));
}

int64_t bankBytes(const BufferDesc &desc, DeviceAttr device) {
  return bytesPerUnit(shapeOf(desc), addressing(device));
}

BufferDesc describe(BufferOp op) {
  BufferDesc d;
  d.memory = program::Memory(op.getMemory());
  d.sharding = program::Sharding(op.getSharding());
  d.order = program::Order(op.getOrder());
  d.format = program::Format(op.getFormat());
  d.rows = op.getRows();
  d.cols = op.getCols();
  d.shardRows = op.getShardRows();
  d.shardCols = op.getShardCols();
  d.gridX = int(op.getGridX());
  d.gridY = int(op.getGridY());
  d.colMajor = op.getColMajor();
  return d;
}

BufferRef EmitBuilder::buffer(BufferOp op) {
  auto [known, isNew] = bufferIds.try_emplace(op, int(buffers.size()));
  if (isNew)
    buffers.push_back(op);
  return {known->second, describe(op)};
}

static BufferOp makeBuffer(Location loc, StringRef name, const BufferDesc &d, DeviceAttr device,
                           ElementsAttr data) {
  OpBuilder b(loc.getContext());
  MLIRContext *c = loc.getContext();
  auto i64 = [&](int64_t v) { return b.getI64IntegerAttr(v); };
  return b.create<BufferOp>(
      loc, b.getStringAttr(name), MemoryAttr::get(c, Memory(d.memory)),
      ShardingAttr::get(c, Sharding(d.sharding)), OrderAttr::get(c, Order(d.order)),
      FormatAttr::get(c, Format(d.format)), i64(d.rows), i64(d.cols), i64(d.shardRows),
      i64(d.shardCols), i64(d.gridX), i64(d.gridY), d.colMajor ? b.getUnitAttr() : UnitAttr(),
      i64(pageBytes(d, device)), IntegerAttr(), i64(bankBytes(d, device)), data);
}

BufferOp EmitBuilder::createBuffer(StringRef name, const BufferDesc &desc) {
  BufferOp op = makeBuffer(loc, name, desc, getDevice(module), {});
  symbol(op);
  return op;
}

/// The packed pages of a constant under a key made of name and content, so that the same constant
/// has the same key in every run.
static ElementsAttr packConstant(MLIRContext *context, StringRef name, const BufferDesc &d,
                                 int64_t page, ArrayRef<float> values) {
  int64_t pages = d.tiled() ? d.shardRows / tileDim * (d.shardCols / tileDim) : d.rows;
  int64_t bytes = pages * page;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(bytes, 64);
  auto *out = reinterpret_cast<uint8_t *>(blob.getMutableData().data());
  std::fill_n(out, bytes, 0);
  auto format = DataFormat(d.format);
  if (d.tiled())
    packMatrixTiles(format, values.data(), d.rows, d.cols, d.cols, out);
  else
    packMatrixRows(format, values.data(), d.rows, d.cols, d.cols, out, page);
  auto type = RankedTensorType::get({bytes}, IntegerType::get(context, 8));
  std::string key = name.str() + "_" + hashText(hash64({out, size_t(bytes)}));
  auto &manager = DenseResourceElementsHandle::getManagerInterface(context);
  if (auto *known = manager.getBlobManager().lookup(key)) {
    if (!known->getBlob())
      known->setBlob(std::move(blob));
    auto *dialect = context->getOrLoadDialect<BuiltinDialect>();
    return DenseResourceElementsAttr::get(type, DenseResourceElementsHandle(known, dialect));
  }
  return DenseResourceElementsAttr::get(type, manager.insert(key, std::move(blob)));
}

BufferRef EmitBuilder::constant(const ConstantSpec &spec) {
  BufferDesc d;
  d.memory = program::Memory::Dram;
  d.order = spec.order;
  d.format = spec.format;
  d.rows = spec.rows;
  d.cols = spec.cols;
  bool tiled = d.tiled();
  d.shardRows = tiled ? llvm::alignTo(d.rows, tileDim) : d.rows;
  d.shardCols = tiled ? llvm::alignTo(d.cols, tileDim) : llvm::alignTo(d.cols, 8);
  std::vector<float> values = spec.fill();
  assert(int64_t(values.size()) == d.rows * d.cols && "fill returns rows x cols floats");
  std::string name = source + "." + spec.name;
  DeviceAttr device = getDevice(module);
  assert((!tiled || pageBytes(d, device) == tileBytes(Format(d.format))) &&
         "tiles fill DRAM pages");
  ElementsAttr data = packConstant(module.getContext(), name, d, pageBytes(d, device), values);
  BufferOp op = makeBuffer(loc, name, d, device, data);
  symbol(op);
  return buffer(op);
}

} // namespace ttc::tile
