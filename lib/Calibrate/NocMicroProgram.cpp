//===- NocMicroProgram.cpp - a transaction pattern as a tile program ----------===//
#include "ttc/Calibrate/NocMicro.h"

#include "TimedRun.h"
#include "ttc/Program/Assembler.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::calibrate {
namespace {
using namespace assembler;
using Case = NocMicroCase;
using Pattern = Case::Pattern;

struct Rect {
  int x0 = 0, y0 = 0, width = 1, height = 1;
};

/// The grid of the published runs: 8x7 on Wormhole, 11x10 on Blackhole (README of the data).
Rect publishedGrid(const Case &c) {
  return c.arch == "WORMHOLE_B0" ? Rect{0, 0, 8, 7} : Rect{0, 0, 11, 10};
}

/// Where masters and subordinates stand. The master of a one-to-something pattern is core (0, 0). A
/// k x k rectangle that does not include it begins at (1, 1), a row or column that does not is its
/// neighbour.
struct Geometry {
  Rect masters, subordinates;
  bool skipSelf = false; ///< subordinates are the rectangle less the sender
};

Expected<Geometry> geometry(const Case &c, Rect grid) {
  Geometry g;
  int64_t n = c.subordinates;
  int side = 1;
  while (int64_t(side + 1) * (side + 1) <= n)
    ++side;
  bool square = int64_t(side) * side == n;
  bool full = n == grid.width * grid.height, allButOne = n == grid.width * grid.height - 1;
  auto unknown = [&] {
    return Error{fmt::format("{}: no placement of {} subordinates on a {}x{} grid", c.name(), n,
                             grid.width, grid.height)};
  };
  switch (c.pattern) {
  case Pattern::OneFromOne:
  case Pattern::OneToOne:
    g.subordinates = c.sameAxis ? Rect{0, 1, 1, 1} : Rect{1, 1, 1, 1};
    return g;
  case Pattern::AllFromAll:
  case Pattern::AllToAll:
    if (!square && !full)
      return unknown();
    g.masters = g.subordinates = full ? grid : Rect{0, 0, side, side};
    break;
  case Pattern::OneFromAll:
  case Pattern::OneToAll:
    if (allButOne || full) {
      g.subordinates = grid;
      g.skipSelf = allButOne;
    } else if (square) {
      bool inside = c.loopback || side >= std::min(grid.width, grid.height);
      g.subordinates = inside ? Rect{0, 0, side, side} : Rect{1, 1, side, side};
    } else {
      return unknown();
    }
    break;
  case Pattern::RowToRow:
    g.masters = g.subordinates = {0, 0, int(n), 1};
    break;
  case Pattern::ColumnToColumn:
    g.masters = g.subordinates = {0, 0, 1, int(n)};
    break;
  case Pattern::OneToRow:
    g.skipSelf = n == grid.width - 1;
    g.subordinates = {0, c.loopback || g.skipSelf ? 0 : 1, int(n) + g.skipSelf, 1};
    break;
  case Pattern::OneToColumn:
    g.skipSelf = n == grid.height - 1;
    g.subordinates = {c.loopback || g.skipSelf ? 0 : 1, 0, 1, int(n) + g.skipSelf};
    break;
  }
  for (const Rect &r : {g.masters, g.subordinates})
    if (r.x0 + r.width > grid.width || r.y0 + r.height > grid.height)
      return unknown();
  if (!c.multicast() && n > 0 && c.transactions % n)
    return Error{fmt::format("{}: {} transactions are no multiple of {} subordinates", c.name(),
                             c.transactions, n)};
  return g;
}

constexpr Reg count{0}, row{1}, core{2}, last{3}, x{4}, y{5}, condition{6};

/// Bytes of the page of a buffer that holds `bytes`.
int64_t aligned(int64_t bytes, int64_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// The body of a unicast pattern between L1s. Transactions of the set-state API are one instruction
/// as far as the circular buffer holds their bytes; the others one instruction each.
void unicastL1(Kernel &k, const Case &c, const Geometry &g, int cb, int buffer, int64_t cbPages,
               int rowsPerCore, int gridWidth) {
  Opcode op = c.read() ? Opcode::ReadPages : Opcode::WritePages;
  const Rect &s = g.subordinates;
  int64_t each = std::max<int64_t>(1, c.transactions / std::max<int64_t>(1, c.subordinates));
  int64_t bulk = c.stateful ? std::min<int64_t>({each, cbPages, rowsPerCore}) : 1;
  auto transfers = [&](Arg firstRow) {
    if (each / bulk > 1)
      k.loop(count, 0, int(each / bulk), 1);
    k.op(op, {cb, 0, buffer, firstRow, 0, int(bulk), 1});
    if (each / bulk > 1)
      k.endLoop();
    if (each % bulk)
      k.op(op, {cb, 0, buffer, firstRow, 0, int(each % bulk), 1});
  };
  if (s.width * s.height == 1)
    return transfers((s.y0 * gridWidth + s.x0) * rowsPerCore);
  k.loop(y, s.y0 * gridWidth, (s.y0 + s.height) * gridWidth, gridWidth)
      .loop(x, s.x0, s.x0 + s.width, 1)
      .op(Opcode::Add, {row, x, y});
  if (g.skipSelf)
    k.op(Opcode::Cmp, {condition, isa::Predicate::Ne, row, 0}).iff(condition);
  if (rowsPerCore > 1)
    k.op(Opcode::Mul, {row, row, rowsPerCore});
  transfers(row);
  if (g.skipSelf)
    k.endIf();
  k.endLoop().endLoop();
}

} // namespace

Expected<double> simulateNocMicro(const NocMicroCase &c, const DeviceSpec &spec) {
  Rect grid = publishedGrid(c);
  if (spec.grid_x < grid.width || spec.grid_y < grid.height)
    return Error{fmt::format("device '{}' has a {}x{} grid, the measurements were made on {}x{}",
                             spec.name, spec.grid_x, spec.grid_y, grid.width, grid.height)};
  bool dram = c.memory != Case::Memory::L1;
  Geometry g;
  if (dram) {
    g.masters = c.oneMaster() ? Rect{} : grid;
  } else {
    auto found = geometry(c, grid);
    if (!found)
      return found.error();
    g = *found;
  }
  DeviceSpec device = spec;
  device.grid_x = grid.width;
  device.grid_y = grid.height;

  Model m(device, "noc-micro");
  int64_t pageBytes = aligned(c.bytes, dram ? device.dram_alignment : device.l1_alignment);
  constexpr int64_t bulkBytes = 256 * 1024; // what a set-state run may take of L1
  int64_t cbPages = c.stateful ? std::clamp<int64_t>(bulkBytes / pageBytes, 1, c.transactions) : 1;
  int cols = int(c.bytes / 2), rowsPerCore = int(cbPages);
  // Rows: one for each transaction of the last core of interleaved DRAM, one for each bank or core.
  int64_t cores = int64_t(grid.width) * grid.height;
  uint32_t buffer =
      !dram ? m.height("there", int(cores) * rowsPerCore, cols, rowsPerCore, grid.width, grid.height)
            : m.interleaved("there",
                            c.memory == Case::Memory::DramSharded ? device.dram_banks
                                                                  : c.transactions + cores,
                            cols, program::Order::RowMajor);
  program::ProgramT &p =
      c.multicast() ? m.program(grid.width, grid.height) : m.program(g.masters.width, g.masters.height);
  int cb = m.cb(p, "here", uint32_t(pageBytes), uint32_t(cbPages));

  Kernel k;
  bool push = !c.read() && !c.multicast();
  int64_t cbOperations = push ? 4 : 2;
  if (c.multicast()) // the others only receive
    k.op(Opcode::CoreIndex, {core}).op(Opcode::Cmp, {condition, isa::Predicate::Eq, core, 0}).iff(condition);
  k.reserve(cb, int(cbPages));
  if (push)
    k.push(cb, int(cbPages)).wait(cb, int(cbPages));
  if (c.multicast()) {
    bool linked = c.mechanism == Case::Mechanism::MulticastLinked;
    const Rect &s = g.subordinates;
    auto send = [&](bool keep) {
      k.op(Opcode::Mcast, {cb, 0, int(c.bytes), s.x0, s.y0, s.x0 + s.width - 1,
                           s.y0 + s.height - 1,
                           int(keep) * isa::McastLinked + c.loopback * isa::McastLoopback});
    };
    if (c.transactions > 1) {
      k.loop(count, 0, int(c.transactions) - 1, 1);
      send(linked);
      k.endLoop();
    }
    send(false);
  } else if (dram) {
    Opcode op = c.read() ? Opcode::ReadPages : Opcode::WritePages;
    k.op(Opcode::CoreIndex, {core});
    if (c.memory == Case::Memory::DramSharded) {
      k.op(Opcode::Rem, {row, core, int(device.dram_banks)}).loop(count, 0, int(c.transactions), 1);
      k.op(op, {cb, 0, int(buffer), row, 0, 1, 1}).endLoop();
    } else {
      k.op(Opcode::Add, {last, core, int(c.transactions)}).loop(row, core, last, 1);
      k.op(op, {cb, 0, int(buffer), row, 0, 1, 1}).endLoop();
    }
  } else {
    unicastL1(k, c, g, cb, int(buffer), cbPages, rowsPerCore, grid.width);
  }
  c.read() ? k.readBarrier() : k.writeBarrier();
  push ? k.pop(cb, int(cbPages)) : k.push(cb, int(cbPages));
  if (c.multicast())
    k.endIf();
  p.kernels.push_back(
      k.kernel(c.noc == 0 ? program::ThreadKind::Reader : program::ThreadKind::Writer));
  m.io(buffer, buffer);

  auto reports = runTimed(m.file());
  if (!reports)
    return reports.error();
  const runtime::ProgramReport &report = reports->front();
  std::vector<int64_t> ends = report.threadEnds[size_t(c.noc)];
  if (c.multicast())
    ends.resize(1);
  std::sort(ends.begin(), ends.end());
  size_t half = ends.size() / 2;
  double median = ends.size() % 2 ? double(ends[half]) : double(ends[half - 1] + ends[half]) / 2;
  // The benchmark has no circular buffer.
  return median - double(report.kernelStart + cbOperations * device.cb_operation);
}

} // namespace ttc::calibrate
