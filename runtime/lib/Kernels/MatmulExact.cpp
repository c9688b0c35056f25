//===- MatmulExact.cpp - matmul of tiles, bit for bit -----------------------===//
//
// Exact.h states the arithmetic for one element. Here whole rows of outputs go
// through it at once, with the sum inside a group of 8 products done by floating
// point instead of by shifts:
//   - the engine aligns every product to the group's largest exponent G and keeps
//     10 fraction bits there. Adding the product to C = 1.5 * 2^23 units of that
//     last place makes the fused multiply-add do this, since the sum stays in C's
//     binade; eight of them in a row leave C plus the exact sum of the rounded
//     products, and the difference of the two bit patterns is the integer sum.
//   - a fused multiply-add rounds ties to even and the engine rounds them away from
//     zero, so operand A carries a factor 1 + 2^-14: enough to break a tie (a
//     product has 12 bits), too little to move anything else.
// That holds while C is a normal number: tiles with elements of 2^58 and more (or
// infinities and NaN, which are ordinary numbers here) take the scalar path.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Matmul.h"

#include "Kernels/Exact.h"
#include "Kernels/Targets.h"

#include <vector>

#ifndef TTC_RUNTIME_KERNELS_PREPARED
#define TTC_RUNTIME_KERNELS_PREPARED
namespace ttc::sim {
/// A tile split into multiplier operands: high ones (phases 0 and 1 of in0, 0 and 2 of in1) and low.
struct alignas(64) PreparedTile {
  float operand[2][tileElements];
  int16_t exponent[tileElements]; ///< biased; far below zero for a zero element
  bool small = true;              ///< all exponents <= largestSmallExponent
};
/// Two of these give G = 184 + 184 - 127 = 241, whose C has the largest finite exponent, 254.
inline constexpr int largestSmallExponent = 184;
inline constexpr int16_t zeroExponent = -4096;
} // namespace ttc::sim
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/MatmulExact.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Kernels/Accumulate-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)

/// Fused multiply-add is what the method rests on.
constexpr bool hasFusedMultiplyAdd =
    HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64;

/// keepHigh, keepAll: masks of the high operand and of both together; factor: on both.
void Prepare(const float *tile, uint32_t keepHigh, uint32_t keepAll, float factor, bool needLow,
             PreparedTile &out) {
  int32_t largest = 0;
  for (int i = 0; i < tileElements; ++i) {
    uint32_t u = bitsOf(tile[i]);
    int32_t e = exact::exponentOf(u);
    float high = e ? floatOf(u & keepHigh) : 0.0f, all = e ? floatOf(u & keepAll) : 0.0f;
    out.operand[0][i] = high * factor;
    if (needLow)
      out.operand[1][i] = (all - high) * factor;
    out.exponent[i] = int16_t(e ? e : zeroExponent);
    largest = e > largest ? e : largest;
  }
  out.small = largest <= largestSmallExponent;
}

/// dst tile += left x right, every phase, the SIMD way. Both tiles are small.
template <bool fp32Dest>
HWY_INLINE void MultiplyTile(const PreparedTile &left, const PreparedTile &right, int numPhases,
                             float *dst) {
  const DI di;
  const hn::Repartition<int16_t, DF> d16;
  const hn::Half<decltype(d16)> dHalf;
  const size_t lanes = hn::Lanes(df);
  for (size_t col = 0; col < tileDim; col += 2 * lanes)
    for (int row = 0; row < tileDim; ++row) {
      // The largest exponent sum of each group of 8, for two vectors of columns.
      VI largest[4][2];
      for (int g = 0; g < 4; ++g) {
        auto most = hn::Set(d16, 2 * zeroExponent);
        HWY_UNROLL(8)
        for (int k = g * 8; k < g * 8 + 8; ++k) {
          auto e = hn::LoadU(d16, right.exponent + k * tileDim + col);
          most = hn::Max(most, hn::Add(e, hn::Set(d16, left.exponent[row * tileDim + k])));
        }
        largest[g][0] = hn::PromoteTo(di, hn::LowerHalf(most));
        largest[g][1] = hn::PromoteTo(di, hn::UpperHalf(dHalf, most));
      }
      float *out = dst + row * tileDim + col;
      VI acc[2] = {hn::BitCast(di, hn::LoadU(df, out)), hn::BitCast(di, hn::LoadU(df, out + lanes))};
      for (int phase = 0; phase < numPhases; ++phase) {
        const float *a = right.operand[phase & 1] + col, *b = left.operand[phase >> 1] + row * tileDim;
        VI offset = hn::Set(di, exact::phaseOffset[phase]);
        for (int half = 0; half < 2; ++half) {
          Group group[2][2]; // [vector][group]
          VI start[2][2];
          VF sum[2][2];
          for (int v = 0; v < 2; ++v)
            for (int g = 0; g < 2; ++g) {
              VI e = hn::Add(largest[half * 2 + g][v], offset);
              // A group below the exponent range adds to a C so large that nothing is left of it.
              VI used = hn::IfThenElse(hn::Gt(e, hn::Zero(di)), e, hn::Set(di, 64));
              start[v][g] = hn::Add(hn::ShiftLeft<23>(used), hn::Set(di, (13 << 23) | 0x400000));
              sum[v][g] = hn::BitCast(df, start[v][g]);
              group[v][g].exponent = e;
            }
          HWY_UNROLL(8)
          for (int i = 0; i < 8; ++i)
            for (int g = 0; g < 2; ++g) {
              int k = half * 16 + g * 8 + i;
              VF x = hn::Set(df, b[k]);
              for (int v = 0; v < 2; ++v)
                sum[v][g] = hn::MulAdd(hn::LoadU(df, a + k * tileDim + v * lanes), x, sum[v][g]);
            }
          for (int v = 0; v < 2; ++v) {
            for (int g = 0; g < 2; ++g)
              group[v][g].sum = hn::Sub(hn::BitCast(di, sum[v][g]), start[v][g]);
            acc[v] = Accumulate<fp32Dest>(group[v][0], group[v][1], acc[v]);
          }
        }
      }
      hn::StoreU(hn::BitCast(df, acc[0]), df, out);
      hn::StoreU(hn::BitCast(df, acc[1]), df, out + lanes);
    }
}

