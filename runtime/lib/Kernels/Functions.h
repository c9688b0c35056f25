//===- Functions.h - elementary functions of the vector unit ----------------===//
//
// One algorithm each, without branches, over Num<M> (VectorUnit-inl.h): in fast
// mode IEEE +, -, *, / and sqrt in a fixed order, never fused, so every host computes
// the same bits; in exact mode the vector unit's instructions, divisions and roots
// by Newton steps.
//
// Included once for each instruction set: no include guard around HWY_NAMESPACE.
//
//===----------------------------------------------------------------------===//
#include "Kernels/VectorUnit-inl.h"

#include <limits>
#include <type_traits>

#if defined(TTC_RUNTIME_KERNELS_FUNCTIONS_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TTC_RUNTIME_KERNELS_FUNCTIONS_H
#undef TTC_RUNTIME_KERNELS_FUNCTIONS_H
#else
#define TTC_RUNTIME_KERNELS_FUNCTIONS_H
#endif

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)

constexpr float infinity = std::numeric_limits<float>::infinity();

/// c[0] x^(n-1) + ... + c[n-1], by Horner's rule.
template <class M, size_t n> HWY_INLINE Num<M> polynomial(Num<M> x, const float (&c)[n]) {
  Num<M> p = c[0];
  for (size_t i = 1; i < n; ++i)
    p = mad(p, x, Num<M>(c[i]));
  return p;
}

/// e^x within 1 ulp or so: 2^k e^r with |r| <= ln 2 / 2. Results below 2^-126 are 0; NaN stays NaN.
template <class M> HWY_INLINE Num<M> expF(Num<M> x) {
  using T = Num<M>;
  T clamped = select(x < T(-88), T(-88), select(x > T(89), T(89), x));
  const T shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
  T biased = mad(clamped, T(1.44269504f), shift);
  T n = biased - shift, k = bitsMinus(biased, shift);
  T r = mad(n, T(-0.693359375f), clamped);                // ln 2 in two parts, the first exact in 9 bits
  r = mad(n, T(2.12194440e-4f), r);
  T p = polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                       1.6666665459e-1f, 5.0000001201e-1f});
  p = mad(p, r * r, r) + T(1);
  // 2^k in two factors, since k may be 128.
  auto bounded = [](VF k) HWY_ATTR { // NaN input
    return hn::Min(hn::Max(BitsOf(k), SplatInt(-126)), SplatInt(129));
  };
  auto pow2 = [](VI n) HWY_ATTR { return FloatOf(hn::ShiftLeft<23>(hn::Add(n, SplatInt(127)))); };
  T low = Map<M>([=](VF k) HWY_ATTR { return pow2(hn::ShiftRight<1>(bounded(k))); }, k);
  T high = Map<M>([=](VF k) HWY_ATTR { return pow2(hn::Sub(bounded(k), hn::ShiftRight<1>(bounded(k)))); }, k);
  T y = p * low * high;
  return select(x < T(-87.33654f), T(0), y);
}

/// ln x. Negative: NaN; zero and subnormal: -infinity.
template <class M> HWY_INLINE Num<M> logF(Num<M> x) {
  using T = Num<M>;
  T m = Map<M>(
      [](VF x) HWY_ATTR { // [0.5, 1)
        return FloatOf(hn::Or(hn::And(BitsOf(x), SplatInt(0x7fffff)), SplatInt(0x3f000000)));
      },
      x);
  T exponent = Map<M>(
      [](VF x) HWY_ATTR { return hn::ConvertTo(DF(), hn::Sub(ExponentOf(BitsOf(x)), SplatInt(126))); }, x);
  auto low = m < T(0.707106781f);
  exponent = exponent - select(low, T(1), T(0));
  m = select(low, m + m, m) - T(1);
  T z = m * m;
  T p = polynomial(m, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f,
                       1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f,
                       3.3333331174e-1f});
  T y = m * z * p;
  y = mad(exponent, T(-2.12194440e-4f), y);
  y = mad(z, T(-0.5f), y);
  T result = mad(exponent, T(0.693359375f), m + y);
  result = select(x < T(std::numeric_limits<float>::min()), T(-infinity), result);
  result = select(x < T(0), T(std::numeric_limits<float>::quiet_NaN()), result);
  result = select(equal(x, T(infinity)), x, result);
  return select(isNan(x), x, result);
}

/// ln(1 + u) for u >= 0, accurate for small u.
template <class M> HWY_INLINE Num<M> log1pF(Num<M> u) {
  using T = Num<M>;
  T w = u + T(1), d = w - T(1);
  auto none = equal(d, T(0));
  T scaled = logF(w) * (u / select(none, T(1), d));
  return select(none, u, scaled);
}

/// Complementary error function of z >= 0, relative error about 1e-6 (a Chebyshev fit of
/// ln(erfc(z) / t) + z^2 in t = 1 / (1 + z / 2)).
template <class M> HWY_INLINE Num<M> erfcF(Num<M> z) {
  using T = Num<M>;
  T t = T(1) / mad(z, T(0.5f), T(1));
  T p = polynomial(t, {0.17087277f, -0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f,
                       0.09678418f, 0.37409196f, 1.00002368f, -1.26551223f});
  return t * expF(mad(-z, z, p));
}

