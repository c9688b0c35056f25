//===- NocTraceProgram.cpp - a trace as a tile program ------------------------===//
//
// Every core runs the same two kernels, one a NoC, over a list of events among its
// runtime arguments: a row of a buffer to read, or a barrier.
//
//===----------------------------------------------------------------------===//
#include "ttc/Calibrate/NocTraces.h"

#include "TimedRun.h"
#include "ttc/Program/Assembler.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace ttc::calibrate {
namespace {
using namespace assembler;

/// What recording costs, in cycles. Not the machine's: the traces were taken with profiling on.
/// Means and medians of the visible traces, of events that nothing holds up.
constexpr int64_t dramReadIssue = 126; ///< from a read of a DRAM page to the next event
constexpr int64_t coreReadIssue = 150; ///< the same of a core's shard, whose address takes longer
constexpr int64_t afterBarrier = 94;   ///< from the end of a barrier to the next event
constexpr int64_t profilerFlush = 430; ///< the profiler empties its full buffer

constexpr int barrierCode = -1, flushCode = -2;
constexpr Reg index{0}, code{1}, condition{2}, events{3}, start{4}, row{5}, wait{6};

/// Pages of one size in DRAM or in the cores; `firstCode` is the code of its row 0.
struct Source {
  bool dram;
  int64_t bytes;
  uint32_t buffer = 0;
  int firstCode = 0, rows = 0;
};

/// Scalar instructions of one turn of the kernel's loop with a read of source number `which`: add,
/// arg; compare and branch for a barrier, a flush and each source up to it; sub; the jump out of the
/// branch; the loop's end.
int64_t turn(size_t which) { return 2 + 4 + 2 * int64_t(which + 1) + 1 + 1 + 1; }

} // namespace