/// The same for any tiles.
void MultiplyTileScalar(const MathMode &mode, const float *left, const float *right, float *dst) {
  int numPhases = exact::phases(mode.fidelity);
  for (int i = 0; i < tileDim; ++i)
    for (int j = 0; j < tileDim; ++j) {
      uint32_t d = bitsOf(dst[i * tileDim + j]);
      for (int phase = 0; phase < numPhases; ++phase)
        for (int k = 0; k < tileDim; k += 16)
          d = exact::dot16(right + k * tileDim + j, tileDim, left + i * tileDim + k, phase, d,
                           mode.fp32Dest);
      dst[i * tileDim + j] = floatOf(d);
    }
}

void MatmulBlockExact(const MathMode &mode, const float *const *in0, const float *const *in1,
                      float *dst, int rows, int cols, int inner) {
  if constexpr (!hasFusedMultiplyAdd)
    return matmulBlockExactScalar(mode, in0, in1, dst, rows, cols, inner);
  thread_local std::vector<PreparedTile> prepared;
  prepared.resize(size_t(rows) + cols);
  PreparedTile *left = prepared.data(), *right = left + rows;
  int numPhases = exact::phases(mode.fidelity);
  for (int kt = 0; kt < inner; ++kt) {
    for (int r = 0; r < rows; ++r)
      Prepare(in0[size_t(r) * inner + kt], 0xfffe0000u, 0xffffe000u, 1.0f, numPhases > 2, left[r]);
    for (int c = 0; c < cols; ++c)
      Prepare(in1[size_t(kt) * cols + c], 0xfff80000u, 0xffffc000u, 1.0f + 0x1p-14f, numPhases > 1,
              right[c]);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < cols; ++c) {
        float *tile = dst + (size_t(r) * cols + c) * tileElements;
        if (!left[r].small || !right[c].small)
          MultiplyTileScalar(mode, in0[size_t(r) * inner + kt], in1[size_t(kt) * cols + c], tile);
        else if (mode.fp32Dest)
          MultiplyTile<true>(left[r], right[c], numPhases, tile);
        else
          MultiplyTile<false>(left[r], right[c], numPhases, tile);
      }
  }
}

void MatmulBlockExactScalar(const MathMode &mode, const float *const *in0, const float *const *in1,
                            float *dst, int rows, int cols, int inner) {
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c)
      for (int kt = 0; kt < inner; ++kt)
        MultiplyTileScalar(mode, in0[size_t(r) * inner + kt], in1[size_t(kt) * cols + c],
                           dst + (size_t(r) * cols + c) * tileElements);
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(MatmulBlockExact);
HWY_EXPORT(MatmulBlockExactScalar);

void matmulBlockExact(const MathMode &mode, const float *const *in0, const float *const *in1,
                      float *dst, int rows, int cols, int inner) {
  HWY_DYNAMIC_DISPATCH(MatmulBlockExact)(mode, in0, in1, dst, rows, cols, inner);
}

void matmulBlockExactScalar(const MathMode &mode, const float *const *in0, const float *const *in1,
                            float *dst, int rows, int cols, int inner) {
  HWY_DYNAMIC_DISPATCH(MatmulBlockExactScalar)(mode, in0, in1, dst, rows, cols, inner);
}
} // namespace ttc::sim
#endif
