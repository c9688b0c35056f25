//===- ArenaPlanner.h - addresses for buffers with known lifetimes ----------===//
#ifndef TTC_COSTMODEL_ARENAPLANNER_H
#define TTC_COSTMODEL_ARENAPLANNER_H

#include <cstdint>
#include <vector>

namespace ttc {

/// A buffer that is needed from step `first` to step `last`, inclusive.
struct ArenaItem {
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
};

/// Offset of every item from the start of the arena, such that items whose lifetimes meet do not
/// overlap. Largest first, each at the lowest offset that fits (best known greedy order for arenas
/// of neural networks); ties by index, so the result depends on nothing else. Offsets are multiples
/// of `alignment`. Items that are alive in step s should end at limits[s] or before, where that is given: those that
/// do not are placed earlier in another try, and of a few hundred tries the one with the fewest bytes too many is taken.
std::vector<int64_t> planArena(const std::vector<ArenaItem> &items, int64_t alignment,
                               const std::vector<int64_t> &limits = {});

} // namespace ttc

#endif
