//===- PoolStrips.cpp - pools over strips of dense windows ------------------===//
#include "Pool.h"

#include <algorithm>

namespace ttc::programs {
using isa::Opcode;

namespace {
/// Of a strip, at most; two of a gathering thread are in L1.
constexpr int64_t mostStripBytes = 48 * 1024;
/// Segments a core should have, so that gathering overlaps with reducing.
constexpr int64_t segmentsPerCore = 6;

/// Positions and the instruction of each: a reduction of a tile of columns takes about twice as long as
/// starting it.
int64_t work(const Partition &p, const BufferDesc &out) {
  return std::min(p.shardRows, out.rows) * (2 * p.tileCols() + 1);
}

/// Bytes of a row of the result that somebody may read: shards are whole, padding included.
int64_t storedBytes(const PoolProgram &op) {
  const BufferDesc &out = op.output.desc;
  return 2 * (out.sharded() ? roundUp(out.cols, out.shardCols) : stickChannels(op.channels));
}
} // namespace

std::optional<PoolStrips> PoolStrips::plan(const Target &target, const PoolProgram &op) {
  const WindowDesc &w = op.window;
  const BufferDesc &out = op.output.desc;
  bool dense = w.dilationH == 1 && w.dilationW == 1 && w.inDilationH == 1 && w.inDilationW == 1 &&
               w.inRepeatH == 1 && w.inRepeatW == 1;
  bool seesImage = w.padTop < w.kernelH && w.padLeft < w.kernelW &&
                   (w.outH - 1) * w.strideH - w.padTop < w.inH &&
                   (w.outW - 1) * w.strideW - w.padLeft < w.inW;
  if (!dense || !seesImage || w.outW == 1 || w.kernelW < w.strideW)
    return std::nullopt;
  PoolStrips s(op);
  s.pieces = op.input.parts.empty() ? std::vector<BufferPart>{{op.input.id, op.input.desc, 0, op.channels}} : op.input.parts;
  s.part = Partition::of(out, target);
  // A result cut unevenly is made in even parts, which are then written to its shards.
  Partition even = Partition::evenly(out, target);
  int64_t own = work(s.part, out), evenly = work(even, out);
  bool fillsShards = even.colParts * even.shardCols * 2 >= storedBytes(op);
  if (fillsShards && (s.part.local ? 4 * evenly <= 3 * own : evenly < own))
    s.part = even;
  // A core's columns are all, or lie in one piece.
  int64_t begin = 0;
  for (const BufferPart &piece : s.pieces) {
    if ((s.part.colParts > 1 && begin % (s.part.tileCols() * tileDim)) || begin % tileDim || piece.firstCol % tileDim ||
        piece.repeatH != 1 || piece.repeatW != 1 || piece.desc.order != op.input.desc.order ||
        piece.desc.format != op.input.desc.format)
      return std::nullopt;
    begin += piece.cols;
  }
  s.stick = s.part.tileCols() * tileDim * 2;
  s.pitch = s.part.local ? stickPitch(out) : s.stick;
  int64_t most = std::min(mostStripBytes, target.l1Budget / 8) / (w.kernelH * s.stick);
  if (most < w.kernelW + w.strideW)
    return std::nullopt;
  int64_t overlap = std::max<int64_t>(1, ceilDiv(w.kernelW - w.strideW, w.strideW));
  s.length = std::max(ceilDiv(std::min(s.part.shardRows, out.rows), segmentsPerCore), 2 * overlap);
  s.length = std::min({s.length, w.outW, (most - w.kernelW) / w.strideW + 1});
  s.length = ceilDiv(w.outW, ceilDiv(w.outW, s.length));
  int64_t columns = std::min(w.inW, (s.length - 1) * w.strideW + w.kernelW);
  s.pageBytes = roundUp(columns * w.kernelH * s.stick, 64);
  s.threads = s.part.local ? 2 : 1;
  return s;
}

Idx PoolStrips::firstRow(ProgramBuilder &b, Partition::Position at) const {
  return b.mul(at.row, part.shardRows);
}

PoolStrips::Range PoolStrips::segmentsOf(ProgramBuilder &b, Partition::Position at) const {
  const WindowDesc &w = op.window;
  auto of = [&](Idx row) {
    Idx line = b.div(row, w.outW);
    return b.add(b.mul(line, ceilDiv(w.outW, length)), b.div(b.sub(row, b.mul(line, w.outW)), length));
  };
  Idx first = firstRow(b, at);
  Idx last = b.sub(b.min(b.add(first, part.shardRows), op.output.desc.rows), 1);
  return {of(first), b.add(of(last), 1)};
}

PoolStrips::Range PoolStrips::columnsOf(ProgramBuilder &b, Idx x, Idx n) const {
  const WindowDesc &w = op.window;
  Idx first = b.sub(b.mul(x, w.strideW), w.padLeft);
  Idx end = b.add(b.sub(b.mul(b.add(x, n), w.strideW), w.padLeft), w.kernelW - w.strideW);
  bool overhangs = (w.outW - 1) * w.strideW - w.padLeft + w.kernelW > w.inW;
  return {w.padLeft ? b.max(0, first) : first, overhangs ? b.min(w.inW, end) : end};
}

PoolStrips::Segment PoolStrips::segment(ProgramBuilder &b, Partition::Position at, Idx g) const {
  const WindowDesc &w = op.window;
  int64_t perLine = ceilDiv(w.outW, length);
  Segment s;
  s.line = b.div(g, perLine);
  Idx lineRow = b.mul(s.line, w.outW), first = firstRow(b, at);
  Idx row = b.add(lineRow, b.mul(b.sub(g, b.mul(s.line, perLine)), length));
  Idx end = b.min(b.min(b.add(row, length), b.add(lineRow, w.outW)),
                  b.min(b.add(first, part.shardRows), op.output.desc.rows));
  s.row = b.max(row, first);
  s.n = b.sub(end, s.row);
  s.x = b.sub(s.row, lineRow);
  Idx y = b.mul(w.n == 1 ? s.line : b.rem(s.line, w.outH), w.strideH);
  s.top = w.padTop ? b.max(0, b.sub(w.padTop, y)) : Idx(0);
  bool overhangs = (w.outH - 1) * w.strideH - w.padTop + w.kernelH > w.inH;
  s.height = b.sub(overhangs ? b.min(w.kernelH, b.sub(w.inH + w.padTop, y)) : Idx(w.kernelH), s.top);
  Range columns = columnsOf(b, s.x, s.n);
  s.column = columns.begin;
  s.columns = b.sub(columns.end, columns.begin);
  return s;
}

void PoolStrips::gather(ProgramBuilder &b, Partition::Position at, Cb cb, Idx g) const {
  Segment s = segment(b, at, g);
  reserve(b, cb, 1);
  // Sticks of one input line after the other: most of them come from the same core.
  auto read = [&](const BufferPart &piece, Idx to, Idx colByte, Idx bytes) {
    b.loop(0, s.height, 1, [&](Idx t) {
      b.emit(Opcode::ReadWindow,
             {cb, b.add(b.mul(t, stick), to), b.mul(s.height, stick), piece.id, columnWindow,
              b.add(b.mul(s.line, op.window.inW), s.column), s.columns, b.add(s.top, t), 1,
              b.add(colByte, piece.firstCol * 2), bytes, 0});
    });
  };
  int64_t begin = 0;
  for (const BufferPart &piece : pieces) {
    int64_t size = stickChannels(piece.cols) * 2, end = begin + size;
    Idx colByte = b.mul(at.col, stick);
    if (part.colParts == 1)
      read(piece, begin, 0, size);
    else
      b.ifThen(pieces.size() == 1 ? Idx(1) : b.mul(b.cmp(isa::Predicate::Ge, colByte, begin), b.cmp(isa::Predicate::Lt, colByte, end)),
               [&] { read(piece, 0, b.sub(colByte, begin), b.min(stick, b.sub(end, colByte))); });
    begin = end;
  }
  readBarrier(b);
  push(b, cb, 1);
}

/// Every `threads`-th segment of a core, from the thread's first on.
void PoolStrips::gatherAll(ProgramBuilder &b, Partition::Position at, int64_t thread) const {
  Range all = segmentsOf(b, at);
  Idx first = b.add(all.begin, thread);
  auto clear = [&] {
    reserve(b, rows[thread], 2);
    b.emit(Opcode::Fill, {rows[thread], 0, 2 * pageBytes, 0});
    readBarrier(b); // the sticks go to the same bytes
  };
  // The last part's sticks may hold fewer channels than there is room for.
  if (op.channels * 2 % stick)
    b.ifThen(b.cmp(isa::Predicate::Lt, first, all.end), clear);
  b.loop(first, all.end, threads, [&](Idx g) { gather(b, at, rows[thread], g); });
}

void PoolStrips::reduce(ProgramBuilder &b, const Target &target, Partition::Position at, Cb cb,
                        Idx g) const {
  const WindowDesc &w = op.window;
  Segment s = segment(b, at, g);
  if (!part.local)
    reserve(b, result, 1);
  Idx base = part.local ? b.mul(b.sub(s.row, firstRow(b, at)), pitch) : Idx(0);
  Idx columnBytes = b.mul(s.height, stick);
  wait(b, cb, 1);
  int64_t nt = part.tileCols(), cols = std::min(nt, target.dstTiles());
  int64_t positions = target.dstTiles() / cols; // of one half of Dst
  auto window = [&](Idx x, Idx dst, Idx firstTile, Idx tiles) {
    Range seen = columnsOf(b, x, 1);
    Idx sticks = b.mul(b.sub(seen.end, seen.begin), s.height);
    Idx from = b.add(b.mul(b.sub(seen.begin, s.column), columnBytes), b.mul(firstTile, 64));
    auto part = [&](Idx first, Idx count) {
      b.emit(Opcode::PoolRows, {op.max ? isa::ReduceKind::Max : isa::ReduceKind::Sum, cb,
                                b.add(from, b.mul(first, stick)), stick, count, dst, tiles,
                                Idx::bits(op.max ? 1.0f : op.scale)});
    };
    if (w.kernelH * w.kernelW <= tileDim)
      return part(0, sticks);
    b.loop(0, sticks, tileDim, [&](Idx t) { part(t, b.min(tileDim, b.sub(sticks, t))); });
  };
  b.loop(0, s.n, positions, [&](Idx i) {
    Idx n = positions == 1 ? Idx(1) : b.min(positions, b.sub(s.n, i));
    b.loop(0, nt, cols, [&](Idx c) {
      Idx tiles = nt % cols ? b.min(cols, b.sub(nt, c)) : Idx(cols);
      inDst(
          b,
          [&] {
            b.loop(0, n, 1, [&](Idx p) { window(b.add(s.x, b.add(i, p)), b.mul(p, cols), c, tiles); });
          },
          [&] {
            Idx at = b.add(base, b.add(b.mul(i, pitch), b.mul(c, 64)));
            b.loop(0, n, 1, [&](Idx p) {
              b.emit(Opcode::PackRows, {b.mul(p, cols), 1, tiles, 1, result,
                                        b.add(at, b.mul(p, pitch)), pitch, 0});
            });
          });
    });
  });
  pop(b, cb, 1);
  if (!part.local)
    push(b, result, 1);
}

void PoolStrips::build(ProgramBuilder &b, const Target &target) {
  // Position (line, column) of this window, tap t: the stick of kernel row t in that column of the image.
  WindowDesc columns = op.window;
  columns.outW = columns.inW;
  columns.kernelW = columns.strideW = 1;
  columns.padLeft = 0;
  columnWindow = b.window(columns);
  b.beginProgram(programSpec(op.kind, part, target));
  for (int t = 0; t < threads; ++t)
    rows[t] = stickCb(b, threads == 1 ? "strip" : t ? "strip1" : "strip0", pageBytes);
  result = part.local ? aliasCb(b, op.output, "out") : stickCb(b, "out", length * pitch);
  b.reader([&] { part.onActive(b, [&](Partition::Position at) { gatherAll(b, at, 0); }); });
  b.compute([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (part.local)
        reserve(b, result, aliasPages(op.output.desc));
      Range all = segmentsOf(b, at);
      b.loop(all.begin, all.end, threads, [&](Idx g) {
        reduce(b, target, at, rows[0], g);
        if (threads == 1)
          return;
        Idx next = b.add(g, 1);
        b.ifThen(b.cmp(isa::Predicate::Lt, next, all.end),
                 [&] { reduce(b, target, at, rows[1], next); });
      });
      if (part.local)
        push(b, result, aliasPages(op.output.desc));
    });
  });
  b.writer([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (part.local)
        return gatherAll(b, at, 1);
      Range all = segmentsOf(b, at);
      Idx colByte = b.mul(at.col, stick);
      Idx bytes = b.min(stick, b.sub(storedBytes(op), colByte));
      b.loop(all.begin, all.end, 1, [&](Idx g) {
        Segment s = segment(b, at, g);
        wait(b, result, 1);
        b.emit(Opcode::WriteRows,
               {result, 0, pitch, op.output.id, s.row, s.n, colByte, bytes});
        writeBarrier(b);
        pop(b, result, 1);
      });
    });
  });
  b.endProgram();
}

} // namespace ttc::programs
