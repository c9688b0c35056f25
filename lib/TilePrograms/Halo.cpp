//===- Halo.cpp - every core gets the sticks its results will read -----------===//
//
// Rows of an image go to the shards of a haloed buffer (Halo.h): each core writes
// its own rows to the cores that will read them, itself first among them, and
// clears the padding of its own shard. Tiles are untilized on the way. Reader and
// writer take turns by tile rows, one on each NoC.
//
//===----------------------------------------------------------------------===//
#include "Halo.h"

#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

HaloGeometry::HaloGeometry(const WindowDesc &w, int64_t partRows) : w(w), partRows(partRows) {
  auto padded = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation, int64_t in,
                   int64_t pad) {
    return std::max((out - 1) * stride + (kernel - 1) * dilation + 1, in + pad);
  };
  lines = padded(w.outH, w.strideH, w.kernelH, w.dilationH, w.inH, w.padTop);
  lineSticks = padded(w.outW, w.strideW, w.kernelW, w.dilationW, w.inW, w.padLeft);
  int64_t lastTap = (w.kernelH - 1) * w.dilationH * lineSticks + (w.kernelW - 1) * w.dilationW;
  sticks = 0;
  for (int64_t row = 0; row < outRows(); row += partRows) {
    int64_t last = std::min(row + partRows, outRows()) - 1;
    sticks = std::max(sticks, firstStick(last) + lastTap - firstStick(row) + 1);
  }
  sticks = roundUp(sticks, tileDim);
}

int64_t HaloGeometry::firstStick(int64_t row) const {
  int64_t x = row % w.outW, y = row / w.outW % w.outH, n = row / (w.outW * w.outH);
  return (n * lines + y * w.strideH) * lineSticks + x * w.strideW;
}

Idx HaloGeometry::firstStick(ProgramBuilder &b, Idx row) const {
  Idx line = b.div(row, w.outW), x = b.rem(row, w.outW), n = 0;
  if (w.n > 1) {
    n = b.mul(b.div(line, w.outH), lines);
    line = b.rem(line, w.outH);
  }
  return b.add(b.mul(b.add(n, b.mul(line, w.strideH)), lineSticks), b.mul(x, w.strideW));
}

int64_t haloSticks(const WindowDesc &window, int64_t partRows) {
  return HaloGeometry(window, partRows).sticks;
}

BufferDesc haloDesc(const BufferDesc &input, const WindowDesc &window, const BufferDesc &result) {
  int64_t parts = result.sharding == Sharding::Width ? 1 : ceilDiv(result.rows, result.shardRows);
  HaloGeometry g(window, result.sharding == Sharding::Width ? result.rows : result.shardRows);
  BufferDesc d = input;
  d.order = program::Order::RowMajor;
  d.format = program::Format::Bf16;
  d.sharding = result.sharding;
  d.rows = parts * g.sticks;
  d.shardRows = g.sticks;
  if (d.sharding == Sharding::Height) {
    d.gridX = result.gridX;
    d.gridY = result.gridY;
    d.shardCols = stickChannels(input.shardCols);
    d.cols = d.shardCols;
  } else {
    d.shardCols = stickChannels(input.shardCols);
    d.cols = ceilDiv(input.cols, input.shardCols) * d.shardCols;
  }
  return d;
}

namespace {

struct Halo {
  ProgramBuilder &b;
  const HaloProgram &op;
  HaloGeometry g;
  Partition in{};             ///< the input's shards
  int64_t parts = 1;          ///< haloed shards along the rows
  int64_t pitch = 0;          ///< bytes of a stick
  int64_t inPitch = 0;        ///< bytes from row to row of what a thread sends
  int64_t below = 0, above = 0; ///< a core's rows go to cores at most so far before and after it
  int64_t rowTiles = 1;
  Cb shard = -1, halves[2] = {-1, -1}, tiles = -1;

