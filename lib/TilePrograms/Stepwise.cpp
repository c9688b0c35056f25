//===- Stepwise.cpp - interleaved tensors row of tiles by row, stick by stick --===//
//
// As the kernels of measured libraries go: a core has rows of tiles, or sticks, of its
// own and moves them one page at a time, each with a barrier. What does better - many
// transactions under one barrier - is in Convert.cpp and Move.cpp.
//
//===----------------------------------------------------------------------===//
#include "Partition.h"

#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

namespace {

/// `units` dealt out evenly: [first, first + count) are this core's.
struct Deal {
  Idx first, count;
  Deal(ProgramBuilder &b, const Target &t, int64_t units) {
    int64_t cores = int64_t(t.gridX) * t.gridY, least = units / cores, more = units % cores;
    Idx k = b.coreIndex();
    first = b.add(b.mul(k, least), b.min(k, more));
    count = b.add(least, b.cmp(isa::Predicate::Lt, k, more));
  }
};

ProgramSpec onAllCores(const std::string &kind, const Target &t) {
  Partition all;
  all.gridX = t.gridX;
  all.gridY = t.gridY;
  return programSpec(kind, all, t);
}

} // namespace

Expected<void> buildStepwiseConvert(ProgramBuilder &b, const Target &target, const ConvertProgram &op) {
  const BufferDesc &in = op.input.desc, &out = op.output.desc;
  if (in.tiled() == out.tiled() || in.sharded() || out.sharded())
    return Error{"a stepwise conversion is between interleaved tiles and sticks"};
  bool tilizes = out.tiled();
  const BufferDesc &sticks = tilizes ? in : out, &tiles = tilizes ? out : in;
  int64_t nt = ceilDiv(tiles.cols, tileDim), mt = ceilDiv(tiles.rows, tileDim);
  int64_t element = elementBytes(sticks.format), pitch = nt * tileDim * element;
  int64_t stickBytes = stickChannels(sticks.cols) * element;
  int64_t depth = tilizes ? 1 : 2; // rows of tiles that a buffer holds
  if (depth * nt * (tileDim * tileDim * element + tileBytes(tiles.format)) > target.l1Budget)
    return Error{fmt::format("rows of {} tiles do not fit in L1", nt)};
  int window = tilizes ? b.window(identityWindow(in.rows)) : -1;
  b.beginProgram(onAllCores(op.kind, target));
  Cb rows = stickCb(b, tilizes ? "in" : "out", tileDim * pitch, depth);
  Cb pages = tileCb(b, tilizes ? "out" : "in", tiles.format, depth * nt);
  auto eachRow = [&](const std::function<void(Idx)> &body) {
    Deal d(b, target, mt);
    b.loop(0, d.count, 1, [&](Idx i) { body(b.add(d.first, i)); });
  };
  b.reader([&] {
    if (tilizes && in.cols % tileDim) {
      reserve(b, rows, depth); // columns past the last channel read as zero
      b.emit(Opcode::Fill, {rows, 0, depth * tileDim * pitch, 0});
      readBarrier(b);
    }
    eachRow([&](Idx row) {
      if (tilizes) {
        reserve(b, rows, 1);
        b.emit(Opcode::ReadWindow, {rows, 0, pitch, op.input.id, window, b.mul(row, tileDim), tileDim, 0,
                                    1, 0, stickBytes, 0});
        readBarrier(b);
        push(b, rows, 1);
        return;
      }
      b.loop(0, nt, 1, [&](Idx col) {
        reserve(b, pages, 1);
        b.emit(Opcode::ReadPages, {pages, 0, op.input.id, row, col, 1, 1});
        readBarrier(b);
        push(b, pages, 1);
      });
    });
  });
  b.compute([&] {
    eachRow([&](Idx) {
      wait(b, tilizes ? rows : pages, tilizes ? 1 : nt);
      reserve(b, tilizes ? pages : rows, tilizes ? nt : 1);
      if (tilizes)
        b.emit(Opcode::Tilize, {rows, 0, pitch, pages, 0, nt, 1, nt});
      else
        b.emit(Opcode::Untilize, {pages, 0, nt, rows, 0, pitch, 1, nt});
      push(b, tilizes ? pages : rows, tilizes ? nt : 1);
      pop(b, tilizes ? rows : pages, tilizes ? 1 : nt);
    });
  });
  b.writer([&] {
    eachRow([&](Idx row) {
      if (!tilizes) {
        wait(b, rows, 1);
        b.emit(Opcode::WriteRows, {rows, 0, pitch, op.output.id, b.mul(row, tileDim), tileDim, 0,
                                   stickBytes});
        writeBarrier(b);
        pop(b, rows, 1);
        return;
      }
      b.loop(0, nt, 1, [&](Idx col) {
        wait(b, pages, 1);
        b.emit(Opcode::WritePages, {pages, 0, op.output.id, row, col, 1, 1});
        writeBarrier(b);
        pop(b, pages, 1);
      });
    });
  });
  b.endProgram();
  return {};
}

