//===- Csv.h - tables of published measurements -------------------------------===//
#ifndef TTC_CALIBRATE_CSV_H
#define TTC_CALIBRATE_CSV_H

#include "ttc/Support/Expected.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttc::calibrate {

/// A comma-separated file with a header line; fields may be quoted ("" inside quotes is a quote).
/// Cells are asked for by column name. The typed accessors return an error that names file, line
/// and column: `FILE:LINE: column 'x': expected a whole number, but got 'y'`.
class Csv {
public:
  static Expected<Csv> read(const std::string &path);
  /// `name` stands for the file in messages.
  static Expected<Csv> parse(std::string_view text, const std::string &name);

  size_t rows() const { return cells.size(); }
  const std::string &file() const { return name; }
  /// Line of a row in the file, from 1.
  size_t line(size_t row) const { return lines[row]; }
  bool hasColumn(std::string_view column) const;
  /// An error that names the first of `columns` that the header lacks.
  Expected<void> require(std::initializer_list<std::string_view> columns) const;

  /// The column must exist (require).
  const std::string &text(size_t row, std::string_view column) const;
  Expected<int64_t> integer(size_t row, std::string_view column, int64_t min, int64_t max) const;
  /// A finite number > 0.
  Expected<double> positive(size_t row, std::string_view column) const;
  /// "true" or "false".
  Expected<bool> boolean(size_t row, std::string_view column) const;
  /// `FILE:LINE: column 'x': expected EXPECTED, but got 'cell'`.
  Error error(size_t row, std::string_view column, std::string_view expected) const;

private:
  size_t index(std::string_view column) const;
  std::string name;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> cells;
  std::vector<size_t> lines;
};

} // namespace ttc::calibrate

#endif
