//===- PlaybackTest.cpp - threads that wait for each other ------------------===//
#include "../../lib/CostModel/Playback.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::cost;

namespace {
constexpr Cycles latency = 100;

/// Cores of row 0 from the columns `from`, each of which multicasts along the row for 1000 cycles and tells the core in
/// the last column, which waits for all of them.
Recording multicasts(std::vector<int> from, int row2 = 0) {
  Recording r;
  r.semaphores = 1;
  constexpr int last = 7;
  auto core = [&](int x, int y) -> CoreTrace & {
    r.cores.emplace_back();
    r.cores.back().place = {x, y};
    r.cores.back().count = 1;
    return r.cores.back();
  };
  for (size_t i = 0; i < from.size(); ++i) {
    int y = i ? row2 : 0;
    Multicast m;
    m.bytes = 1024;
    m.taken = 1000;
    m.latency = latency;
    m.to = {0, y, last, y, 1, 0};
    r.multicasts.push_back(m);
    r.signals.push_back({last, 0, last, 0, 1, 0});
    std::vector<Step> &steps = core(from[i], y).threads[1];
    steps.push_back({Step::Multicast, int32_t(i), 0});
    steps.push_back({Step::SemMcast, 0, int64_t(i)});
    steps.push_back({Step::WriteDone, 0, 0});
  }
  core(last, 0).threads[1].push_back({Step::SemWait, 0, int64_t(from.size())});
  return r;
}

class Playback : public testing::Test {
protected:
  void SetUp() override {
    // One multicast takes a link for itself.
    spec.mcast_bandwidth = spec.noc_link_bandwidth;
  }
  Cycles cycles(const Recording &r) { return play(spec, r).cycles; }
  DeviceSpec spec = *loadDeviceFile(TTC_SOURCE_DIR "/devices/n150.json");
};

TEST_F(Playback, multicastsOfARowShareIt) {
  Cycles one = cycles(multicasts({1}));
  EXPECT_GE(one, 1000 + latency / 2);
  EXPECT_LT(one, 1300 + latency);
  // Both get half of it and arrive when one after the other would have.
  EXPECT_EQ(cycles(multicasts({1, 2})), one + 1000);
  EXPECT_EQ(cycles(multicasts({1, 2, 3})), one + 2000);
}

TEST_F(Playback, multicastsOfDifferentRowsDoNotMeet) {
  EXPECT_EQ(cycles(multicasts({1, 2}, /*row2=*/3)), cycles(multicasts({1})));
}

TEST_F(Playback, aCoresMulticastsFollowEachOther) {
  Recording r = multicasts({1});
  std::vector<Step> &steps = r.cores[0].threads[1];
  steps.insert(steps.begin() + 1, Step{Step::Multicast, 0, 0});
  EXPECT_EQ(cycles(r), cycles(multicasts({1})) + 1000);
}

TEST_F(Playback, theFirstOfTwoThatShareArrivesLaterThanAlone) {
  // The second begins when the first is half done: that takes 500 + 2 * 500 cycles.
  Recording r = multicasts({1, 2});
  std::vector<Step> &late = r.cores[1].threads[1];
  late.insert(late.begin(), Step{Step::Spend, 0, 500});
  r.cores.back().threads[1].front().b = 1;
  Recording one = multicasts({1});
  // Only the waiting core's end counts.
  for (Recording *each : {&r, &one}) {
    for (CoreTrace &core : each->cores)
      if (core.threads[1].back().kind == Step::WriteDone)
        core.threads[1].pop_back();
    each->cores.back().threads[1].push_back({Step::Spend, 0, 10000});
  }
  EXPECT_EQ(cycles(r), cycles(one) + 500);
}

} // namespace
