//===- Module.cpp - verifiers of buffers, windows and programs -------------===//
#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace ttc::tile;

//===----------------------------------------------------------------------===//
// Buffer
//===----------------------------------------------------------------------===//

int64_t BufferOp::getPageRows() {
  return getOrder() == Order::Tile ? llvm::divideCeil(getRows(), 32) : getRows();
}

int64_t BufferOp::getPageCols() {
  if (getOrder() == Order::Tile)
    return llvm::divideCeil(getCols(), 32);
  return isSharded() ? llvm::divideCeil(getCols(), getShardCols()) : 1;
}

int64_t BufferOp::getShardPages() {
  return getOrder() == Order::Tile ? getShardRows() / 32 * (getShardCols() / 32) : getShardRows();
}

/// (C1) to (C3).
static LogicalResult verifyPages(BufferOp op) {
  for (uint64_t v : {op.getRows(), op.getCols(), op.getShardRows(), op.getShardCols(),
                     op.getGridX(), op.getGridY(), op.getPageBytes(), op.getSize()})
    if (int64_t(v) <= 0) // (C1)
      return op.emitOpError() << "expected positive extents and sizes, but got " << int64_t(v);
  if (op.getOrder() == Order::Tile) { // (C2)
    if (op.getShardRows() % 32 || op.getShardCols() % 32)
      return op.emitOpError() << "expected a shard of whole 32x32 tiles, but got "
                              << op.getShardRows() << "x" << op.getShardCols();
    if (int64_t(op.getPageBytes()) < tileBytes(op.getFormat()))
      return op.emitOpError() << "expected a page of a " << stringifyFormat(op.getFormat())
                              << " tile, " << tileBytes(op.getFormat()) << " bytes, but got "
                              << op.getPageBytes();
    return success();
  }
  int64_t row = op.getShardCols() * elementBytes(op.getFormat());
  if (!row) // (C3)
    return op.emitOpError() << "expected bf16 or fp32 in row-major order, but got "
                            << stringifyFormat(op.getFormat());
  if (int64_t(op.getPageBytes()) < row)
    return op.emitOpError() << "expected a page of a shard's row, " << row << " bytes, but got "
                            << op.getPageBytes();
  return success();
}

/// (C4) and (C5).
static LogicalResult verifyShards(BufferOp op) {
  int64_t rows = op.getRows(), cols = op.getCols();
  int64_t shardRows = op.getShardRows(), shardCols = op.getShardCols();
  int64_t gridX = op.getGridX(), gridY = op.getGridY();
  if (op.isSharded() && op.getMemory() != Memory::L1)
    return op.emitOpError("expected a sharded buffer in l1, but got dram");
  if (!op.isSharded() && (gridX != 1 || gridY != 1))
    return op.emitOpError() << "expected an interleaved buffer with grid 1x1, but got " << gridX
                            << "x" << gridY;
  if (!op.isSharded() && op.getShardPages() != op.getPageRows() * op.getPageCols())
    return op.emitOpError() << "expected the shard of an interleaved buffer to be its " << rows
                            << "x" << cols << ", padded to whole pages, but got " << shardRows
                            << "x" << shardCols;
  int64_t down = 1, across = 1;
  switch (op.getSharding()) {
  case Sharding::Interleaved:
    break;
  case Sharding::Height:
    down = gridX * gridY;
    break;
  case Sharding::Width:
    across = gridX * gridY;
    break;
  case Sharding::Block:
    down = op.getColMajor() ? gridX : gridY;
    across = op.getColMajor() ? gridY : gridX;
    break;
  }
  if (down * shardRows < rows || across * shardCols < cols)
    return op.emitOpError() << "expected " << down << "x" << across << " shards of " << shardRows
                            << "x" << shardCols << " to hold " << rows << "x" << cols;
  return success();
}

/// Bytes of every bank or core, once the number of banks is known; 0 before.
static int64_t neededBytes(BufferOp op, DeviceAttr device) {
  int64_t pages = op.getShardPages(), page = op.getPageBytes();
  if (op.isSharded())
    return pages * page;
  if (!device)
    return 0;
  bool dram = op.getMemory() == Memory::Dram;
  int64_t banks = dram ? device.getDramBanks() : device.getGridX() * device.getGridY();
  return llvm::divideCeil(pages, banks) * page;
}

