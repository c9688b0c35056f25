//===- ValuesCompute.cpp - compute instructions on values -------------------===//
#include "Sim/Values.h"

#include <bit>
#include <cstring>

namespace ttc::sim {
using isa::Opcode;
namespace I = isa;

namespace {
float bits(int64_t v) { return std::bit_cast<float>(uint32_t(v)); }
} // namespace

void Values::tilize(const ValueOp &op, Core &c) {
  uint8_t *l1 = memory.l1(op.core);
  bool to = op.op == Opcode::Tilize;
  // Both have the same fields: sticks (offset, pitch) on one side, tiles on the other.
  using T = I::Tilize;
  using U = I::Untilize;
  const Cb &in = program->cbs[size_t(op.a[T::in])], &out = program->cbs[size_t(op.a[T::out])];
  const Cb &tiles = to ? out : in;
  const Cb &sticks = to ? in : out;
  int64_t rows = op.a[T::rows], cols = op.a[T::cols];
  int64_t pitch = to ? op.a[T::in_pitch] : op.a[U::out_pitch];
  int64_t tilePitch = to ? op.a[T::out_pitch] : op.a[U::in_pitch];
  int64_t stickTile = tileDim * int64_t(elementBytes(dataFormat(sticks.format)));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t col = 0; col < cols; ++col) {
      uint64_t stick = (to ? op.in0 : op.out) + uint64_t(r * tileDim * pitch + col * stickTile);
      uint64_t tile = (to ? op.out : op.in0) + uint64_t((r * tilePitch + col) * tiles.tileBytes());
      if (to) {
        changed(c, op.a[T::out], tile, tiles.tileBytes());
        tilizeTile(mode, in.format, l1 + stick, size_t(pitch), out.format, l1 + tile);
      } else {
        untilizeTile(mode, in.format, l1 + tile, out.format, l1 + stick, size_t(pitch));
      }
    }
  if (!to)
    changed(c, op.a[U::out], op.out, (rows * tileDim - 1) * pitch + cols * stickTile);
}

void Values::tilizeWindow(const ValueOp &op, Core &c) {
  using F = I::TilizeWindow;
  uint8_t *l1 = memory.l1(op.core);
  const Cb &in = program->cbs[size_t(op.a[F::in])], &out = program->cbs[size_t(op.a[F::out])];
  const WindowView &window = views.windows[size_t(op.a[F::window])];
  int64_t row = op.a[F::row], cols = op.a[F::cols], stick = op.a[F::stick];
  int64_t stickTile = tileDim * int64_t(elementBytes(dataFormat(in.format)));
  // op.in0 is the address of position `row`.
  int64_t origin = window.paddedLine(row) * window.lineSticks() + row % window.outW * window.strideW;
  c.sticks.resize(size_t(tileDim * cols * stickTile));
  for (int64_t r = 0; r < op.a[F::rows]; ++r) {
    window.forEachLinePiece(
        row + r * tileDim, tileDim, [&](int64_t i, int64_t n, int64_t first, int64_t step) {
          for (int64_t k = 0; k < n; ++k)
            std::memcpy(c.sticks.data() + (i + k) * cols * stickTile,
                        l1 + op.in0 + (first + k * step - origin) * stick, size_t(cols * stickTile));
        });
    for (int64_t col = 0; col < cols; ++col) {
      uint64_t tile = op.out + uint64_t((r * op.a[F::out_pitch] + col) * out.tileBytes());
      changed(c, op.a[F::out], tile, out.tileBytes());
      tilizeTile(mode, in.format, c.sticks.data() + col * stickTile, size_t(cols * stickTile),
                 out.format, l1 + tile);
    }
  }
}

