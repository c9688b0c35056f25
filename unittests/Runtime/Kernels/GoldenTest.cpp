//===- GoldenTest.cpp - every recorded vector set, bit for bit --------------===//
#include "Golden/Golden.h"

#include <gtest/gtest.h>

using namespace ttc;

TEST(Golden, EverySetMatches) {
  std::string directory = golden::defaultDirectory();
  if (directory.empty())
    GTEST_SKIP() << "no recorded vectors here; set TTC_GOLDEN_DIR";
  auto report = golden::check(directory);
  ASSERT_TRUE(bool(report)) << report.error().message;
  for (const golden::SetResult &set : report->sets) {
    EXPECT_NE(set.outcome, golden::SetResult::Differs)
        << set.name << ": " << set.different << " of " << set.elements << "; " << set.detail;
    if (set.outcome == golden::SetResult::Skipped)
      std::cout << "skipped " << set.name << ": " << set.detail << "\n";
  }
  EXPECT_GT(report->count(golden::SetResult::Matched), 0);
}
