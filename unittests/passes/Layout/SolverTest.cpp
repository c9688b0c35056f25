//===- SolverTest.cpp - the choice is the best there is ----------------------===//
//
// Random small problems against exhaustive enumeration, memory included.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Solver.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace ttc;

namespace {

struct Generator {
  std::mt19937 rng;
  int64_t below(int64_t n) { return int64_t(rng() % uint64_t(n)); }

  ChoiceProblem problem(int nodes, int maxChoices, bool memory) {
    ChoiceProblem p;
    for (int v = 0; v < nodes; ++v) {
      ChoiceProblem::Node node;
      int n = int(1 + below(maxChoices));
      for (int c = 0; c < n; ++c) {
        node.cost.push_back(below(100));
        node.bytes.push_back(memory ? below(50) : 0);
        node.working.push_back(memory ? below(30) : 0);
      }
      for (int o = 0; v > 0 && o < 1 + below(2); ++o) {
        ChoiceProblem::Edge e;
        e.from = int(std::max<int64_t>(0, v - 1 - below(4)));
        for (int k = 0; k < p.nodes[size_t(e.from)].choices() * n; ++k)
          e.cost.push_back(below(10) == 0 ? impossible : below(100));
        p.nodes[size_t(e.from)].lastUse = v;
        node.operands.push_back(e);
      }
      node.lastUse = v;
      p.nodes.push_back(node);
    }
    if (memory)
      p.capacity = 130;
    return p;
  }
};

bool fits(const ChoiceProblem &p, const std::vector<int> &choice) {
  for (int step = 0; step < int(p.nodes.size()); ++step) {
    int64_t bytes = p.nodes[size_t(step)].working[size_t(choice[size_t(step)])];
    for (int v = 0; v <= step; ++v)
      if (v == step || p.nodes[size_t(v)].lastUse >= step)
        bytes += p.nodes[size_t(v)].bytes[size_t(choice[size_t(v)])];
    if (bytes > p.capacity)
      return false;
  }
  return true;
}

Cost exhaustive(const ChoiceProblem &p) {
  std::vector<int> choice(p.nodes.size(), 0);
  Cost best = impossible;
  while (true) {
    if (fits(p, choice))
      best = std::min(best, costOf(p, choice));
    size_t v = 0;
    while (v < choice.size() && ++choice[v] == p.nodes[v].choices())
      choice[v++] = 0;
    if (v == choice.size())
      return best;
  }
}

TEST(Solver, findsTheBestOfRandomGraphs) {
  Generator g{std::mt19937(11)};
  for (int round = 0; round < 200; ++round) {
    ChoiceProblem p = g.problem(7, 4, /*memory=*/round % 2);
    Cost best = exhaustive(p);
    std::optional<ChoiceResult> found = solveChoices(p, 1 << 20);
    ASSERT_EQ(found.has_value(), best < impossible) << round;
    if (!found)
      continue;
    EXPECT_EQ(found->cost, best) << round;
    EXPECT_EQ(found->lowerBound, best) << round;
    EXPECT_EQ(costOf(p, found->choice), best) << round;
    EXPECT_TRUE(fits(p, found->choice)) << round;
  }
}

TEST(Solver, aNarrowSearchStatesItsGap) {
  Generator g{std::mt19937(5)};
  for (int round = 0; round < 50; ++round) {
    ChoiceProblem p = g.problem(9, 4, false);
    Cost best = exhaustive(p);
    std::optional<ChoiceResult> found = solveChoices(p, 2);
    if (!found)
      continue;
    EXPECT_GE(found->cost, best);
    EXPECT_LE(found->lowerBound, best);
    EXPECT_LE(found->widest, 2);
  }
}

TEST(Solver, dominatedChoicesAreNeverNeeded) {
  Generator g{std::mt19937(3)};
  int64_t marked = 0;
  for (int round = 0; round < 100; ++round) {
    ChoiceProblem p = g.problem(6, 4, round % 2);
    Cost best = exhaustive(p);
    std::vector<std::vector<int>> by = dominatedChoices(p);
    for (size_t v = 0; v < by.size(); ++v)
      for (size_t c = 0; c < by[v].size(); ++c)
        if (by[v][c] >= 0) {
          p.nodes[v].cost[c] = impossible;
          ++marked;
        }
    EXPECT_EQ(exhaustive(p), best) << round;
  }
  EXPECT_GT(marked, 0);
}

TEST(Solver, spillsWhatIsReadLast) {
  // Node 0 waits for node 3 while node 2 needs all of memory.
  ChoiceProblem p;
  auto node = [&](int64_t bytes, int64_t working, int lastUse, std::vector<int> from) {
    ChoiceProblem::Node n;
    n.cost = {10, 90}; // in L1, in DRAM
    n.bytes = {bytes, 0};
    n.working = {working, working};
    n.lastUse = lastUse;
    n.spilled = 1;
    n.spillCost = {20, 0};
    for (int f : from)
      n.operands.push_back({f, {0, 0, 5, 5}});
    p.nodes.push_back(n);
  };
  node(60, 0, 3, {});
  node(20, 0, 2, {0});
  node(20, 50, 3, {1});
  node(20, 0, 3, {2, 0});
  p.capacity = 100;
  std::optional<ChoiceResult> found = solveChoices(p, 100);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->spills.size(), 1u);
  EXPECT_EQ(found->spills[0].step, 2);
  EXPECT_EQ(found->spills[0].node, 0);
  EXPECT_EQ(found->cost, 4 * 10 + 20 + 5); // the spill, and a dearer read afterwards
}

