//===- CalibrationReport.cpp - predicted against measured, row by row ---------===//
#include "ttc/Calibrate/CalibrationReport.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc::calibrate {
namespace {
using Json = nlohmann::ordered_json;

Json toJson(const Summary &s) {
  return {{"mean_error_pct", s.meanErrorPct},
          {"p90_error_pct", s.p90ErrorPct},
          {"worst_error_pct", s.worstErrorPct},
          {"sign_agreement_pct", s.signAgreementPct},
          {"kendall_tau", s.kendallTau},
          {"rows", s.rows}};
}

std::string line(const std::string &name, const Summary &s) {
  return fmt::format("{:<28} {:>6} {:>8.2f}% {:>8.2f}% {:>8.2f}% {:>8.1f}% {:>9.3f}\n", name, s.rows,
                     s.meanErrorPct, s.p90ErrorPct, s.worstErrorPct, s.signAgreementPct,
                     s.kendallTau);
}

} // namespace

size_t CalibrationReport::skippedRows() const {
  size_t n = 0;
  for (const auto &[reason, count] : skipped)
    n += count;
  return n;
}

Summary CalibrationReport::summary() const {
  std::vector<Sample> samples;
  for (const CalibrationRow &r : rows)
    samples.push_back(r.sample);
  return summarize(samples);
}

Summary CalibrationReport::summary(const std::string &group) const {
  std::vector<Sample> samples;
  for (const CalibrationRow &r : rows)
    if (r.group == group)
      samples.push_back(r.sample);
  return summarize(samples);
}

std::vector<std::string> CalibrationReport::groups() const {
  std::vector<std::string> names;
  for (const CalibrationRow &r : rows)
    if (std::find(names.begin(), names.end(), r.group) == names.end())
      names.push_back(r.group);
  return names;
}

std::string CalibrationReport::table(size_t maxRows) const {
  std::vector<const CalibrationRow *> shown;
  for (const CalibrationRow &r : rows)
    shown.push_back(&r);
  if (shown.size() > maxRows) {
    std::sort(shown.begin(), shown.end(), [](const CalibrationRow *a, const CalibrationRow *b) {
      double x = a->sample.errorPct(), y = b->sample.errorPct();
      return x != y ? x > y : a < b; // the order of the data breaks ties
    });
    shown.resize(maxRows);
  }
  std::string text;
  if (!shown.empty()) {
    size_t width = 4;
    for (const CalibrationRow *r : shown)
      width = std::max(width, r->name.size());
    text += fmt::format("{:>6} {:<{}} {:>14} {:>14} {:>9}\n", "line", "case", width,
                        "predicted " + unit, "measured " + unit, "error");
    for (const CalibrationRow *r : shown)
      text += fmt::format("{:>6} {:<{}} {:>14.0f} {:>14.0f} {:>+8.2f}%\n",
                          r->line ? std::to_string(r->line) : "", r->name, width,
                          r->sample.predicted, r->sample.measured,
                          100 * (r->sample.predicted / r->sample.measured - 1));
    if (shown.size() < rows.size())
      text += fmt::format("       ... the {} largest errors of {} rows\n", shown.size(), rows.size());
    text += "\n";
  }
  text += fmt::format("{:<28} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "group", "rows", "mean", "p90",
                      "worst", "sign", "tau");
  std::vector<std::string> names = groups();
  if (names.size() > 1)
    for (const std::string &g : names)
      text += line(g, summary(g));
  text += line("all", summary());
  for (const auto &[reason, count] : skipped)
    text += fmt::format("skipped {}: {}\n", count, reason);
  return text;
}

std::string CalibrationReport::json() const {
  Json j = {{"source", source}, {"unit", unit}, {"summary", toJson(summary())}};
  j["summary"]["skipped"] = skippedRows();
  j["groups"] = Json::object();
  for (const std::string &g : groups())
    j["groups"][g] = toJson(summary(g));
  j["skipped_reasons"] = Json::object();
  for (const auto &[reason, count] : skipped)
    j["skipped_reasons"][reason] = count;
  j["rows"] = Json::array();
  for (const CalibrationRow &r : rows)
    j["rows"].push_back({{"line", r.line},
                         {"name", r.name},
                         {"group", r.group},
                         {"predicted", r.sample.predicted},
                         {"measured", r.sample.measured},
                         {"error_pct", r.sample.errorPct()}});
  return j.dump(2, ' ', false, Json::error_handler_t::replace);
}

} // namespace ttc::calibrate
