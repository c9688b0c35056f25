//===- ArenaPlannerTest.cpp - no two live buffers share a byte --------------===//
#include "ttc/CostModel/ArenaPlanner.h"

#include <gtest/gtest.h>
#include <random>

using namespace ttc;

namespace {
bool meet(const ArenaItem &a, const ArenaItem &b) { return a.first <= b.last && b.first <= a.last; }

TEST(ArenaPlanner, reusesWhatIsFree) {
  std::vector<int64_t> at = planArena({{100, 0, 1}, {100, 2, 3}}, 64);
  EXPECT_EQ(at[0], 0);
  EXPECT_EQ(at[1], 0);
}

TEST(ArenaPlanner, meetingLifetimesAreApart) {
  std::vector<int64_t> at = planArena({{100, 0, 2}, {60, 2, 3}}, 64);
  EXPECT_EQ(at[0], 0);
  EXPECT_EQ(at[1], 128); // aligned
}

TEST(ArenaPlanner, exactFit) {
  // Two long-lived buffers leave a hole of exactly 64 bytes once the middle one is gone.
  std::vector<ArenaItem> items = {{128, 0, 9}, {64, 0, 1}, {64, 2, 9}, {64, 0, 9}};
  std::vector<int64_t> at = planArena(items, 64);
  int64_t top = 0;
  for (size_t i = 0; i < items.size(); ++i)
    top = std::max(top, at[i] + items[i].bytes);
  EXPECT_EQ(top, 256);
}

TEST(ArenaPlanner, keepsToLimits) {
  // The large one is alive in a step of no limit only; where it was placed first, the small one would end too high.
  std::vector<ArenaItem> items = {{1024, 0, 1}, {256, 1, 2}};
  EXPECT_EQ(planArena(items, 64)[1], 1024);
  std::vector<int64_t> at = planArena(items, 64, {4096, 4096, 256});
  EXPECT_EQ(at[1], 0);
  EXPECT_EQ(at[0], 256);
  // What cannot fit is placed all the same.
  EXPECT_EQ(planArena(items, 64, {4096, 4096, 128}).size(), 2u);
}

TEST(ArenaPlanner, randomPlansAreLegal) {
  std::mt19937 rng(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<ArenaItem> items;
    for (int i = 0; i < 40; ++i) {
      int64_t first = rng() % 30;
      items.push_back({int64_t(1 + rng() % 5000), first, first + int64_t(rng() % 10)});
    }
    std::vector<int64_t> at = planArena(items, 64);
    for (size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(at[i] % 64, 0);
      for (size_t j = 0; j < i; ++j)
        if (meet(items[i], items[j]))
          EXPECT_TRUE(at[i] + items[i].bytes <= at[j] || at[j] + items[j].bytes <= at[i])
              << i << " and " << j;
    }
  }
}
} // namespace
