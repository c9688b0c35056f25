//===- VectorUnit-inl.h - the vector unit's arithmetic on vectors -----------===//
//
// Two arithmetics with the same interface: Ieee (fast mode) and Unit (exact mode),
// which has only the unit's own instructions: multiply-add, multiply and add as
// SfpMad.h specifies them, and operations on exponents and bits. Num<M> gives
// either of them operators, so that a function is written once (Functions.h).
// Included once for each instruction set.
//
//===----------------------------------------------------------------------===//
#include "Kernels/SfpMad.h"

#include "hwy/highway.h"

#if defined(TTC_RUNTIME_KERNELS_VECTORUNIT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TTC_RUNTIME_KERNELS_VECTORUNIT_INL_H
#undef TTC_RUNTIME_KERNELS_VECTORUNIT_INL_H
#else
#define TTC_RUNTIME_KERNELS_VECTORUNIT_INL_H
#endif

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)
namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;

HWY_INLINE VF Splat(float x) { return hn::Set(DF(), x); }
HWY_INLINE VI SplatInt(int32_t x) { return hn::Set(DI(), x); }
HWY_INLINE VI BitsOf(VF v) { return hn::BitCast(DI(), v); }
HWY_INLINE VF FloatOf(VI v) { return hn::BitCast(DF(), v); }
/// The biased exponent of a pattern.
HWY_INLINE VI ExponentOf(VI u) { return hn::And(hn::ShiftRight<23>(u), SplatInt(255)); }

struct Ieee {
  static HWY_INLINE VF add(VF a, VF b) { return hn::Add(a, b); }
  static HWY_INLINE VF mul(VF a, VF b) { return hn::Mul(a, b); }
  static HWY_INLINE VF mad(VF a, VF b, VF c) { return hn::Add(hn::Mul(a, b), c); }
  static HWY_INLINE VF reciprocal(VF a) { return hn::Div(Splat(1), a); }
  static HWY_INLINE VF divide(VF a, VF b) { return hn::Div(a, b); }
  static HWY_INLINE VF sqrt(VF a) { return hn::Sqrt(a); }
  static HWY_INLINE VF rsqrt(VF a) { return hn::Div(Splat(1), hn::Sqrt(a)); }
};

