//===- Overrides.h - layouts set by the user, by source layer name ----------===//
#ifndef TTC_PASSES_LAYOUT_OVERRIDES_H
#define TTC_PASSES_LAYOUT_OVERRIDES_H

#include "dialects/TT/TT.h"
#include "ttc/Support/Expected.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace ttc {

/// What a user fixes of one layer's result; everything else stays free.
struct LayoutOverride {
  std::optional<tt::MemorySpace> memory;
  std::optional<tt::Sharding> sharding;
  std::optional<std::pair<int64_t, int64_t>> grid; ///< cores x, y
  std::optional<tt::TileOrder> order;
  std::optional<tt::StorageType> storage;
  std::optional<int64_t> actBlockRows; ///< elements, a multiple of 32

  bool allows(tt::LayoutAttr layout) const;
};

/// {"layers": {NAME: {"memory", "sharding", "grid": [x, y], "order", "storage", "act_block_h"}}}
class LayoutOverrides {
public:
  static Expected<LayoutOverrides> read(const std::string &path);

  /// The override for an op's layer, null for none. Remembers that the layer exists.
  const LayoutOverride *find(mlir::Operation *op);
  /// Layers that no op asked for: misspelt names.
  std::string unused() const;

private:
  std::map<std::string, LayoutOverride> layers;
  std::set<std::string> used;
};

/// The source layer name in an op's location; empty if there is none.
std::string layerName(mlir::Location loc);

} // namespace ttc

#endif
