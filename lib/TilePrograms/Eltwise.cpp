//===- Eltwise.cpp - elementwise programs -----------------------------------===//
//
// Where all tensors are sharded alike the kernel runs over the shards as they
// lie: the order inside a shard does not matter to an elementwise function, so
// row-major shards pass as 1,024-element pages. Otherwise tiles are read from
// wherever they are. Tile by tile (Unfused.h) is as measured libraries have it: what
// does not lie in full shards is dealt out evenly over all cores.
//
//===----------------------------------------------------------------------===//
#include "Partition.h"
#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::SfpuBinaryKind;

namespace {

constexpr int64_t pageElements = tileDim * tileDim;

struct Eltwise {
  ProgramBuilder &b;
  const Target &target;
  const EltwiseProgram &op;
  bool tilewise = false; ///< one tile in Dst at a time

  bool binary() const { return bool(op.in1); }
  bool onFpu() const {
    return op.op == SfpuBinaryKind::Add || op.op == SfpuBinaryKind::Sub ||
           op.op == SfpuBinaryKind::Mul;
  }
  /// Tiles of one block: a two-operand vector function holds both in Dst.
  int64_t block() const {
    int64_t fit = binary() && !onFpu() ? target.dstTiles() / 2 : target.dstTiles();
    return tilewise ? 1 : fit;
  }

  /// Dst math of `n` tiles of in0 from tile0 and in1 from tile1.
  void math(Cb in0, Idx tile0, Cb in1, Idx tile1, Idx n, isa::Broadcast bcast) {
    if (!binary()) {
      b.emit(Opcode::CopyTiles, {in0, tile0, 1, 0, n});
      if (op.scalarOperand)
        scalarMath(n);
    } else if (onFpu()) {
      b.emit(Opcode::Eltwise, {int(op.op), in0, tile0, 1, in1, tile1, 1, 0, n, bcast, 0});
    } else {
      b.emit(Opcode::CopyTiles, {in0, tile0, 1, 0, n});
      b.emit(Opcode::CopyTiles, {in1, tile1, 1, block(), n});
      b.emit(Opcode::SfpuBinary, {op.op, 0, block(), 0, n});
    }
    if (op.activation)
      sfpu(b, *op.activation, 0, n);
  }

  void scalarMath(Idx n) {
    Activation a;
    switch (op.op) {
    case SfpuBinaryKind::Add: a = {isa::SfpuFunction::AddScalar, op.scalar, 0}; break;
    case SfpuBinaryKind::Sub: a = {isa::SfpuFunction::AddScalar, -op.scalar, 0}; break;
    case SfpuBinaryKind::Mul: a = {isa::SfpuFunction::MulScalar, op.scalar, 0}; break;
    case SfpuBinaryKind::Div: a = {isa::SfpuFunction::MulScalar, 1 / op.scalar, 0}; break;
    case SfpuBinaryKind::Max: a = {isa::SfpuFunction::Clip, op.scalar, 3.0e38f}; break;
    case SfpuBinaryKind::Min: a = {isa::SfpuFunction::Clip, -3.0e38f, op.scalar}; break;
    }
    sfpu(b, a, 0, n);
  }