  Expected<void> plan(const Target &target);
  void clear(Partition::Position at);
  void send(Partition::Position at, int half);
  void sendRows(Partition::Position at, Cb cb, Idx offset, Idx firstRow, int64_t rows);
  Idx lineStart(Idx line) {
    Idx n = 0, y = line;
    if (op.window.n > 1) {
      n = b.div(line, op.window.inH);
      y = b.rem(line, op.window.inH);
    }
    return b.add(b.mul(b.add(b.mul(n, g.lines), b.add(y, op.window.padTop)), g.lineSticks),
                 op.window.padLeft);
  }
};

Expected<void> Halo::plan(const Target &target) {
  const BufferDesc &from = op.input.desc, &to = op.output.desc;
  if (!from.sharded() || from.sharding != to.sharding || from.memory != program::Memory::L1)
    return Error{"a halo needs its input sharded as its result is"};
  if (to.tiled() || to.shardRows != g.sticks)
    return Error{fmt::format("expected a row-major halo of {} sticks a core, but got {}", g.sticks,
                             to.shardRows)};
  if (from.sharding != Sharding::Height && from.shardCols != to.shardCols)
    return Error{fmt::format("a halo keeps the channels of each core, but got {} and {}",
                             from.shardCols, to.shardCols)};
  if (from.colMajor != to.colMajor)
    return Error{"a halo needs its input on the same kind of grid as its result"};
  in = Partition::of(from, target);
  parts = to.rows / to.shardRows;
  pitch = stickPitch(to);
  inPitch = from.tiled() ? in.tileCols() * tileDim * elementBytes(to.format) : stickPitch(from);
  if (inPitch < pitch)
    return Error{fmt::format("sticks of {} bytes do not fill a halo's of {}", inPitch, pitch)};
  rowTiles = ceilDiv(in.shardRows, tileDim);
  if (from.sharding == Sharding::Width)
    return {};
  // How far rows travel: the parts that hold a padded stick of a core's first or last row.
  const WindowDesc &w = op.window;
  auto padded = [&](int64_t row) {
    int64_t x = row % w.inW, y = row / w.inW % w.inH, n = row / (w.inW * w.inH);
    return (n * g.lines + y + w.padTop) * g.lineSticks + w.padLeft + x;
  };
  for (int64_t i = 0; i < in.rowParts; ++i) {
    int64_t first = padded(i * in.shardRows);
    int64_t last = padded(std::min((i + 1) * in.shardRows, w.n * w.inH * w.inW) - 1);
    for (int64_t j = 0; j < parts; ++j) {
      int64_t start = g.firstStick(j * g.partRows);
      if (j * g.partRows < g.outRows() && start <= last && first < start + g.sticks) {
        below = std::max(below, i - j);
        above = std::max(above, j - i);
      }
    }
  }
  return {};
}

/// Fills the padding of the core's own shard, line by line of the padded image.
void Halo::clear(Partition::Position at) {
  const WindowDesc &w = op.window;
  Idx first = in.sharding == Sharding::Width ? Idx(0)
                                             : g.firstStick(b, b.mul(at.row, g.partRows));
  Idx end = b.add(first, g.sticks);
  auto fill = [&](Idx from, Idx to) {
    Idx lo = b.max(from, first), hi = b.min(to, end);
    b.ifThen(b.cmp(Predicate::Lt, lo, hi), [&] {
      b.emit(Opcode::Fill, {shard, b.mul(b.sub(lo, first), pitch), b.mul(b.sub(hi, lo), pitch),
                            std::bit_cast<uint32_t>(op.fill) >> 16});
    });
  };
  b.loop(0, ceilDiv(g.sticks, g.lineSticks) + 1, 1, [&](Idx i) {
    Idx line = b.add(b.div(first, g.lineSticks), i), start = b.mul(line, g.lineSticks);
    Idx y = b.rem(line, g.lines);
    Idx inside = b.mul(b.mul(b.cmp(Predicate::Ge, y, w.padTop), b.cmp(Predicate::Lt, y, w.padTop + w.inH)),
                       b.cmp(Predicate::Lt, line, w.n * g.lines));
    fill(start, b.add(start, b.select(inside, w.padLeft, g.lineSticks)));
    if (w.padLeft + w.inW < g.lineSticks)
      fill(b.add(start, b.select(inside, w.padLeft + w.inW, g.lineSticks)),
           b.add(start, g.lineSticks));
  });
}

/// Sends `rows` rows of `cb`, from byte `offset` on, to the shards they belong in: one write a line of
/// the image and a shard.
void Halo::sendRows(Partition::Position at, Cb cb, Idx offset, Idx firstRow, int64_t rows) {
  const WindowDesc &w = op.window;
  int64_t total = w.n * w.inH * w.inW;
  Idx base = in.sharding == Sharding::Width ? Idx(0) : b.mul(at.row, in.shardRows);
  Idx row0 = b.add(base, firstRow);
  Idx row1 = b.min(b.min(b.add(row0, rows), b.add(base, in.shardRows)), total);
  Idx colByte = in.sharding == Sharding::Height ? Idx(0) : b.mul(at.col, pitch);
  Idx firstLine = b.div(row0, w.inW);
  b.loop(0, ceilDiv(rows - 1, w.inW) + 1, 1, [&](Idx l) {
    Idx line = b.add(firstLine, l), lineRow = b.mul(line, w.inW);
    Idx a = b.max(row0, lineRow), e = b.min(row1, b.add(lineRow, w.inW));
    Idx shift = b.sub(lineStart(line), lineRow); // from rows to padded sticks
    Idx from = b.add(a, shift), to = b.add(e, shift);
    b.loop(-below, above + 1, 1, [&](Idx d) {
      Idx j = in.sharding == Sharding::Width ? Idx(0) : b.add(at.row, d);
      auto write = [&] {
        Idx start = g.firstStick(b, b.mul(j, g.partRows));
        Idx lo = b.max(from, start), hi = b.min(to, b.add(start, g.sticks));
        b.ifThen(b.cmp(Predicate::Lt, lo, hi), [&] {
          Idx source = b.sub(b.sub(lo, shift), row0);
          b.emit(Opcode::WriteRows, {cb, b.add(offset, b.mul(source, inPitch)), inPitch,
                                     op.output.id, b.add(b.mul(j, g.sticks), b.sub(lo, start)),
                                     b.sub(hi, lo), colByte, pitch});
        });
      };
      if (below || above)
        b.ifThen(b.mul(b.cmp(Predicate::Ge, j, 0), b.cmp(Predicate::Lt, j, parts)), write);
      else
        write();
    });
  });
}

void Halo::send(Partition::Position at, int half) {
  Cb cb = halves[half];
  bool tiled = op.input.desc.tiled();
  if (!tiled) {
    // The shard as it lies; both threads look at it.
    reserve(b, cb, aliasPages(op.input.desc));
    push(b, cb, aliasPages(op.input.desc));
    wait(b, cb, aliasPages(op.input.desc));
  }
  if (tiled) {
    b.loop(half, rowTiles, 2, [&](Idx t) {
      wait(b, cb, 1);
      sendRows(at, cb, 0, b.mul(t, tileDim), tileDim);
      writeBarrier(b);
      pop(b, cb, 1);
    });
    return;
  }
  int64_t first = half ? ceilDiv(in.shardRows, 2) : 0;
  sendRows(at, cb, first * inPitch, first, half ? in.shardRows - first : ceilDiv(in.shardRows, 2));
  writeBarrier(b);
  pop(b, cb, aliasPages(op.input.desc));
}

} // namespace

