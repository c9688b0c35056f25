//===- Eltwise.cpp - add, subtract and multiply in the matrix engine --------===//
#include "Kernels/Kernels.h"

#include "Kernels/Exact.h"
#include "Kernels/Targets.h"

#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Eltwise.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Kernels/Accumulate-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off) // the same bits whether or not the host has fused multiply-add

/// Row `r` of in1 under a broadcast.
inline void broadcastRow(isa::Broadcast bcast, const float *in1, int r, float *row) {
  switch (bcast) {
  case isa::Broadcast::None: std::memcpy(row, in1 + r * tileDim, tileDim * sizeof(float)); break;
  case isa::Broadcast::Row: std::memcpy(row, in1, tileDim * sizeof(float)); break;
  case isa::Broadcast::Col: std::fill_n(row, tileDim, in1[r * tileDim]); break;
  case isa::Broadcast::Scalar: std::fill_n(row, tileDim, in1[0]); break;
  }
}

void EltwiseFast(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                 const float *in0, const float *in1, float *dst, bool accumulate) {
  // Multiplication consumes what the fidelity consumes; here in0 is the 5-bit operand.
  uint32_t keep0 = mode.fidelity == program::Fidelity::LoFi ? 0xfff80000u : 0xffffc000u;
  uint32_t keep1 = mode.fidelity >= program::Fidelity::HiFi3 ? 0xffffe000u : 0xfffe0000u;
  for (int r = 0; r < tileDim; ++r) {
    alignas(64) float b[tileDim];
    broadcastRow(bcast, in1, r, b);
    const float *a = in0 + r * tileDim;
    float *out = dst + r * tileDim;
    alignas(64) float result[tileDim];
    switch (kind) {
    case isa::EltwiseKind::Add:
      for (int c = 0; c < tileDim; ++c)
        result[c] = a[c] + b[c];
      break;
    case isa::EltwiseKind::Sub:
      for (int c = 0; c < tileDim; ++c)
        result[c] = a[c] - b[c];
      break;
    case isa::EltwiseKind::Mul:
      for (int c = 0; c < tileDim; ++c)
        result[c] = floatOf(bitsOf(a[c]) & keep0) * floatOf(bitsOf(b[c]) & keep1);
      if (accumulate)
        for (int c = 0; c < tileDim; ++c)
          result[c] += out[c];
      break;
    }
    if (mode.fp32Dest)
      for (int c = 0; c < tileDim; ++c)
        out[c] = floatOf(oneNan(bitsOf(result[c])));
    else
      for (int c = 0; c < tileDim; ++c)
        out[c] = floatOf(roundBf16Even(bitsOf(result[c])));
  }
}

/// exact::significand and exact::exponentOf.
HWY_INLINE VI Significand(VI u) {
  const DI di;
  VI f = hn::Or(hn::And(hn::ShiftRight<13>(u), hn::Set(di, 1023)), hn::Set(di, 1024));
  return hn::IfThenElseZero(hn::Ne(hn::And(u, hn::Set(di, int32_t(exponentMask))), hn::Zero(di)), f);
}
HWY_INLINE VI Exponent(VI u) {
  const DI di;
  return hn::And(hn::ShiftRight<23>(u), hn::Set(di, 255));
}
/// -v where the sign bit of `sign` is set.
HWY_INLINE VI WithSign(VI v, VI sign) {
  VI s = hn::ShiftRight<31>(sign);
  return hn::Sub(hn::Xor(v, s), s);
}

/// exact::add. The magnitude of the second operand is aligned to the first's exponent.
template <bool fp32Dest> HWY_INLINE VI AddExact(VI a, VI b) {
  const DI di;
  const VI zero = hn::Zero(di), magnitudeMask = hn::Set(di, int32_t(~signBit));
  auto swap = hn::Lt(hn::And(a, magnitudeMask), hn::And(b, magnitudeMask));
  VI x = hn::IfThenElse(swap, b, a), y = hn::IfThenElse(swap, a, b);
  VI distance = hn::Min(hn::Sub(Exponent(x), Exponent(y)), hn::Set(di, 31));
  VI twice = hn::ShiftLeft<1>(Significand(y));
  VI aligned = hn::ShiftRight<1>(hn::Add(twice >> distance, hn::Set(di, 1)));
  VI sum = WithSign(hn::Add(Significand(x), WithSign(aligned, hn::Xor(x, y))), x);
  return Accumulate<fp32Dest>({sum, Exponent(x)}, {zero, zero}, zero);
}

