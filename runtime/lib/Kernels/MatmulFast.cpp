//===- MatmulFast.cpp - matmul of tiles in f32 ------------------------------===//
//
// Operands are masked to the bits the fidelity consumes as they are loaded. A
// block of rows and two vectors of columns stay in registers over the whole of
// k; every output element sums in ascending k, so the result depends neither on
// the blocking nor on the vector length.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Matmul.h"

#include "Kernels/Bits.h"
#include "Kernels/Targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/MatmulFast.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3
constexpr int rowBlock = 8; // 16 accumulators of 32 registers
#else
constexpr int rowBlock = 4; // 8 of 16
#endif
static_assert(tileDim % rowBlock == 0);

/// dst tile += sum over kt of in0[kt] x in1[kt * stride1].
void MatmulTileFast(const float *const *in0, const float *const *in1, int stride1, int inner,
                    uint32_t keep0, uint32_t keep1, bool roundBf16, float *dst) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  const auto mask0 = hn::BitCast(d, hn::Set(du, keep0)), mask1 = hn::BitCast(d, hn::Set(du, keep1));
  const auto dropped = hn::Set(du, 0xffff0000u), half = hn::Set(du, 0x7fffu), one = hn::Set(du, 1u);

  for (int row = 0; row < tileDim; row += rowBlock)
    for (size_t col = 0; col < tileDim; col += 2 * lanes) {
      decltype(hn::Zero(d)) acc[rowBlock][2];
      float *out = dst + row * tileDim + col;
      for (int r = 0; r < rowBlock; ++r) {
        acc[r][0] = hn::LoadU(d, out + r * tileDim);
        acc[r][1] = hn::LoadU(d, out + r * tileDim + lanes);
      }
      for (int kt = 0; kt < inner; ++kt) {
        const float *a = in0[kt] + row * tileDim, *b = in1[size_t(kt) * stride1] + col;
        for (int k = 0; k < tileDim; ++k) {
          auto b0 = hn::And(hn::LoadU(d, b + k * tileDim), mask1);
          auto b1 = hn::And(hn::LoadU(d, b + k * tileDim + lanes), mask1);
          HWY_UNROLL(rowBlock)
          for (int r = 0; r < rowBlock; ++r) {
            auto x = hn::And(hn::Set(d, a[r * tileDim + k]), mask0);
            acc[r][0] = hn::MulAdd(x, b0, acc[r][0]);
            acc[r][1] = hn::MulAdd(x, b1, acc[r][1]);
          }
        }
      }
      for (int r = 0; r < rowBlock; ++r)
        for (int v = 0; v < 2; ++v) {
          auto value = acc[r][v];
          if (roundBf16) { // nearest even; a NaN keeps its top bits
            auto u = hn::BitCast(du, value);
            auto odd = hn::And(hn::ShiftRight<16>(u), one);
            auto rounded = hn::And(hn::Add(hn::Add(u, half), odd), dropped);
            auto isNan = hn::RebindMask(du, hn::IsNaN(value));
            value = hn::BitCast(d, hn::IfThenElse(isNan, hn::And(u, dropped), rounded));
          }
          hn::StoreU(value, d, out + r * tileDim + v * lanes);
        }
    }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(MatmulTileFast);

void matmulBlockFast(const MathMode &mode, const float *const *in0, const float *const *in1,
                     float *dst, int rows, int cols, int inner) {
  // in0 is the 7-bit operand (SrcB), in1 the 5-bit one (SrcA); see Exact.h. The masks leave 6 or all
  // 10 fraction bits of in0, 4 or 9 of in1.
  bool lowA = mode.fidelity != program::Fidelity::LoFi;
  bool lowB = mode.fidelity >= program::Fidelity::HiFi3;
  uint32_t keep0 = lowB ? 0xffffe000u : 0xfffe0000u, keep1 = lowA ? 0xffffc000u : 0xfff80000u;
  auto kernel = HWY_DYNAMIC_DISPATCH(MatmulTileFast);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c)
      kernel(in0 + size_t(r) * inner, in1 + c, cols, inner, keep0, keep1, !mode.fp32Dest,
             dst + (size_t(r) * cols + c) * tileElements);
}

void matmulBlock(const MathMode &mode, const float *const *in0, const float *const *in1, float *dst,
                 int rows, int cols, int inner) {
  if (mode.exact)
    matmulBlockExact(mode, in0, in1, dst, rows, cols, inner);
  else
    matmulBlockFast(mode, in0, in1, dst, rows, cols, inner);
}
} // namespace ttc::sim
#endif
