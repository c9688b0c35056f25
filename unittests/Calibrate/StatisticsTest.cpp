//===- StatisticsTest.cpp - errors, order, reports ----------------------------===//
#include "ttc/Calibrate/CalibrationReport.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace ttc::calibrate;

namespace {

TEST(Statistics, MeanP90WorstOfKnownErrors) {
  std::vector<Sample> s;
  for (int i = 1; i <= 10; ++i)
    s.push_back({100.0 + i, 100}); // 1 % to 10 %
  Summary r = summarize(s);
  EXPECT_EQ(r.rows, 10u);
  EXPECT_NEAR(r.meanErrorPct, 5.5, 1e-9);
  EXPECT_NEAR(r.p90ErrorPct, 9, 1e-9); // nine of ten do not exceed it
  EXPECT_NEAR(r.worstErrorPct, 10, 1e-9);
  EXPECT_NEAR(summarize(std::vector<Sample>{{90, 100}}).p90ErrorPct, 10, 1e-9);
  EXPECT_EQ(summarize({}).rows, 0u);
}

TEST(Statistics, SignAgreementCountsOnlyPairsTenPercentApart) {
  // 100 and 105 are too close to be judged; both against 200 are judged, one is ordered wrongly.
  std::vector<Sample> s = {{210, 100}, {100, 105}, {200, 200}};
  EXPECT_NEAR(summarize(s).signAgreementPct, 50, 1e-9);
  // Exactly 10 % counts; a predicted tie is a miss.
  EXPECT_NEAR(summarize(std::vector<Sample>{{1, 100}, {1, 110}}).signAgreementPct, 0, 1e-9);
  EXPECT_NEAR(summarize(std::vector<Sample>{{1, 100}, {1, 109}}).signAgreementPct, 100, 1e-9);
}

TEST(Statistics, KendallTauB) {
  // Order 1 2 3 4 against 1 3 2 4: one of six pairs is discordant.
  EXPECT_NEAR(summarize(std::vector<Sample>{{1, 1}, {3, 2}, {2, 3}, {4, 4}}).kendallTau, 4.0 / 6, 1e-9);
  EXPECT_NEAR(summarize(std::vector<Sample>{{3, 1}, {2, 2}, {1, 3}}).kendallTau, -1, 1e-9);
  // One tie among the predictions: 2 of 3 pairs ordered there, 3 in the measurements.
  EXPECT_NEAR(summarize(std::vector<Sample>{{1, 1}, {1, 2}, {2, 3}}).kendallTau, 2 / std::sqrt(6.0), 1e-9);
  EXPECT_NEAR(summarize(std::vector<Sample>{{1, 1}, {1, 2}}).kendallTau, 0, 1e-9);
}

TEST(CalibrationReport, JsonAndTableCountRowsGroupsAndReasons) {
  CalibrationReport r;
  r.source = "f.csv";
  r.unit = "cycles";
  r.rows = {{2, "a", "x", {110, 100}}, {3, "b", "y", {100, 100}}, {4, "c", "y", {160, 200}}};
  r.skip("no grid");
  r.skip("no grid");
  auto j = nlohmann::json::parse(r.json());
  EXPECT_NEAR(j["summary"]["mean_error_pct"].get<double>(), 10, 1e-9);
  EXPECT_EQ(j["summary"]["rows"], 3);
  EXPECT_EQ(j["summary"]["skipped"], 2);
  EXPECT_EQ(j["skipped_reasons"]["no grid"], 2);
  EXPECT_NEAR(j["groups"]["y"]["worst_error_pct"].get<double>(), 20, 1e-9);
  EXPECT_EQ(j["rows"][2]["line"], 4);
  EXPECT_NEAR(j["rows"][2]["error_pct"].get<double>(), 20, 1e-9);
  std::string t = r.table(1);
  EXPECT_NE(t.find("-20.00%"), std::string::npos) << t; // the largest error is the row shown
  EXPECT_EQ(t.find("+10.00%"), std::string::npos) << t;
  EXPECT_NE(t.find("skipped 2: no grid"), std::string::npos) << t;
}

} // namespace
