//===- Instructions.cpp - which bytes an instruction reads and writes --------===//
#include "Sim/Sanitizer/Sanitizer.h"

#include "Sim/Transfers.h"

#include <fmt/format.h>

namespace ttc::sim {
using isa::Opcode;
namespace I = isa;

void Sanitizer::access(const Site &site, const ValueOp &op) {
  if (op.op >= Opcode::DstAcquire)
    compute(site, op);
  else
    transfer(site, op);
}

// --- data movement ---

void Sanitizer::useBuffer(const Site &site, int64_t buffer) {
  if (isFreed[size_t(buffer)])
    found(Check::UseAfterFree, site,
          fmt::format("uses buffer '{}', which was freed",
                      file.model().buffers[size_t(buffer)]->name));
}

void Sanitizer::checkFormat(const Site &site, int64_t cb, int64_t buffer) {
  const program::BufferT &b = *file.model().buffers[size_t(buffer)];
  const Cb &info = program->cbs[size_t(cb)];
  if (b.format != info.format)
    found(Check::CbFormat, site,
          fmt::format("circular buffer {} '{}' holds {}, buffer '{}' holds {}", cb, *info.name,
                      EnumNameFormat(info.format), b.name, EnumNameFormat(b.format)));
}

void Sanitizer::checkAligned(const Site &site, uint64_t l1, uint64_t other, int64_t align,
                             const char *what) {
  if (l1 % uint64_t(align) == other % uint64_t(align))
    return;
  found(Check::Alignment, site,
        fmt::format("{} between L1 address {} and address {}: they differ modulo {}", what, l1,
                    other, align));
}

void Sanitizer::remember(const Site &site, bool read, bool source, uint64_t begin, int64_t bytes) {
  thread(site).outstanding.push_back(
      {read, source, begin, begin + uint64_t(bytes), site.instruction, site.cycle});
}

void Sanitizer::transfer(const Site &site, const ValueOp &op) {
  ++result.transfers;
  bool read = op.op != Opcode::WritePages && op.op != Opcode::WriteRows;
  Actor actor = transferActor(site, read ? 0 : 1);
  const DeviceSpec &d = file.device();
  switch (op.op) {
  case Opcode::ReadPages:
  case Opcode::WritePages: {
    using F = I::ReadPages;
    int64_t b = op.a[F::buffer], cb = op.a[F::cb];
    const BufferView &v = views.buffers[size_t(b)];
    int64_t bytes = op.a[F::nrows] * op.a[F::ncols] * v.pageBytes();
    uint64_t l1 = read ? op.out : op.in0;
    if (bytes == 0)
      return;
    useBuffer(site, b);
    checkFormat(site, cb, b);
    // Pages are multiples of the alignment and lie at such addresses.
    checkAligned(site, l1, 0, read && !v.inL1() ? d.dram_alignment : d.l1_alignment,
                 read ? "a read" : "a write");
    Access remote = read ? reading(site, actor, Owner(b)) : writing(site, actor, Owner(b));
    Access local = read ? writing(site, actor, ownerOf(cb)) : reading(site, actor, ownerOf(cb));
    if (!read)
      touchOwn(local, l1, bytes);
    if (!read || quiet(uint32_t(b)) != Whole) {
      auto piece = [&](const Piece &p) {
        touch(remote, v.inL1(), p.place.unit, p.place.address, p.place.address + uint64_t(p.bytes));
      };
      PieceMerger merger(piece);
      forEachPage(v, op.a[F::row], op.a[F::col], op.a[F::nrows], op.a[F::ncols],
                  [&](const Piece &p) {
                    if (!p.fill)
                      merger.add(p);
                  });
    }
    if (read)
      touchOwn(local, l1, bytes);
    remember(site, read, !read, l1, bytes);
    return;
  }
  case Opcode::ReadWindow: {
    using F = I::ReadWindow;
    WindowRange w{op.a[F::cb_pitch], op.a[F::row],      op.a[F::nrows], op.a[F::tap],
                  op.a[F::ntaps],    op.a[F::col_byte], op.a[F::nbytes]};
    if (w.nrows == 0)
      return;
    int64_t b = op.a[F::buffer], cb = op.a[F::cb];
    const BufferView &v = views.buffers[size_t(b)];
    useBuffer(site, b);
    checkFormat(site, cb, b);
    int64_t align = v.inL1() ? d.l1_alignment : d.dram_alignment;
    bool plain = w.pitch % align == 0 && (w.ntaps == 1 || w.bytes % align == 0) &&
                 int64_t(op.out) % align == w.colByte % align;
    Quiet q = quiet(uint32_t(b));
    int64_t data = v.shape().cols * int64_t(elementBytes(dataFormat(v.shape().format)));
    bool still = q == Whole || (q == DataOnly && w.colByte + w.bytes <= data);
    if (!plain || !still) {
      Access remote = reading(site, actor, Owner(b));
      forEachStick(v, views.windows[size_t(op.a[F::window])], w, [&](const Piece &p) {
        if (p.fill)
          return;
        if (!plain)
          checkAligned(site, op.out + uint64_t(p.offset), p.place.address, align, "a read");
        if (!still)
          touch(remote, v.inL1(), p.place.unit, p.place.address,
                p.place.address + uint64_t(p.bytes));
      });
    }
    touchRows(writing(site, actor, ownerOf(cb)), op.out, w.nrows, w.ntaps * w.bytes, w.pitch);
    remember(site, true, false, op.out, (w.nrows - 1) * w.pitch + w.ntaps * w.bytes);
    return;
  }
  case Opcode::WriteRows: {
    using F = I::WriteRows;
    int64_t n = op.a[F::nrows], bytes = op.a[F::nbytes], pitch = op.a[F::cb_pitch];
    int64_t b = op.a[F::buffer], cb = op.a[F::cb];
    const BufferView &v = views.buffers[size_t(b)];
    n = std::min(n, v.pageRows() - op.a[F::row]); // rows past the last are dropped
    if (n <= 0)
      return;
    useBuffer(site, b);
    checkFormat(site, cb, b);
    touchRows(reading(site, actor, ownerOf(cb)), op.in0, n, bytes, pitch);
    Access remote = writing(site, actor, Owner(b));
    forEachRow(v, pitch, op.a[F::row], n, op.a[F::col_byte], bytes, [&](const Piece &p) {
      checkAligned(site, op.in0 + uint64_t(p.offset), p.place.address, d.l1_alignment, "a write");
      touch(remote, v.inL1(), p.place.unit, p.place.address, p.place.address + uint64_t(p.bytes));
    });
    remember(site, false, true, op.in0, (n - 1) * pitch + bytes);
    return;
  }
  case Opcode::Fill:
    if (op.a[I::Fill::nbytes] == 0)
      return;
    touchOwn(writing(site, actor, ownerOf(op.a[I::Fill::cb])), op.out, op.a[I::Fill::nbytes]);
    remember(site, true, false, op.out, op.a[I::Fill::nbytes]);
    return;
  case Opcode::CopyRows: {
    using F = I::CopyRows;
    int64_t n = op.a[F::nrows], bytes = op.a[F::nbytes];
    if (n == 0)
      return;
    int64_t from = op.a[F::src_pitch], to = op.a[F::dst_pitch];
    const Cb &source = program->cbs[size_t(op.a[F::src])],
             &target = program->cbs[size_t(op.a[F::dst])];
    if (source.format != target.format)
      found(Check::CbFormat, site,
            fmt::format("copies circular buffer '{}' of {} to '{}' of {}", *source.name,
                        EnumNameFormat(source.format), *target.name,
                        EnumNameFormat(target.format)));
    for (int64_t i = 0; i < (from % d.l1_alignment || to % d.l1_alignment ? n : 1); ++i)
      checkAligned(site, op.in0 + uint64_t(i * from), op.out + uint64_t(i * to), d.l1_alignment,
                   "a copy");
    touchRows(reading(site, actor, ownerOf(op.a[F::src])), op.in0, n, bytes, from);
    touchRows(writing(site, actor, ownerOf(op.a[F::dst])), op.out, n, bytes, to);
    remember(site, true, false, op.out, (n - 1) * to + bytes);
    remember(site, true, true, op.in0, (n - 1) * from + bytes);
    return;
  }
  default:
    return;
  }
}

void Sanitizer::multicast(const Site &site, const ValueOp &op,
                          const std::vector<unsigned> &deviceCores) {
  ++result.transfers;
  int64_t bytes = op.a[I::Mcast::nbytes];
  if (bytes == 0)
    return;
  Actor actor = transferActor(site, 2);
  Owner owner = ownerOf(op.a[I::Mcast::cb]);
  uint64_t begin = op.out, end = op.out + uint64_t(bytes);
  Access from = reading(site, actor, owner);
  // A block may be sent whole though only its head was filled: what nobody wrote arrives so.
  struct Part {
    uint64_t begin, end;
    bool filled;
  };
  std::vector<Part> parts;
  unit(true, deviceCore(site.core))
      .visit(begin, end, [&](const ByteState &s, uint64_t lo, uint64_t hi) {
        bool filled = s.writer >= 0 && compatible(s.writer, s.launch, owner);
        if (!parts.empty() && parts.back().filled == filled)
          parts.back().end = hi;
        else
          parts.push_back({lo, hi, filled});
      });
  for (const Part &p : parts)
    if (p.filled)
      touchOwn(from, p.begin, int64_t(p.end - p.begin));
  for (const Part &p : parts) {
    Access to = writing(site, actor, p.filled ? owner : Owner(-1));
    for (unsigned core : deviceCores)
      touch(to, true, core, p.begin, p.end);
  }
  remember(site, false, true, begin, bytes);
}

// --- compute ---

void Sanitizer::touchTiles(const Access &a, int64_t cb, uint64_t first, int64_t step,
                           int64_t count) {
  const Cb &info = program->cbs[size_t(cb)];
  int64_t size = info.tileBytes();
  if (info.pageBytes % size)
    found(Check::CbFormat, a.site,
          fmt::format("circular buffer {} '{}' has pages of {} bytes, its {} tiles have {}", cb,
                      *info.name, info.pageBytes, EnumNameFormat(info.format), size));
  if (step < 0) {
    first -= uint64_t(-step * (count - 1) * size);
    step = -step;
  }
  if (step == 0)
    count = 1;
  touchRows(a, first, count, size, step * size);
}

void Sanitizer::dstWrites(const Site &site, int64_t first, int64_t count, bool packer) {
  Thread &t = thread(site);
  for (int64_t i = first; i < first + count && i < 32; ++i)
    t.written[((packer ? t.waited : t.acquired) - 1) & 1] |= 1u << i;
}

void Sanitizer::dstReads(const Site &site, int64_t first, int64_t count, bool packer) {
  Thread &t = thread(site);
  uint32_t mask = t.written[((packer ? t.waited : t.acquired) - 1) & 1];
  for (int64_t i = first; i < first + count && i < 32; ++i)
    if (!(mask >> i & 1)) {
      found(Check::Uninitialised, site,
            fmt::format("{} Dst tile {}, which nothing has written since dst_acquire",
                        packer ? "packs" : "reads", i));
      return;
    }
}

void Sanitizer::compute(const Site &site, const ValueOp &op) {
  const auto &a = op.a;
  Thread &t = thread(site);
  auto in = [&](int64_t cb) { return reading(site, Unpack, ownerOf(cb)); };
  auto out = [&](int64_t cb) { return writing(site, Packer, ownerOf(cb)); };
  auto element = [&](int64_t cb) {
    return int64_t(elementBytes(dataFormat(program->cbs[size_t(cb)].format)));
  };
  switch (op.op) {
  case Opcode::DstAcquire:
    t.clock.join(t.halfFree[t.acquired & 1]);
    t.written[t.acquired & 1] = 0;
    ++t.acquired;
    return;
  case Opcode::DstCommit:
    t.halfReady[t.committed & 1] = t.clock;
    ++t.committed;
    tick(site, Unpack);
    return;
  case Opcode::DstWait:
    t.packClock.join(t.halfReady[t.waited & 1]);
    ++t.waited;
    return;
  case Opcode::DstRelease:
    t.halfFree[t.released & 1] = t.packClock;
    ++t.released;
    tick(site, Packer);
    return;
  case Opcode::MatmulBlock: {
    using F = I::MatmulBlock;
    auto block = [&](int64_t cb, uint64_t first, int64_t pitch, int64_t rows, int64_t cols) {
      if (pitch == cols)
        return touchTiles(in(cb), cb, first, 1, rows * cols);
      for (int64_t r = 0; r < rows; ++r)
        touchTiles(in(cb), cb, first + uint64_t(r * pitch * program->cbs[size_t(cb)].tileBytes()),
                   1, cols);
    };
    block(a[F::in0], op.in0, a[F::in0_pitch], a[F::rows], a[F::inner]);
    block(a[F::in1], op.in1, a[F::in1_pitch], a[F::inner], a[F::cols]);
    return dstWrites(site, a[F::dst], a[F::rows] * a[F::cols]);
  }
  case Opcode::CopyTiles: {
    using F = I::CopyTiles;
    if (a[F::count])
      touchTiles(in(a[F::cb]), a[F::cb], op.in0, a[F::step], a[F::count]);
    return dstWrites(site, a[F::dst], a[F::count]);
  }
  case Opcode::Eltwise: {
    using F = I::Eltwise;
    if (a[F::count]) {
      touchTiles(in(a[F::in0]), a[F::in0], op.in0, a[F::step0], a[F::count]);
      touchTiles(in(a[F::in1]), a[F::in1], op.in1, a[F::step1], a[F::count]);
    }
    return dstWrites(site, a[F::dst], a[F::count]);
  }
  case Opcode::EltwiseDst: {
    using F = I::EltwiseDst;
    if (a[F::count])
      touchTiles(in(a[F::cb]), a[F::cb], op.in0, a[F::step], a[F::count]);
    // Dst is zero after acquire: a sum may begin with it, a product or difference may not.
    if (I::EltwiseKind(a[F::kind]) != I::EltwiseKind::Add)
      dstReads(site, a[F::dst], a[F::count], false);
    return dstWrites(site, a[F::dst], a[F::count]);
  }
  case Opcode::Sfpu:
    return dstReads(site, a[I::Sfpu::dst], a[I::Sfpu::count], t.waited > t.released);
  case Opcode::SfpuBinary: {
    using F = I::SfpuBinary;
    bool packer = t.waited > t.released;
    dstReads(site, a[F::a], a[F::count], packer);
    dstReads(site, a[F::b], a[F::count], packer);
    return dstWrites(site, a[F::out], a[F::count], packer);
  }
  case Opcode::Reduce: {
    using F = I::Reduce;
    Access tiles = in(a[F::cb]);
    tiles.reduces = true;
    if (a[F::count])
      touchTiles(tiles, a[F::cb], op.in0, a[F::step], a[F::count]);
    touchTiles(in(a[F::scaler]), a[F::scaler], op.in1, 1, 1);
    return dstWrites(site, a[F::dst], 1);
  }
  case Opcode::PoolRows: {
    using F = I::PoolRows;
    Access rows = in(a[F::cb]);
    rows.reduces = true;
    touchRows(rows, op.in0, a[F::nrows], a[F::tiles] * tileDim * element(a[F::cb]), a[F::cb_pitch]);
    return dstWrites(site, a[F::dst], a[F::tiles]);
  }
  case Opcode::TransposeTile:
    touchTiles(in(a[I::TransposeTile::cb]), a[I::TransposeTile::cb], op.in0, 1, 1);
    return dstWrites(site, a[I::TransposeTile::dst], 1);
  case Opcode::Tilize:
  case Opcode::Untilize: {
    // Both ends of the thread work in step.
    using T = I::Tilize;
    using U = I::Untilize;
    bool to = op.op == Opcode::Tilize;
    int64_t rows = a[T::rows], cols = a[T::cols];
    if (rows == 0 || cols == 0)
      return;
    t.packClock.join(t.clock);
    t.clock.join(t.packClock);
    int64_t rowCb = to ? a[T::in] : a[U::out], tileCb = to ? a[T::out] : a[U::in];
    Access sticks = to ? in(rowCb) : out(rowCb), tiles = to ? out(tileCb) : in(tileCb);
    int64_t size = program->cbs[size_t(tileCb)].tileBytes();
    uint64_t tile = to ? op.out : op.in0;
    int64_t tilePitch = to ? a[T::out_pitch] : a[U::in_pitch];
    auto touchSticks = [&] {
      touchRows(sticks, to ? op.in0 : op.out, rows * tileDim, cols * tileDim * element(rowCb),
                to ? a[T::in_pitch] : a[U::out_pitch]);
    };
    if (to)
      touchSticks();
    for (int64_t r = 0; r < (tilePitch == cols ? 1 : rows); ++r)
      touchTiles(tiles, tileCb, tile + uint64_t(r * tilePitch * size), 1,
                 tilePitch == cols ? rows * cols : cols);
    if (!to)
      touchSticks();
    tick(site, Unpack);
    tick(site, Packer);
    t.packClock.join(t.clock);
    t.clock.join(t.packClock);
    return;
  }
  case Opcode::TilizeWindow: {
    using F = I::TilizeWindow;
    int64_t rows = a[F::rows], cols = a[F::cols], row = a[F::row], stick = a[F::stick];
    if (rows == 0 || cols == 0)
      return;
    t.packClock.join(t.clock);
    t.clock.join(t.packClock);
    const WindowView &w = views.windows[size_t(a[F::window])];
    int64_t origin = w.paddedLine(row) * w.lineSticks() + row % w.outW * w.strideW;
    Access sticks = in(a[F::in]);
    w.forEachLinePiece(row, rows * tileDim, [&](int64_t, int64_t n, int64_t first, int64_t step) {
      touchRows(sticks, op.in0 + uint64_t((first - origin) * stick), step ? n : 1,
                cols * tileDim * element(a[F::in]), step * stick);
    });
    int64_t pitch = a[F::out_pitch], size = program->cbs[size_t(a[F::out])].tileBytes();
    for (int64_t r = 0; r < rows; ++r)
      touchTiles(out(a[F::out]), a[F::out], op.out + uint64_t(r * pitch * size), 1, cols);
    tick(site, Unpack);
    tick(site, Packer);
    t.packClock.join(t.clock);
    t.clock.join(t.packClock);
    return;
  }
  case Opcode::PackTiles: {
    using F = I::PackTiles;
    if (a[F::count] == 0)
      return;
    dstReads(site, a[F::dst], a[F::count], true);
    if (a[F::flags] & I::PackL1Accumulate)
      touchTiles(reading(site, Packer, ownerOf(a[F::cb])), a[F::cb], op.out, a[F::step],
                 a[F::count]);
    return touchTiles(out(a[F::cb]), a[F::cb], op.out, a[F::step], a[F::count]);
  }
  case Opcode::PackRows: {
    using F = I::PackRows;
    dstReads(site, a[F::dst], a[F::rows] * a[F::cols], true);
    int64_t width = a[F::cols] * tileDim * element(a[F::cb]);
    if (a[F::flags] & I::PackL1Accumulate)
      touchRows(reading(site, Packer, ownerOf(a[F::cb])), op.out, a[F::nrows], width,
                a[F::cb_pitch]);
    return touchRows(out(a[F::cb]), op.out, a[F::nrows], width, a[F::cb_pitch]);
  }
  default:
    return;
  }
}

} // namespace ttc::sim