struct Unit { // calls, not copies: a function is tens of these
  /// sfpMad of every lane.
  static HWY_NOINLINE VF mad(VF fa, VF fb, VF fc) {
    const DI di;
    const hn::RebindToUnsigned<DI> du;
    const hn::Repartition<uint64_t, decltype(du)> d64;
    const VI zero = hn::Zero(di), hidden = SplatInt(0x800000), fraction = SplatInt(0x7fffff);
    VI a = BitsOf(fa), b = BitsOf(fb), c = BitsOf(fc);
    VI ea = ExponentOf(a), eb = ExponentOf(b), ec = ExponentOf(c);
    auto significand = [&](VI u, VI e) HWY_ATTR {
      return hn::IfThenElseZero(hn::Gt(e, zero), hn::Or(hn::And(u, fraction), hidden));
    };
    // The product with 26 fraction bits, the last one sticky: even lanes, then odd ones.
    auto ma = hn::BitCast(du, significand(a, ea)), mb = hn::BitCast(du, significand(b, eb));
    const auto low = hn::Set(d64, 0xfffffu);
    auto top = [&](auto product) HWY_ATTR {
      auto lost = hn::ShiftRight<20>(hn::Add(hn::And(product, low), low));
      return hn::Or(hn::ShiftRight<20>(product), lost);
    };
    auto odd = [&](auto v) HWY_ATTR { return hn::BitCast(du, hn::ShiftRight<32>(hn::BitCast(d64, v))); };
    auto both = hn::Or(top(hn::MulEven(ma, mb)), hn::ShiftLeft<32>(top(hn::MulEven(odd(ma), odd(mb)))));
    VI ep = hn::Sub(hn::Add(ea, eb), SplatInt(127));
    VI mp = hn::IfThenElseZero(hn::Gt(ep, SplatInt(-1)), hn::BitCast(di, both));
    VI mc = hn::ShiftLeft<3>(significand(c, ec));
    VI larger = hn::IfThenElse(hn::Gt(mc, zero), hn::Max(ep, ec), ep);
    VI e = hn::IfThenElse(hn::Gt(mp, zero), larger, ec);
    auto align = [&](VI m, VI from) HWY_ATTR {
      VI d = hn::Max(hn::Min(hn::Sub(e, from), SplatInt(31)), zero);
      VI kept = m >> d;
      auto sticky = hn::AndNot(hn::Eq(kept << d, m), hn::Gt(kept, zero));
      return hn::Or(kept, hn::IfThenElseZero(sticky, SplatInt(1)));
    };
    auto signedBy = [](VI m, VI u) HWY_ATTR {
      VI s = hn::ShiftRight<31>(u);
      return hn::Sub(hn::Xor(m, s), s);
    };
    VI sum = hn::Add(signedBy(align(mp, ep), hn::Xor(a, b)), signedBy(align(mc, ec), c));
    VI bits = BitsOf(hn::ConvertTo(DF(), hn::Abs(sum))); // rounds to nearest even
    VI exponent = hn::Add(hn::ShiftRight<23>(bits), hn::Sub(e, SplatInt(127 + 26)));
    VI sign = hn::And(sum, SplatInt(int32_t(signBit)));
    VI result = hn::Or(hn::And(bits, fraction), hn::ShiftLeft<23>(exponent));
    result = hn::IfThenElse(hn::Gt(exponent, SplatInt(254)), SplatInt(int32_t(infinityBits)), result);
    auto some = hn::And(hn::Gt(exponent, zero), hn::Ne(sum, zero));
    result = hn::IfThenElseZero(some, hn::Or(result, sign));
    auto special = hn::Gt(hn::Max(hn::Max(ea, eb), ec), SplatInt(254));
    return hn::AllFalse(di, special) ? FloatOf(result) : scalars(fa, fb, fc);
  }
  // Products and sums alone are those of IEEE but for the ends of the range.
  static HWY_NOINLINE VF add(VF a, VF b) {
    VF r = hn::Add(flush(a), flush(b));
    return ordinary(a, b, r) ? positiveZero(r) : mad(a, Splat(1), b);
  }
  static HWY_NOINLINE VF mul(VF a, VF b) {
    VF r = hn::Mul(flush(a), flush(b));
    return ordinary(a, b, r) ? positiveZero(r) : mad(a, b, Splat(0));
  }
  /// Three Newton steps from a line through [0.5, 1), on the significand; then the exponent.
  static HWY_NOINLINE VF reciprocal(VF x) {
    VI u = BitsOf(x), e = ExponentOf(u), fraction = hn::And(u, SplatInt(0x7fffff));
    VF negative = FloatOf(hn::Or(fraction, SplatInt(int32_t(0xbf000000u))));
    VF y = mad(negative, Splat(1.88235294f), Splat(2.82352941f)); // 48/17 - 32/17 m
    for (int i = 0; i < 3; ++i)
      y = mad(y, mad(negative, y, Splat(1)), y);
    VI exponent = hn::Add(ExponentOf(BitsOf(y)), hn::Sub(SplatInt(126), e));
    VI r = hn::Or(hn::And(BitsOf(y), SplatInt(0x7fffff)), hn::ShiftLeft<23>(exponent));
    r = hn::IfThenElseZero(hn::Gt(exponent, hn::Zero(DI())), r);
    r = hn::IfThenElseZero(hn::Lt(e, SplatInt(255)), r);
    r = hn::IfThenElse(hn::Eq(e, hn::Zero(DI())), SplatInt(int32_t(infinityBits)), r);
    r = hn::Or(r, hn::And(u, SplatInt(int32_t(signBit))));
    return hn::IfThenElse(hn::IsNaN(x), x, FloatOf(r));
  }
  static HWY_INLINE VF divide(VF a, VF b) { return mul(a, reciprocal(b)); }
  /// Three Newton steps from half the negated exponent and a correction of the fraction.
  static HWY_NOINLINE VF rsqrt(VF x) {
    VI u = BitsOf(x);
    VF y = FloatOf(hn::Sub(SplatInt(0x5f3759df), hn::ShiftRight<1>(u)));
    VF half = mul(x, Splat(-0.5f));
    for (int i = 0; i < 3; ++i)
      y = mul(y, mad(half, mul(y, y), Splat(1.5f)));
    const float inf = std::numeric_limits<float>::infinity();
    VF r = hn::IfThenElse(hn::Lt(x, Splat(0)), Splat(std::numeric_limits<float>::quiet_NaN()), y);
    r = hn::IfThenElse(hn::Eq(x, Splat(inf)), Splat(0), r);
    VI none = hn::IfThenElse(hn::Lt(u, hn::Zero(DI())), BitsOf(Splat(-inf)), BitsOf(Splat(inf)));
    r = hn::IfThenElse(hn::RebindMask(DF(), hn::Eq(ExponentOf(u), hn::Zero(DI()))), FloatOf(none), r);
    return hn::IfThenElse(hn::IsNaN(x), x, r);
  }
  static HWY_NOINLINE VF sqrt(VF x) {
    VF root = mul(x, rsqrt(x));
    auto keep = hn::Or(hn::RebindMask(DF(), hn::Eq(ExponentOf(BitsOf(x)), hn::Zero(DI()))),
                       hn::Eq(x, Splat(std::numeric_limits<float>::infinity())));
    return hn::IfThenElse(keep, flush(x), root);
  }

private:
  static HWY_INLINE VF flush(VF x) {
    auto zero = hn::Eq(ExponentOf(BitsOf(x)), hn::Zero(DI()));
    return FloatOf(hn::IfThenElse(zero, hn::And(BitsOf(x), SplatInt(int32_t(signBit))), BitsOf(x)));
  }
  static HWY_INLINE VF positiveZero(VF x) {
    return hn::IfThenElse(hn::Eq(x, Splat(0)), Splat(0), x);
  }
  /// All operands finite and all results normal above the smallest binade, or zero.
  static HWY_INLINE bool ordinary(VF a, VF b, VF r) {
    VI er = ExponentOf(BitsOf(r)), most = hn::Max(ExponentOf(BitsOf(a)), ExponentOf(BitsOf(b)));
    auto odd = hn::Or(hn::Gt(hn::Max(most, er), SplatInt(254)),
                      hn::And(hn::Lt(er, SplatInt(2)), hn::Ne(hn::ShiftLeft<1>(BitsOf(r)), hn::Zero(DI()))));
    // A product may have vanished.
    auto lost = hn::And(hn::Eq(er, hn::Zero(DI())), hn::Gt(hn::Min(ExponentOf(BitsOf(a)), ExponentOf(BitsOf(b))), hn::Zero(DI())));
    return hn::AllFalse(DI(), hn::Or(odd, lost));
  }
  static HWY_NOINLINE VF scalars(VF fa, VF fb, VF fc) {
    const DI di;
    alignas(64) int32_t a[16], b[16], c[16];
    hn::Store(BitsOf(fa), di, a);
    hn::Store(BitsOf(fb), di, b);
    hn::Store(BitsOf(fc), di, c);
    for (size_t i = 0; i < hn::Lanes(di); ++i)
      a[i] = int32_t(sfpMad(uint32_t(a[i]), uint32_t(b[i]), uint32_t(c[i])));
    return FloatOf(hn::Load(di, a));
  }
};

