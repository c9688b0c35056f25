//===- ArenaPlanner.cpp - addresses for buffers with known lifetimes --------===//
#include "ttc/CostModel/ArenaPlanner.h"

#include <algorithm>
#include <numeric>

namespace ttc {

std::vector<int64_t> planArena(const std::vector<ArenaItem> &items, int64_t alignment) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return items[a].bytes > items[b].bytes; });
  std::vector<int64_t> offset(items.size(), -1);
  std::vector<std::pair<int64_t, int64_t>> taken; // [begin, end) of placed items alive meanwhile
  for (size_t i : order) {
    taken.clear();
    for (size_t j = 0; j < items.size(); ++j)
      if (offset[j] >= 0 && items[j].first <= items[i].last && items[i].first <= items[j].last)
        taken.emplace_back(offset[j], offset[j] + items[j].bytes);
    std::sort(taken.begin(), taken.end());
    int64_t at = 0;
    for (auto [begin, end] : taken) {
      if (begin >= at + items[i].bytes)
        break;
      at = std::max(at, (end + alignment - 1) / alignment * alignment);
    }
    offset[i] = at;
  }
  return offset;
}

} // namespace ttc
