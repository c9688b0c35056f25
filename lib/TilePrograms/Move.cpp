//===- Move.cpp - programs that only move data ------------------------------===//
//
// concat, slice, split, pad, nearest upsample, and reshards between shardings
// of the same order and format: no compute kernel. Row-major data moves as
// sticks (a window names the source row), tiles move as pages.
//
//===----------------------------------------------------------------------===//
#include "Partition.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

namespace {

uint16_t fillPattern(float value) { return uint16_t(std::bit_cast<uint32_t>(value) >> 16); }

/// Columns of a piece that lie in this core's part, in units of `unit` elements.
struct Overlap {
  Idx src, dst, cols; ///< from the source's and the part's first column
  Idx nonEmpty;
};
Overlap overlap(ProgramBuilder &b, const MovePiece &piece, Idx partFirst, int64_t partCols) {
  Idx lo = b.max(partFirst, piece.dstCol);
  Idx hi = b.min(b.add(partFirst, partCols), piece.dstCol + piece.cols);
  return {b.add(b.sub(lo, piece.dstCol), piece.srcCol), b.sub(lo, partFirst), b.sub(hi, lo),
          b.cmp(isa::Predicate::Lt, lo, hi)};
}

void onOverlap(ProgramBuilder &b, const Overlap &o, const ProgramBuilder::Body &body) {
  if (!o.nonEmpty.isConstant())
    b.ifThen(o.nonEmpty, body);
  else if (o.nonEmpty.constant)
    body();
}

/// body(source column, part's column, columns) for what each shard of the source holds of `o`: all rows
/// of one core before those of the next one, as a read of another core than the last takes longer to
/// issue. Cores begin with different shards.
void byShard(ProgramBuilder &b, const BufferDesc &in, const Overlap &o, Idx turn,
             const std::function<void(Idx, Idx, Idx)> &body) {
  if (!in.sharded() || in.sharding == program::Sharding::Height)
    return body(o.src, o.dst, o.cols);
  Idx end = b.add(o.src, o.cols), first = b.div(o.src, in.shardCols);
  Idx count = b.sub(b.div(b.add(end, in.shardCols - 1), in.shardCols), first);
  b.loop(0, count, 1, [&](Idx i) {
    Idx shard = b.mul(b.add(first, b.rem(b.add(i, turn), count)), in.shardCols);
    Idx lo = b.max(o.src, shard), hi = b.min(end, b.add(shard, in.shardCols));
    body(lo, b.add(o.dst, b.sub(lo, o.src)), b.sub(hi, lo));
  });
}

/// Row-major pieces whose bytes in DRAM and in the result differ in their low address bits: they are
/// read to where a read may land and copied from there.
struct Shift {
  Cb cb = -1;
  int64_t alignment = 32, rows = 0, pitch = 0; ///< rows: at a time

