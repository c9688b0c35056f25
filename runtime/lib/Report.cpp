//===- Report.cpp - where the cycles of a run went --------------------------===//
#include "ttc/Runtime/Report.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ttc::runtime {
namespace {
constexpr const char *threadNames[] = {"reader", "writer", "compute"};
}

std::string_view name(Bucket b) {
  constexpr std::string_view names[numBuckets] = {"math",       "sfpu",   "pack", "wait_input",
                                                  "wait_space", "noc",    "dram", "semaphore",
                                                  "issue",      "launch", "idle"};
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
          for (const ProgramReport::Use &u : p.busiest)
            o["busiest"][u.resource] = u.share;
        }
        o["noc_bytes"] = p.nocBytes;
        o["dram_read_bytes"] = p.dramReadBytes;
        o["dram_write_bytes"] = p.dramWriteBytes;
        for (size_t t = 0; t < 3; ++t)
          if (p.hasThread[t])
            for (size_t b = 0; b < numBuckets; ++b)
              o[threadNames[t]][std::string(runtime::name(Bucket(b)))] = p.buckets[t][b];
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
    out += fmt::format(
        "{:>4} {:<26} {:<14} {:>5} {:>10} {:>6}  {:>5} {:>5} {:>5} {:>5} {:>5} {:>5} {:>5}\n", "#",
        "layer", "op", "cores", "cycles", "%", "math", "sfpu", "wait", "noc", "dram", "sem",
        "start");
    for (size_t i : order) {
      const ProgramReport &p = programs[i];
      // Shares of the thread that explains most: compute where there is one, else the reader.
      size_t t = p.hasThread[2] ? 2 : p.hasThread[0] ? 0 : 1;
      double whole = double(std::max<int64_t>(1, p.cycles() * p.gridX * p.gridY));
      auto share = [&](std::initializer_list<Bucket> list, size_t thread) {
        int64_t sum = 0;
        for (Bucket b : list)
          sum += p.buckets[thread][size_t(b)];
        return fmt::format("{:.0f}%", 100 * double(sum) / whole);
      };
      auto mover = [&](Bucket b) {
        int64_t most = std::max(p.buckets[0][size_t(b)], p.buckets[1][size_t(b)]);
        return fmt::format("{:.0f}%", 100 * double(most) / whole);
      };
      std::string layer = p.location.empty() ? p.name : p.location;
      if (layer.size() > 26)
        layer.resize(26);
      out += fmt::format(
          "{:>4} {:<26} {:<14} {:>5} {:>10} {:>5.1f}%  {:>5} {:>5} {:>5} {:>5} {:>5} {:>5} {:>5}\n",
          i, layer, p.kind.substr(0, 14), p.gridX * p.gridY, p.cycles(),
          100 * double(p.cycles()) / double(std::max<int64_t>(1, cycles)),
          share({Bucket::Math, Bucket::Pack}, t), share({Bucket::Sfpu}, t),
          share({Bucket::WaitInput, Bucket::WaitSpace}, t), mover(Bucket::Noc), mover(Bucket::Dram),
          mover(Bucket::Semaphore), share({Bucket::Launch}, t));
    }
    if (order.size() < programs.size())
      out += fmt::format("     ... {} more programs\n", programs.size() - order.size());
    if (programs[order[0]].contentionFree) {
      out += fmt::format("\n{:>4} {:<26} {:>10} {:>10} {:>10}  {}\n", "#", "layer", "roofline",
                         "alone", "cycles", "used most");
      for (size_t i : order) {
        const ProgramReport &p = programs[i];
        std::string uses;
        for (const ProgramReport::Use &u : p.busiest)
          uses += fmt::format("{}{} {:.0f}%", uses.empty() ? "" : ", ", u.resource, 100 * u.share);
        out += fmt::format("{:>4} {:<26} {:>10} {:>10} {:>10}  {}\n", i,
                           (p.location.empty() ? p.name : p.location).substr(0, 26), p.roofline,
                           p.contentionFree, p.cycles(), uses);
      }
    }
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
