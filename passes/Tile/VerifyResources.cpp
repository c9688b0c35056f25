//===- VerifyResources.cpp - addresses complete, nothing live overlaps --------===//
#include "Liveness.h"
#include "passes/Tile/Passes.h"

namespace ttc::tile {
#define GEN_PASS_DEF_VERIFYRESOURCES
#include "passes/Tile/Passes.h.inc"
} // namespace ttc::tile

using namespace mlir;
using namespace ttc::tile;

namespace {

struct Bytes {
  int64_t begin, end;
  bool overlaps(Bytes other) const { return begin < other.end && other.begin < end; }
  bool contains(Bytes other) const { return begin <= other.begin && other.end <= end; }
};

struct VerifyResourcesPass : public ttc::tile::impl::VerifyResourcesBase<VerifyResourcesPass> {
  void runOnOperation() override;

  LogicalResult verifyPlace(Operation *op, StringRef name, std::optional<uint64_t> address,
                            int64_t size, Bytes limits);
  LogicalResult verifyPlaces(DeviceAttr device);
  LogicalResult verifyCbs(ProgramOp program, size_t launch, const Liveness &liveness);
  LogicalResult verifyBuffers(size_t launch, const Liveness &liveness);
};

} // namespace

static Bytes bytesOf(BufferOp buffer) {
  int64_t begin = int64_t(*buffer.getAddress());
  return {begin, begin + int64_t(buffer.getSize())};
}

static Bytes bytesOf(CbOp cb) {
  int64_t begin = int64_t(*cb.getAddress());
  return {begin, begin + cb.getTotalBytes()};
}

template <typename OpT>
static LogicalResult overlapError(Operation *op, StringRef name, Bytes bytes, OpT other,
                                  StringRef otherName) {
  InFlightDiagnostic error = op->emitError() << "'" << name << "' at bytes " << bytes.begin << ".."
                                             << bytes.end << " overlaps '" << otherName << "' at "
                                             << bytesOf(other).begin << ".." << bytesOf(other).end;
  error.attachNote(other.getLoc()) << "the other is declared here";
  return error;
}

/// (V1) and (V2).
LogicalResult VerifyResourcesPass::verifyPlace(Operation *op, StringRef name,
                                               std::optional<uint64_t> address, int64_t size,
                                               Bytes limits) {
  if (!address)
    return op->emitError() << "expected '" << name << "' to have an address";
  Bytes bytes{int64_t(*address), int64_t(*address) + size};
  if (!limits.contains(bytes))
    return op->emitError() << "'" << name << "' at bytes " << bytes.begin << ".." << bytes.end
                           << " is not inside " << limits.begin << ".." << limits.end;
  return success();
}

LogicalResult VerifyResourcesPass::verifyPlaces(DeviceAttr device) {
  Bytes l1{device.getL1Base(), device.getL1End()}, dram{0, device.getDramBankBytes()};
  for (auto buffer : getOperation().getOps<BufferOp>())
    if (failed(verifyPlace(buffer, buffer.getSymName(), buffer.getAddress(), buffer.getSize(),
                           buffer.getMemory() == Memory::L1 ? l1 : dram)))
      return failure();
  for (auto program : getOperation().getOps<ProgramOp>())
    for (auto cb : program.getBody().getOps<CbOp>())
      if (failed(verifyPlace(cb, cb.getName(), cb.getAddress(), cb.getTotalBytes(), l1)))
        return failure();
  return success();
}

/// (V3) and (V5).
LogicalResult VerifyResourcesPass::verifyCbs(ProgramOp program, size_t launch,
                                             const Liveness &liveness) {
  SmallVector<CbOp> earlier;
  for (auto cb : program.getBody().getOps<CbOp>()) {
    if (cb.getAliasAttr())
      continue;
    Bytes bytes = bytesOf(cb);
    for (CbOp other : earlier)
      if (bytes.overlaps(bytesOf(other)))
        return overlapError(cb, cb.getName(), bytes, other, other.getName());
    for (BufferOp buffer : liveness.buffers())
      if (buffer.getMemory() == Memory::L1 && liveness.isLive(buffer, launch) &&
          bytes.overlaps(bytesOf(buffer)))
        return overlapError(cb, cb.getName(), bytes, buffer, buffer.getSymName());
    earlier.push_back(cb);
  }
  for (BufferOp buffer : liveness.uses(program))
    if (FreeOp free = liveness.freedBefore(buffer, launch)) {
      LaunchOp op = liveness.launches()[launch];
      InFlightDiagnostic error = op.emitError()
                                 << "launches " << op.getProgramAttr() << ", which uses '"
                                 << buffer.getSymName() << "' after it was freed";
      error.attachNote(free.getLoc()) << "freed here";
      return error;
    }
  return success();
}

/// (V4).
LogicalResult VerifyResourcesPass::verifyBuffers(size_t launch, const Liveness &liveness) {
  SmallVector<BufferOp> live;
  for (BufferOp buffer : liveness.buffers())
    if (liveness.isLive(buffer, launch))
      live.push_back(buffer);
  llvm::sort(live, [](BufferOp a, BufferOp b) {
    return std::tuple(a.getMemory(), bytesOf(a).begin, -bytesOf(a).end) <
           std::tuple(b.getMemory(), bytesOf(b).begin, -bytesOf(b).end);
  });
  // Sorted by begin, the furthest end so far is all that a buffer can partly overlap.
  BufferOp furthest;
  for (BufferOp buffer : live) {
    bool same = furthest && furthest.getMemory() == buffer.getMemory();
    if (same && bytesOf(furthest).overlaps(bytesOf(buffer)) &&
        !bytesOf(furthest).contains(bytesOf(buffer)))
      return overlapError(buffer, buffer.getSymName(), bytesOf(buffer), furthest,
                          furthest.getSymName());
    if (!same || bytesOf(buffer).end > bytesOf(furthest).end)
      furthest = buffer;
  }
  return success();
}

void VerifyResourcesPass::runOnOperation() {
  markAllAnalysesPreserved();
  DeviceAttr device = getDevice(getOperation());
  if (!device) {
    getOperation().emitError() << "expected the module to have a device in '"
                               << TileDialect::getDeviceAttrName() << "'";
    return signalPassFailure();
  }
  if (failed(verifyPlaces(device)))
    return signalPassFailure();
  Liveness liveness(getOperation());
  for (size_t i = 0; i < liveness.launches().size(); ++i)
    if (failed(verifyCbs(liveness.program(liveness.launches()[i]), i, liveness)) ||
        failed(verifyBuffers(i, liveness)))
      return signalPassFailure();
}