LogicalResult BufferOp::verify() {
  if (failed(verifyPages(*this)) || failed(verifyShards(*this)))
    return failure();
  DeviceAttr device = getDevice(*this);
  int64_t alignment = getMemory() == Memory::L1 ? 16 : 32;
  if (device)
    alignment = getMemory() == Memory::L1 ? device.getL1Alignment() : device.getDramAlignment();
  for (int64_t v : {int64_t(getPageBytes()), int64_t(getAddress().value_or(0)), int64_t(getSize())})
    if (v % alignment) // (C6)
      return emitOpError() << "expected page, address and size in " << stringifyMemory(getMemory())
                           << " to be multiples of " << alignment << ", but got " << v;
  if (int64_t needed = neededBytes(*this, device); int64_t(getSize()) < needed) // (C7)
    return emitOpError() << "expected a size of " << needed << " bytes or more, but got "
                         << getSize();
  if (!isConstant())
    return success();
  int64_t bytes = getShardPages() * getPageBytes();
  auto type = llvm::dyn_cast<ShapedType>(getDataAttr().getType());
  if (!type || !type.getElementType().isInteger(8) || type.getNumElements() != bytes) // (C8)
    return emitOpError() << "expected " << bytes << " i8 elements of data, but got "
                         << getDataAttr().getType();
  return success();
}

LogicalResult WindowOp::verify() {
  for (uint64_t v : {getN(), getOutH(), getOutW(), getInH(), getInW(), getKernelH(), getKernelW(),
                     getStrideH(), getStrideW(), getDilationH(), getDilationW(), getInDilationH(),
                     getInDilationW(), getInRepeatH(), getInRepeatW()})
    if (int64_t(v) <= 0) // (C1)
      return emitOpError() << "expected positive extents, but got " << int64_t(v);
  return success();
}

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

KernelOp ProgramOp::getKernel(ThreadKind thread) {
  for (KernelOp kernel : getBody().getOps<KernelOp>())
    if (kernel.getThread() == thread)
      return kernel;
  return {};
}

int64_t ProgramOp::getDstCapacity() {
  DeviceAttr device = getDevice(*this);
  if (!device)
    return getFp32Dest() ? 4 : 8;
  return getFp32Dest() ? device.getDstTiles32() : device.getDstTiles16();
}

LogicalResult ProgramOp::verify() {
  int64_t gridX = getGridX(), gridY = getGridY();
  DeviceAttr device = getDevice(*this);
  if (gridX <= 0 || gridY <= 0) // (C1)
    return emitOpError() << "expected a positive grid, but got " << gridX << "x" << gridY;
  if (device && (gridX > device.getGridX() || gridY > device.getGridY()))
    return emitOpError() << "expected a grid in the " << device.getGridX() << "x"
                         << device.getGridY() << " cores of " << device.getName() << ", but got "
                         << gridX << "x" << gridY;
  int64_t expected = getNumArgs().value_or(0) * getNumCores();
  int64_t got = getArgs() ? getArgs()->size() : 0;
  if (expected != got) // (C3)
    return emitOpError() << "expected " << expected << " arguments for its cores, but got " << got;
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  int64_t cbs = 0, semaphores = 0, bytes = 0, kernels[3] = {};
  for (Operation &op : getBody().getOps()) {
    if (auto kernel = llvm::dyn_cast<KernelOp>(op)) {
      if (kernels[int(kernel.getThread())]++) // (C2)
        return kernel.emitOpError() << "expected one " << stringifyThreadKind(kernel.getThread())
                                    << " kernel in a program";
    } else if (auto cb = llvm::dyn_cast<CbOp>(op)) {
      ++cbs;
      bytes += cb.getAliasAttr() ? 0 : cb.getTotalBytes();
    } else if (llvm::isa<SemaphoreOp>(op)) {
      ++semaphores;
    } else if (!llvm::isa<arith::ConstantOp>(op)) {
      return op.emitOpError("expected only declarations and kernels in a program");
    }
  }
  DeviceAttr device = getDevice(*this);
  if (!device)
    return success();
  if (cbs > device.getMaxCbs() || semaphores > device.getMaxSemaphores()) // (C4)
    return emitOpError() << "needs " << cbs << " circular buffers and " << semaphores
                         << " semaphores, limit is " << device.getMaxCbs() << " and "
                         << device.getMaxSemaphores();
  int64_t limit = device.getL1End() - device.getL1Base();
  if (bytes > limit) // (C5)
    return emitOpError() << "needs " << bytes
                         << " bytes of L1 per core for circular buffers, limit is " << limit;
  return success();
}
