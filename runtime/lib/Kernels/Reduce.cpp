//===- Reduce.cpp - sums and maxima over rows, columns, tiles and sticks ----===//
//
// The engine reduces 16 rows of a 16-column face at a time, into one row. Row
// reductions reach it transposed; a reduction to one element sums the columns of
// all four faces into 16 partial results and then those.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Kernels.h"

#include "Kernels/Exact.h"
#include "Kernels/Targets.h"

#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Reduce.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)

/// acc[c] accumulates the 16 rows of a face (row pitch 32 floats), c = 0..15.
inline void sumFace(const MathMode &mode, const float *face, float scaler, float *acc) {
  if (mode.exact) {
    float scalers[16];
    std::fill_n(scalers, 16, fromBf16(toBf16(scaler)));
    for (int phase = 0; phase < exact::phases(mode.fidelity); ++phase)
      for (int c = 0; c < 16; ++c)
        acc[c] = floatOf(
            exact::dot16(face + c, tileDim, scalers, phase, bitsOf(acc[c]), mode.fp32Dest));
    return;
  }
  uint32_t keepData = mode.fidelity == program::Fidelity::LoFi ? 0xfff80000u : 0xffffc000u;
  uint32_t keepScaler = mode.fidelity >= program::Fidelity::HiFi3 ? 0xffff0000u : 0xfffe0000u;
  float factor = floatOf(bitsOf(fromBf16(toBf16(scaler))) & keepScaler);
  for (int r = 0; r < 16; ++r)
    for (int c = 0; c < 16; ++c)
      acc[c] += floatOf(bitsOf(face[r * tileDim + c]) & keepData) * factor;
}

/// As sumFace for the maximum. Zero exponents count as +0.
inline void maxFace(const float *face, float *acc) {
  for (int r = 0; r < 16; ++r)
    for (int c = 0; c < 16; ++c) {
      uint32_t u = flushToPositiveZero(bitsOf(face[r * tileDim + c]));
      acc[c] = floatOf(exact::larger(bitsOf(acc[c]), u));
    }
}

/// What a maximum starts from: Dst as a Src value, or below everything.
inline void beginMax(const MathMode &mode, bool cleared, float *acc, int count) {
  for (int c = 0; c < count; ++c) {
    uint32_t u = bitsOf(acc[c]);
    acc[c] = floatOf(cleared ? 0xffffffffu : mode.fp32Dest ? u & 0xffffe000u : u);
  }
}

inline void endFast(const MathMode &mode, isa::ReduceKind kind, float *acc, int count) {
  if (mode.exact || kind == isa::ReduceKind::Max)
    return;
  for (int c = 0; c < count; ++c)
    acc[c] = floatOf(mode.fp32Dest ? oneNan(bitsOf(acc[c])) : roundBf16Even(bitsOf(acc[c])));
}

/// Columns of a 32x32 tile into acc[0..32).
inline void reduceColumns(const MathMode &mode, isa::ReduceKind kind, const float *tile,
                          float scaler, float *acc) {
  for (int half = 0; half < 2; ++half)
    for (int side = 0; side < 2; ++side) {
      const float *face = tile + half * 16 * tileDim + side * 16;
      if (kind == isa::ReduceKind::Sum)
        sumFace(mode, face, scaler, acc + side * 16);
      else
        maxFace(face, acc + side * 16);
    }
}