  static bool needed(const MovePiece &p, int64_t element, int64_t pitch, int64_t alignment) {
    return p.input.desc.memory == program::Memory::Dram &&
           ((p.srcCol - p.dstCol) * element % alignment || pitch % alignment);
  }
  int64_t bytes() const { return 2 * rows * pitch; }
  /// At most 32 KB, or `most` rows; `count` rows are a multiple of `rows`.
  void plan(int64_t count, int64_t resultPitch, int64_t most) {
    pitch = roundUp(resultPitch, alignment) + alignment;
    rows = most;
    while (rows > 1 && (count % rows || rows * pitch > 32 * 1024))
      rows /= 2;
  }
  /// Columns `o` of rows [row, row + count) to the write pointer of `to`.
  void move(ProgramBuilder &b, const MovePiece &p, const Overlap &o, int64_t element, Cb to,
            int64_t toPitch, Idx row, Idx count, uint16_t fill) const {
    int64_t behind = (p.srcCol - p.dstCol) * element % alignment;
    Idx at = b.add(b.mul(o.dst, element), (behind + alignment) % alignment);
    Idx bytes = b.mul(o.cols, element);
    // The barrier of a read is that of the copy before it, whose page is free only then.
    Idx rounds = b.div(count, rows);
    b.loop(0, rounds, 1, [&](Idx i) {
      reserve(b, cb, 1);
      b.emit(Opcode::ReadWindow, {cb, at, pitch, p.input.id, p.window, b.add(row, b.mul(i, rows)), rows,
                                  0, 1, b.mul(o.src, element), bytes, fill});
      readBarrier(b);
      push(b, cb, 1);
      b.ifThen(b.cmp(isa::Predicate::Gt, i, 0), [&] { pop(b, cb, 1); });
      wait(b, cb, 1);
      b.emit(Opcode::CopyRows, {cb, at, pitch, to,
                                b.add(b.mul(o.dst, element), b.mul(i, rows * toPitch)), toPitch, rows,
                                bytes});
    });
    b.ifThen(b.cmp(isa::Predicate::Gt, rounds, 0), [&] {
      readBarrier(b);
      pop(b, cb, 1);
    });
  }
};

Expected<void> moveSticks(ProgramBuilder &b, const Target &target, const MoveProgram &op) {
  const BufferDesc &out = op.output.desc;
  Partition part = Partition::of(out, target);
  int64_t element = elementBytes(out.format);
  std::vector<MovePiece> pieces = op.pieces;
  Shift shift;
  shift.alignment = target.dramAlignment;
  for (MovePiece &piece : pieces) {
    bool last = piece.dstCol + piece.cols == out.cols;
    if (piece.srcCol % 8 || piece.dstCol % 8 || (!last && piece.cols % 8))
      return Error{fmt::format("columns {}..{} go to column {}: row-major data moves in units of 8 "
                               "elements (16 bytes)",
                               piece.srcCol, piece.srcCol + piece.cols, piece.dstCol)};
    piece.cols = stickChannels(piece.cols);
    if (piece.window < 0)
      piece.window = b.window(identityWindow(piece.input.desc.rows));
  }
  int64_t pitch = part.local ? stickPitch(out) : part.shardCols * element;
  auto shifted = [&](const MovePiece &piece) {
    bool fromDram = piece.input.desc.memory == program::Memory::Dram;
    return (op.stickwise && fromDram) || Shift::needed(piece, element, pitch, shift.alignment);
  };
  for (const MovePiece &piece : pieces)
    if (shifted(piece)) {
      if (part.colParts > 1 && pitch % shift.alignment)
        return Error{fmt::format("columns from DRAM to shards of {} bytes a row: a multiple of {} is "
                                 "needed",
                                 pitch, shift.alignment)};
      shift.plan(part.shardRows, pitch, op.stickwise ? 1 : tileDim);
    }
  // Staging for an interleaved result: as many tile rows as 64 KB hold.
  int64_t tileRows = part.tileRows();
  int64_t block = part.local ? tileRows
                             : std::clamp<int64_t>(64 * 1024 / (tileDim * pitch), 1, tileRows);
  int64_t staging = (part.local ? 0 : 2 * block * tileDim * pitch) + shift.bytes();
  if (staging > target.l1Budget)
    return Error{fmt::format("needs {} bytes of L1 per core to stage rows of {} columns, limit is {}",
                             staging, part.shardCols, target.l1Budget)};
  ProgramSpec spec = programSpec(op.kind, part, target);
  spec.isReshard = op.isReshard;
  b.beginProgram(spec);
  Cb cb = part.local ? aliasCb(b, op.output, "out") : stickCb(b, "stage", block * tileDim * pitch);
  // Nobody needs the other thread where the result stays: it reads the lower half over its own NoC.
  int64_t half = part.shardRows / 2;
  Cb lower = part.local && !shift.rows && !op.stickwise && half > 0 ? aliasCb(b, op.output, "lower") : -1;
  if (shift.rows)
    shift.cb = stickCb(b, "shift", shift.rows * shift.pitch);
  int64_t pages = part.local ? aliasPages(out) : 1;
  int64_t blocks = ceilDiv(tileRows, block);
  auto rowsOf = [&](Idx ob) {
    Idx rows = tileRows % block ? b.min(block, b.sub(tileRows, b.mul(ob, block))) : Idx(block);
    return b.mul(rows, tileDim);
  };
  // Rows [from, from + count) of block `ob`, to the write pointer of `to`.
  auto read = [&](Partition::Position at, Cb to, Idx ob, Idx from, Idx count) {
    reserve(b, to, pages);
    Idx start = b.mul(from, pitch);
    if (part.local && stickChannels(out.cols) < part.colParts * part.shardCols) {
      // Readers of whole tiles multiply what lies past the last column by zero: no NaN there.
      b.emit(Opcode::Fill, {to, start, b.mul(count, pitch), 0});
      readBarrier(b);
    }
    Idx row = b.add(b.add(b.mul(at.row, part.shardRows), b.mul(ob, block * tileDim)), from);
    for (const MovePiece &piece : pieces) {
      Overlap o = overlap(b, piece, b.mul(at.col, part.shardCols), part.shardCols);
      onOverlap(b, o, [&] {
        if (shifted(piece))
          return shift.move(b, piece, o, element, to, pitch, row, count, fillPattern(op.fill));
        byShard(b, piece.input.desc, o, b.add(at.row, at.col), [&](Idx src, Idx dst, Idx cols) {
          b.emit(Opcode::ReadWindow,
                 {to, b.add(start, b.mul(dst, element)), pitch, piece.input.id, piece.window, row, count,
                  0, 1, b.mul(src, element), b.mul(cols, element), fillPattern(op.fill)});
        });
      });
    }
    readBarrier(b);
    push(b, to, pages);
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (lower >= 0)
        return read(at, cb, 0, 0, half);
      b.loop(0, blocks, 1, [&](Idx ob) {
        read(at, cb, ob, 0, part.local ? Idx(part.shardRows) : rowsOf(ob));
      });
    });
  });
  if (lower >= 0)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        read(at, lower, 0, half, part.shardRows - half);
      });
    });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        b.loop(0, blocks, 1, [&](Idx ob) {
          wait(b, cb, pages);
          Idx row = b.add(b.mul(at.row, part.shardRows), b.mul(ob, block * tileDim));
          Idx col = b.mul(at.col, part.shardCols * element);
          Idx bytes = b.min(part.shardCols * element, b.sub(stickChannels(out.cols) * element, col));
          b.emit(Opcode::WriteRows, {cb, 0, pitch, op.output.id, row, rowsOf(ob), col, bytes});
          writeBarrier(b);
          pop(b, cb, pages);
        });
      });
    });
  b.endProgram();
  return {};
}

