//===- Pool.cpp - max and average over windows of sticks --------------------===//
//
// The reader gathers the sticks of each output position's window; the matrix
// engine reduces up to 32 of them at a time (GMPOOL / GAPOOL) into one row of
// Dst, which is packed as one row-major stick. Dense windows share what is
// gathered: PoolStrips.
//
//===----------------------------------------------------------------------===//
#include "Pool.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

Expected<void> buildPool(ProgramBuilder &b, const Target &target, const PoolProgram &op) {
  const BufferDesc &in = op.input.desc, &out = op.output.desc;
  if (in.tiled() || out.tiled())
    return Error{"a pool reads and writes row-major sticks"};
  if (in.format != program::Format::Bf16 || out.format != program::Format::Bf16)
    return Error{"a pool needs bf16 sticks"};
  if (std::optional<PoolStrips> strips = PoolStrips::plan(target, op)) {
    strips->build(b, target);
    return {};
  }
  if (!op.input.parts.empty())
    return Error{"a pool reads parts of tensors where they lie if windows are dense and each core's columns lie in one"};
  Partition part = Partition::of(out, target);
  int64_t taps = op.window.kernelH * op.window.kernelW;
  int64_t nt = part.tileCols();
  int64_t stick = nt * tileDim * 2; // of this part
  // Rows of output per chunk: windows of about 48 KB.
  int64_t rowBytes = taps * stick;
  int64_t chunk = std::clamp<int64_t>(48 * 1024 / rowBytes, 1, std::min<int64_t>(part.shardRows, 32));
  while (part.shardRows % chunk)
    --chunk;
  // A global window may be too big for one gather: it is reduced tap group by tap group.
  int64_t group = taps;
  while (group * stick * 2 > target.l1Budget / 2 && group > 1)
    group = ceilDiv(group, 2);
  int64_t groups = ceilDiv(taps, group);
  if (groups > 1)
    chunk = 1;
  if (groups > 1 && nt > target.dstTiles())
    return Error{fmt::format("a window of {} sticks of {} columns does not fit in L1", taps,
                             nt * tileDim)};
  int64_t pageBytes = roundUp(chunk * std::min(group, taps) * stick, 64);
  int windowId = b.window(op.window);
  ProgramSpec spec = programSpec(op.kind, part, target);
  b.beginProgram(spec);
  Cb rows = stickCb(b, "window", pageBytes);
  int64_t pitch = part.local ? stickPitch(out) : stick;
  Cb result = part.local ? aliasCb(b, op.output, "out") : stickCb(b, "out", chunk * pitch);
  int64_t fill = op.max ? 0xff80 : 0; // -infinity, or nothing added
  int64_t chunks = part.shardRows / chunk;
  // Output rows past the last one are not computed: a core's rows end where the tensor does.
  auto chunkCount = [&](Partition::Position at) {
    if (out.rows % part.shardRows == 0 || part.rowParts == 0)
      return Idx(chunks);
    Idx left = b.sub(out.rows, b.mul(at.row, part.shardRows));
    return b.min(chunks, b.div(b.add(left, chunk - 1), chunk));
  };
  auto groupTaps = [&](Idx g) {
    return taps % group ? b.min(group, b.sub(taps, b.mul(g, group))) : Idx(group);
  };

  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      Idx colByte = b.mul(at.col, stick);
      Idx bytes = b.min(stick, b.sub(stickChannels(op.channels) * 2, colByte));
      // The last part's sticks may hold fewer channels than there is room for.
      bool ragged = op.channels % (nt * tileDim) != 0;
      if (ragged) {
        reserve(b, rows, 2);
        b.emit(Opcode::Fill, {rows, 0, 2 * pageBytes, 0});
        readBarrier(b); // the sticks go to the same bytes
      }
      b.loop(0, chunkCount(at), 1, [&](Idx ch) {
        Idx row = b.add(b.mul(at.row, part.shardRows), b.mul(ch, chunk));
        b.loop(0, groups, 1, [&](Idx g) {
          Idx n = groupTaps(g);
          reserve(b, rows, 1);
          if (!ragged && part.colParts == 1) {
            b.emit(Opcode::ReadWindow, {rows, 0, group * stick, op.input.id, windowId, row, chunk,
                                        b.mul(g, group), n, colByte, bytes, fill});
          } else {
            // Sticks are padded to whole tiles in the circular buffer: one tap at a time.
            b.loop(0, n, 1, [&](Idx t) {
              b.emit(Opcode::ReadWindow,
                     {rows, b.mul(t, stick), group * stick, op.input.id, windowId, row, chunk,
                      b.add(b.mul(g, group), t), 1, colByte, bytes, fill});
            });
          }
          readBarrier(b);
          push(b, rows, 1);
        });
      });
    });
  });
  b.compute([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (part.local)
        reserve(b, result, aliasPages(out));
      auto kind = op.max ? isa::ReduceKind::Max : isa::ReduceKind::Sum;
      auto reduceGroup = [&](Idx r, Idx firstTile, Idx tiles, Idx n) {
        // At most 32 sticks an instruction.
        b.loop(0, n, 32, [&](Idx t) {
          Idx count = n.isConstant() && n.constant % 32 == 0 ? Idx(32) : b.min(32, b.sub(n, t));
          Idx off = b.add(b.mul(b.add(b.mul(r, group), t), stick), b.mul(firstTile, 64));
          b.emit(Opcode::PoolRows,
                 {kind, rows, off, stick, count, 0, tiles, Idx::bits(op.max ? 1.0f : op.scale)});
        });
      };
      int64_t w = std::min(nt, target.dstTiles());
      b.loop(0, chunkCount(at), 1, [&](Idx ch) {
        if (!part.local)
          reserve(b, result, 1);
        Idx base = part.local ? b.mul(ch, chunk * pitch) : Idx(0);
        if (groups > 1) {
          inDst(
              b,
              [&] {
                b.loop(0, groups, 1, [&](Idx g) {
                  wait(b, rows, 1);
                  reduceGroup(0, 0, nt, groupTaps(g));
                  pop(b, rows, 1);
                });
              },
              [&] { b.emit(Opcode::PackRows, {0, 1, nt, 1, result, base, pitch, 0}); });
        } else {
          wait(b, rows, 1);
          b.loop(0, chunk, 1, [&](Idx r) {
            b.loop(0, nt, w, [&](Idx c) {
              Idx n = nt % w ? b.min(w, b.sub(nt, c)) : Idx(w);
              Idx off = b.add(base, b.add(b.mul(r, pitch), b.mul(c, 64)));
              inDst(
                  b, [&] { reduceGroup(r, c, n, taps); },
                  [&] { b.emit(Opcode::PackRows, {0, 1, n, 1, result, off, pitch, 0}); });
            });
          });
          pop(b, rows, 1);
        }
        if (!part.local)
          push(b, result, 1);
      });
      if (part.local)
        push(b, result, aliasPages(out));
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        b.loop(0, chunkCount(at), 1, [&](Idx ch) {
          wait(b, result, 1);
          Idx row = b.add(b.mul(at.row, part.shardRows), b.mul(ch, chunk));
          Idx colByte = b.mul(at.col, stick);
          Idx bytes = b.min(stick, b.sub(stickChannels(op.channels) * 2, colByte));
          b.emit(Opcode::WriteRows, {result, 0, pitch, op.output.id, row, chunk, colByte, bytes});
          writeBarrier(b);
          pop(b, result, 1);
        });
      });
    });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
