//===- DataMovement.cpp - verifiers of transfers and semaphores ------------===//
#include "dialects/Tile/Tile.h"

using namespace mlir;
using namespace ttc::tile;

/// Checks first..last (inclusive, where constant) against `extent` cores of the program's grid.
static LogicalResult verifyCores(Operation *op, StringRef axis, Value first, Value last,
                                 int64_t extent) {
  std::optional<int64_t> a = getConstant(first), b = getConstant(last);
  if ((a && (*a < 0 || *a >= extent)) || (b && (*b < 0 || *b >= extent)) || (a && b && *a > *b))
    return op->emitOpError() << "expected " << axis << " coordinates of the program's " << extent
                             << " cores, but got " << (a ? llvm::Twine(*a) : llvm::Twine("?"))
                             << ".." << (b ? llvm::Twine(*b) : llvm::Twine("?"));
  return success();
}

static LogicalResult verifyRectangle(Operation *op, Value x0, Value y0, Value x1, Value y1) {
  auto program = op->getParentOfType<ProgramOp>();
  if (!program)
    return success();
  if (failed(verifyCores(op, "x", x0, x1, program.getGridX())))
    return failure();
  return verifyCores(op, "y", y0, y1, program.getGridY());
}

/// A known byte count is positive and a multiple of `unit`.
static LogicalResult verifyBytes(Operation *op, Value nbytes, int64_t unit) {
  std::optional<int64_t> bytes = getConstant(nbytes);
  if (bytes && (*bytes <= 0 || *bytes % unit))
    return op->emitOpError() << "expected nbytes to be a positive multiple of " << unit
                             << ", but got " << *bytes;
  return success();
}

static LogicalResult verifyPattern(Operation *op, uint32_t pattern) {
  if (pattern >= 1u << 16)
    return op->emitOpError() << "expected a 16-bit pattern, but got " << pattern;
  return success();
}

LogicalResult SemIncOp::verify() { return verifyRectangle(*this, getX(), getY(), getX(), getY()); }

LogicalResult SemMcastIncOp::verify() {
  return verifyRectangle(*this, getX0(), getY0(), getX1(), getY1());
}

LogicalResult McastOp::verify() {
  if (failed(verifyBytes(*this, getNbytes(), 16)))
    return failure();
  return verifyRectangle(*this, getX0(), getY0(), getX1(), getY1());
}

LogicalResult FillOp::verify() { return verifyPattern(*this, getValue()); }

LogicalResult ReadWindowOp::verify() {
  if (failed(verifyBytes(*this, getNbytes(), 2)))
    return failure();
  return verifyPattern(*this, getFill());
}

LogicalResult WriteRowsOp::verify() { return verifyBytes(*this, getNbytes(), 2); }

//===----------------------------------------------------------------------===//
// What depends on the buffer
//===----------------------------------------------------------------------===//

/// The `tile.buffer` an instruction names; null with a diagnostic when there is none (I4).
static BufferOp lookupBuffer(Operation *op, FlatSymbolRefAttr symbol,
                             SymbolTableCollection &symbols) {
  auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(op, symbol);
  if (!buffer)
    op->emitOpError() << "expected " << symbol << " to name a 'tile.buffer'";
  return buffer;
}

static InFlightDiagnostic emitBufferError(Operation *op, BufferOp buffer, const llvm::Twine &what) {
  InFlightDiagnostic error = op->emitOpError() << what;
  error.attachNote(buffer.getLoc()) << "the buffer is declared here";
  return error;
}

static LogicalResult verifyRowMajor(Operation *op, BufferOp buffer) {
  if (buffer.getOrder() != Order::RowMajor)
    return emitBufferError(op, buffer, "expected a row-major buffer, but got one of tiles");
  return success();
}

static LogicalResult verifyWritable(Operation *op, BufferOp buffer) {
  if (buffer.isConstant())
    return emitBufferError(op, buffer, "expected a buffer to write, but got a constant");
  return success();
}

/// Where known, first..first+count lies in 0..extent.
static LogicalResult verifyRange(Operation *op, BufferOp buffer, StringRef what, Value first,
                                 Value count, int64_t extent) {
  std::optional<int64_t> begin = getConstant(first), size = getConstant(count);
  int64_t low = begin.value_or(0), high = low + size.value_or(1);
  if (low < 0 || (size && *size <= 0) || high > extent)
    return emitBufferError(op, buffer,
                           llvm::Twine("expected ") + what + " in 0.." + llvm::Twine(extent) +
                               ", but got " + llvm::Twine(low) + ".." + llvm::Twine(high));
  return success();
}

template <typename OpT> static LogicalResult verifyPages(OpT op, BufferOp buffer) {
  if (failed(
          verifyRange(op, buffer, "page rows", op.getRow(), op.getNrows(), buffer.getPageRows())))
    return failure();
  return verifyRange(op, buffer, "page columns", op.getCol(), op.getNcols(), buffer.getPageCols());
}

LogicalResult ReadPagesOp::verifySymbolUses(SymbolTableCollection &symbols) {
  BufferOp buffer = lookupBuffer(*this, getBufferAttr(), symbols);
  return buffer ? verifyPages(*this, buffer) : failure();
}

LogicalResult WritePagesOp::verifySymbolUses(SymbolTableCollection &symbols) {
  BufferOp buffer = lookupBuffer(*this, getBufferAttr(), symbols);
  if (!buffer || failed(verifyWritable(*this, buffer)))
    return failure();
  return verifyPages(*this, buffer);
}

LogicalResult ReadWindowOp::verifySymbolUses(SymbolTableCollection &symbols) {
  BufferOp buffer = lookupBuffer(*this, getBufferAttr(), symbols);
  if (!buffer || failed(verifyRowMajor(*this, buffer))) // (C1)
    return failure();
  auto window = symbols.lookupNearestSymbolFrom<WindowOp>(*this, getWindowAttr());
  if (!window)
    return emitOpError() << "expected " << getWindowAttr() << " to name a 'tile.window'";
  int64_t rows = window.getN() * window.getInH() * window.getInW();
  if (rows != int64_t(buffer.getRows())) // (C2)
    return emitBufferError(*this, buffer,
                           "expected a buffer of the window's " + llvm::Twine(rows) +
                               " input rows, but got " + llvm::Twine(buffer.getRows()));
  int64_t taps = window.getKernelH() * window.getKernelW();
  return verifyRange(*this, buffer, "kernel taps", getTap(), getNtaps(), taps); // (C3)
}

LogicalResult WriteRowsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  BufferOp buffer = lookupBuffer(*this, getBufferAttr(), symbols);
  if (!buffer || failed(verifyRowMajor(*this, buffer))) // (C1)
    return failure();
  return verifyWritable(*this, buffer); // (C2)
}
