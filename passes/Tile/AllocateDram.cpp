//===- AllocateDram.cpp - addresses of DRAM buffers ---------------------------===//
#include "passes/Tile/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace ttc::tile {
#define GEN_PASS_DEF_ALLOCATEDRAM
#include "passes/Tile/Passes.h.inc"
} // namespace ttc::tile

using namespace mlir;
using namespace ttc::tile;

namespace {
struct AllocateDramPass : public ttc::tile::impl::AllocateDramBase<AllocateDramPass> {
  void runOnOperation() override;
};
} // namespace

void AllocateDramPass::runOnOperation() {
  DeviceAttr device = getDevice(getOperation());
  if (!device) {
    getOperation().emitError() << "expected the module to have a device in '"
                               << TileDialect::getDeviceAttrName() << "'";
    return signalPassFailure();
  }
  auto inDram = [](BufferOp buffer) { return buffer.getMemory() == Memory::Dram; };
  uint64_t next = 0, alignment = std::max<uint64_t>(64, device.getDramAlignment());
  auto buffers = llvm::make_filter_range(getOperation().getOps<BufferOp>(), inDram);
  for (BufferOp buffer : buffers)
    if (buffer.getAddress())
      next = std::max(next, *buffer.getAddress() + buffer.getSize());
  for (BufferOp buffer : buffers) {
    if (buffer.getAddress())
      continue;
    next = llvm::alignTo(next, alignment);
    buffer.setAddress(next);
    next += buffer.getSize();
    if (next <= uint64_t(device.getDramBankBytes()))
      continue;
    buffer.emitError() << "'" << locationName(buffer.getLoc()) << "' needs DRAM up to byte " << next
                       << " of every bank, limit is " << device.getDramBankBytes();
    return signalPassFailure();
  }
  bytes = next;
}
