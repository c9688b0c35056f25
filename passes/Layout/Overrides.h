//===- Overrides.h - layouts set by the user, by source layer name ----------===//
#ifndef TTC_PASSES_LAYOUT_OVERRIDES_H
#define TTC_PASSES_LAYOUT_OVERRIDES_H

#include "dialects/TT/TT.h"
#include "ttc/Support/Expected.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ttc {

/// A conversion of an operand before its op: the fields that are set change, the others stay.
struct LayoutStep {
  std::optional<tt::Sharding> sharding; ///< in L1
  std::optional<tt::TileOrder> order;
};

/// What a user fixes of one layer's result; everything else stays free.
struct LayoutOverride {
  std::optional<tt::MemorySpace> memory;
  std::optional<tt::Sharding> sharding;
  std::optional<std::pair<int64_t, int64_t>> grid; ///< cores x, y
  std::optional<tt::TileOrder> order;
  std::optional<tt::StorageType> storage;
  std::optional<int64_t> actBlockRows; ///< elements, a multiple of 32
  std::optional<int64_t> subblockRows, subblockCols; ///< of an output block, likewise
  std::optional<int64_t> shardRows;    ///< elements
  std::optional<int64_t> shardCols;    ///< elements; not a multiple of 32 in row-major order only
  /// The result is cut over the cores as the first operand is.
  bool likeOperand = false;
  /// Applied to every operand in turn, one `tt.reshard` for each step that changes its layout.
  std::vector<LayoutStep> operandSteps;

  bool allows(tt::LayoutAttr layout) const;
  /// Gives the op what is fixed whatever layout is chosen: its block height, its results' storage.
  void pin(mlir::Operation *op) const;
};

/// The fields that are attributes of the op, of these names (blockingAttrs).
inline constexpr std::pair<llvm::StringLiteral, std::optional<int64_t> LayoutOverride::*> blockFields[] = {
  {"act_block_h", &LayoutOverride::actBlockRows},
  {"out_subblock_h", &LayoutOverride::subblockRows},
  {"out_subblock_w", &LayoutOverride::subblockCols}};

/// The discardable attribute that carries one op's override from a pass to tt-choose-layouts, which
/// removes it: {memory, sharding, order = "...", act_block_h, out_subblock_h, out_subblock_w, shard_rows, shard_cols = N : i64, like_operand,
/// operands = [{sharding, order = "..."}, ...]}.
constexpr llvm::StringLiteral overrideAttrName = "tt.override";
mlir::DictionaryAttr toAttr(mlir::MLIRContext *context, const LayoutOverride &o);

/// {"layers": {NAME: {"memory", "sharding", "grid": [x, y], "order", "storage", "act_block_h", "out_subblock_h",
/// "out_subblock_w"}}}
class LayoutOverrides {
public:
  static Expected<LayoutOverrides> read(const std::string &path);

  /// The override of an op: its `tt.override` attribute, else that of its layer, else null.
  /// Remembers that the layer exists.
  const LayoutOverride *find(mlir::Operation *op);
  /// Layers that no op asked for: misspelt names.
  std::string unused() const;

private:
  std::map<std::string, LayoutOverride> layers;
  std::set<std::string> used;
  std::map<mlir::Operation *, LayoutOverride> ofOps;
};

/// The source layer name in an op's location; empty if there is none.
std::string layerName(mlir::Location loc);

} // namespace ttc

#endif
