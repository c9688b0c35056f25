//===- NocTraces.cpp - reading recorded NoC traces ----------------------------===//
#include "ttc/Calibrate/NocTraces.h"

#include "ttc/Support/Files.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

namespace ttc::calibrate {
namespace {
using nlohmann::json;

/// Reads one event of the file; what is wrong with it otherwise.
struct EventReader {
  const json &e;
  std::string problem;

  int64_t integer(const char *key, int64_t min, int64_t max) {
    auto it = e.find(key);
    if (it == e.end() || !it->is_number_integer() || it->get<int64_t>() < min ||
        it->get<int64_t>() > max) {
      fail(fmt::format("expected an integer '{}' in {}..{}", key, min, max));
      return min;
    }
    return it->get<int64_t>();
  }
  std::string text(const char *key, std::initializer_list<std::string_view> choices) {
    auto it = e.find(key);
    if (it != e.end() && it->is_string()) {
      std::string s = it->get<std::string>();
      if (std::find(choices.begin(), choices.end(), s) != choices.end())
        return s;
    }
    fail(fmt::format("expected '{}' to be one of {}", key, fmt::join(choices, ", ")));
    return "";
  }
  void fail(std::string message) {
    if (problem.empty())
      problem = std::move(message);
  }
};

} // namespace

Expected<NocTrace> parseNocTrace(std::string_view text, const std::string &name) {
  json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_array())
    return Error{fmt::format("{}: expected a JSON array of NoC events", name)};
  struct Timed {
    int64_t time;
    size_t order; ///< in the file
    NocTrace::Event event;
    bool ends = false;
  };
  using Key = std::tuple<int, int, std::string>;
  std::map<Key, std::vector<Timed>> threads;
  std::map<Key, int> nocs;
  Key last;
  for (size_t i = 0; i < root.size(); ++i) {
    if (!root[i].is_object())
      return Error{fmt::format("{}: event {}: expected an object", name, i)};
    EventReader r{root[i], {}};
    int64_t time = r.integer("timestamp", 0, INT64_MAX / 2);
    if (root[i].contains("zone")) {
      // A kernel's begin is no event of its program; a pause of the profiler is one of the processor
      // whose events it stands among.
      if (root[i]["zone"] == "PROFILER-NOC-QUICK-SEND" && !threads.empty())
        threads[last].push_back({time, i, {.flush = true}});
    } else {
      Key key{int(r.integer("sx", 0, 255)), int(r.integer("sy", 0, 255)),
              r.text("proc", {"BRISC", "NCRISC"})};
      last = key;
      std::string type = r.text("type", {"READ", "READ_BARRIER_START", "READ_BARRIER_END"});
      int noc = r.text("noc", {"NOC_0", "NOC_1"}) == "NOC_1";
      if (auto [it, isNew] = nocs.try_emplace(key, noc); !isNew && it->second != noc)
        r.fail("a core's processor uses both NoCs");
      NocTrace::Event event;
      if (type == "READ") {
        event.x = int(r.integer("dx", 0, 255));
        event.y = int(r.integer("dy", 0, 255));
        event.bytes = r.integer("num_bytes", 1, 1 << 20);
      }
      event.barrier = type == "READ_BARRIER_START";
      threads[key].push_back({time, i, event, type == "READ_BARRIER_END"});
    }
    if (!r.problem.empty())
      return Error{fmt::format("{}: event {}: {}", name, i, r.problem)};
  }
  NocTrace trace;
  int64_t first = INT64_MAX, end = 0;
  for (auto &[key, events] : threads) {
    std::sort(events.begin(), events.end(), [](const Timed &a, const Timed &b) {
      return std::tie(a.time, a.order) < std::tie(b.time, b.order);
    });
    first = std::min(first, events.front().time);
    for (const Timed &t : events)
      if (t.ends)
        end = std::max(end, t.time);
  }
  if (end <= first)
    return Error{fmt::format("{}: expected reads and the end of a barrier behind them", name)};
  for (auto &[key, events] : threads) {
    auto noc = nocs.find(key);
    if (noc == nocs.end())
      continue; // only paused
    NocTrace::Thread t{std::get<0>(key), std::get<1>(key), noc->second,
                       events.front().time - first, {}};
    for (const Timed &e : events)
      if (!e.ends)
        t.events.push_back(e.event);
    trace.threads.push_back(std::move(t));
  }
  trace.cycles = end - first;
  return trace;
}

Expected<CalibrationReport> calibrateNocTraces(const std::string &directory,
                                               const DeviceSpec &device) {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::vector<std::string> files;
  for (const auto &entry : fs::directory_iterator(directory, ec))
    if (entry.path().extension() == ".json")
      files.push_back(entry.path().string());
  if (ec)
    return Error{fmt::format("{}: cannot be read: {}", directory, ec.message())};
  if (files.empty())
    return Error{fmt::format("{}: expected trace files (*.json), but there is none", directory)};
  std::sort(files.begin(), files.end());
  CalibrationReport report;
  report.source = directory;
  report.unit = "cycles";
  for (const std::string &path : files) {
    auto file = MappedFile::open(path);
    if (!file)
      return file.error();
    auto bytes = (*file)->bytes();
    auto trace =
        parseNocTrace({reinterpret_cast<const char *>(bytes.data()), bytes.size()}, path);
    if (!trace)
      return trace.error();
    auto cycles = simulateNocTrace(*trace, device, path);
    if (!cycles)
      return cycles.error();
    std::string name = fs::path(path).stem().string();
    report.rows.push_back({0, name, name.starts_with("DRAM") ? "from DRAM" : "between cores",
                           {*cycles, double(trace->cycles)}});
  }
  return report;
}

} // namespace ttc::calibrate
