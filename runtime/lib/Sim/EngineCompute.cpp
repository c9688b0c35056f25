//===- EngineCompute.cpp - compute instructions -----------------------------===//
#include "Sim/Engine.h"

#include <fmt/format.h>
#include <utility>

namespace ttc::sim {
using isa::Opcode;
using runtime::Bucket;
namespace I = isa;

bool Engine::dstRange(Thread &t, int64_t first, int64_t count, bool math) {
  int64_t limit = file.device().dstTiles(program->source->fp32_dest);
  if (math ? t.acquired != t.committed + 1 : t.waited != t.released + 1)
    return fail(t, Check::Dst,
                math ? "math on Dst outside dst_acquire ... dst_commit"
                     : "packs Dst outside dst_wait ... dst_release");
  if (first < 0 || count < 0 || first > limit || count > limit - first)
    return fail(t, Check::Dst,
                fmt::format("Dst tiles {}..{}, a half has {}{}", first, first + count, limit,
                            program->source->fp32_dest ? " of 32 bits" : ""));
  return true;
}

bool Engine::tiles(Thread &t, int64_t cb, int64_t first, int64_t step, int64_t count, bool producer,
                   uint64_t &address) {
  if (!checkCb(t, cb))
    return false;
  constexpr int64_t limit = int64_t(1) << 24;
  if (first < -limit || first > limit || step < -limit || step > limit || count < 0 ||
      count > limit)
    return fail(t, fmt::format("tiles {} + {} * {} of circular buffer {}", first, count, step, cb));
  if (count == 0)
    return true;
  int64_t size = program->cbs[size_t(cb)].tileBytes();
  int64_t last = first + (count - 1) * step;
  int64_t lo = std::min(first, last), hi = std::max(first, last);
  int64_t at = windowAddress(t, cb, lo * size, (hi - lo + 1) * size, producer);
  if (at < 0)
    return false;
  address = uint64_t(at + (first - lo) * size);
  return true;
}

/// The vector unit works `cycles` for the end of the thread that holds Dst.
bool Engine::vector(Thread &t, Cycles cycles) {
  if (!packerHolds(t)) {
    until(t, Bucket::Sfpu, t.vectorFree);
    spend(t, Bucket::Sfpu, cycles);
    t.vectorFree = t.time;
  } else if (!file.device().sfpu_pack_thread) {
    return fail(t, Check::Dst, "the vector unit of this device takes nothing from the packer's thread");
  } else if (options.time) {
    t.packTime = t.vectorFree = std::max(t.packTime, t.vectorFree) + cycles;
    t.vectorBehind[t.released & 1] += cycles;
  }
  if (options.time)
    coreReports[deviceCore(t.core)].vector += cycles;
  return true;
}

void Engine::awaitPacker(Thread &t, Cycles when, bool half0, bool half1) {
  Cycles vector = 0;
  for (int half : {0, 1})
    if (half ? half1 : half0)
      vector += std::exchange(t.vectorBehind[half], 0);
  if (when > t.time)
    spend(t, Bucket::Sfpu, std::min(vector, when - t.time));
  until(t, Bucket::Pack, when);
}

bool Engine::compute(Thread &t, const Instr &i) {
  const DeviceSpec &d = file.device();
  ValueOp op;
  op.op = i.op;
  op.core = uint16_t(deviceCore(t.core));
  unsigned n = isa::lookup(uint16_t(i.op))->numFields;
  for (unsigned f = 0; f < n; ++f)
    op.a[f] = operand(t, i, f);
  const auto &a = op.a;
  bool wide = program->source->fp32_dest;
  int phases = int(program->source->fidelity);
  auto format = [&](int64_t cb) { return dataFormat(program->cbs[size_t(cb)].format); };
  auto sticks = [&](int64_t cb) {
    return !isBlockFloat(format(cb))
               ? true
               : fail(t,
                      fmt::format(
                          "sticks in circular buffer {} '{}', whose format has no row-major form",
                          cb, *program->cbs[size_t(cb)].name));
  };
  Cycles operands = 0; // of the instruction's cost
  auto multiply = [&](Cycles cost) {
    math(t, Bucket::Math, cost - operands);
    math(t, Bucket::Operands, operands);
  };
  switch (i.op) {
  case Opcode::DstAcquire:
    if (t.acquired != t.committed)
      return fail(t, Check::Dst, "Dst is acquired already");
    if (t.acquired - t.released >= 2)
      return fail(t, Check::Dst, "both halves of Dst wait for the packer");
    awaitPacker(t, t.halfFree[t.acquired & 1], !(t.acquired & 1), t.acquired & 1);
    ++t.acquired;
    break;
  case Opcode::DstCommit:
    if (t.acquired != t.committed + 1)
      return fail(t, Check::Dst, "Dst is not acquired");
    spend(t, Bucket::Issue, d.dst_handshake);
    t.halfReady[t.committed & 1] = t.time;
    ++t.committed;
    break;
  case Opcode::DstWait:
    if (t.waited != t.released || t.committed <= t.waited)
      return fail(t, Check::Dst,
                  t.waited != t.released ? "the packer holds Dst already"
                                         : "nothing was committed to the packer");
    if (options.time)
      t.packTime = std::max(t.packTime, t.halfReady[t.waited & 1]);
    ++t.waited;
    break;
  case Opcode::DstRelease:
    if (t.waited != t.released + 1)
      return fail(t, Check::Dst, "the packer holds nothing");
    pack(t, d.dst_handshake);
    t.halfFree[t.released & 1] = t.packTime;
    ++t.released;
    break;

  case Opcode::MatmulBlock: {
    using F = I::MatmulBlock;
    int64_t rows = a[F::rows], cols = a[F::cols], inner = a[F::inner];
    if (rows < 0 || cols < 0 || inner < 0 || rows > 64 || cols > 64 || inner > (1 << 20))
      return fail(t, fmt::format("a block of {} x {} tiles over {}", rows, cols, inner));
    if (rows == 0 || cols == 0 || inner == 0)
      return true;
    if (!dstRange(t, a[F::dst], rows * cols, true))
      return false;
    uint64_t unused = 0;
    auto block = [&](int64_t cb, int64_t first, int64_t pitch, int64_t nr, int64_t nc,
                     uint64_t &address) {
      // The block's last row bounds it; rows may be apart by any pitch.
      return tiles(t, cb, first, 1, nc, false, address) &&
             tiles(t, cb, first + (nr - 1) * pitch, 1, nc, false, unused);
    };
    if (!block(a[F::in0], a[F::in0_tile], a[F::in0_pitch], rows, inner, op.in0) ||
        !block(a[F::in1], a[F::in1_tile], a[F::in1_pitch], inner, cols, op.in1))
      return false;
    multiply(timing::matmulBlock(d, phases, rows, cols, inner, format(a[F::in0]),
                                    format(a[F::in1]), &operands));
    break;
  }
  case Opcode::CopyTiles: {
    using F = I::CopyTiles;
    if (!dstRange(t, a[F::dst], a[F::count], true) ||
        !tiles(t, a[F::cb], a[F::tile], a[F::step], a[F::count], false, op.in0))
      return false;
    multiply(timing::copyTiles(d, a[F::count], format(a[F::cb]), &operands));
    break;
  }
  case Opcode::Eltwise: {
    using F = I::Eltwise;
    bool mul = I::EltwiseKind(a[F::kind]) == I::EltwiseKind::Mul;
    if (a[F::accumulate] && !mul)
      return fail(t, "only a product can be accumulated");
    if (!dstRange(t, a[F::dst], a[F::count], true) ||
        !tiles(t, a[F::in0], a[F::tile0], a[F::step0], a[F::count], false, op.in0) ||
        !tiles(t, a[F::in1], a[F::tile1], a[F::step1], a[F::count], false, op.in1))
      return false;
    multiply(timing::eltwise(d, a[F::count], mul ? phases : 1, format(a[F::in0]),
                                format(a[F::in1]), &operands));
    break;
  }
  case Opcode::EltwiseDst: {
    using F = I::EltwiseDst;
    bool mul = I::EltwiseKind(a[F::kind]) == I::EltwiseKind::Mul;
    if (!dstRange(t, a[F::dst], a[F::count], true) ||
        !tiles(t, a[F::cb], a[F::tile], a[F::step], a[F::count], false, op.in0))
      return false;
    multiply(timing::eltwiseDst(d, a[F::count], mul ? phases : 1, format(a[F::cb]), &operands));
    break;
  }
  case Opcode::Sfpu: {
    using F = I::Sfpu;
    if (!dstRange(t, a[F::dst], a[F::count], !packerHolds(t)) ||
        !vector(t, timing::sfpu(d, timing::sfpuSlots(d, unsigned(a[F::fn])), a[F::count])))
      return false;
    break;
  }
  case Opcode::SfpuBinary: {
    using F = I::SfpuBinary;
    for (unsigned f : {F::a, F::b, F::out})
      if (!dstRange(t, a[f], a[F::count], !packerHolds(t)))
        return false;
    if (!vector(t, timing::sfpu(d, timing::sfpuBinarySlots(d, unsigned(a[F::kind])), a[F::count])))
      return false;
    break;
  }
  case Opcode::Reduce: {
    using F = I::Reduce;
    if (!dstRange(t, a[F::dst], 1, true) ||
        !tiles(t, a[F::cb], a[F::tile], a[F::step], a[F::count], false, op.in0) ||
        !tiles(t, a[F::scaler], 0, 1, 1, false, op.in1))
      return false;
    math(t, Bucket::Math, timing::reduceTiles(d, a[F::count], format(a[F::cb])));
    break;
  }
  case Opcode::PoolRows: {
    using F = I::PoolRows;
    if (a[F::nrows] < 0 || a[F::nrows] > tileDim || a[F::tiles] < 0 || a[F::cb_pitch] < 0)
      return fail(t, fmt::format("{} sticks of {} tiles, at most {} sticks go at once", a[F::nrows],
                                 a[F::tiles], tileDim));
    if (a[F::nrows] == 0 || a[F::tiles] == 0)
      return true;
    if (!dstRange(t, a[F::dst], a[F::tiles], true) || !checkCb(t, a[F::cb]) || !sticks(a[F::cb]))
      return false;
    int64_t row = a[F::tiles] * tileDim * int64_t(elementBytes(format(a[F::cb])));
    int64_t at = consume(t, a[F::cb], a[F::cb_off], (a[F::nrows] - 1) * a[F::cb_pitch] + row);
    if (at < 0)
      return false;
    op.in0 = uint64_t(at);
    math(t, Bucket::Math, timing::poolRows(d, a[F::nrows], a[F::tiles]));
    break;
  }
  case Opcode::TransposeTile: {
    using F = I::TransposeTile;
    if (!dstRange(t, a[F::dst], 1, true) || !tiles(t, a[F::cb], a[F::tile], 1, 1, false, op.in0))
      return false;
    math(t, Bucket::Math, timing::transposeTile(d, format(a[F::cb])));
    break;
  }
  case Opcode::Tilize:
  case Opcode::Untilize: {
    using T = I::Tilize;
    using U = I::Untilize;
    bool to = i.op == Opcode::Tilize;
    int64_t rows = a[T::rows], cols = a[T::cols];
    if (t.acquired != t.released)
      return fail(t, Check::Dst, "uses Dst, which is in use between dst_acquire and dst_release");
    if (rows < 0 || cols < 0 || rows > 4096 || cols > 4096)
      return fail(t, fmt::format("a block of {} x {} tiles", rows, cols));
    if (rows == 0 || cols == 0)
      return true;
    int64_t rowCb = to ? a[T::in] : a[U::out], tileCb = to ? a[T::out] : a[U::in];
    if (!checkCb(t, rowCb) || !checkCb(t, tileCb) || !sticks(rowCb))
      return false;
    int64_t pitch = to ? a[T::in_pitch] : a[U::out_pitch],
            offset = to ? a[T::in_off] : a[U::out_off];
    int64_t width = cols * tileDim * int64_t(elementBytes(format(rowCb)));
    if (pitch < (to ? 0 : width) || pitch > (int64_t(1) << 24))
      return fail(t, fmt::format("a pitch of {} bytes for rows of {}", pitch, width));
    int64_t span = (rows * tileDim - 1) * pitch + width;
    int64_t at = to ? consume(t, rowCb, offset, span) : produce(t, rowCb, offset, span);
    if (at < 0)
      return false;
    (to ? op.in0 : op.out) = uint64_t(at);
    int64_t first = to ? a[T::out_tile] : a[U::in_tile],
            tilePitch = to ? a[T::out_pitch] : a[U::in_pitch];
    uint64_t unused = 0;
    if (!tiles(t, tileCb, first, 1, cols, to, to ? op.out : op.in0) ||
        !tiles(t, tileCb, first + (rows - 1) * tilePitch, 1, cols, to, unused))
      return false;
    Cycles cost = to ? timing::tilize(d, rows * cols, format(rowCb), format(tileCb), wide)
                     : timing::untilize(d, rows, cols, format(rowCb));
    awaitPacker(t, t.packTime, true, true);
    math(t, Bucket::Tilize, cost);
    if (options.time)
      t.packTime = t.time;
    break;
  }
  case Opcode::TilizeWindow: {
    using F = I::TilizeWindow;
    int64_t rows = a[F::rows], cols = a[F::cols], w = a[F::window];
    if (t.acquired != t.released)
      return fail(t, Check::Dst, "uses Dst, which is in use between dst_acquire and dst_release");
    if (w < 0 || size_t(w) >= views.windows.size())
      return fail(t, fmt::format("window {} of {}", w, views.windows.size()));
    const WindowView &window = views.windows[size_t(w)];
    int64_t line = a[F::line], first = a[F::first_line], stick = a[F::stick], row = a[F::row];
    if (rows < 0 || cols < 0 || rows > 4096 || cols > 4096 || row < 0 || row >= window.positions() ||
        line < 0 || line >= window.kernelH || stick < 0 || stick > (int64_t(1) << 24) || first < 0 ||
        first > window.paddedLine(row))
      return fail(t, fmt::format("{} x {} tiles of sticks of {} bytes at position {}, kernel row {}, "
                                 "lines from {} on",
                                 rows, cols, stick, row, line, first));
    if (rows == 0 || cols == 0)
      return true;
    if (!checkCb(t, a[F::in]) || !checkCb(t, a[F::out]) || !sticks(a[F::in]))
      return false;
    // All of it lies between the sticks of the first and the last position.
    int64_t last = std::min(row + rows * tileDim, window.positions()) - 1;
    auto at = [&](int64_t r) {
      return ((window.paddedLine(r) + line * window.dilationH - first) * window.lineSticks() +
              r % window.outW * window.strideW) *
             stick;
    };
    int64_t width = cols * tileDim * int64_t(elementBytes(format(a[F::in])));
    int64_t from = consume(t, a[F::in], a[F::in_off] + at(row), at(last) - at(row) + width);
    uint64_t unused = 0;
    if (from < 0 || !tiles(t, a[F::out], a[F::out_tile], 1, cols, true, op.out) ||
        !tiles(t, a[F::out], a[F::out_tile] + (rows - 1) * a[F::out_pitch], 1, cols, true, unused))
      return false;
    op.in0 = uint64_t(from);
    awaitPacker(t, t.packTime, true, true);
    for (int64_t r = 0; r < rows; ++r) {
      int64_t pieces = 0, groups = 0;
      window.forEachLinePiece(row + r * tileDim, tileDim, [&](int64_t, int64_t n, int64_t, int64_t) {
        ++pieces;
        groups += (n + 7) / 8;
      });
      math(t, Bucket::Tilize,
           timing::tilizePieces(d, pieces, groups, cols, format(a[F::in]), format(a[F::out]), wide));
    }
    if (options.time)
      t.packTime = t.time;
    break;
  }
  case Opcode::PackTiles: {
    using F = I::PackTiles;
    if (!dstRange(t, a[F::dst], a[F::count], false) ||
        !tiles(t, a[F::cb], a[F::tile], a[F::step], a[F::count], true, op.out))
      return false;
    bool accumulate = a[F::flags] & I::PackL1Accumulate;
    if (accumulate && isBlockFloat(format(a[F::cb])))
      return fail(t, "accumulates in a block format");
    pack(t, timing::packTiles(d, a[F::count], format(a[F::cb]), accumulate));
    break;
  }
  case Opcode::PackRows: {
    using F = I::PackRows;
    int64_t rows = a[F::rows], cols = a[F::cols], nrows = a[F::nrows], pitch = a[F::cb_pitch];
    if (rows < 0 || cols < 0 || rows > 64 || cols > 64 || nrows < 0 || nrows > rows * tileDim)
      return fail(t, fmt::format("{} rows of a block of {} x {} tiles", nrows, rows, cols));
    if (nrows == 0 || cols == 0)
      return true;
    if (!dstRange(t, a[F::dst], rows * cols, false) || !checkCb(t, a[F::cb]) || !sticks(a[F::cb]))
      return false;
    int64_t width = cols * tileDim * int64_t(elementBytes(format(a[F::cb])));
    if (pitch < 0 || pitch > (int64_t(1) << 24) || (nrows > 1 && pitch < width))
      return fail(t, fmt::format("a pitch of {} bytes for rows of {}", pitch, width));
    int64_t at = produce(t, a[F::cb], a[F::cb_off], (nrows - 1) * pitch + width);
    if (at < 0)
      return false;
    op.out = uint64_t(at);
    pack(t, timing::packRows(d, nrows, cols, format(a[F::cb]), a[F::flags] & I::PackL1Accumulate));
    break;
  }
  default:
    return fail(t, "unknown instruction");
  }
  emit(t, std::move(op));
  return true;
}

} // namespace ttc::sim
