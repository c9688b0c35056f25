//===- Candidates.cpp - layouts worth pricing ------------------------------===//
#include "passes/Layout/Candidates.h"

#include <set>

namespace ttc {
using tt::LayoutAttr;
using tt::MemorySpace;
using tt::Sharding;
using tt::StorageType;
using tt::TileOrder;

namespace {
constexpr int64_t tile = 32;
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Tiles {
  int64_t rows, cols;
};
Tiles tilesOf(mlir::RankedTensorType type) {
  LayoutAttr::Extents m = LayoutAttr::getRowsCols(type);
  return {ceilDiv(m.rows, tile), ceilDiv(m.cols, tile)};
}

/// Part counts 1..limit that give different part sizes of n tiles, most parts first. Counts that
/// leave cores without a part are the same as a smaller count.
std::vector<int64_t> partCounts(int64_t n, int64_t limit) {
  std::set<int64_t> counts;
  for (int64_t p = 1; p <= std::min(n, limit); ++p)
    counts.insert(ceilDiv(n, ceilDiv(n, p)));
  return std::vector<int64_t>(counts.rbegin(), counts.rend());
}
} // namespace

std::string LayoutRecipe::str() const {
  std::string s = (memory == MemorySpace::l1 ? "l1 " : "dram ");
  s += stringifySharding(sharding).str();
  if (sharding != Sharding::interleaved)
    s += " " + std::to_string(rowParts) + "x" + std::to_string(colParts) + (colMajor ? " col_major" : "");
  return s;
}

std::vector<LayoutRecipe> layoutRecipes(mlir::RankedTensorType type, Grid grid) {
  Tiles t = tilesOf(type);
  std::vector<LayoutRecipe> recipes;
  // Height and width: the full range down to an eighth of what is possible. Fewer cores never
  // shorten the longest core's work; they only matter where neighbours gain, so a few suffice.
  auto add = [&](Sharding s, std::vector<int64_t> counts, auto make) {
    int64_t most = counts.empty() ? 0 : counts.front();
    for (int64_t p : counts)
      if (p * 8 >= most)
        recipes.push_back(make(s, p));
  };
  add(Sharding::height, partCounts(t.rows, grid.cores()), [](Sharding s, int64_t p) {
    return LayoutRecipe{MemorySpace::l1, s, p, 1};
  });
  if (t.cols > 1)
    add(Sharding::width, partCounts(t.cols, grid.cores()), [](Sharding s, int64_t p) {
      return LayoutRecipe{MemorySpace::l1, s, 1, p};
    });
  for (int64_t r : partCounts(t.rows, grid.y))
    for (int64_t c : partCounts(t.cols, grid.x))
      if (r > 1 && c > 1)
        recipes.push_back({MemorySpace::l1, Sharding::block, r, c});
  for (int64_t r : partCounts(t.rows, grid.x))
    for (int64_t c : partCounts(t.cols, grid.y))
      if (r > 1 && c > 1 && (r > grid.y || c > grid.x))
        recipes.push_back({MemorySpace::l1, Sharding::block, r, c, /*colMajor=*/true});
  recipes.push_back({MemorySpace::l1, Sharding::interleaved, 1, 1});
  recipes.push_back({MemorySpace::dram, Sharding::interleaved, 1, 1});
  return recipes;
}

bool cutsEqually(mlir::RankedTensorType type, const LayoutRecipe &recipe) {
  Tiles t = tilesOf(type);
  return t.rows % recipe.rowParts == 0 && t.cols % recipe.colParts == 0;
}

std::optional<LayoutAttr> makeLayout(mlir::RankedTensorType type, const LayoutRecipe &recipe,
                                     TileOrder order, Grid grid) {
  StorageType storage = tt::getStorage(type);
  if (order == TileOrder::row_major &&
      (storage == StorageType::bfp8_b || storage == StorageType::bfp4_b))
    storage = StorageType::bf16; // sticks exist in plain formats only
  mlir::MLIRContext *context = type.getContext();
  if (recipe.sharding == Sharding::interleaved)
    return LayoutAttr::get(context, recipe.memory, Sharding::interleaved, 1, 1, 0, 0, order,
                           storage, false);
  Tiles t = tilesOf(type);
  int64_t rowsPer = ceilDiv(t.rows, recipe.rowParts), colsPer = ceilDiv(t.cols, recipe.colParts);
  int64_t rowParts = ceilDiv(t.rows, rowsPer), colParts = ceilDiv(t.cols, colsPer);
  int64_t gridX, gridY;
  if (recipe.sharding == Sharding::block) {
    gridX = recipe.colMajor ? rowParts : colParts;
    gridY = recipe.colMajor ? colParts : rowParts;
  } else {
    int64_t parts = rowParts * colParts;
    gridX = std::min(parts, grid.x);
    gridY = ceilDiv(parts, gridX);
  }
  if (gridX > grid.x || gridY > grid.y)
    return std::nullopt;
  return LayoutAttr::get(context, MemorySpace::l1, recipe.sharding, gridX, gridY, rowsPer * tile,
                         colsPer * tile, order, storage, recipe.colMajor);
}

} // namespace ttc