/// A factor that may be -infinity, about to be multiplied by something that is 0 far out.
template <class M> HWY_INLINE Num<M> boundedBelow(Num<M> x) {
  return select(x < Num<M>(-200), Num<M>(-200), x);
}

template <class M> HWY_INLINE Num<M> sigmoidF(Num<M> x) {
  return Num<M>(1) / (expF(-x) + Num<M>(1));
}

template <class M> HWY_INLINE Num<M> siluF(Num<M> x) { return boundedBelow(x) * sigmoidF(x); }

/// x * u(u+2) / (u(u+2) + 2) with u = e^x; the ratio is 1 in f32 from x = 20 on.
template <class M> HWY_INLINE Num<M> mishF(Num<M> x) {
  using T = Num<M>;
  T u = expF(select(x > T(20), T(20), x));
  T n = u * (u + T(2));
  return boundedBelow(x) * (n / (n + T(2)));
}

/// mishF for a bf16 Dst, which cuts off what is below its last place: 1.27 last places off at most after
/// that and 0.38 on average, where an exact mish has 1.00 and 0.48, because the scale 18.03 / 18 centres
/// what is cut off. Fast mode rounds there and has nothing to centre.
///
/// u = e^x comes from a fixed-point exponent, x log2(e) with 9 bits of fraction, kept between 2^-119 and
/// 2^9 by its conversion, and 2^fraction as a m^2 + b. With s = u / 256, x u(u+2) / (u(u+2) + 2) is
/// x t / (t + 1/256), t = s (128 s + 1). Flipping every bit of -18 (t + 1/256) gives a value whose
/// product with it lies between -4.5 and -4; one Newton step makes that 18.03 within 0.17 %.
///
/// With rows overlapped so that no slot is lost to a latency, and macro loads that start what other
/// sub-units do beside them, 16 slots a row (MishScheduleTest.cpp).
template <class M> HWY_INLINE Num<M> mishBf16F(Num<M> x) {
  using T = Num<M>;
  T y = mad(x, T(738.659851f), T(60928));
  y = select(y < T(0), T(0), y);
  y = select(y < T(65535), y, T(65535)); // NaN too
  T s = Map<M>(
      [](VF y) HWY_ATTR { // to the nearest integer
        return FloatOf(hn::ShiftLeft<14>(hn::ConvertTo(DI(), hn::Add(y, Splat(0.5f)))));
      },
      y);
  T m = Map<M>(
      [](VF s) HWY_ATTR {
        return FloatOf(hn::Or(hn::And(BitsOf(s), SplatInt(0x7fffff)), SplatInt(0x3f800000)));
      },
      s);
  T p = mad(m * T(0.33203125f), m, T(0.66825f));
  T u = Map<M>( // p with the exponent of s; none is zero
      [](VF p, VF s) HWY_ATTR {
        VI exponent = hn::And(BitsOf(s), SplatInt(0x7f800000));
        return FloatOf(hn::IfThenElseZero(hn::Ne(exponent, hn::Zero(DI())),
                                          hn::Or(hn::And(BitsOf(p), SplatInt(0x7fffff)), exponent)));
      },
      p, s);
  T t = u * mad(u, T(128), T(1));
  constexpr float scale = std::is_same_v<M, Unit> ? 18.0f : 18.03125f;
  T below = mad(t, T(-scale), T(-scale / 256));
  T r = Map<M>([](VF b) HWY_ATTR { return FloatOf(hn::Not(BitsOf(b))); }, below);
  return x * t * (r * mad(below, r, T(8.5f)));
}

/// Odd polynomial below 0.625, 1 - 2 / (e^2|x| + 1) above.
template <class M> HWY_INLINE Num<M> tanhF(Num<M> x) {
  using T = Num<M>;
  T a = absolute(x), z = x * x;
  T p = polynomial(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                       -3.33332819422e-1f});
  T near = mad(x * z, p, x);
  T far = T(1) - T(2) / (expF(a + a) + T(1));
  return select(a < T(0.625f), near, copySign(far, x));
}

/// x * Phi(x), the exact form, through erfc so that the negative tail keeps its accuracy.
template <class M> HWY_INLINE Num<M> geluF(Num<M> x) {
  using T = Num<M>;
  T q = T(0.5f) * erfcF(absolute(x) * T(0.707106781f));
  return select(x < T(0), boundedBelow(x) * q, x * (T(1) - q));
}

/// max(x, 0) + ln(1 + e^-|x|)
template <class M> HWY_INLINE Num<M> softplusF(Num<M> x) {
  using T = Num<M>;
  return select(x > T(0), x, T(0)) + log1pF(expF(-absolute(x)));
}

/// e^x - 1: Taylor's series below 0.5 in magnitude.
template <class M> HWY_INLINE Num<M> expm1F(Num<M> x) {
  using T = Num<M>;
  T p = polynomial(x, {1.0f / 40320, 1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f});
  T near = mad(x * x, p, x);
  return select(absolute(x) < T(0.5f), near, expF(x) - T(1));
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();
#endif
