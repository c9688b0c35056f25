//===- CircularBuffer.cpp - verifiers of circular buffers ------------------===//
#include "dialects/Tile/Tile.h"

using namespace mlir;
using namespace ttc::tile;

void CbOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getCb(), getName()); }

void SemaphoreOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getSemaphore(), "sem"); }

LogicalResult CbOp::verify() {
  int64_t page = getPageBytes(), pages = getPages();
  if (page <= 0 || page % 16 || pages <= 0) // (C1)
    return emitOpError() << "expected pages of a positive multiple of 16 bytes, but got " << pages
                         << " pages of " << page << " bytes";
  if (!elementBytes(getFormat()) && page % tileBytes(getFormat())) // (C2)
    return emitOpError() << "expected pages of whole " << stringifyFormat(getFormat())
                         << " tiles of " << tileBytes(getFormat()) << " bytes, but got " << page
                         << " bytes";
  if (getAddress() && *getAddress() % 16) // (C4)
    return emitOpError() << "expected an address that is a multiple of 16, but got "
                         << *getAddress();
  return success();
}

LogicalResult CbOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!getAliasAttr())
    return success();
  auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(*this, getAliasAttr());
  if (!buffer) // (C3)
    return emitOpError() << "expected alias " << getAliasAttr() << " to name a 'tile.buffer'";
  if (buffer.getMemory() != Memory::L1 || !buffer.isSharded() ||
      getTotalBytes() > int64_t(buffer.getSize())) {
    InFlightDiagnostic error = emitOpError() << "expected the alias to be a sharded L1 buffer of "
                                             << getTotalBytes() << " bytes or more on a core";
    error.attachNote(buffer.getLoc()) << "it is this one, of " << buffer.getSize() << " bytes";
    return error;
  }
  return success();
}

/// (C1) of the four protocol ops.
template <typename OpT> static LogicalResult verifyPages(OpT op) {
  auto cb = op.getCb().template getDefiningOp<CbOp>();
  std::optional<int64_t> pages = getConstant(op.getPages());
  if (!cb || !pages || (*pages >= 1 && *pages <= int64_t(cb.getPages())))
    return success();
  InFlightDiagnostic error = op.emitOpError() << "expected between 1 and " << cb.getPages()
                                              << " pages, but got " << *pages;
  error.attachNote(cb.getLoc()) << "of this circular buffer";
  return error;
}

LogicalResult CbReserveOp::verify() { return verifyPages(*this); }
LogicalResult CbPushOp::verify() { return verifyPages(*this); }
LogicalResult CbWaitOp::verify() { return verifyPages(*this); }
LogicalResult CbPopOp::verify() { return verifyPages(*this); }
