//===- VectorUnit-inl.h - the vector unit's arithmetic on vectors -----------===//
//
// Two arithmetics with the same interface: Ieee (fast mode) and Unit (exact mode),
// which has only the unit's own instructions: multiply-add, multiply and add as
// SfpMad.h specifies them, and operations on exponents and bits. Num<M> gives
// either of them operators, so that a function is written once (Functions.h).
// Under Unit an operation is tens of host instructions that wait for each other: it
// is called, not inlined, and works on several vectors at a time.
// Included once for each instruction set.
//
//===----------------------------------------------------------------------===//
#include "Kernels/SfpMad.h"

#include "hwy/highway.h"

#include <limits>

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
  static constexpr int width = 1; ///< vectors of a Num
};

struct Unit {
  static constexpr int width = 4;

  /// sfpMad of every lane.
  static HWY_INLINE VF mad(VF fa, VF fb, VF fc) {
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

/// Calls fn(number of the vector) for the vectors of a Num<M>.
template <class M, typename Fn> HWY_INLINE void Each(Fn fn) {
  HWY_UNROLL(4)
  for (int i = 0; i < M::width; ++i)
    fn(i);
}

/// Numbers under the arithmetic M.
template <class M> struct Num {
  VF v[M::width];
  Num() = default;
  HWY_INLINE Num(float x) {
    Each<M>([&](int i) HWY_ATTR { v[i] = Splat(x); });
  }
};
template <class M> struct Where { ///< some of them
  hn::Mask<DF> m[M::width];
};
/// How many numbers a Num<M> has.
template <class M> HWY_INLINE size_t Count() { return M::width * hn::Lanes(DF()); }

/// fn(vector...) of every vector of the arguments.
template <class M, typename Fn, class... N> HWY_INLINE Num<M> Map(Fn fn, const N &...n) {
  Num<M> r;
  Each<M>([&](int i) HWY_ATTR { r.v[i] = fn(n.v[i]...); });
  return r;
}
template <class M, typename Fn, class... N> HWY_INLINE Where<M> MapWhere(Fn fn, const N &...n) {
  Where<M> r;
  Each<M>([&](int i) HWY_ATTR { r.m[i] = fn(n.v[i]...); });
  return r;
}

template <class M> HWY_INLINE Num<M> Load(const float *from) {
  Num<M> r;
  Each<M>([&](int i) HWY_ATTR { r.v[i] = hn::LoadU(DF(), from + size_t(i) * hn::Lanes(DF())); });
  return r;
}

// a * b + c; a + b; a * b
HWY_INLINE Num<Ieee> mad(const Num<Ieee> &a, const Num<Ieee> &b, const Num<Ieee> &c) {
  return Map<Ieee>([](VF x, VF y, VF z) HWY_ATTR { return hn::Add(hn::Mul(x, y), z); }, a, b, c);
}
HWY_INLINE Num<Ieee> operator+(const Num<Ieee> &a, const Num<Ieee> &b) {
  return Map<Ieee>([](VF x, VF y) HWY_ATTR { return hn::Add(x, y); }, a, b);
}
HWY_INLINE Num<Ieee> operator*(const Num<Ieee> &a, const Num<Ieee> &b) {
  return Map<Ieee>([](VF x, VF y) HWY_ATTR { return hn::Mul(x, y); }, a, b);
}

HWY_NOINLINE Num<Unit> mad(const Num<Unit> &a, const Num<Unit> &b, const Num<Unit> &c) {
  return Map<Unit>([](VF x, VF y, VF z) HWY_ATTR { return Unit::mad(x, y, z); }, a, b, c);
}
// Products and sums alone are those of IEEE but for the ends of the range.
HWY_NOINLINE Num<Unit> operator+(const Num<Unit> &a, const Num<Unit> &b) {
  Num<Unit> r;
  bool ordinary = true;
  Each<Unit>([&](int i) HWY_ATTR {
    r.v[i] = hn::Add(Unit::flush(a.v[i]), Unit::flush(b.v[i]));
    ordinary &= Unit::ordinary(a.v[i], b.v[i], r.v[i]);
    r.v[i] = Unit::positiveZero(r.v[i]);
  });
  return ordinary ? r : mad(a, Num<Unit>(1), b);
}
HWY_NOINLINE Num<Unit> operator*(const Num<Unit> &a, const Num<Unit> &b) {
  Num<Unit> r;
  bool ordinary = true;
  Each<Unit>([&](int i) HWY_ATTR {
    r.v[i] = hn::Mul(Unit::flush(a.v[i]), Unit::flush(b.v[i]));
    ordinary &= Unit::ordinary(a.v[i], b.v[i], r.v[i]);
    r.v[i] = Unit::positiveZero(r.v[i]);
  });
  return ordinary ? r : mad(a, b, Num<Unit>(0));
}

// Bits and comparisons are the same under both.
template <class M> HWY_INLINE Num<M> operator-(const Num<M> &a) {
  return Map<M>([](VF x) HWY_ATTR { return hn::Neg(x); }, a);
}
template <class M> HWY_INLINE Num<M> operator-(const Num<M> &a, const Num<M> &b) { return a + -b; }
template <class M> HWY_INLINE Where<M> operator<(const Num<M> &a, const Num<M> &b) {
  return MapWhere<M>([](VF x, VF y) HWY_ATTR { return hn::Lt(x, y); }, a, b);
}
template <class M> HWY_INLINE Where<M> operator>(const Num<M> &a, const Num<M> &b) { return b < a; }
template <class M> HWY_INLINE Where<M> equal(const Num<M> &a, const Num<M> &b) {
  return MapWhere<M>([](VF x, VF y) HWY_ATTR { return hn::Eq(x, y); }, a, b);
}
template <class M> HWY_INLINE Where<M> isNan(const Num<M> &a) {
  return MapWhere<M>([](VF x) HWY_ATTR { return hn::IsNaN(x); }, a);
}
/// Zeros and subnormals.
template <class M> HWY_INLINE Where<M> isZero(const Num<M> &a) {
  return MapWhere<M>(
      [](VF x) HWY_ATTR {
        return hn::RebindMask(DF(), hn::Eq(ExponentOf(BitsOf(x)), hn::Zero(DI())));
      },
      a);
}
template <class M> HWY_INLINE Num<M> select(const Where<M> &w, const Num<M> &a, const Num<M> &b) {
  Num<M> r;
  Each<M>([&](int i) HWY_ATTR { r.v[i] = hn::IfThenElse(w.m[i], a.v[i], b.v[i]); });
  return r;
}
template <class M> HWY_INLINE Num<M> absolute(const Num<M> &a) {
  return Map<M>([](VF x) HWY_ATTR { return hn::Abs(x); }, a);
}
template <class M> HWY_INLINE Num<M> copySign(const Num<M> &a, const Num<M> &sign) {
  return Map<M>([](VF x, VF s) HWY_ATTR { return hn::CopySign(x, s); }, a, sign);
}
/// Patterns: a - b, a + b, a shifted right by one, all as integers.
template <class M> HWY_INLINE Num<M> bitsMinus(const Num<M> &a, const Num<M> &b) {
  return Map<M>([](VF x, VF y) HWY_ATTR { return FloatOf(hn::Sub(BitsOf(x), BitsOf(y))); }, a, b);
}
template <class M> HWY_INLINE Num<M> halfBits(const Num<M> &a) {
  return Map<M>([](VF x) HWY_ATTR { return FloatOf(hn::ShiftRight<1>(BitsOf(x))); }, a);
}

// 1 / x, 1 / sqrt(x), sqrt(x)
HWY_INLINE Num<Ieee> reciprocal(const Num<Ieee> &a) {
  return Map<Ieee>([](VF x) HWY_ATTR { return hn::Div(Splat(1), x); }, a);
}
HWY_INLINE Num<Ieee> rsqrt(const Num<Ieee> &a) {
  return Map<Ieee>([](VF x) HWY_ATTR { return hn::Div(Splat(1), hn::Sqrt(x)); }, a);
}
HWY_INLINE Num<Ieee> sqrt(const Num<Ieee> &a) {
  return Map<Ieee>([](VF x) HWY_ATTR { return hn::Sqrt(x); }, a);
}
HWY_INLINE Num<Ieee> operator/(const Num<Ieee> &a, const Num<Ieee> &b) {
  return Map<Ieee>([](VF x, VF y) HWY_ATTR { return hn::Div(x, y); }, a, b);
}

/// Three Newton steps from a line through [0.5, 1), on the significand; then the exponent.
HWY_NOINLINE Num<Unit> reciprocal(const Num<Unit> &a) {
  using T = Num<Unit>;
  T negative = Map<Unit>(
      [](VF x) HWY_ATTR {
        VI fraction = hn::And(BitsOf(x), SplatInt(0x7fffff));
        return FloatOf(hn::Or(fraction, SplatInt(int32_t(0xbf000000u))));
      },
      a);
  T y = mad(negative, T(1.88235294f), T(2.82352941f)); // 48/17 - 32/17 m
  for (int i = 0; i < 3; ++i)
    y = mad(y, mad(negative, y, T(1)), y);
  return Map<Unit>(
      [](VF x, VF y) HWY_ATTR {
        VI u = BitsOf(x), e = ExponentOf(u);
        VI exponent = hn::Add(ExponentOf(BitsOf(y)), hn::Sub(SplatInt(126), e));
        VI r = hn::Or(hn::And(BitsOf(y), SplatInt(0x7fffff)), hn::ShiftLeft<23>(exponent));
        r = hn::IfThenElseZero(hn::Gt(exponent, hn::Zero(DI())), r);
        r = hn::IfThenElseZero(hn::Lt(e, SplatInt(255)), r);
        r = hn::IfThenElse(hn::Eq(e, hn::Zero(DI())), SplatInt(int32_t(infinityBits)), r);
        r = hn::Or(r, hn::And(u, SplatInt(int32_t(signBit))));
        return hn::IfThenElse(hn::IsNaN(x), x, FloatOf(r));
      },
      a, y);
}
/// Three Newton steps from half the negated exponent and a correction of the fraction.
HWY_NOINLINE Num<Unit> rsqrt(const Num<Unit> &x) {
  using T = Num<Unit>;
  const float inf = std::numeric_limits<float>::infinity();
  T y = bitsMinus(T(floatOf(0x5f3759df)), halfBits(x)), half = x * T(-0.5f);
  for (int i = 0; i < 3; ++i)
    y = y * mad(half, y * y, T(1.5f));
  y = select(x < T(0), T(std::numeric_limits<float>::quiet_NaN()), y);
  y = select(equal(x, T(inf)), T(0), y);
  y = select(isZero(x), copySign(T(inf), x), y);
  return select(isNan(x), x, y);
}
HWY_INLINE Num<Unit> sqrt(const Num<Unit> &x) {
  using T = Num<Unit>;
  T root = select(isZero(x), copySign(T(0), x), x * rsqrt(x));
  return select(equal(x, T(std::numeric_limits<float>::infinity())), x, root);
}
HWY_INLINE Num<Unit> operator/(const Num<Unit> &a, const Num<Unit> &b) { return a * reciprocal(b); }

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();
#endif
