//===- Convert.cpp - order and format conversion ----------------------------===//
//
// Row-major to tiles (tilize), tiles to row-major (untilize), one format to
// another; sharded in any way on either side.
//
//===----------------------------------------------------------------------===//
#include "Partition.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

Expected<void> buildConvert(ProgramBuilder &b, const Target &target, const ConvertProgram &op) {
  const BufferDesc &in = op.input.desc, &out = op.output.desc;
  if (!in.tiled() && !out.tiled()) {
    if (in.format != out.format)
      return Error{"a row-major tensor changes its format on the way through tiles"};
    MoveProgram move;
    move.kind = op.kind;
    move.isReshard = op.kind == "reshard";
    move.output = op.output;
    move.pieces = {{op.input, -1, 0, 0, out.cols}};
    return buildMove(b, target, move);
  }
  Partition part = Partition::of(out, target);
  int64_t mt = part.tileRows(), nt = part.tileCols();
  bool wholeRows = in.sharding == program::Sharding::Height || !in.sharded() ||
                   in.sharding == part.sharding;
  bool aliased = part.sameShards(in) && wholeRows && (in.tiled() || in.shardCols % tileDim == 0);
  // One tile row of at most `w` columns at a time.
  int64_t w = std::min<int64_t>(nt, 32);
  while (nt % w)
    --w;
  int64_t bytes = 2 * w * (aliased ? 0 : 2048) + (part.local ? 0 : 2 * w * 4096);
  if (bytes > target.l1Budget)
    return Error{fmt::format("needs {} bytes of L1 per core, limit is {}", bytes, target.l1Budget)};

  int window = !in.tiled() && !aliased ? b.window(identityWindow(in.rows)) : -1;
  ProgramSpec spec = programSpec(op.kind, part, target);
  spec.isReshard = op.kind == "reshard";
  b.beginProgram(spec);
  Cb src = -1;
  int64_t element = in.tiled() ? 0 : elementBytes(in.format);
  int64_t pitch = in.tiled() ? 0 : aliased ? stickPitch(in) : w * tileDim * element;
  if (aliased)
    src = aliasCb(b, op.input, "in");
  else if (in.tiled())
    src = tileCb(b, "in", in.format, 2 * w);
  else
    src = stickCb(b, "in", tileDim * pitch);
  int64_t pages = in.tiled() ? w : 1;
  ResultWriter result(b, part, op.output, 1, w);

  auto blocks = [&](const std::function<void(Idx, Idx)> &body) {
    b.loop(0, mt, 1, [&](Idx r) { b.loop(0, nt / w, 1, [&](Idx c) { body(r, b.mul(c, w)); }); });
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (aliased) {
        reserve(b, src, aliasPages(in));
        push(b, src, aliasPages(in));
        return;
      }
      if (!in.tiled() && in.cols % tileDim) {
        reserve(b, src, 2); // columns past the last channel read as zero
        b.emit(Opcode::Fill, {src, 0, 2 * tileDim * pitch, 0});
        readBarrier(b); // the sticks go to the same bytes
      }
      blocks([&](Idx r, Idx c) {
        Idx row = b.add(b.mul(at.row, mt), r), col = b.add(b.mul(at.col, nt), c);
        reserve(b, src, pages);
        if (in.tiled()) {
          b.emit(Opcode::ReadPages, {src, 0, op.input.id, row, col, 1, w});
        } else {
          Idx colByte = b.mul(col, tileDim * element);
          Idx length = b.min(w * tileDim * element, b.sub(stickChannels(in.cols) * element, colByte));
          b.emit(Opcode::ReadWindow, {src, 0, pitch, op.input.id, window, b.mul(row, tileDim),
                                      tileDim, 0, 1, colByte, length, 0});
        }
        readBarrier(b);
        push(b, src, pages);
      });
    });
  });
  b.compute([&] {
    part.onActive(b, [&](Partition::Position) {
      result.open();
      if (aliased)
        wait(b, src, aliasPages(in));
      blocks([&](Idx r, Idx c) {
        if (!aliased)
          wait(b, src, pages);
        result.reserveBlock();
        Idx tile = aliased && in.tiled() ? b.add(b.mul(r, nt), c) : Idx(0);
        if (in.tiled() && out.tiled()) {
          int64_t step = std::min(w, target.dstTiles());
          b.loop(0, w, step, [&](Idx i) {
            Idx n = w % step ? b.min(step, b.sub(w, i)) : Idx(step);
            inDst(
                b, [&] { b.emit(Opcode::CopyTiles, {src, b.add(tile, i), 1, 0, n}); },
                [&] {
                  Idx first = result.inPlace() ? b.add(b.add(b.mul(r, nt), c), i) : i;
                  b.emit(Opcode::PackTiles, {0, n, result.buffer(), first, 1, 0});
                });
          });
        } else if (in.tiled()) {
          Idx off = result.inPlace() ? b.add(b.mul(r, tileDim * result.pitch()),
                                             b.mul(c, tileDim * elementBytes(out.format)))
                                     : Idx(0);
          b.emit(Opcode::Untilize, {src, tile, w, result.buffer(), off, result.pitch(), 1, w});
        } else {
          Idx off = aliased ? b.add(b.mul(r, tileDim * pitch), b.mul(c, tileDim * element)) : Idx(0);
          Idx first = result.inPlace() ? b.add(b.mul(r, nt), c) : Idx(0);
          b.emit(Opcode::Tilize, {src, off, pitch, result.buffer(), first, w, 1, w});
        }
        result.pushBlock();
        if (!aliased)
          pop(b, src, pages);
      });
      if (aliased)
        pop(b, src, aliasPages(in));
      result.close();
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        blocks([&](Idx r, Idx c) { result.write(at, r, c, 1, w); });
      });
    });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