TEST(Solver, inPlaceTakesNoMemory) {
  // Node 1 overwrites node 0 with choice 0 of both, which is dearer; with any other it needs 60 beside it.
  ChoiceProblem p;
  ChoiceProblem::Node first, second;
  first.cost = {10, 1};
  first.bytes = {60, 60};
  first.working = {0, 0};
  first.lastUse = 1;
  second = first;
  ChoiceProblem::Edge edge{0, {0, 0, 0, 0}};
  edge.inPlace = {true, false, false, false};
  second.operands.push_back(edge);
  p.nodes = {first, second};
  p.capacity = 120;
  EXPECT_EQ(solveChoices(p, 100)->cost, 2);
  p.capacity = 100;
  std::optional<ChoiceResult> found = solveChoices(p, 100);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->choice, (std::vector<int>{0, 0}));
  EXPECT_LE(placementExcess(p, *found, p.capacity + 64), 0);
  // Not if node 0 is read later.
  p.nodes.push_back(second);
  p.nodes[2].lastUse = 2;
  p.nodes[0].lastUse = 2;
  EXPECT_FALSE(solveChoices(p, 100).has_value());
}

TEST(Solver, nothingFits) {
  ChoiceProblem p;
  ChoiceProblem::Node n;
  n.cost = {1};
  n.bytes = {10};
  n.working = {0};
  p.nodes.push_back(n);
  p.capacity = 9;
  EXPECT_FALSE(solveChoices(p, 100).has_value());
}

TEST(Solver, placementLeavesNoOverlap) {
  ChoiceProblem p;
  for (int v = 0; v < 3; ++v) {
    ChoiceProblem::Node n;
    n.cost = {1};
    n.bytes = {64};
    n.working = {64};
    n.lastUse = std::min(v + 1, 2);
    if (v)
      n.operands.push_back({v - 1, {0}});
    p.nodes.push_back(n);
  }
  std::optional<ChoiceResult> found = solveChoices(p, 100);
  ASSERT_TRUE(found.has_value());
  EXPECT_LE(placementExcess(p, *found, 256), 0); // two buffers, working memory, alignment
  EXPECT_GT(placementExcess(p, *found, 128), 0);
}

} // namespace
