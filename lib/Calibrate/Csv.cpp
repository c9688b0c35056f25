//===- Csv.cpp - tables of published measurements -----------------------------===//
#include "ttc/Calibrate/Csv.h"

#include "ttc/Support/Files.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace ttc::calibrate {
namespace {

/// The fields of one line; an error text when a quote stays open or stands inside a field.
std::string split(std::string_view line, std::vector<std::string> &fields) {
  fields.assign(1, "");
  bool quoted = false, closed = false;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (quoted) {
      if (c == '"' && i + 1 < line.size() && line[i + 1] == '"')
        fields.back() += line[++i];
      else if (c == '"')
        quoted = false, closed = true;
      else
        fields.back() += c;
    } else if (c == ',') {
      fields.emplace_back();
      closed = false;
    } else if (c == '"' && fields.back().empty() && !closed) {
      quoted = true;
    } else if (c == '"' || closed) {
      return "a quote inside a field";
    } else {
      fields.back() += c;
    }
  }
  return quoted ? "a quote that is not closed" : "";
}

} // namespace

Expected<Csv> Csv::read(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.error();
  auto bytes = (*file)->bytes();
  return parse({reinterpret_cast<const char *>(bytes.data()), bytes.size()}, path);
}

Expected<Csv> Csv::parse(std::string_view text, const std::string &name) {
  Csv csv;
  csv.name = name;
  size_t line = 0;
  std::vector<std::string> fields;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (content.ends_with('\r'))
      content.remove_suffix(1);
    if (content.empty())
      continue;
    if (content.find('\0') != std::string_view::npos)
      return Error{fmt::format("{}:{}: expected text, but got a zero byte", name, line)};
    if (std::string problem = split(content, fields); !problem.empty())
      return Error{fmt::format("{}:{}: {}", name, line, problem)};
    if (csv.header.empty()) {
      csv.header = fields;
      for (auto it = fields.begin(); it != fields.end(); ++it)
        if (std::find(fields.begin(), it, *it) != it)
          return Error{fmt::format("{}:{}: column '{}' twice in the header", name, line, *it)};
      continue;
    }
    if (fields.size() != csv.header.size())
      return Error{fmt::format("{}:{}: expected {} fields as in the header, but got {}", name, line,
                               csv.header.size(), fields.size())};
    csv.cells.push_back(fields);
    csv.lines.push_back(line);
  }
  if (csv.header.empty())
    return Error{fmt::format("{}: expected a header line, but the file is empty", name)};
  return csv;
}

bool Csv::hasColumn(std::string_view column) const {
  return std::find(header.begin(), header.end(), column) != header.end();
}

Expected<void> Csv::require(std::initializer_list<std::string_view> columns) const {
  for (std::string_view c : columns)
    if (!hasColumn(c))
      return Error{fmt::format("{}:1: expected a column '{}', but the header has {}", name, c,
                               fmt::join(header, ", "))};
  return {};
}

size_t Csv::index(std::string_view column) const {
  auto it = std::find(header.begin(), header.end(), column);
  assert(it != header.end() && "a column that was not required");
  return size_t(it - header.begin());
}

const std::string &Csv::text(size_t row, std::string_view column) const {
  return cells[row][index(column)];
}

Error Csv::error(size_t row, std::string_view column, std::string_view expected) const {
  return Error{fmt::format("{}:{}: column '{}': expected {}, but got '{}'", name, lines[row], column,
                           expected, text(row, column))};
}

Expected<int64_t> Csv::integer(size_t row, std::string_view column, int64_t min,
                               int64_t max) const {
  const std::string &s = text(row, column);
  int64_t value = 0;
  auto [end, problem] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (problem != std::errc() || end != s.data() + s.size() || value < min || value > max)
    return error(row, column, fmt::format("a whole number in {}..{}", min, max));
  return value;
}

Expected<double> Csv::positive(size_t row, std::string_view column) const {
  const std::string &s = text(row, column);
  double value = 0;
  auto [end, problem] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (problem != std::errc() || end != s.data() + s.size() || !std::isfinite(value) || value <= 0)
    return error(row, column, "a positive number");
  return value;
}

Expected<bool> Csv::boolean(size_t row, std::string_view column) const {
  const std::string &s = text(row, column);
  if (s == "true")
    return true;
  if (s == "false")
    return false;
  return error(row, column, "true or false");
}

} // namespace ttc::calibrate
