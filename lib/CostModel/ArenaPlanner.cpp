//===- ArenaPlanner.cpp - addresses for buffers with known lifetimes --------===//
#include "ttc/CostModel/ArenaPlanner.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace ttc {

namespace {

/// Orders that are tried where the first one does not keep to the limits.
constexpr int maxOrders = 256;

bool meet(const ArenaItem &a, const ArenaItem &b) { return a.first <= b.last && b.first <= a.last; }

/// Each item in turn at the lowest offset that fits.
std::vector<int64_t> placeInOrder(const std::vector<ArenaItem> &items, const std::vector<size_t> &order,
                                  int64_t alignment) {
  std::vector<int64_t> offset(items.size(), -1);
  std::vector<std::pair<int64_t, int64_t>> taken; // [begin, end) of placed items alive meanwhile
  for (size_t i : order) {
    taken.clear();
    for (size_t j = 0; j < items.size(); ++j)
      if (offset[j] >= 0 && meet(items[i], items[j]))
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

} // namespace

std::vector<int64_t> planArena(const std::vector<ArenaItem> &items, int64_t alignment,
                               const std::vector<int64_t> &limits) {
  std::vector<int64_t> limit(items.size(), std::numeric_limits<int64_t>::max());
  for (size_t i = 0; i < items.size(); ++i)
    for (int64_t step = items[i].first; step <= items[i].last && step < int64_t(limits.size()); ++step)
      limit[i] = std::min(limit[i], limits[size_t(step)]);
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::vector<int64_t> urgency(items.size(), 0), best;
  int64_t leastExcess = std::numeric_limits<int64_t>::max();
  for (int tried = 0; tried < maxOrders; ++tried) {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return urgency[a] != urgency[b] ? urgency[a] > urgency[b] : items[a].bytes > items[b].bytes;
    });
    std::vector<int64_t> offset = placeInOrder(items, order, alignment);
    int64_t excess = 0;
    for (size_t i = 0; i < items.size(); ++i)
      if (int64_t over = offset[i] + items[i].bytes - limit[i]; over > 0) {
        excess += over;
        ++urgency[i];
      }
    if (excess < leastExcess) {
      leastExcess = excess;
      best = std::move(offset);
    }
    if (!leastExcess)
      break;
  }
  return best;
}

} // namespace ttc
