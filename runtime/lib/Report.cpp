//===- Report.cpp - where the cycles of a run went --------------------------===//
#include "ttc/Runtime/Report.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ttc::runtime {
namespace {
constexpr const char *threadNames[] = {"reader", "writer", "compute"};

/// Columns of the tables: buckets of the thread that explains most.
constexpr struct {
  const char *name;
  std::initializer_list<Bucket> buckets;
} columns[] = {{"math", {Bucket::Math}},
               {"opnds", {Bucket::Operands}},
               {"tilize", {Bucket::Tilize}},
               {"sfpu", {Bucket::Sfpu}},
               {"pack", {Bucket::Pack}},
               {"wait", {Bucket::WaitInput, Bucket::WaitSpace, Bucket::Semaphore}},
               {"noc", {Bucket::NocRead, Bucket::NocWrite}},
               {"dram", {Bucket::Dram}},
               {"issue", {Bucket::Issue}},
               {"start", {Bucket::Launch}},
               {"idle", {Bucket::Idle}}};

std::string shareNames() {
  std::string out;
  for (const auto &c : columns)
    out += fmt::format(" {:>6}", c.name);
  return out;
}

std::string shares(const Buckets &buckets) {
  double whole = double(std::max<int64_t>(1, std::accumulate(buckets.begin(), buckets.end(), int64_t(0))));
  std::string out;
  for (const auto &c : columns) {
    int64_t sum = 0;
    for (Bucket b : c.buckets)
      sum += buckets[size_t(b)];
    out += fmt::format(" {:>5.0f}%", 100 * double(sum) / whole);
  }
  return out;
}
} // namespace

std::string_view name(Bucket b) {
  constexpr std::string_view names[numBuckets] = {
      "math",     "operands",  "tilize", "sfpu",      "pack",  "wait_input", "wait_space",
      "noc_read", "noc_write", "dram",   "semaphore", "issue", "launch",     "idle"};
  return names[size_t(b)];
}

Report::Reshards Report::reshards() const {
  Reshards r;
  for (const ProgramReport &p : programs)
    if (p.isReshard) {
      ++r.count;
      r.bytes += p.nocBytes + p.dramReadBytes + p.dramWriteBytes;
      r.cycles += p.cycles();
    }
  return r;
}

/// The thread that explains most: compute where there is one, else the reader.
static size_t mainThread(const ProgramReport &p) { return p.hasThread[2] ? 2 : p.hasThread[0] ? 0 : 1; }

std::vector<KindReport> Report::kinds() const {
  std::vector<KindReport> result;
  for (const ProgramReport &p : programs) {
    auto k = std::find_if(result.begin(), result.end(),
                          [&](const KindReport &k) { return k.kind == p.kind; });
    if (k == result.end())
      k = result.insert(result.end(), {p.kind});
    ++k->programs;
    k->cycles += p.cycles();
    k->roofline += p.roofline;
    for (size_t b = 0; b < numBuckets; ++b)
      k->buckets[b] += p.buckets[mainThread(p)][b];
  }
  std::sort(result.begin(), result.end(),
                   [](const KindReport &a, const KindReport &b) {
              return a.cycles != b.cycles ? a.cycles > b.cycles : a.kind < b.kind;
            });
  return result;
}

uint64_t Report::macs() const {
  uint64_t total = 0;
  for (const ProgramReport &p : programs)
    total += p.macs;
  return total;
}

std::string Report::json(bool withPrograms) const {
  nlohmann::ordered_json j;
  Reshards r = reshards();
  j["model"] = model;
  j["device"] = device;
  j["numerics"] = numerics;
  if (!numericsNote.empty())
    j["numerics_note"] = numericsNote;
  if (timed) {
    j["latency_ms"] = latencyMs();
    j["cycles"] = cycles;
    j["frames_per_second"] = cycles ? 1000 / latencyMs() : 0.0;
  }
  j["macs"] = macs();
  j["l1_peak"] = l1Peak;
  j["l1_available"] = l1Available;
  j["reshards"] = {{"count", r.count}, {"bytes", r.bytes}, {"cycles", r.cycles}};
  j["programs"] = programs.size();
  if (sanitizer.on) {
    nlohmann::ordered_json s;
    s["valid"] = sanitizer.valid();
    s["accesses"] = sanitizer.accesses;
    s["transfers"] = sanitizer.transfers;
    s["cb_operations"] = sanitizer.cbOperations;
    s["semaphore_operations"] = sanitizer.semaphoreOperations;
    s["findings"] = nlohmann::ordered_json::array();
    for (const Finding &f : sanitizer.findings)
      s["findings"].push_back({{"check", std::string(runtime::name(f.check))},
                               {"program", f.program},
                               {"layer", f.layer},
                               {"thread", f.thread},
                               {"cycle", f.cycle},
                               {"what", f.what},
                               {"other", f.other},
                               {"times", f.times}});
    j["sanitizer"] = std::move(s);
  }
  auto json = [](const Buckets &buckets) {
    nlohmann::ordered_json o;
    for (size_t b = 0; b < numBuckets; ++b)
      o[std::string(runtime::name(Bucket(b)))] = buckets[b];
    return o;
  };
  if (timed) {
    j["roofline_cycles"] = roofline;
    for (const Use &u : utilization)
      j["utilization"][u.resource] = u.share;
    j["kinds"] = nlohmann::ordered_json::array();
    for (const KindReport &k : kinds())
      j["kinds"].push_back({{"kind", k.kind},
                            {"programs", k.programs},
                            {"cycles", k.cycles},
                            {"roofline_cycles", k.roofline},
                            {"buckets", json(k.buckets)}});
  }
  if (withPrograms && timed)
    for (const CoreReport &c : cores) {
      nlohmann::ordered_json o = {{"x", c.x}, {"y", c.y}, {"packing", c.packing}, {"vector", c.vector}};
      for (size_t t = 0; t < 3; ++t)
        o[threadNames[t]] = json(c.buckets[t]);
      j["cores"].push_back(std::move(o));
    }
  if (withPrograms) {
    j["launches"] = nlohmann::ordered_json::array();
    for (const ProgramReport &p : programs) {
      nlohmann::ordered_json o;
      o["name"] = p.name;
      o["location"] = p.location;
      o["kind"] = p.kind;
      o["grid"] = {p.gridX, p.gridY};
      o["macs"] = p.macs;
      o["reshard"] = p.isReshard;
      if (timed) {
        o["start"] = p.start;
        o["end"] = p.end;
        o["cycles"] = p.cycles();
        o["roofline_cycles"] = p.roofline;
        if (p.contentionFree) {
          o["contention_free_cycles"] = p.contentionFree;
          for (const Use &u : p.busiest)
            o["busiest"][u.resource] = u.share;
        }
        o["noc_bytes"] = p.nocBytes;
        o["dram_read_bytes"] = p.dramReadBytes;
        o["dram_write_bytes"] = p.dramWriteBytes;
        for (size_t t = 0; t < 3; ++t)
          if (p.hasThread[t])
            o[threadNames[t]] = json(p.buckets[t]);
      }
      j["launches"].push_back(std::move(o));
    }
  }
  return j.dump(2);
}

