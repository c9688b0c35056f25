//===- NocMicro.cpp - the table and its groups --------------------------------===//
#include "ttc/Calibrate/NocMicro.h"

#include <array>
#include <fmt/format.h>
#include <optional>

namespace ttc::calibrate {
namespace {
using Case = NocMicroCase;
using Pattern = Case::Pattern;

constexpr std::array<std::string_view, 3> mechanisms = {"UNICAST", "MULTICAST", "MULTICAST_LINKED"};
constexpr std::array<std::string_view, 10> patterns = {
    "ONE_FROM_ONE", "ONE_FROM_ALL", "ALL_FROM_ALL",     "ONE_TO_ONE", "ONE_TO_ALL",
    "ALL_TO_ALL",   "ROW_TO_ROW",   "COLUMN_TO_COLUMN", "ONE_TO_ROW", "ONE_TO_COLUMN"};
constexpr std::array<std::string_view, 3> memories = {"L1", "DRAM_INTERLEAVED", "DRAM_SHARDED"};

template <typename E, size_t n>
std::optional<E> find(const std::array<std::string_view, n> &names, std::string_view text) {
  for (size_t i = 0; i < n; ++i)
    if (names[i] == text)
      return E(i);
  return std::nullopt;
}

} // namespace

bool NocMicroCase::oneMaster() const {
  switch (pattern) {
  case Pattern::AllFromAll:
  case Pattern::AllToAll:
  case Pattern::RowToRow:
  case Pattern::ColumnToColumn:
    return false;
  default:
    return true;
  }
}

std::string NocMicroCase::group() const {
  if (!oneMaster())
    return "many masters";
  if (multicast())
    return "multicast";
  return transactions >= 4 ? "unicast" : "unicast, fewer than 4";
}

std::string NocMicroCase::name() const {
  std::string s = fmt::format("{} {} {} {} n={} subordinates={} noc={} {} B", arch,
                              mechanisms[size_t(mechanism)], patterns[size_t(pattern)],
                              memories[size_t(memory)], transactions, subordinates, noc, bytes);
  for (auto [flag, word] : {std::pair{sameAxis, " same-axis"},
                            std::pair{stateful, " stateful"},
                            std::pair{loopback, " loopback"}})
    if (flag)
      s += word;
  return s;
}

std::string NocMicroCase::notPhysics() const {
  if (multicast() && !oneMaster())
    return "multicasts from rows to rows and columns to columns: most of these series fall with size";
  if (arch == "WORMHOLE_B0" && memory != Memory::L1 && !read() && bytes == 64)
    return "Wormhole DRAM writes of 64 B: slower than 128 B";
  return "";
}

Expected<NocMicroCase> parseNocMicroCase(const Csv &csv, size_t row) {
  NocMicroCase c;
  c.arch = csv.text(row, "arch");
  auto choice = [&](const auto &names, const char *column, auto &out) -> Expected<void> {
    using E = std::remove_reference_t<decltype(out)>;
    auto found = find<E>(names, csv.text(row, column));
    if (!found)
      return csv.error(row, column, fmt::format("one of {}", fmt::join(names, ", ")));
    out = *found;
    return {};
  };
  if (auto r = choice(mechanisms, "mechanism", c.mechanism); !r)
    return r.error();
  if (auto r = choice(patterns, "pattern", c.pattern); !r)
    return r.error();
  if (auto r = choice(memories, "memory", c.memory); !r)
    return r.error();
  struct {
    const char *column;
    int64_t *out, min, max;
  } integers[] = {{"num_transactions", &c.transactions, 1, 1 << 24},
                  {"num_subordinates", &c.subordinates, 0, 1 << 12},
                  {"noc_index", &c.noc, 0, 1},
                  {"size_bytes", &c.bytes, 1, 1 << 20}};
  for (auto &i : integers) {
    auto v = csv.integer(row, i.column, i.min, i.max);
    if (!v)
      return v.error();
    *i.out = *v;
  }
  struct {
    const char *column;
    bool *out;
  } flags[] = {
      {"same_axis", &c.sameAxis}, {"stateful", &c.stateful}, {"loopback", &c.loopback}};
  for (auto &f : flags) {
    auto v = csv.boolean(row, f.column);
    if (!v)
      return v.error();
    *f.out = *v;
  }
  auto cycles = csv.positive(row, "latency_cycles");
  if (!cycles)
    return cycles.error();
  c.cycles = *cycles;
  return c;
}

Expected<CalibrationReport> calibrateNocMicro(const std::string &path,
                                              const NocMicroOptions &options) {
  auto csv = Csv::read(path);
  if (!csv)
    return csv.error();
  if (auto r = csv->require({"arch", "mechanism", "pattern", "memory", "num_transactions",
                             "num_subordinates", "same_axis", "stateful", "loopback", "noc_index",
                             "size_bytes", "latency_cycles"});
      !r)
    return r.error();
  std::vector<NocMicroCase> cases; // all are read before any is run
  for (size_t i = 0; i < csv->rows(); ++i) {
    auto c = parseNocMicroCase(*csv, i);
    if (!c)
      return c.error();
    cases.push_back(std::move(*c));
  }
  CalibrationReport report;
  report.source = path;
  report.unit = "cycles";
  for (size_t i = 0; i < cases.size(); ++i) {
    const NocMicroCase &c = cases[i];
    const DeviceSpec *device = nullptr;
    for (const DeviceSpec &d : options.devices)
      if (!device && d.architecture == c.arch)
        device = &d;
    if (!device) {
      report.skip(fmt::format("no device file for architecture {}", c.arch));
      continue;
    }
    if (std::string why = c.notPhysics(); !why.empty()) {
      report.skip("not physics: " + why);
      continue;
    }
    if (!options.group.empty() && c.group() != options.group) {
      report.skip(fmt::format("not of group '{}'", options.group));
      continue;
    }
    auto cycles = simulateNocMicro(c, *device);
    if (!cycles)
      return Error{fmt::format("{}:{}: {}", path, csv->line(i), cycles.error().message)};
    report.rows.push_back({csv->line(i), c.name(), c.group(), {*cycles, c.cycles}});
  }
  return report;
}

} // namespace ttc::calibrate