/// exact::multiply.
template <bool fp32Dest> HWY_INLINE VI MultiplyExact(VI a, VI b, VI dst, int numPhases) {
  const DI di;
  const VI zero = hn::Zero(di);
  VI fa = Significand(a), fb = Significand(b), sign = hn::Xor(a, b);
  auto some = hn::And(hn::Gt(fa, zero), hn::Gt(fb, zero));
  for (int phase = 0; phase < numPhases; ++phase) {
    VI exponent = hn::Add(hn::Add(Exponent(a), Exponent(b)), hn::Set(di, exact::phaseOffset[phase]));
    VI opA = phase & 1 ? hn::And(hn::ShiftRight<1>(fa), hn::Set(di, 31)) : hn::ShiftRight<6>(fa);
    VI opB = phase & 2 ? hn::ShiftLeft<3>(hn::And(fb, hn::Set(di, 15))) : hn::ShiftRight<4>(fb);
    auto used = hn::And(some, hn::Gt(exponent, zero));
    Group product{hn::IfThenElseZero(used, WithSign(hn::Mul(opA, opB), sign)),
                  hn::IfThenElseZero(used, exponent)};
    dst = Accumulate<fp32Dest>(product, {zero, zero}, dst);
  }
  return dst;
}

template <bool fp32Dest>
void EltwiseExact(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                  const float *in0, const float *in1, float *dst, bool accumulate) {
  const DI di;
  int numPhases = exact::phases(mode.fidelity);
  const VI flip = hn::Set(di, kind == isa::EltwiseKind::Sub ? int32_t(signBit) : 0);
  for (int r = 0; r < tileDim; ++r) {
    alignas(64) float b[tileDim];
    broadcastRow(bcast, in1, r, b);
    for (size_t c = 0; c < tileDim; c += hn::Lanes(df)) {
      float *out = dst + r * tileDim + c;
      VI x = hn::BitCast(di, hn::LoadU(df, in0 + r * tileDim + c));
      VI y = hn::BitCast(di, hn::LoadU(df, b + c));
      VI start = accumulate ? hn::BitCast(di, hn::LoadU(df, out)) : hn::Zero(di);
      VI result = kind == isa::EltwiseKind::Mul ? MultiplyExact<fp32Dest>(x, y, start, numPhases)
                                                : AddExact<fp32Dest>(x, hn::Xor(y, flip));
      hn::StoreU(hn::BitCast(df, result), df, out);
    }
  }
}

void EltwiseExact16(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                    const float *in0, const float *in1, float *dst, bool accumulate) {
  EltwiseExact<false>(mode, kind, bcast, in0, in1, dst, accumulate);
}
void EltwiseExact32(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                    const float *in0, const float *in1, float *dst, bool accumulate) {
  EltwiseExact<true>(mode, kind, bcast, in0, in1, dst, accumulate);
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(EltwiseFast);
HWY_EXPORT(EltwiseExact16);
HWY_EXPORT(EltwiseExact32);

void eltwise(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast, const float *in0,
             const float *in1, float *dst, bool accumulate) {
  assert(!accumulate || kind == isa::EltwiseKind::Mul);
  if (mode.exact && mode.fp32Dest)
    HWY_DYNAMIC_DISPATCH(EltwiseExact32)(mode, kind, bcast, in0, in1, dst, accumulate);
  else if (mode.exact)
    HWY_DYNAMIC_DISPATCH(EltwiseExact16)(mode, kind, bcast, in0, in1, dst, accumulate);
  else
    HWY_DYNAMIC_DISPATCH(EltwiseFast)(mode, kind, bcast, in0, in1, dst, accumulate);
}

void eltwiseDst(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                const float *in1, float *dst) {
  alignas(64) float left[tileElements];
  std::memcpy(left, dst, sizeof left);
  if (mode.exact && mode.fp32Dest) // Dst reaches the engine through a tf32 register
    for (float &x : left)
      x = floatOf(bitsOf(x) & 0xffffe000u);
  eltwise(mode, kind, bcast, left, in1, dst, false);
}
} // namespace ttc::sim
#endif