  Expected<void> overShards();
  Expected<void> overTiles();
  Expected<void> dealt();
};

Expected<void> Eltwise::overShards() {
  Partition part = Partition::of(op.output.desc, target);
  const BufferDesc &d = op.output.desc;
  int64_t pages = d.shardRows * d.shardCols / pageElements;
  ProgramSpec spec = programSpec(op.name, part, target);
  b.beginProgram(spec);
  auto alias = [&](const BufferRef &buffer, const char *name) {
    CbSpec cb;
    cb.name = name;
    cb.format = d.format;
    cb.pageBytes = tileBytes(d.format);
    cb.pages = pages;
    cb.aliasBuffer = buffer.id;
    return b.cb(cb);
  };
  Cb in0 = alias(op.in0, "in0"), in1 = binary() ? alias(op.in1, "in1") : -1;
  Cb out = alias(op.output, "out");
  b.reader([&] {
    part.onActive(b, [&](auto) {
      for (Cb cb : {in0, in1})
        if (cb >= 0) {
          reserve(b, cb, pages);
          push(b, cb, pages);
        }
    });
  });
  b.compute([&] {
    part.onActive(b, [&](auto) {
      reserve(b, out, pages);
      wait(b, in0, pages);
      if (binary())
        wait(b, in1, pages);
      int64_t step = std::min(block(), pages);
      b.loop(0, pages, step, [&](Idx t) {
        Idx n = pages % step ? b.min(step, b.sub(pages, t)) : Idx(step);
        inDst(
            b, [&] { math(in0, t, in1, t, n, isa::Broadcast::None); },
            [&] { b.emit(Opcode::PackTiles, {0, n, out, t, 1, 0}); });
      });
      pop(b, in0, pages);
      if (binary())
        pop(b, in1, pages);
      push(b, out, pages);
    });
  });
  b.endProgram();
  return {};
}

Expected<void> Eltwise::overTiles() {
  const BufferDesc &out = op.output.desc;
  auto needTiles = [&](const BufferRef &r) { return !r || r.desc.tiled(); };
  if (!out.tiled() || !needTiles(op.in0) || !needTiles(op.in1))
    return Error{"operands of different layouts must be in tile order"};
  bool rowOperand = binary() && op.in1.desc.rows == 1 && out.rows != 1;
  if (rowOperand && !onFpu())
    return Error{"a broadcast operand is supported for add, sub and mul"};
  Partition part = Partition::of(out, target);
  int64_t mt = part.tileRows(), nt = part.tileCols();
  int64_t w = std::min(nt, block());
  ProgramSpec spec = programSpec(op.name, part, target);
  b.beginProgram(spec);
  Cb in0 = tileCb(b, "in0", op.in0.desc.format, 2 * w);
  Cb in1 = -1;
  if (binary())
    in1 = tileCb(b, "in1", op.in1.desc.format, rowOperand ? nt : 2 * w);
  ResultWriter result(b, part, op.output, 1, w);
  auto blocks = [&](const std::function<void(Idx, Idx, Idx)> &body) {
    b.loop(0, mt, 1, [&](Idx r) {
      b.loop(0, nt, w, [&](Idx c) {
        body(r, c, nt % w ? b.min(w, b.sub(nt, c)) : Idx(w));
      });
    });
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      if (rowOperand) {
        reserve(b, in1, nt);
        b.emit(Opcode::ReadPages, {in1, 0, op.in1.id, 0, b.mul(at.col, nt), 1, nt});
        readBarrier(b);
        push(b, in1, nt);
      }
      blocks([&](Idx r, Idx c, Idx n) {
        Idx row = b.add(b.mul(at.row, mt), r), col = b.add(b.mul(at.col, nt), c);
        reserve(b, in0, w);
        b.emit(Opcode::ReadPages, {in0, 0, op.in0.id, row, col, 1, n});
        if (binary() && !rowOperand) {
          reserve(b, in1, w);
          b.emit(Opcode::ReadPages, {in1, 0, op.in1.id, row, col, 1, n});
        }
        readBarrier(b);
        push(b, in0, w);
        if (binary() && !rowOperand)
          push(b, in1, w);
      });
    });
  });
  b.compute([&] {
    part.onActive(b, [&](Partition::Position) {
      result.open();
      if (rowOperand)
        wait(b, in1, nt);
      blocks([&](Idx r, Idx c, Idx n) {
        wait(b, in0, w);
        if (binary() && !rowOperand)
          wait(b, in1, w);
        result.reserveBlock();
        inDst(
            b,
            [&] {
              math(in0, 0, in1, rowOperand ? c : Idx(0), n,
                   rowOperand ? isa::Broadcast::Row : isa::Broadcast::None);
            },
            [&] { result.pack(r, c, 1, n); });
        result.pushBlock();
        pop(b, in0, w);
        if (binary() && !rowOperand)
          pop(b, in1, w);
      });
      if (rowOperand)
        pop(b, in1, nt);
      result.close();
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        blocks([&](Idx r, Idx c, Idx n) { result.write(at, r, c, 1, n); });
      });
    });
  b.endProgram();
  return {};
}

