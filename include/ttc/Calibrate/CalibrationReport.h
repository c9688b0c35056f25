//===- CalibrationReport.h - predicted against measured, row by row -----------===//
#ifndef TTC_CALIBRATE_CALIBRATIONREPORT_H
#define TTC_CALIBRATE_CALIBRATIONREPORT_H

#include "ttc/Calibrate/Statistics.h"

#include <map>
#include <string>
#include <vector>

namespace ttc::calibrate {

struct CalibrationRow {
  size_t line = 0;   ///< in the data file, from 1; 0 where a row is a file
  std::string name;  ///< what was measured
  std::string group; ///< rows of one kind, summarised apart as well
  Sample sample;
};

/// The outcome of one data set. Rows are kept in the order of the data.
struct CalibrationReport {
  std::string source; ///< the file or directory
  std::string unit;   ///< of predicted and measured: "cycles", "ns"
  std::vector<CalibrationRow> rows;
  std::map<std::string, size_t> skipped; ///< reason: how many rows

  void skip(const std::string &reason) { ++skipped[reason]; }
  size_t skippedRows() const;
  /// Of all rows, or of those of one group.
  Summary summary() const;
  Summary summary(const std::string &group) const;
  std::vector<std::string> groups() const; ///< in order of first appearance

  /// Rows, then a line a group and one for all, then the reasons of skipped rows. `maxRows`: only
  /// that many rows with the largest errors (0: none).
  std::string table(size_t maxRows) const;
  /// One object: source, unit, summary {mean_error_pct, p90_error_pct, worst_error_pct,
  /// sign_agreement_pct, kendall_tau, rows, skipped}, groups {name: as summary, without skipped},
  /// skipped_reasons {reason: rows}, rows [{line, name, group, predicted, measured, error_pct}].
  std::string json() const;
};

} // namespace ttc::calibrate

#endif
