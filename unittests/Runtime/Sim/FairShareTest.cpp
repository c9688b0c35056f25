//===- FairShareTest.cpp - max-min fair rates ---------------------------------===//
#include "Sim/FairShare.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using ttc::sim::FairShare;

namespace {

constexpr int64_t unit = 65536;
void solve(FairShare &s) {
  s.solve([](uint32_t, FairShare::Rate) {});
}

TEST(FairShare, RestOfACappedFlowGoesToTheOthers) {
  FairShare s;
  uint32_t r = s.addResource(30 * unit, 30 * unit);
  uint32_t a = s.addFlow({r}, 0), b = s.addFlow({r}, 1), c = s.addFlow({r}, 2);
  for (uint32_t f : {a, b, c})
    s.start(f, 100 * unit);
  solve(s);
  EXPECT_EQ(s.rate(a), 10 * unit);
  s.setCap(a, 4 * unit);
  solve(s);
  EXPECT_EQ(s.rate(a), 4 * unit);
  EXPECT_EQ(s.rate(b), 13 * unit);
  s.stop(b);
  solve(s);
  EXPECT_EQ(s.rate(c), 26 * unit);
}

TEST(FairShare, BottleneckElsewhereLeavesRoom) {
  // a and b share the narrow resource; c has what they leave of the wide one.
  FairShare s;
  uint32_t wide = s.addResource(30 * unit, 30 * unit), narrow = s.addResource(8 * unit, 8 * unit);
  uint32_t a = s.addFlow({wide, narrow}, 0), b = s.addFlow({narrow}, 1), c = s.addFlow({wide}, 2);
  for (uint32_t f : {a, b, c})
    s.start(f, 100 * unit);
  solve(s);
  EXPECT_EQ(s.rate(a), 4 * unit);
  EXPECT_EQ(s.rate(c), 26 * unit);
  s.stop(b);
  solve(s);
  EXPECT_EQ(s.rate(a), 8 * unit);
  EXPECT_EQ(s.rate(c), 22 * unit);
}

TEST(FairShare, CapacityFallsWhileGroupsContend) {
  FairShare s;
  uint32_t r = s.addResource(30 * unit, 24 * unit);
  uint32_t a = s.addFlow({r}, 0), b = s.addFlow({r}, 0), c = s.addFlow({r}, 1);
  s.start(a, 100 * unit);
  s.start(b, 100 * unit);
  solve(s);
  EXPECT_EQ(s.rate(a), 15 * unit); // one group
  s.start(c, 100 * unit);
  solve(s);
  EXPECT_EQ(s.rate(a), 8 * unit);
  s.stop(c);
  solve(s);
  EXPECT_EQ(s.rate(a), 15 * unit);
}

/// Random starts, stops and caps on a mesh of resources: after each step no resource is overdrawn,
/// every flow is held by its cap or by a full resource on which none is faster, and the incremental
/// rates are those of a solution from nothing.
TEST(FairShare, IncrementalEqualsFromNothing) {
  std::mt19937 random(7);
  constexpr int resources = 24, flows = 60;
  constexpr int64_t slack = 1024; // 1/64 byte a cycle, for sums of rounded shares
  std::vector<int64_t> capacity, shared;
  std::vector<std::vector<uint32_t>> paths;
  std::vector<uint32_t> groups;
  for (int i = 0; i < resources; ++i) {
    capacity.push_back(int64_t(8 + random() % 30) * unit);
    shared.push_back(capacity.back() - int64_t(random() % 3) * unit);
  }
  for (int i = 0; i < flows; ++i) {
    std::vector<uint32_t> path;
    for (uint32_t r = 0; r < resources; ++r)
      if (random() % 5 == 0)
        path.push_back(r);
    if (path.empty())
      path.push_back(0);
    paths.push_back(path);
    groups.push_back(random() % 8);
  }
  auto make = [&] {
    FairShare s;
    for (int i = 0; i < resources; ++i)
      s.addResource(capacity[size_t(i)], shared[size_t(i)]);
    for (int i = 0; i < flows; ++i)
      s.addFlow(paths[size_t(i)], groups[size_t(i)]);
    return s;
  };
  FairShare s = make();
  std::vector<int64_t> caps(flows, 0); // 0: idle
  int checked = 0;
  for (int step = 0; step < 400; ++step) {
    for (unsigned k = 0, n = 1 + random() % 3; k < n; ++k) {
      uint32_t f = random() % flows;
      int64_t cap = int64_t(1 + random() % 20) * unit;
      if (!s.active(f))
        s.start(f, caps[f] = cap);
      else if (random() % 3 == 0)
        s.setCap(f, caps[f] = cap);
      else
        s.stop(f), caps[f] = 0;
    }
    solve(s);
    FairShare fresh = make();
    for (uint32_t f = 0; f < flows; ++f)
      if (caps[f])
        fresh.start(f, caps[f]);
    solve(fresh);
    std::vector<int64_t> used(resources, 0), fastest(resources, 0), limit(capacity);
    std::vector<std::vector<uint32_t>> owners(resources);
    for (uint32_t f = 0; f < flows; ++f)
      for (uint32_t r : paths[f])
        if (caps[f]) {
          used[r] += s.rate(f);
          fastest[r] = std::max(fastest[r], s.rate(f));
          owners[r].push_back(groups[f]);
        }
    for (uint32_t r = 0; r < resources; ++r) {
      std::sort(owners[r].begin(), owners[r].end());
      if (std::unique(owners[r].begin(), owners[r].end()) - owners[r].begin() > 1)
        limit[r] = shared[r];
      ASSERT_LE(used[r], limit[r]) << "step " << step << " resource " << r;
    }
    for (uint32_t f = 0; f < flows; ++f) {
      if (!caps[f])
        continue;
      ++checked;
      ASSERT_NEAR(double(s.rate(f)), double(fresh.rate(f)), slack) << "step " << step << " flow " << f;
      bool held = s.rate(f) == caps[f];
      for (uint32_t r : paths[f])
        held |= used[r] > limit[r] - slack && fastest[r] < s.rate(f) + slack;
      ASSERT_TRUE(held) << "step " << step << " flow " << f << " could be faster";
    }
  }
  EXPECT_GT(checked, 5000);
}

} // namespace