void Values::compute(const ValueOp &op, Core &c) {
  uint8_t *l1 = memory.l1(op.core);
  const std::vector<Cb> &cbs = program->cbs;
  auto operandAt = [&](int64_t cb, uint64_t base, int64_t index, TileForm form) {
    return &tile(c, op.core, cb, base + uint64_t(index * cbs[size_t(cb)].tileBytes()), form);
  };
  auto tileAt = [&](int64_t cb, uint64_t base, int64_t index) {
    return operandAt(cb, base, index, TileForm::Src)->values;
  };
  switch (op.op) {
  case Opcode::DstAcquire:
    c.mathHalf ^= 1;
    std::memset(c.cleared.data() + c.mathHalf * halfTiles, 1, halfTiles);
    return;
  case Opcode::DstWait:
    c.packHalf ^= 1;
    c.packing = true;
    return;
  case Opcode::DstRelease:
    c.packing = false;
    return;
  case Opcode::DstCommit:
    return;
  case Opcode::MatmulBlock: {
    using F = I::MatmulBlock;
    int64_t rows = op.a[F::rows], cols = op.a[F::cols], inner = op.a[F::inner];
    size_t left = size_t(rows * inner), right = size_t(inner * cols);
    reserveArena(c, left + right);
    c.operands.clear();
    TileForm form0 = mode.exact ? TileForm::Src : TileForm::In0;
    TileForm form1 = mode.exact ? TileForm::Src : TileForm::In1;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t k = 0; k < inner; ++k)
        c.operands.push_back(operandAt(op.a[F::in0], op.in0, r * op.a[F::in0_pitch] + k, form0));
    for (int64_t k = 0; k < inner; ++k)
      for (int64_t n = 0; n < cols; ++n)
        c.operands.push_back(operandAt(op.a[F::in1], op.in1, k * op.a[F::in1_pitch] + n, form1));
    float *d = mathTiles(c, op.a[F::dst], rows * cols, true);
    if (!mode.exact) {
      matmulBlockFast(mode, c.operands.data(), c.operands.data() + left, d, int(rows), int(cols), int(inner));
      return;
    }
    c.pointers.clear();
    for (const Operand *operand : c.operands)
      c.pointers.push_back(operand->values);
    matmulBlock(mode, c.pointers.data(), c.pointers.data() + left, d, int(rows), int(cols), int(inner));
    return;
  }
  case Opcode::CopyTiles: {
    using F = I::CopyTiles;
    float *d = mathTiles(c, op.a[F::dst], op.a[F::count], false);
    for (int64_t i = 0; i < op.a[F::count]; ++i)
      unpackTile(cbs[size_t(op.a[F::cb])].format, copyTarget(mode),
                 l1 + op.in0 + i * op.a[F::step] * cbs[size_t(op.a[F::cb])].tileBytes(),
                 d + i * tileElements);
    return;
  }
  case Opcode::Eltwise: {
    using F = I::Eltwise;
    bool accumulate = op.a[F::accumulate] != 0;
    float *d = mathTiles(c, op.a[F::dst], op.a[F::count], accumulate);
    for (int64_t i = 0; i < op.a[F::count]; ++i) {
      reserveArena(c, 2);
      const float *x = tileAt(op.a[F::in0], op.in0, i * op.a[F::step0]);
      const float *y = tileAt(op.a[F::in1], op.in1, i * op.a[F::step1]);
      eltwise(mode, I::EltwiseKind(op.a[F::kind]), I::Broadcast(op.a[F::bcast]), x, y,
              d + i * tileElements, accumulate);
    }
    return;
  }
  case Opcode::EltwiseDst: {
    using F = I::EltwiseDst;
    float *d = mathTiles(c, op.a[F::dst], op.a[F::count], true);
    for (int64_t i = 0; i < op.a[F::count]; ++i) {
      reserveArena(c, 1);
      const float *y = tileAt(op.a[F::cb], op.in0, i * op.a[F::step]);
      eltwiseDst(mode, I::EltwiseKind(op.a[F::kind]), I::Broadcast(op.a[F::bcast]), y,
                 d + i * tileElements);
    }
    return;
  }
  case Opcode::Sfpu: {
    using F = I::Sfpu;
    sfpu(mode, I::SfpuFunction(op.a[F::fn]), bits(op.a[F::p0]), bits(op.a[F::p1]),
         vectorTiles(c, op.a[F::dst], op.a[F::count], true), int(op.a[F::count]));
    return;
  }
  case Opcode::SfpuBinary: {
    using F = I::SfpuBinary;
    const float *x = vectorTiles(c, op.a[F::a], op.a[F::count], true);
    const float *y = vectorTiles(c, op.a[F::b], op.a[F::count], true);
    sfpuBinary(mode, I::SfpuBinaryKind(op.a[F::kind]), x, y,
               vectorTiles(c, op.a[F::out], op.a[F::count], true), int(op.a[F::count]));
    return;
  }
  case Opcode::Reduce: {
    using F = I::Reduce;
    reserveArena(c, 2);
    float scaler = tileAt(op.a[F::scaler], op.in1, 0)[0];
    bool cleared = c.cleared[c.mathHalf * halfTiles + size_t(op.a[F::dst])];
    float *d = mathTiles(c, op.a[F::dst], 1, true);
    for (int64_t i = 0; i < op.a[F::count]; ++i) {
      c.arenaUsed = 1;
      reduceTile(mode, I::ReduceKind(op.a[F::kind]), I::ReduceDim(op.a[F::dim]),
                 tileAt(op.a[F::cb], op.in0, i * op.a[F::step]), scaler,
                 cleared && i == 0, d);
    }
    return;
  }
  case Opcode::PoolRows: {
    using F = I::PoolRows;
    const Cb &cb = cbs[size_t(op.a[F::cb])];
    int64_t stickTile = tileDim * int64_t(elementBytes(dataFormat(cb.format)));
    for (int64_t t = 0; t < op.a[F::tiles];) {
      // Tiles in the same state go together.
      const uint8_t *flags = c.cleared.data() + c.mathHalf * halfTiles + op.a[F::dst];
      bool cleared = flags[t];
      int64_t n = 1;
      while (t + n < op.a[F::tiles] && bool(flags[t + n]) == cleared)
        ++n;
      float *d = mathTiles(c, op.a[F::dst] + t, n, true);
      poolRows(mode, I::ReduceKind(op.a[F::kind]), cb.format, l1 + op.in0 + t * stickTile,
               size_t(op.a[F::cb_pitch]), int(op.a[F::nrows]), int(n), bits(op.a[F::scale]),
               cleared, d);
      t += n;
    }
    return;
  }
  case Opcode::TransposeTile: {
    using F = I::TransposeTile;
    reserveArena(c, 1);
    const float *in = operandAt(op.a[F::cb], op.in0, 0, TileForm::Dst)->values;
    transposeTile(in, mathTiles(c, op.a[F::dst], 1, false));
    return;
  }
  case Opcode::Tilize:
  case Opcode::Untilize:
    return tilize(op, c);
  case Opcode::TilizeWindow:
    return tilizeWindow(op, c);
  case Opcode::PackTiles: {
    using F = I::PackTiles;
    const Cb &cb = cbs[size_t(op.a[F::cb])];
    const float *d = packTiles(c, op.a[F::dst], op.a[F::count]);
    for (int64_t i = 0; i < op.a[F::count]; ++i) {
      uint64_t to = op.out + uint64_t(i * op.a[F::step] * cb.tileBytes());
      changed(c, op.a[F::cb], to, cb.tileBytes());
      packTile(cb.format, mode, unsigned(op.a[F::flags]), d + i * tileElements, l1 + to);
    }
    return;
  }
  case Opcode::PackRows: {
    using F = I::PackRows;
    const Cb &cb = cbs[size_t(op.a[F::cb])];
    int64_t cols = op.a[F::cols], nrows = op.a[F::nrows], pitch = op.a[F::cb_pitch];
    int64_t stickTile = tileDim * int64_t(elementBytes(dataFormat(cb.format)));
    const float *d = packTiles(c, op.a[F::dst], op.a[F::rows] * cols);
    changed(c, op.a[F::cb], op.out, nrows ? (nrows - 1) * pitch + cols * stickTile : 0);
    for (int64_t r = 0; r * tileDim < nrows; ++r)
      for (int64_t t = 0; t < cols; ++t)
        packRows(cb.format, mode, unsigned(op.a[F::flags]), d + (r * cols + t) * tileElements,
                 int(std::min<int64_t>(tileDim, nrows - r * tileDim)),
                 l1 + op.out + r * tileDim * pitch + t * stickTile, size_t(pitch));
    return;
  }
  default:
    return;
  }
}

} // namespace ttc::sim
