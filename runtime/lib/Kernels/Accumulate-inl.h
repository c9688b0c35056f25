//===- Accumulate-inl.h - exact::accumulate on vectors ----------------------===//
//
// The matrix engine's align, add, normalise and round into Dst, for as many
// elements as a vector holds. Included once for each instruction set.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Exact.h"

#include "hwy/highway.h"

#if defined(TTC_RUNTIME_KERNELS_ACCUMULATE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TTC_RUNTIME_KERNELS_ACCUMULATE_INL_H
#undef TTC_RUNTIME_KERNELS_ACCUMULATE_INL_H
#else
#define TTC_RUNTIME_KERNELS_ACCUMULATE_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const hn::CappedTag<float, 16> df;
using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;

/// The sum of a group, in units of 2^-10 of its exponent (<= 0: no contribution).
struct Group {
  VI sum, exponent;
};

/// exact::accumulate on a vector.
template <bool fp32Dest> HWY_INLINE VI Accumulate(Group g0, Group g1, VI dst) {
  const DI di;
  const VI one = hn::Set(di, 1), zero = hn::Zero(di), most = hn::Set(di, 31);
  VI e0 = hn::Max(g0.exponent, zero), e1 = hn::Max(g1.exponent, zero);
  VI eD = hn::And(hn::ShiftRight<23>(dst), hn::Set(di, 255));
  VI largest = hn::Max(hn::Max(e0, e1), eD);
  // value / 2^distance rounded half up, from twice the value.
  auto align = [&](VI twice, VI exponent) HWY_ATTR {
    VI distance = hn::Min(hn::Sub(largest, exponent), most);
    VI v = hn::ShiftRight<1>(hn::Add(twice >> distance, one));
    if constexpr (!fp32Dest)
      v = hn::And(hn::Add(v, hn::Set(di, 0x1000)), hn::Set(di, ~0x1fff));
    return v;
  };
  VI magnitudeD = hn::Or(hn::And(dst, hn::Set(di, 0x7fffff)), hn::Set(di, 0x800000));
  magnitudeD = hn::IfThenElseZero(hn::Gt(eD, zero), magnitudeD);
  VI d = align(hn::Add(magnitudeD, magnitudeD), eD), signD = hn::ShiftRight<31>(dst);
  VI sum = hn::Add(hn::Add(align(hn::ShiftLeft<14>(g0.sum), e0),
                           align(hn::ShiftLeft<14>(g1.sum), e1)),
                   hn::Sub(hn::Xor(d, signD), signD));
  VI m = hn::Abs(sum), bits;
  if constexpr (fp32Dest) {
    // Ties away from zero before a conversion that rounds ties to even: one dropped bit is always
    // a tie; with more of them, a set last bit breaks it.
    VI odd = hn::Add(m, hn::And(m, one)), sticky = hn::Or(m, one);
    m = hn::IfThenElse(hn::Gt(m, hn::Set(di, (1 << 25) - 1)), sticky,
                       hn::IfThenElse(hn::Gt(m, hn::Set(di, (1 << 24) - 1)), odd, m));
    bits = hn::BitCast(di, hn::ConvertTo(df, m));
    // The normaliser's misreading of a lone -1.
    largest = hn::IfThenElse(hn::Eq(sum, hn::Set(di, -1)), hn::Add(largest, hn::Set(di, 27)),
                             largest);
  } else {
    bits = hn::BitCast(di, hn::ConvertTo(df, m)); // exact: a multiple of 2^13
    bits = hn::And(hn::Add(bits, hn::Set(di, 0x8000)), hn::Set(di, int32_t(0xffff0000)));
  }
  VI scale = hn::Sub(largest, hn::Set(di, 150));
  VI exponent = hn::Add(hn::ShiftRight<23>(bits), scale);
  VI result = hn::Add(bits, hn::ShiftLeft<23>(scale));
  result = hn::IfThenElse(hn::Gt(exponent, hn::Set(di, 254)), hn::Set(di, int32_t(infinityBits)),
                          result);
  result = hn::Or(result, hn::And(sum, hn::Set(di, int32_t(signBit))));
  return hn::IfThenElseZero(hn::And(hn::Gt(exponent, zero), hn::Gt(m, zero)), result);
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();
#endif
