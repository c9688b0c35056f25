//===- AllocateCbs.cpp - L1 addresses of circular buffers --------------------===//
#include "Liveness.h"
#include "passes/Tile/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace ttc::tile {
#define GEN_PASS_DEF_ALLOCATECBS
#include "passes/Tile/Passes.h.inc"
} // namespace ttc::tile

using namespace mlir;
using namespace ttc::tile;

namespace {

/// NoC transfers like 64-byte alignment; every device's requirement divides it.
constexpr int64_t cbAlignment = 64;

/// Where circular buffers have to end, and because of which buffer (null: the end of L1).
struct Ceiling {
  int64_t address;
  BufferOp buffer;
};

struct AllocateCbsPass : public ttc::tile::impl::AllocateCbsBase<AllocateCbsPass> {
  void runOnOperation() override;

  llvm::DenseMap<Operation *, Ceiling> findCeilings(DeviceAttr device);
  LogicalResult allocate(ProgramOp program, DeviceAttr device, Ceiling ceiling);
  LogicalResult placeAlias(CbOp cb);
};

} // namespace

/// The lowest live L1 buffer over all launches of each launched program.
llvm::DenseMap<Operation *, Ceiling> AllocateCbsPass::findCeilings(DeviceAttr device) {
  Liveness liveness(getOperation());
  llvm::DenseMap<Operation *, Ceiling> ceilings;
  for (auto [i, launch] : llvm::enumerate(liveness.launches())) {
    auto [entry, isNew] =
        ceilings.try_emplace(liveness.program(launch), Ceiling{device.getL1End(), BufferOp()});
    for (BufferOp buffer : liveness.buffers())
      if (buffer.getMemory() == Memory::L1 && buffer.getAddress() && liveness.isLive(buffer, i) &&
          int64_t(*buffer.getAddress()) < entry->second.address)
        entry->second = {int64_t(*buffer.getAddress()), buffer};
  }
  return ceilings;
}

LogicalResult AllocateCbsPass::placeAlias(CbOp cb) {
  auto buffer = SymbolTable::lookupNearestSymbolFrom<BufferOp>(cb, cb.getAliasAttr());
  if (buffer.getAddress()) {
    cb.setAddress(*buffer.getAddress());
    return success();
  }
  InFlightDiagnostic error = cb.emitError("expected the aliased buffer to have an address");
  error.attachNote(buffer.getLoc()) << "this buffer";
  return error;
}

LogicalResult AllocateCbsPass::allocate(ProgramOp program, DeviceAttr device, Ceiling ceiling) {
  int64_t base = llvm::alignTo(device.getL1Base(), cbAlignment), next = base;
  for (auto cb : program.getBody().getOps<CbOp>()) {
    if (cb.getAliasAttr()) {
      if (failed(placeAlias(cb)))
        return failure();
      continue;
    }
    next = llvm::alignTo(next, cbAlignment);
    cb.setAddress(uint64_t(next));
    next += cb.getTotalBytes();
  }
  peakBytes = std::max<uint64_t>(peakBytes, uint64_t(next - base));
  if (next <= ceiling.address)
    return success();
  InFlightDiagnostic error = program.emitError()
                             << "'" << locationName(program.getLoc()) << "' needs " << next - base
                             << " bytes of L1 per core for circular buffers, limit is "
                             << std::max<int64_t>(0, ceiling.address - base);
  if (ceiling.buffer)
    error.attachNote(ceiling.buffer.getLoc())
        << "the limit is live buffer " << ceiling.buffer.getSymNameAttr() << " at address "
        << ceiling.address;
  return error;
}

void AllocateCbsPass::runOnOperation() {
  DeviceAttr device = getDevice(getOperation());
  if (!device) {
    getOperation().emitError() << "expected the module to have a device in '"
                               << TileDialect::getDeviceAttrName() << "'";
    return signalPassFailure();
  }
  llvm::DenseMap<Operation *, Ceiling> ceilings = findCeilings(device);
  for (auto program : getOperation().getOps<ProgramOp>()) {
    auto known = ceilings.find(program);
    Ceiling ceiling =
        known == ceilings.end() ? Ceiling{device.getL1End(), BufferOp()} : known->second;
    if (failed(allocate(program, device, ceiling)))
      signalPassFailure();
  }
}
