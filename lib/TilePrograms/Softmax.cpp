//===- Softmax.cpp - softmax over columns -----------------------------------===//
//
// One tile row at a time: row maximum (GMPOOL), x - max, exp, row sum (GAPOOL),
// reciprocal, product. Columns past the last are pushed to -1e30 first.
//
//===----------------------------------------------------------------------===//
#include "Partition.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

Expected<void> buildSoftmax(ProgramBuilder &b, const Target &target, const SoftmaxProgram &op) {
  if (!op.input.desc.tiled() || !op.output.desc.tiled())
    return Error{"softmax works on tiles"};
  Partition part = Partition::of(op.output.desc, target);
  if (part.colParts != 1) {
    // A row has to be on one core: cut by rows instead.
    part = Partition();
    part.gridX = target.gridX;
    part.gridY = target.gridY;
    part.shardRows = roundUp(ceilDiv(op.output.desc.rows, int64_t(target.gridX) * target.gridY), 32);
    part.shardCols = roundUp(op.output.desc.cols, tileDim);
    part.rowParts = ceilDiv(op.output.desc.rows, part.shardRows);
  }
  int64_t mt = part.tileRows(), nt = part.tileCols(), step = std::min(nt, target.dstTiles());
  int64_t bytes = (6 * nt + 3) * 2048;
  if (bytes > target.l1Budget)
    return Error{fmt::format("needs {} bytes of L1 per core for rows of {} columns, limit is {}",
                             bytes, op.cols, target.l1Budget)};
  ConstantSpec maskSpec;
  maskSpec.name = "mask";
  maskSpec.rows = 1;
  maskSpec.cols = nt * tileDim;
  maskSpec.fill = [nt, cols = op.cols] {
    std::vector<float> data(size_t(nt * tileDim), 0.0f);
    std::fill(data.begin() + cols, data.end(), -1e30f);
    return data;
  };
  BufferRef maskBuffer = b.constant(maskSpec);
  b.beginProgram(programSpec("softmax", part, target));
  auto bf16 = program::Format::Bf16;
  Cb in = tileCb(b, "in", op.input.desc.format, nt), mask = tileCb(b, "mask", bf16, nt);
  Cb masked = tileCb(b, "masked", bf16, nt), ex = tileCb(b, "exp", bf16, nt);
  Cb rowMax = tileCb(b, "max", bf16, 1), inverse = tileCb(b, "inverse", bf16, 1);
  Cb one = tileCb(b, "one", bf16, 1);
  ResultWriter result(b, part, op.output, 1, nt);
  auto chunks = [&](const std::function<void(Idx, Idx)> &body) {
    b.loop(0, nt, step, [&](Idx c) { body(c, nt % step ? b.min(step, b.sub(nt, c)) : Idx(step)); });
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      reserve(b, one, 1);
      b.emit(Opcode::Fill, {one, 0, 2048, 0x3f80});
      reserve(b, mask, nt);
      b.emit(Opcode::ReadPages, {mask, 0, maskBuffer.id, 0, 0, 1, nt});
      readBarrier(b);
      push(b, one, 1);
      push(b, mask, nt);
      b.loop(0, mt, 1, [&](Idx r) {
        reserve(b, in, nt);
        b.emit(Opcode::ReadPages, {in, 0, op.input.id, b.add(b.mul(at.row, mt), r), 0, 1, nt});
        readBarrier(b);
        push(b, in, nt);
      });
    });
  });
  auto reduceRow = [&](isa::ReduceKind kind, Cb from, Cb to, std::optional<Activation> after) {
    reserve(b, to, 1);
    inDst(
        b,
        [&] {
          b.emit(Opcode::Reduce, {kind, isa::ReduceDim::Row, from, 0, 1, nt, one, 0});
          if (after)
            sfpu(b, *after, 0, 1);
        },
        [&] { b.emit(Opcode::PackTiles, {0, 1, to, 0, 1, 0}); });
    push(b, to, 1);
    wait(b, to, 1);
  };
  b.compute([&] {
    part.onActive(b, [&](Partition::Position) {
      result.open();
      wait(b, one, 1);
      wait(b, mask, nt);
      b.loop(0, mt, 1, [&](Idx r) {
        auto eltwise = [&](isa::EltwiseKind kind, Cb a, Cb c, bool wide, isa::Broadcast bcast,
                           std::optional<Activation> after, Cb to) {
          reserve(b, to, nt);
          chunks([&](Idx i, Idx n) {
            inDst(
                b,
                [&] {
                  b.emit(Opcode::Eltwise,
                         {kind, a, i, 1, c, wide ? i : Idx(0), wide ? 1 : 0, 0, n, bcast, 0});
                  if (after)
                    sfpu(b, *after, 0, n);
                },
                [&] { b.emit(Opcode::PackTiles, {0, n, to, i, 1, 0}); });
          });
          push(b, to, nt);
          wait(b, to, nt);
        };
        wait(b, in, nt);
        eltwise(isa::EltwiseKind::Add, in, mask, true, isa::Broadcast::Row, {}, masked);
        pop(b, in, nt);
        reduceRow(isa::ReduceKind::Max, masked, rowMax, {});
        eltwise(isa::EltwiseKind::Sub, masked, rowMax, false, isa::Broadcast::Col,
                Activation{isa::SfpuFunction::Exp}, ex);
        pop(b, masked, nt);
        pop(b, rowMax, 1);
        reduceRow(isa::ReduceKind::Sum, ex, inverse, Activation{isa::SfpuFunction::Reciprocal});
        result.reserveBlock();
        chunks([&](Idx i, Idx n) {
          inDst(
              b,
              [&] {
                b.emit(Opcode::Eltwise, {isa::EltwiseKind::Mul, ex, i, 1, inverse, 0, 0, 0, n,
                                         isa::Broadcast::Col, 0});
              },
              [&] {
                Idx first = result.inPlace() ? b.add(b.mul(r, nt), i) : i;
                b.emit(Opcode::PackTiles, {0, n, result.buffer(), first, 1, 0});
              });
        });
        result.pushBlock();
        pop(b, ex, nt);
        pop(b, inverse, 1);
      });
      pop(b, one, 1);
      pop(b, mask, nt);
      result.close();
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        b.loop(0, mt, 1, [&](Idx r) { result.write(at, r, 0, 1, nt); });
      });
    });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
