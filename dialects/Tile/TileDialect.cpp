//===- TileDialect.cpp - registration, attributes and common helpers -------===//
#include "dialects/Tile/Tile.h"

#include "ttc/Device/DataFormat.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/Tile/InstructionOpInterface.cpp.inc"
#include "dialects/Tile/TileDialect.cpp.inc"
#include "dialects/Tile/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/TileTypes.cpp.inc"

using namespace mlir;

namespace ttc::tile {
namespace {
/// Folded constants stay inside their kernel, where the reader of the IR looks for them.
struct TileFoldInterface : public DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const final {
    return llvm::isa<KernelOp>(region->getParentOp());
  }
};
} // namespace

void TileDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/TileOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/TileAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Tile/TileTypes.cpp.inc"
      >();
  addInterfaces<TileFoldInterface>();
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != getDeviceAttrName())
    return op->emitError() << "unknown attribute '" << attribute.getName().getValue()
                           << "' of the tile dialect";
  if (!llvm::isa<ModuleOp>(op) || !llvm::isa<DeviceAttr>(attribute.getValue()))
    return op->emitError() << "expected '" << getDeviceAttrName()
                           << "' to be a #tile.device attribute of a module";
  return success();
}

LogicalResult DeviceAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                                 StringRef fingerprint, int64_t gridX, int64_t gridY,
                                 int64_t l1Base, int64_t l1End, int64_t l1Alignment,
                                 int64_t dstTiles16, int64_t dstTiles32, int64_t maxCbs,
                                 int64_t maxSemaphores, int64_t dramBanks, int64_t dramBankBytes,
                                 int64_t dramAlignment) {
  for (int64_t count : {gridX, gridY, l1Alignment, dstTiles16, dstTiles32, maxCbs, dramBanks,
                        dramBankBytes, dramAlignment})
    if (count <= 0)
      return emitError() << "expected positive device figures, but got " << count;
  if (uint64_t value; fingerprint.getAsInteger(16, value))
    return emitError() << "expected a hexadecimal fingerprint, but got '" << fingerprint << "'";
  if (l1Base < 0 || l1End <= l1Base)
    return emitError() << "expected l1End behind l1Base " << l1Base << ", but got " << l1End;
  return success();
}

int64_t tileBytes(Format format) { return int64_t(ttc::tileBytes(DataFormat(format))); }
int64_t elementBytes(Format format) { return int64_t(ttc::elementBytes(DataFormat(format))); }

uint64_t DeviceAttr::getFingerprintValue() const {
  uint64_t value = 0;
  getFingerprint().getAsInteger(16, value);
  return value;
}

DeviceAttr makeDevice(MLIRContext *context, const DeviceSpec &spec) {
  return DeviceAttr::get(context, spec.name, llvm::utohexstr(spec.fingerprint(), true), spec.grid_x,
                         spec.grid_y, spec.l1_base, spec.l1_end, spec.l1_alignment,
                         spec.dst_tiles_16, spec.dst_tiles_32, spec.max_cbs, spec.max_semaphores,
                         spec.dram_banks, spec.dram_bank_bytes, spec.dram_alignment);
}

DeviceAttr getDevice(Operation *op) {
  auto module = llvm::dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  return module ? module->getAttrOfType<DeviceAttr>(TileDialect::getDeviceAttrName())
                : DeviceAttr();
}

std::optional<int64_t> getConstant(Value value) {
  llvm::APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)))
    return std::nullopt;
  return value.getType().isInteger(1) ? int64_t(constant.getZExtValue()) : constant.getSExtValue();
}

std::string locationName(Location loc) {
  if (auto named = llvm::dyn_cast<NameLoc>(loc))
    return named.getName().str();
  if (auto file = llvm::dyn_cast<FileLineColLoc>(loc))
    return (file.getFilename().getValue() + ":" + llvm::Twine(file.getLine())).str();
  if (auto call = llvm::dyn_cast<CallSiteLoc>(loc))
    return locationName(call.getCallee());
  std::string name;
  if (auto fused = llvm::dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations()) {
      std::string next = locationName(part);
      if (!next.empty() && name != next)
        name += (name.empty() ? "" : "+") + next;
    }
  return name;
}

} // namespace ttc::tile