Expected<void> buildStickwise(ProgramBuilder &b, const Target &target, const StickwiseProgram &op) {
  const BufferDesc &in = op.input.desc, &out = op.output.desc;
  if (in.tiled() || out.tiled() || in.format != out.format || in.cols != out.cols)
    return Error{"sticks go one by one from a row-major tensor to another of their columns"};
  int64_t images = in.rows / (op.height * op.width);
  if (images * op.height * op.width != in.rows || in.rows * op.repeatH * op.repeatW != out.rows)
    return Error{fmt::format("{} sticks, {} x {} an image, repeated {} x {} times are not {}", in.rows,
                             op.height, op.width, op.repeatH, op.repeatW, out.rows)};
  int64_t bytes = stickChannels(in.cols) * elementBytes(in.format);
  int window = b.window(identityWindow(in.rows));
  b.beginProgram(onAllCores(op.kind, target));
  Cb cb = stickCb(b, "stick", roundUp(bytes, 64));
  b.reader([&] {
    Deal d(b, target, in.rows);
    b.loop(0, d.count, 1, [&](Idx i) {
      reserve(b, cb, 1);
      b.emit(Opcode::ReadWindow,
             {cb, 0, bytes, op.input.id, window, b.add(d.first, i), 1, 0, 1, 0, bytes, 0});
      readBarrier(b);
      push(b, cb, 1);
    });
  });
  b.writer([&] {
    Deal d(b, target, in.rows);
    b.loop(0, d.count, 1, [&](Idx i) {
      Idx stick = b.add(d.first, i), line = b.div(stick, op.width), x = b.rem(stick, op.width);
      wait(b, cb, 1);
      b.loop(0, op.repeatH, 1, [&](Idx r) {
        Idx outLine = b.add(b.mul(line, op.repeatH), r);
        Idx first = b.mul(b.add(b.mul(outLine, op.width), x), op.repeatW);
        b.loop(0, op.repeatW, 1, [&](Idx copy) {
          b.emit(Opcode::WriteRows, {cb, 0, bytes, op.output.id, b.add(first, copy), 1, 0, bytes});
        });
      });
      writeBarrier(b);
      pop(b, cb, 1);
    });
  });
  b.endProgram();
  return {};
}

Expected<void> buildTileMove(ProgramBuilder &b, const Target &target, const TileMoveProgram &op) {
  const BufferDesc &out = op.output.desc;
  for (const BufferRef *r : {&op.first, &op.second, &op.output})
    if (*r && (!r->desc.tiled() || r->desc.format != out.format))
      return Error{"tiles change their place in tensors of one format"};
  int64_t rows = op.imageRows, nt = ceilDiv(out.cols, tileDim), mt = ceilDiv(out.rows, tileDim);
  int64_t images = mt / rows;
  bool transposes = !op.second;
  if (images * rows != mt || (!transposes && (op.firstRows < 1 || op.firstRows >= rows)))
    return Error{fmt::format("{} rows of tiles are no images of {}, {} of them from the first", mt, rows,
                             op.firstRows)};
  b.beginProgram(onAllCores(op.kind, target));
  Cb cb = tileCb(b, "tile", out.format, 2);
  auto tiles = [&](const std::function<void(Idx row, Idx col)> &body) {
    Deal d(b, target, mt * nt);
    b.loop(0, d.count, 1, [&](Idx i) {
      Idx tile = b.add(d.first, i);
      body(b.div(tile, nt), b.rem(tile, nt));
    });
  };
  b.reader([&] {
    tiles([&](Idx row, Idx col) {
      Idx image = b.div(row, rows), r = b.rem(row, rows);
      auto read = [&](const BufferRef &from, Idx fromRow, Idx fromCol) {
        b.emit(Opcode::ReadPages, {cb, 0, from.id, fromRow, fromCol, 1, 1});
      };
      reserve(b, cb, 1);
      if (transposes)
        read(op.first, b.add(b.mul(image, nt), col), r);
      else
        b.ifThen(
            b.cmp(isa::Predicate::Lt, r, op.firstRows),
            [&] { read(op.first, b.add(b.mul(image, op.firstRows), r), col); },
            [&] {
              int64_t others = rows - op.firstRows;
              read(op.second, b.add(b.mul(image, others), b.sub(r, op.firstRows)), col);
            });
      readBarrier(b);
      push(b, cb, 1);
    });
  });
  b.writer([&] {
    tiles([&](Idx row, Idx col) {
      wait(b, cb, 1);
      b.emit(Opcode::WritePages, {cb, 0, op.output.id, row, col, 1, 1});
      writeBarrier(b);
      pop(b, cb, 1);
    });
  });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
