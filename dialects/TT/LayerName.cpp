//===- LayerName.cpp - source layers in locations ----------------------------===//
#include "dialects/TT/LayerName.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace ttc::tt {

StringRef getLayerName(Location loc) {
  StringRef name;
  loc->walk([&](Location part) {
    if (auto named = dyn_cast<NameLoc>(part)) {
      name = named.getName().getValue();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return name;
}

Location fuseLocations(Location main, Location other) {
  return FusedLoc::get(main.getContext(), {main, other});
}

} // namespace ttc::tt