std::string Report::table(size_t rows) const {
  std::string out;
  std::vector<size_t> order(programs.size());
  std::iota(order.begin(), order.end(), size_t(0));
  bool sorted = rows > 0 && timed;
  if (sorted)
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      int64_t x = programs[a].cycles(), y = programs[b].cycles();
      return x != y ? x > y : a < b;
    });
  if (rows && order.size() > rows)
    order.resize(rows);
  if (timed && !order.empty()) {
    out += fmt::format("{:>4} {:<26} {:<14} {:>5} {:>10} {:>6} {}\n", "#", "layer", "op", "cores",
                       "cycles", "%", shareNames());
    for (size_t i : order) {
      const ProgramReport &p = programs[i];
      std::string layer = p.location.empty() ? p.name : p.location;
      out += fmt::format("{:>4} {:<26} {:<14} {:>5} {:>10} {:>5.1f}% {}\n", i, layer.substr(0, 26),
                         p.kind.substr(0, 14), p.gridX * p.gridY, p.cycles(),
                         100 * double(p.cycles()) / double(std::max<int64_t>(1, cycles)),
                         shares(p.buckets[mainThread(p)]));
    }
    if (order.size() < programs.size())
      out += fmt::format("     ... {} more programs\n", programs.size() - order.size());
    if (programs[order[0]].contentionFree) {
      out += fmt::format("\n{:>4} {:<26} {:>10} {:>10} {:>10}  {}\n", "#", "layer", "roofline",
                         "alone", "cycles", "used most");
      for (size_t i : order) {
        const ProgramReport &p = programs[i];
        std::string uses;
        for (const Use &u : p.busiest)
          uses += fmt::format("{}{} {:.0f}%", uses.empty() ? "" : ", ", u.resource, 100 * u.share);
        out += fmt::format("{:>4} {:<26} {:>10} {:>10} {:>10}  {}\n", i,
                           (p.location.empty() ? p.name : p.location).substr(0, 26), p.roofline,
                           p.contentionFree, p.cycles(), uses);
      }
    }
  }
  if (timed && programs.size() > 1) {
    out += fmt::format("\n{:<31} {:>8} {:>11} {:>10} {:>6} {}\n", "op", "programs", "roofline",
                       "cycles", "%", shareNames());
    for (const KindReport &k : kinds())
      out += fmt::format("{:<31} {:>8} {:>11} {:>10} {:>5.1f}% {}\n", k.kind.substr(0, 31), k.programs,
                         k.roofline, k.cycles,
                         100 * double(k.cycles) / double(std::max<int64_t>(1, cycles)),
                         shares(k.buckets));
  }
  if (timed) {
    out += fmt::format("\nroofline {} cycles = {:.0f}% of the run; in use:", roofline,
                       100 * double(roofline) / double(std::max<int64_t>(1, cycles)));
    for (size_t i = 0; i < utilization.size(); ++i)
      out += fmt::format("{} {} {:.0f}%", i ? "," : "", utilization[i].resource, 100 * utilization[i].share);
    out += "\n";
  }
  Reshards r = reshards();
  out += fmt::format(
      "programs {}, reshards {} ({:.2f} MB, {} cycles), L1 peak {} of {} bytes a core\n",
      programs.size(), r.count, double(r.bytes) / 1e6, r.cycles, l1Peak, l1Available);
  if (timed)
    out +=
        fmt::format("{} cycles = {:.3f} ms on {} ({:.1f} frames/s), {:.2f} GMAC\n", cycles,
                    latencyMs(), device, cycles ? 1000 / latencyMs() : 0.0, double(macs()) / 1e9);
  return out;
}

} // namespace ttc::runtime