Expected<double> simulateNocTrace(const NocTrace &trace, const DeviceSpec &device,
                                  const std::string &name) {
  auto positionOf = [](const std::vector<int64_t> &routers, int at) {
    auto it = std::find(routers.begin(), routers.end(), at);
    return it == routers.end() ? -1 : int(it - routers.begin());
  };
  auto coreAt = [&](int x, int y) {
    int cx = positionOf(device.noc_columns, x), cy = positionOf(device.noc_rows, y);
    return cx < 0 || cy < 0 ? -1 : cy * int(device.grid_x) + cx;
  };
  auto bankAt = [&](int x, int y) {
    for (size_t b = 0; b < device.dram_noc_x.size(); ++b)
      if (device.dram_noc_x[b] == x && device.dram_noc_y[b] == y)
        return int(b);
    return -1;
  };
  // The recorded machine: reads cost what recording them costs.
  DeviceSpec recorded = device;
  size_t longest = 0;
  std::vector<Source> sources;
  for (const NocTrace::Thread &t : trace.threads) {
    if (coreAt(t.x, t.y) < 0)
      return Error{fmt::format("{}: device '{}' has no core on router ({}, {})", name, device.name,
                               t.x, t.y)};
    longest = std::max(longest, t.events.size());
    for (const NocTrace::Event &e : t.events) {
      if (e.barrier || e.flush)
        continue;
      bool dram = bankAt(e.x, e.y) >= 0;
      if (!dram && coreAt(e.x, e.y) < 0)
        return Error{fmt::format("{}: device '{}' has neither a core nor a DRAM bank on router ({}, "
                                 "{})",
                                 name, device.name, e.x, e.y)};
      auto same = [&](const Source &s) { return s.dram == dram && s.bytes == e.bytes; };
      if (std::none_of(sources.begin(), sources.end(), same))
        sources.push_back({dram, e.bytes});
    }
  }
  if (sources.empty())
    return Error{fmt::format("{}: expected reads, but there is none", name)};

  Model m(recorded, "noc-trace");
  int next = 0;
  int64_t largest = 0;
  for (Source &s : sources) {
    s.rows = int(s.dram ? device.dram_banks : device.cores());
    s.firstCode = next;
    next += s.rows;
    largest = std::max(largest, s.bytes);
    std::string label = fmt::format("{} of {}", s.dram ? "banks" : "cores", s.bytes);
    s.buffer = s.dram ? m.interleaved(label, s.rows, s.bytes / 2, program::Order::RowMajor)
                      : m.height(label, s.rows, s.bytes / 2, 1, int(device.grid_x),
                                 int(device.grid_y));
  }
  program::ProgramT &p = m.program(int(device.grid_x), int(device.grid_y));
  int64_t block = 2 + int64_t(longest); // of one kernel's arguments: how many, start, events
  if (block * 2 > UINT16_MAX)
    return Error{fmt::format("{}: {} events of one core, at most {}", name, longest,
                             UINT16_MAX / 2 - 2)};
  p.num_args = uint16_t(block * 2);
  p.args.assign(size_t(p.num_args) * size_t(device.cores()), 0);
  for (const NocTrace::Thread &t : trace.threads) {
    int32_t *args = &p.args[size_t(coreAt(t.x, t.y)) * p.num_args + size_t(t.noc * block)];
    if (args[0])
      return Error{fmt::format("{}: two programs of core ({}, {}) on NoC {}", name, t.x, t.y, t.noc)};
    args[0] = int32_t(t.events.size());
    args[1] = int32_t(std::min<int64_t>(t.start, INT32_MAX));
    for (size_t i = 0; i < t.events.size(); ++i) {
      const NocTrace::Event &e = t.events[i];
      int bank = bankAt(e.x, e.y);
      for (const Source &s : sources)
        if (s.bytes == e.bytes && s.dram == (bank >= 0))
          args[2 + i] = s.firstCode + (bank >= 0 ? bank : coreAt(e.x, e.y));
      if (e.barrier || e.flush)
        args[2 + i] = e.barrier ? barrierCode : flushCode;
    }
  }
  // An iteration's scalar instructions are part of the recorded cost of a read.
  for (size_t i = 0; i < sources.size(); ++i) {
    int64_t scalars = turn(i) * device.scalar_operation;
    if (sources[i].dram) {
      m.device.dram_read_issue = dramReadIssue - scalars;
      m.device.dram_interleaved_issue = 0;
    } else {
      m.device.noc_read_issue = coreReadIssue - scalars;
      m.device.noc_destination_issue = 0;
    }
  }
  m.model.device_fingerprint = m.device.fingerprint();
  int pageBytes = int((largest + device.dram_alignment - 1) / device.dram_alignment *
                      device.dram_alignment);
  for (int noc : {0, 1}) {
    int cb = m.cb(p, noc == 0 ? "here" : "here too", uint32_t(pageBytes), 1);
    int base = int(noc * block);
    auto delay = [&](Kernel &k, Arg cycles) { k.loop(wait, 0, cycles, 1).endLoop(); };
    Kernel k;
    k.op(Opcode::Arg, {events, base}).iff(events);
    k.reserve(cb, 1).op(Opcode::Arg, {start, base + 1});
    delay(k, start);
    k.loop(index, 0, events, 1);
    k.op(Opcode::Add, {row, index, base + 2}).op(Opcode::Arg, {code, row});
    k.op(Opcode::Cmp, {condition, isa::Predicate::Eq, code, barrierCode}).iff(condition);
    k.readBarrier();
    delay(k, int(afterBarrier));
    k.otherwise();
    k.op(Opcode::Cmp, {condition, isa::Predicate::Eq, code, flushCode}).iff(condition);
    delay(k, int(profilerFlush));
    k.otherwise();
    for (size_t i = 0; i < sources.size(); ++i) {
      const Source &s = sources[i];
      k.op(Opcode::Cmp, {condition, isa::Predicate::Lt, code, s.firstCode + s.rows}).iff(condition);
      k.op(Opcode::Sub, {row, code, s.firstCode});
      k.op(Opcode::ReadPages, {cb, 0, int(s.buffer), row, 0, 1, 1}).otherwise();
    }
    for (size_t i = 0; i < sources.size(); ++i)
      k.endIf();
    k.endIf().endIf().endLoop().push(cb, 1).endIf();
    p.kernels.push_back(
        k.kernel(noc == 0 ? program::ThreadKind::Reader : program::ThreadKind::Writer));
  }
  m.io(sources[0].buffer, sources[0].buffer);
  auto reports = runTimed(m.file());
  if (!reports)
    return reports.error();
  const runtime::ProgramReport &report = reports->front();
  int64_t end = 0;
  for (const auto &ends : report.threadEnds)
    for (int64_t e : ends)
      end = std::max(end, e);
  // The kernel reserves before and pushes after; the last barrier's recording is behind its end.
  return double(end - report.kernelStart - 2 * device.cb_operation - afterBarrier);
}

} // namespace ttc::calibrate