Expected<void> Eltwise::dealt() {
  const BufferDesc &out = op.output.desc;
  bool rowOperand = binary() && op.in1.desc.rows == 1 && out.rows != 1;
  for (const BufferRef *r : {&op.output, &op.in0, &op.in1})
    if (*r && !r->desc.tiled())
      return Error{"elementwise programs tile by tile read and write tiles"};
  // Units: tiles in the order of pages, or rows of tiles that share an operand's row.
  int64_t nt = ceilDiv(out.cols, tileDim), mt = ceilDiv(out.rows, tileDim);
  int64_t perUnit = rowOperand ? nt : 1, units = mt * nt / perUnit;
  Partition part;
  part.gridX = target.gridX;
  part.gridY = target.gridY;
  part.shardRows = part.shardCols = tileDim;
  int64_t cores = int64_t(part.gridX) * part.gridY, least = units / cores, more = units % cores;
  b.beginProgram(programSpec(op.name, part, target));
  Cb in0 = tileCb(b, "in0", op.in0.desc.format, 2);
  Cb in1 = binary() ? tileCb(b, "in1", op.in1.desc.format, 2) : -1;
  ResultWriter result(b, part, op.output, 1, 1);
  auto tiles = [&](const std::function<void(Idx row, Idx col)> &body) {
    Idx k = b.coreIndex();
    Idx first = b.add(b.mul(k, least), b.min(k, more));
    Idx count = b.add(least, b.cmp(isa::Predicate::Lt, k, more));
    b.loop(0, b.mul(count, perUnit), 1, [&](Idx i) {
      Idx tile = b.add(b.mul(first, perUnit), i);
      body(b.div(tile, nt), b.rem(tile, nt));
    });
  };
  b.reader([&] {
    tiles([&](Idx row, Idx col) {
      auto read = [&](Cb cb, const BufferRef &buffer, Idx r) {
        reserve(b, cb, 1);
        b.emit(Opcode::ReadPages, {cb, 0, buffer.id, r, col, 1, 1});
      };
      read(in0, op.in0, row);
      if (rowOperand) {
        readBarrier(b);
        push(b, in0, 1);
      }
      if (binary())
        read(in1, op.in1, rowOperand ? Idx(0) : row);
      readBarrier(b);
      if (!rowOperand)
        push(b, in0, 1);
      if (binary())
        push(b, in1, 1);
    });
  });
  b.compute([&] {
    tiles([&](Idx, Idx) {
      wait(b, in0, 1);
      if (binary())
        wait(b, in1, 1);
      result.reserveBlock();
      inDst(
          b,
          [&] {
            math(in0, 0, in1, 0, 1, rowOperand ? isa::Broadcast::Row : isa::Broadcast::None);
          },
          [&] { result.pack(0, 0, 1, 1); });
      result.pushBlock();
      pop(b, in0, 1);
      if (binary())
        pop(b, in1, 1);
    });
  });
  b.writer([&] {
    tiles([&](Idx row, Idx col) { result.write({0, 0, 1}, row, col, 1, 1); });
  });
  b.endProgram();
  return {};
}

} // namespace

static Expected<void> build(ProgramBuilder &b, const Target &target, const EltwiseProgram &op,
                            bool tilewise) {
  const BufferDesc &d = op.output.desc;
  bool alike = d.sharded() && op.in0.desc == d && (!op.in1 || op.in1.desc == d) &&
               d.shardRows * d.shardCols % pageElements == 0;
  Eltwise e{b, target, op, tilewise};
  // Two operands are worked on in place only in whole shards.
  bool full = d.sharded() && d.rows % d.shardRows == 0 && d.cols % d.shardCols == 0;
  if (tilewise && !(alike && (full || !op.in1)))
    return e.dealt();
  return alike ? e.overShards() : e.overTiles();
}

Expected<void> buildEltwise(ProgramBuilder &b, const Target &target, const EltwiseProgram &op) {
  return build(b, target, op, false);
}

Expected<void> buildTilewise(ProgramBuilder &b, const Target &target, const EltwiseProgram &op) {
  return build(b, target, op, true);
}

} // namespace ttc::programs