Expected<void> buildHalo(ProgramBuilder &b, const Target &target, const HaloProgram &op) {
  int64_t partRows = op.resultPartRows;
  Halo h{b, op, HaloGeometry(op.window, partRows)};
  if (Expected<void> planned = h.plan(target); !planned)
    return planned.error();
  const BufferDesc &from = op.input.desc, &to = op.output.desc;
  // Senders and receivers may be different cores of one grid.
  Partition all = h.in;
  all.gridX = std::max(from.gridX, to.gridX);
  all.gridY = std::max(from.gridY, to.gridY);
  if (h.in.sharding != Sharding::Block && from.gridX != all.gridX && h.in.rowParts * h.in.colParts > from.gridX)
    return Error{"a halo needs grids of one width on both sides"};
  h.in.gridX = all.gridX;
  h.in.gridY = all.gridY;
  Partition receivers = h.in;
  receivers.rowParts = h.parts;
  b.beginProgram(programSpec("halo", all, target));
  h.shard = aliasCb(b, op.output, "halo");
  if (from.tiled()) {
    h.tiles = aliasCb(b, op.input, "in");
    for (Cb &half : h.halves)
      half = stickCb(b, "sticks", tileDim * h.inPitch);
  } else {
    for (Cb &half : h.halves)
      half = aliasCb(b, op.input, "in");
  }
  int64_t pages = aliasPages(to);
  b.reader([&] {
    receivers.onActive(b, [&](Partition::Position at) {
      reserve(b, h.shard, pages);
      h.clear(at);
      readBarrier(b);
    });
    h.in.onActive(b, [&](Partition::Position at) {
      if (from.tiled()) {
        reserve(b, h.tiles, aliasPages(from));
        push(b, h.tiles, aliasPages(from));
      }
      h.send(at, 0);
    });
    receivers.onActive(b, [&](Partition::Position) { push(b, h.shard, pages); });
  });
  if (from.tiled())
    b.compute([&] {
      h.in.onActive(b, [&](Partition::Position) {
        wait(b, h.tiles, aliasPages(from));
        int64_t nt = h.in.tileCols();
        auto untilize = [&](Idx t, Cb cb) {
          reserve(b, cb, 1);
          b.emit(Opcode::Untilize, {h.tiles, b.mul(t, nt), nt, cb, 0, h.inPitch, 1, nt});
          push(b, cb, 1);
        };
        b.loop(0, h.rowTiles / 2, 1, [&](Idx i) {
          for (int half : {0, 1})
            untilize(b.add(b.mul(i, 2), half), h.halves[half]);
        });
        if (h.rowTiles % 2)
          untilize(h.rowTiles - 1, h.halves[0]);
        pop(b, h.tiles, aliasPages(from));
      });
    });
  if (h.rowTiles > 1 || !from.tiled())
    b.writer([&] { h.in.onActive(b, [&](Partition::Position at) { h.send(at, 1); }); });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