void ReduceTile(const MathMode &mode, isa::ReduceKind kind, isa::ReduceDim dim, const float *tile,
                float scaler, bool cleared, float *dst) {
  bool isMax = kind == isa::ReduceKind::Max;
  alignas(64) float acc[tileDim] = {};
  if (dim != isa::ReduceDim::Scalar) {
    bool byRow = dim == isa::ReduceDim::Row;
    size_t step = byRow ? tileDim : 1;
    for (int i = 0; i < tileDim; ++i)
      acc[i] = dst[i * step];
    if (isMax)
      beginMax(mode, cleared, acc, tileDim);
    else if (cleared)
      std::fill_n(acc, tileDim, 0.0f);
    alignas(64) float turned[tileElements];
    if (byRow) {
      transposeTile(tile, turned);
      tile = turned;
    }
    reduceColumns(mode, kind, tile, scaler, acc);
    endFast(mode, kind, acc, tileDim);
    std::memset(dst, 0, tileElements * sizeof(float));
    for (int i = 0; i < tileDim; ++i)
      dst[i * step] = acc[i];
    return;
  }
  // Partial results of the 16 columns, then one more step over them with Dst.
  alignas(64) float last[16 * tileDim] = {};
  if (isMax) {
    beginMax(mode, true, acc, 16);
    for (int f = 0; f < 4; ++f)
      maxFace(tile + (f >> 1) * 16 * tileDim + (f & 1) * 16, acc);
  } else {
    for (int f = 0; f < 4; ++f)
      sumFace(mode, tile + (f >> 1) * 16 * tileDim + (f & 1) * 16, scaler, acc);
  }
  float one[16] = {dst[0]};
  if (isMax)
    beginMax(mode, cleared, one, 1);
  else if (cleared)
    one[0] = 0;
  for (int i = 0; i < 16; ++i)
    last[i * tileDim] = mode.exact && mode.fp32Dest ? floatOf(bitsOf(acc[i]) & 0xffffe000u) : acc[i];
  if (isMax)
    maxFace(last, one);
  else if (mode.exact)
    sumFace(mode, last, 1.0f, one);
  else // partial sums are not operands: nothing is cut
    for (int i = 0; i < 16; ++i)
      one[0] += acc[i];
  endFast(mode, kind, one, 1);
  std::memset(dst, 0, tileElements * sizeof(float));
  dst[0] = one[0];
}

void PoolRows(const MathMode &mode, isa::ReduceKind kind, DataFormat format, const uint8_t *sticks,
              size_t pitch, int nrows, int tiles, float scale, bool cleared, float *dst) {
  size_t width = tileDim * elementBytes(format);
  for (int t = 0; t < tiles; ++t, dst += tileElements) {
    alignas(64) float tile[tileElements];
    unpackRows(program::Format(format), srcTarget(mode), sticks + t * width, pitch, nrows, tile);
    alignas(64) float acc[tileDim];
    std::memcpy(acc, dst, sizeof acc);
    if (kind == isa::ReduceKind::Max) {
      beginMax(mode, cleared, acc, tileDim);
      for (int r = 0; r < nrows; ++r) // padding rows take no part
        for (int c = 0; c < tileDim; ++c) {
          uint32_t u = flushToPositiveZero(bitsOf(tile[r * tileDim + c]));
          acc[c] = floatOf(exact::larger(bitsOf(acc[c]), u));
        }
    } else {
      if (cleared)
        std::fill_n(acc, tileDim, 0.0f);
      for (int half = 0; half * 16 < nrows; ++half)
        for (int side = 0; side < 2; ++side)
          sumFace(mode, tile + half * 16 * tileDim + side * 16, scale, acc + side * 16);
    }
    endFast(mode, kind, acc, tileDim);
    std::memset(dst, 0, tileElements * sizeof(float));
    std::memcpy(dst, acc, sizeof acc);
  }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(ReduceTile);
HWY_EXPORT(PoolRows);

void reduceTile(const MathMode &mode, isa::ReduceKind kind, isa::ReduceDim dim, const float *tile,
                float scaler, bool cleared, float *dst) {
  HWY_DYNAMIC_DISPATCH(ReduceTile)(mode, kind, dim, tile, scaler, cleared, dst);
}

void poolRows(const MathMode &mode, isa::ReduceKind kind, program::Format format,
              const uint8_t *sticks, size_t pitch, int nrows, int tiles, float scale, bool cleared,
              float *dst) {
  assert(nrows >= 1 && nrows <= tileDim);
  HWY_DYNAMIC_DISPATCH(PoolRows)
  (mode, kind, DataFormat(format), sticks, pitch, nrows, tiles, scale, cleared, dst);
}
} // namespace ttc::sim
#endif
