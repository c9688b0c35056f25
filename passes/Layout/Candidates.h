//===- Candidates.h - layouts worth pricing --------------------------------===//
#ifndef TTC_PASSES_LAYOUT_CANDIDATES_H
#define TTC_PASSES_LAYOUT_CANDIDATES_H

#include "dialects/TT/TT.h"

#include <optional>
#include <string>
#include <vector>

namespace ttc {

/// A way to cut a tensor that can be applied to any tensor: into `rowParts` x `colParts` equal parts
/// of whole tiles; parts of a row lie on a row of the grid, or on a column if `colMajor`. The results of one op share a
/// recipe.
struct LayoutRecipe {
  tt::MemorySpace memory = tt::MemorySpace::l1;
  tt::Sharding sharding = tt::Sharding::interleaved;
  int64_t rowParts = 1, colParts = 1;
  bool colMajor = false;

  std::string str() const;
  bool operator==(const LayoutRecipe &) const = default;
};

/// The device's compute grid.
struct Grid {
  int64_t x = 8, y = 8;
  int64_t cores() const { return x * y; }
};

/// The recipes for a tensor, each giving a different layout: height and width shardings over all
/// core counts that change the shard, block shardings over all grids, interleaved L1 and DRAM. Blocks are laid along
/// columns of the grid where they would not fit along rows only: what fits both ways is cut alike.
std::vector<LayoutRecipe> layoutRecipes(mlir::RankedTensorType type, Grid grid);

/// True if the recipe's parts of `type` all have the same number of tiles.
bool cutsEqually(mlir::RankedTensorType type, const LayoutRecipe &recipe);

/// The layout of `type` cut by the recipe; none if the tensor cannot be cut so or a block format is
/// asked for in row-major order.
std::optional<tt::LayoutAttr> makeLayout(mlir::RankedTensorType type, const LayoutRecipe &recipe,
                                         tt::TileOrder order, Grid grid);

} // namespace ttc

#endif