/// A vector of numbers under the arithmetic M.
template <class M> struct Num {
  VF v;
  Num() = default;
  HWY_INLINE Num(VF v) : v(v) {}
  HWY_INLINE Num(float x) : v(Splat(x)) {}
  friend HWY_INLINE Num operator+(Num a, Num b) { return M::add(a.v, b.v); }
  friend HWY_INLINE Num operator-(Num a, Num b) { return M::add(a.v, hn::Neg(b.v)); }
  friend HWY_INLINE Num operator*(Num a, Num b) { return M::mul(a.v, b.v); }
  friend HWY_INLINE Num operator/(Num a, Num b) { return M::divide(a.v, b.v); }
  HWY_INLINE Num operator-() const { return hn::Neg(v); }
  friend HWY_INLINE auto operator<(Num a, Num b) { return hn::Lt(a.v, b.v); }
  friend HWY_INLINE auto operator>(Num a, Num b) { return hn::Gt(a.v, b.v); }
};
/// a * b + c
template <class M> HWY_INLINE Num<M> mad(Num<M> a, Num<M> b, Num<M> c) { return M::mad(a.v, b.v, c.v); }
template <class M, class Mask> HWY_INLINE Num<M> select(Mask m, Num<M> a, Num<M> b) {
  return hn::IfThenElse(m, a.v, b.v);
}
template <class M> HWY_INLINE Num<M> absolute(Num<M> a) { return hn::Abs(a.v); }

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();
#endif
