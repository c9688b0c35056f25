//===- CompareTest.cpp - how far one tensor is from another -----------------===//
#include "ttc/Reference/Compare.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace ttc;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Compare, Figures) {
  std::vector<float> e = {1, 2, 3, 4}, a = {1, 2, 3, 6};
  Comparison c = compare(e, a);
  EXPECT_EQ(c.count, 4);
  EXPECT_EQ(c.maxAbsError, 2);
  EXPECT_EQ(c.maxAbsAt, 3);
  EXPECT_EQ(c.meanAbsError, 0.5);
  EXPECT_DOUBLE_EQ(c.relativeError, 2 / std::sqrt(30.0));
  // Centred: e = -1.5 -.5 .5 1.5, a = -2 -1 0 3; 8 / sqrt(5 * 14).
  EXPECT_DOUBLE_EQ(c.pcc, 8 / std::sqrt(70.0));
  EXPECT_TRUE(c.passes(0.95));
  EXPECT_FALSE(c.passes(0.96));
}

TEST(Compare, LinearMapsCorrelate) {
  std::vector<float> e, a, opposite;
  for (int i = 0; i < 1000; ++i) {
    e.push_back(float(std::sin(i)));
    a.push_back(2 * e.back() + 1);
    opposite.push_back(-e.back());
  }
  EXPECT_NEAR(compare(e, a).pcc, 1, 1e-12);
  EXPECT_NEAR(compare(e, opposite).pcc, -1, 1e-12);
}

/// A large mean must not swallow the variation.
TEST(Compare, LargeOffset) {
  std::vector<float> e, a;
  for (int i = 0; i < 1000; ++i) {
    e.push_back(1.0e6f + float(i % 7));
    a.push_back(1.0e6f + float(6 - i % 7));
  }
  EXPECT_NEAR(compare(e, a).pcc, -1, 1e-9);
}

TEST(Compare, Constants) {
  std::vector<float> half(5, 0.5f), one(5, 1.0f), ramp = {1, 2, 3, 4, 5};
  EXPECT_EQ(compare(half, half).pcc, 1);
  for (auto [e, a] : {std::pair(half, one), std::pair(half, ramp), std::pair(ramp, half)}) {
    Comparison c = compare(e, a);
    EXPECT_TRUE(std::isnan(c.pcc));
    EXPECT_FALSE(c.pccReason.empty());
    EXPECT_FALSE(c.passes(0));
  }
  EXPECT_EQ(compare(half, one).maxAbsError, 0.5);
  EXPECT_EQ(compare({}, {}).pcc, 1);
}

TEST(Compare, NonFinite) {
  std::vector<float> e = {1, 2, 3}, broken = {1, nan, 4}, same = {-inf, 2, 3};
  Comparison c = compare(e, broken);
  EXPECT_EQ(c.nonFinite, 1);
  EXPECT_TRUE(std::isnan(c.pcc));
  EXPECT_EQ(c.maxAbsError, 1);
  EXPECT_FALSE(c.passes(-1));
  EXPECT_TRUE(compare(same, same).passes(1 - 1e-12));
  // The reference is broken, the other is not: an error, but not one of `actual`.
  Comparison d = compare(broken, e);
  EXPECT_EQ(d.nonFinite, 0);
  EXPECT_TRUE(std::isnan(d.pcc));
}

} // namespace
