//===- EngineMove.cpp - data-movement instructions --------------------------===//
#include "Sim/Engine.h"
#include "Sim/Transfers.h"

#include <fmt/format.h>

namespace ttc::sim {
using isa::Opcode;
using runtime::Bucket;
namespace I = isa;

namespace {
/// Transactions that are issued before others get their turn.
constexpr int64_t batchPackets = 32;
constexpr int64_t maxRows = int64_t(1) << 28;
} // namespace

bool Engine::checkBuffer(Thread &t, int64_t buffer) {
  if (buffer >= 0 && size_t(buffer) < views.buffers.size())
    return true;
  return fail(t, Check::Bounds, fmt::format("buffer {} of {}", buffer, views.buffers.size()));
}

void Engine::addPiece(Thread &t, bool read, bool dram, unsigned unit, int64_t bytes) {
  if (t.batches.empty() || t.batches.back().packets >= batchPackets)
    t.batches.emplace_back();
  bool elsewhere = t.lastUnit >= 0 && t.lastUnit != int64_t(unit);
  t.lastUnit = unit;
  const Noc::Batch *previous = t.batches.size() > 1 ? &t.batches[t.batches.size() - 2] : nullptr;
  noc.add(t.batches.back(), previous, read, dram, unit, bytes, elsewhere,
          !dram && unit == deviceCore(t.core));
}

/// Waits for the thread's transfers; false when some are under way, whose end is not known yet.
bool Engine::awaitTransfers(Thread &t, bool reads, bool writes) {
  if ((reads && t.reading > 0) || (writes && t.writing > 0)) {
    t.state = State::WaitTransfers;
    return false;
  }
  if (reads)
    until(t, t.readsDram ? Bucket::Dram : Bucket::NocRead, t.readsDone);
  if (writes)
    until(t, t.writesDram ? Bucket::Dram : Bucket::NocWrite, t.writesDone);
  return true;
}

bool Engine::issueBulk(Thread &t, bool read) {
  while (t.nextBatch < t.batches.size()) {
    if (mustYield(t)) {
      ready.push({t.time, t.core * 3 + t.kind});
      return false;
    }
    const Noc::Batch &batch = t.batches[t.nextBatch++];
    (read ? t.reading : t.writing) += noc.transfer(source(t), read, t.time, batch);
    spend(t, Bucket::Issue, batch.issue);
  }
  t.bulkActive = false;
  t.batches.clear();
  return true;
}

bool Engine::readPages(Thread &t, const Instr &i, ValueOp &op) {
  using F = I::ReadPages;
  bool write = i.op == Opcode::WritePages; // the same fields
  if (!checkBuffer(t, op.a[F::buffer]))
    return false;
  const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
  int64_t row = op.a[F::row], col = op.a[F::col], nrows = op.a[F::nrows], ncols = op.a[F::ncols];
  if (row < 0 || col < 0 || nrows < 0 || ncols < 0 || row > maxRows || col > maxRows ||
      nrows > maxRows || ncols > maxRows)
    return fail(t, Check::Bounds,
                fmt::format("pages ({}, {}) + {} x {} of buffer '{}', which has {} x {}", row, col,
                            nrows, ncols, file.model().buffers[size_t(op.a[F::buffer])]->name,
                            view.pageRows(), view.pageCols()));
  int64_t bytes = nrows * ncols * view.pageBytes();
  int64_t address = write ? consume(t, op.a[F::cb], op.a[F::cb_off], bytes)
                          : produce(t, op.a[F::cb], op.a[F::cb_off], bytes);
  if (address < 0)
    return false;
  (write ? op.in0 : op.out) = uint64_t(address);
  if (options.time) {
    unsigned self = deviceCore(t.core);
    bool dram = !view.inL1();
    forEachPage(view, row, col, nrows, ncols, [&](const Piece &p) {
      if (!p.fill)
        addPiece(t, !write, dram, p.place.unit, p.bytes);
      else if (!write)
        addPiece(t, true, false, self, p.bytes);
    });
  }
  return true;
}

bool Engine::readWindow(Thread &t, const Instr &i, ValueOp &op) {
  using F = I::ReadWindow;
  if (!checkBuffer(t, op.a[F::buffer]))
    return false;
  int64_t w = op.a[F::window];
  if (w < 0 || size_t(w) >= views.windows.size())
    return fail(t, Check::Bounds, fmt::format("window {} of {}", w, views.windows.size()));
  const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
  const WindowView &window = views.windows[size_t(w)];
  const std::string &name = file.model().buffers[size_t(op.a[F::buffer])]->name;
  WindowRange r{op.a[F::cb_pitch], op.a[F::row],      op.a[F::nrows], op.a[F::tap],
                op.a[F::ntaps],    op.a[F::col_byte], op.a[F::nbytes]};
  if (view.shape().tiled())
    return fail(t, fmt::format("sticks of buffer '{}', which is in tile order", name));
  if (r.row < 0 || r.row > maxRows || r.nrows < 0 || r.nrows > maxRows || r.pitch < 0)
    return fail(t, Check::Bounds,
                fmt::format("rows {} + {} at a pitch of {}", r.row, r.nrows, r.pitch));
  if (r.tap < 0 || r.ntaps < 0 || r.tap > window.taps() || r.ntaps > window.taps() - r.tap)
    return fail(t, Check::Bounds,
                fmt::format("taps {} + {} of a window of {}", r.tap, r.ntaps, window.taps()));
  if (r.colByte < 0 || r.bytes < 0 || r.colByte > view.rowBytes() ||
      r.bytes > view.rowBytes() - r.colByte)
    return fail(t, Check::Bounds,
                fmt::format("bytes {} + {} of a row of buffer '{}', which has {}", r.colByte,
                            r.bytes, name, view.rowBytes()));
  if (r.nrows == 0 || r.ntaps == 0 || r.bytes == 0) {
    op.a[F::nrows] = 0;
    return true;
  }
  if (r.nrows > 1 && r.pitch < r.ntaps * r.bytes)
    return fail(t, fmt::format("a pitch of {} is shorter than {} taps of {} bytes", r.pitch,
                               r.ntaps, r.bytes));
  int64_t span = (r.nrows - 1) * r.pitch + r.ntaps * r.bytes;
  int64_t address = produce(t, op.a[F::cb], op.a[F::cb_off], span);
  if (address < 0)
    return false;
  op.out = uint64_t(address);
  if (options.time) {
    unsigned self = deviceCore(t.core);
    bool dram = !view.inL1();
    forEachStick(view, window, r, [&](const Piece &p) {
      if (p.fill)
        addPiece(t, true, false, self, p.bytes);
      else
        addPiece(t, true, dram, p.place.unit, p.bytes);
    });
  }
  return true;
}

bool Engine::writeRows(Thread &t, const Instr &i, ValueOp &op) {
  using F = I::WriteRows;
  if (!checkBuffer(t, op.a[F::buffer]))
    return false;
  const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
  const std::string &name = file.model().buffers[size_t(op.a[F::buffer])]->name;
  int64_t row = op.a[F::row], nrows = op.a[F::nrows], pitch = op.a[F::cb_pitch];
  int64_t colByte = op.a[F::col_byte], bytes = op.a[F::nbytes];
  if (view.shape().tiled())
    return fail(t, fmt::format("sticks of buffer '{}', which is in tile order", name));
  if (row < 0 || row > maxRows || nrows < 0 || nrows > maxRows || pitch < 0)
    return fail(t, Check::Bounds, fmt::format("rows {} + {} at a pitch of {}", row, nrows, pitch));
  if (colByte < 0 || bytes < 0 || colByte > view.rowBytes() || bytes > view.rowBytes() - colByte)
    return fail(t, Check::Bounds,
                fmt::format("bytes {} + {} of a row of buffer '{}', which has {}", colByte, bytes,
                            name, view.rowBytes()));
  if (nrows == 0 || bytes == 0) {
    op.a[F::nrows] = 0;
    return true;
  }
  if (nrows > 1 && pitch < bytes)
    return fail(t, fmt::format("a pitch of {} is shorter than {} bytes", pitch, bytes));
  int64_t address = consume(t, op.a[F::cb], op.a[F::cb_off], (nrows - 1) * pitch + bytes);
  if (address < 0)
    return false;
  op.in0 = uint64_t(address);
  if (options.time)
    forEachRow(view, pitch, row, nrows, colByte, bytes, [&](const Piece &p) {
      addPiece(t, false, !view.inL1(), p.place.unit, p.bytes);
    });
  return true;
}

bool Engine::mcast(Thread &t, const Instr &i, ValueOp &op) {
  using F = I::Mcast;
  std::vector<unsigned> cores;
  int64_t bytes = op.a[F::nbytes];
  int64_t address = produce(t, op.a[F::cb], op.a[F::cb_off], bytes);
  if (address < 0 || !rectangle(t, op.a[F::x0], op.a[F::y0], op.a[F::x1], op.a[F::y1], cores))
    return false;
  op.out = uint64_t(address);
  for (unsigned &c : cores)
    c = deviceCore(c);
  if (options.sanitizer) {
    const int64_t corners[] = {op.a[F::x0], op.a[F::y0], op.a[F::x1], op.a[F::y1]};
    options.sanitizer->path(site(t), corners, cores.size(), op.a[F::linked] != 0);
    options.sanitizer->multicast(site(t), op, cores);
  }
  if (options.time && bytes > 0) {
    auto corner = [&](unsigned fx, unsigned fy) {
      return deviceCore(unsigned(op.a[fy] * gridX + op.a[fx]));
    };
    int64_t flags = op.a[F::linked];
    t.writing += noc.mcast(source(t), t.time, bytes, corner(F::x0, F::y0), corner(F::x1, F::y1),
                           cores, flags & I::McastLinked, flags & I::McastLoopback);
    spend(t, Bucket::Issue, timing::issue(file.device(), {.read = false},
                                          timing::packets(file.device(), bytes)));
    result.nocBytes += bytes;
  }
  if (!options.values || bytes == 0)
    return true;
  op.block = values->newBlock();
  ValueOp copy = op;
  copy.receive = true;
  bool later = fuzz.on() && fuzz.coin();
  emitValue(t, std::move(op), later);
  for (unsigned c : cores) {
    ValueOp receive = copy;
    receive.core = uint16_t(c);
    emitValue(t, std::move(receive), later);
  }
  return true;
}

bool Engine::localCopy(Thread &t, const Instr &i, ValueOp &op) {
  unsigned self = deviceCore(t.core);
  if (i.op == Opcode::Fill) {
    int64_t bytes = op.a[I::Fill::nbytes];
    int64_t address = produce(t, op.a[I::Fill::cb], op.a[I::Fill::cb_off], bytes);
    if (address < 0)
      return false;
    op.out = uint64_t(address);
    // Kernels clear memory by reading a prepared page of their own L1 over the NoC.
    if (options.time && bytes > 0)
      addPiece(t, true, false, self, bytes);
    return true;
  }
  using F = I::CopyRows;
  int64_t n = op.a[F::nrows], bytes = op.a[F::nbytes];
  int64_t srcPitch = op.a[F::src_pitch], dstPitch = op.a[F::dst_pitch];
  if (n < 0 || n > maxRows || bytes < 0 || srcPitch < 0 || dstPitch < 0)
    return fail(
        t, fmt::format("{} pieces of {} bytes at pitches {} and {}", n, bytes, srcPitch, dstPitch));
  if (n == 0 || bytes == 0) {
    op.a[F::nrows] = 0;
    return true;
  }
  if (n > 1 && dstPitch < bytes)
    return fail(t, fmt::format("a pitch of {} is shorter than {} bytes", dstPitch, bytes));
  int64_t from = consume(t, op.a[F::src], op.a[F::src_off], (n - 1) * srcPitch + bytes);
  if (from < 0)
    return false;
  int64_t to = produce(t, op.a[F::dst], op.a[F::dst_off], (n - 1) * dstPitch + bytes);
  if (to < 0)
    return false;
  op.in0 = uint64_t(from);
  op.out = uint64_t(to);
  if (options.time) {
    bool dense = srcPitch == bytes && dstPitch == bytes;
    for (int64_t k = 0; k < (dense ? 1 : n); ++k)
      addPiece(t, true, false, self, dense ? n * bytes : bytes);
  }
  return true;
}

bool Engine::move(Thread &t, const Instr &i) {
  if (i.op == Opcode::ReadBarrier || i.op == Opcode::WriteBarrier) {
    bool reads = i.op == Opcode::ReadBarrier;
    if (!awaitTransfers(t, reads, !reads))
      return false;
    if (fuzz.on() && !t.hesitated) {
      spend(t, Bucket::Issue, fuzz.delay(t.deferred.empty() ? 500 : 4000));
      t.hesitated = true;
    }
    // Deferred bytes move now: whoever comes before that must not see them.
    if (!t.deferred.empty() && mustYield(t)) {
      ready.push({t.time, t.core * 3 + t.kind});
      return false;
    }
    t.hesitated = false;
    return true;
  }
  bool read = i.op != Opcode::WritePages && i.op != Opcode::WriteRows;
  if (t.bulkActive)
    return issueBulk(t, read);
  ValueOp op;
  op.op = i.op;
  op.core = uint16_t(deviceCore(t.core));
  unsigned n = isa::lookup(uint16_t(i.op))->numFields;
  for (unsigned f = 0; f < n; ++f)
    op.a[f] = operand(t, i, f);
  bool ok = false, dram = false;
  switch (i.op) {
  case Opcode::ReadPages:
  case Opcode::WritePages:
    ok = readPages(t, i, op);
    break;
  case Opcode::ReadWindow:
    ok = readWindow(t, i, op);
    break;
  case Opcode::WriteRows:
    ok = writeRows(t, i, op);
    break;
  case Opcode::Mcast:
    return mcast(t, i, op);
  case Opcode::Fill:
  case Opcode::CopyRows:
    ok = localCopy(t, i, op);
    break;
  default:
    return fail(t, "unknown instruction");
  }
  if (!ok)
    return false;
  int bufferField = i.op == Opcode::ReadPages || i.op == Opcode::WritePages
                        ? int(I::ReadPages::buffer)
                    : i.op == Opcode::ReadWindow ? int(I::ReadWindow::buffer)
                    : i.op == Opcode::WriteRows  ? int(I::WriteRows::buffer)
                                                 : -1;
  if (bufferField >= 0)
    dram = !views.buffers[size_t(op.a[bufferField])].inL1();
  emit(t, std::move(op));
  if (!options.time)
    return true;
  for (const Noc::Batch &b : t.batches)
    (dram ? (read ? result.dramReadBytes : result.dramWriteBytes) : result.nocBytes) += b.bytes;
  t.bulkActive = true;
  t.nextBatch = 0;
  return issueBulk(t, read);
}

} // namespace ttc::sim