Expected<void> moveTiles(ProgramBuilder &b, const Target &target, const MoveProgram &op) {
  const BufferDesc &out = op.output.desc;
  Partition part = Partition::of(out, target);
  for (const MovePiece &piece : op.pieces) {
    if (piece.window >= 0)
      return Error{"a window reads row-major sticks, but the input is in tile order"};
    bool last = piece.dstCol + piece.cols == out.cols;
    if (piece.srcCol % tileDim || piece.dstCol % tileDim || (!last && piece.cols % tileDim))
      return Error{fmt::format("columns {}..{} go to column {}: tiles move in units of {} columns",
                               piece.srcCol, piece.srcCol + piece.cols, piece.dstCol, tileDim)};
  }
  int64_t mt = part.tileRows(), nt = part.tileCols(), bytes = tileBytes(out.format);
  ProgramSpec spec = programSpec(op.kind, part, target);
  spec.isReshard = op.isReshard;
  b.beginProgram(spec);
  // Narrow parts go several tile rows at a time: a barrier waits for about 16 tiles.
  int64_t step = std::clamp<int64_t>(16 / nt, 1, mt);
  int64_t pages = part.local ? mt * nt : step * nt;
  Cb cb = part.local ? aliasCb(b, op.output, "out") : tileCb(b, "stage", out.format, 2 * pages);
  auto rowsAt = [&](Idx r) { return mt % step ? b.min(step, b.sub(mt, r)) : Idx(step); };
  auto readRow = [&](Partition::Position at, Idx r, Idx slot) {
    for (const MovePiece &piece : op.pieces) {
      MovePiece t = piece;
      t.srcCol /= tileDim;
      t.dstCol /= tileDim;
      t.cols = ceilDiv(piece.cols, tileDim);
      Overlap o = overlap(b, t, b.mul(at.col, nt), nt);
      onOverlap(b, o, [&] {
        b.emit(Opcode::ReadPages, {cb, b.mul(b.add(slot, o.dst), bytes), piece.input.id,
                                   b.add(b.mul(at.row, mt), r), o.src, 1, o.cols});
      });
    }
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (part.local)
        reserve(b, cb, pages);
      if (!part.local)
        b.loop(0, mt, step, [&](Idx first) {
          reserve(b, cb, pages);
          b.loop(0, rowsAt(first), 1, [&](Idx r) { readRow(at, b.add(first, r), b.mul(r, nt)); });
          readBarrier(b);
          push(b, cb, pages);
        });
      else
        b.loop(0, mt, 1, [&](Idx r) { readRow(at, r, b.mul(r, nt)); });
      if (part.local) {
        readBarrier(b);
        push(b, cb, pages);
      }
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        b.loop(0, mt, step, [&](Idx r) {
          wait(b, cb, pages);
          b.emit(Opcode::WritePages, {cb, 0, op.output.id, b.add(b.mul(at.row, mt), r),
                                      b.mul(at.col, nt), rowsAt(r), nt});
          writeBarrier(b);
          pop(b, cb, pages);
        });
      });
    });
  b.endProgram();
  return {};
}

} // namespace

Expected<void> buildMove(ProgramBuilder &b, const Target &target, const MoveProgram &op) {
  const BufferDesc &out = op.output.desc;
  for (const MovePiece &piece : op.pieces) {
    const BufferDesc &in = piece.input.desc;
    if (in.order != out.order || in.format != out.format)
      return Error{"source and result of a move differ in order or format: a conversion is needed"};
  }
  return out.tiled() ? moveTiles(b, target, op) : moveSticks(b, target, op);
}

} // namespace ttc::programs
