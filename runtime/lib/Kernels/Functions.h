//===- Functions.h - elementary functions in f32 ----------------------------===//
//
// One algorithm each, without branches, so that a loop over elements becomes SIMD
// code. Only IEEE +, -, *, / and sqrt are used, in a fixed order and never fused
// (include where `#pragma clang fp contract(off)` is in force), so every host
// computes the same bits.
//
// Included once for each instruction set: no include guard around HWY_NAMESPACE.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Bits.h"

#include <cmath>
#include <limits>

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

/// 2^n for -126 <= n <= 127.
inline float pow2(int32_t n) { return floatOf(uint32_t(n + 127) << 23); }

/// e^x within 1 ulp or so. Results below 2^-126 are 0; NaN stays NaN.
inline float expF(float x) {
  float clamped = x < -88.0f ? -88.0f : x > 89.0f ? 89.0f : x;
  const float shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
  float biased = clamped * 1.44269504f + shift;
  float n = biased - shift;
  int32_t k = int32_t(bitsOf(biased) - bitsOf(shift));
  k = k < -126 ? -126 : k > 129 ? 129 : k; // NaN input
  float r = clamped - n * 0.693359375f;    // ln 2 in two parts, the first exact in 9 bits
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  int32_t k0 = k >> 1;
  float y = p * pow2(k0) * pow2(k - k0);
  return x < -87.33654f ? 0.0f : y;
}

/// ln x. Negative: NaN; zero and subnormal: -infinity.
inline float logF(float x) {
  uint32_t u = bitsOf(x);
  int32_t e = int32_t(u >> 23) - 126;
  float m = floatOf((u & 0x7fffffu) | 0x3f000000u); // [0.5, 1)
  bool low = m < 0.707106781f;
  e = low ? e - 1 : e;
  m = (low ? m + m : m) - 1.0f;
  float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = m * z * p;
  y = y + float(e) * -2.12194440e-4f;
  y = y - 0.5f * z;
  float result = m + y + float(e) * 0.693359375f;
  result = x < std::numeric_limits<float>::min() ? -std::numeric_limits<float>::infinity() : result;
  result = x < 0 ? std::numeric_limits<float>::quiet_NaN() : result;
  return x >= std::numeric_limits<float>::infinity() || x != x ? x : result;
}

/// ln(1 + u) for u >= 0, accurate for small u.
inline float log1pF(float u) {
  float w = 1.0f + u, d = w - 1.0f;
  float scaled = logF(w) * (u / (d == 0 ? 1.0f : d));
  return d == 0 ? u : scaled;
}

/// Complementary error function of z >= 0, relative error about 1e-6 (a Chebyshev fit of
/// ln(erfc(z) / t) + z^2 in t = 1 / (1 + z / 2)).
inline float erfcF(float z) {
  float t = 1.0f / (1.0f + 0.5f * z);
  float p = 0.17087277f;
  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  return t * expF(-z * z + p);
}

/// A factor that may be -infinity, about to be multiplied by something that is 0 far out.
inline float boundedBelow(float x) { return x < -200.0f ? -200.0f : x; }

inline float sigmoidF(float x) { return 1.0f / (1.0f + expF(-x)); }

inline float siluF(float x) { return boundedBelow(x) * sigmoidF(x); }

/// x * u(u+2) / (u(u+2) + 2) with u = e^x; the ratio is 1 in f32 from x = 20 on.
inline float mishF(float x) {
  float u = expF(x > 20.0f ? 20.0f : x);
  float n = u * (u + 2.0f);
  return boundedBelow(x) * (n / (n + 2.0f));
}

/// Odd polynomial below 0.625, 1 - 2 / (e^2|x| + 1) above.
inline float tanhF(float x) {
  float a = std::fabs(x), z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = x + x * z * p;
  float far = 1.0f - 2.0f / (expF(2.0f * a) + 1.0f);
  return a < 0.625f ? near : std::copysign(far, x);
}

/// x * Phi(x), the exact form, through erfc so that the negative tail keeps its accuracy.
inline float geluF(float x) {
  float q = 0.5f * erfcF(std::fabs(x) * 0.707106781f);
  return x < 0 ? boundedBelow(x) * q : x * (1.0f - q);
}

/// max(x, 0) + ln(1 + e^-|x|)
inline float softplusF(float x) { return (x <= 0 ? 0.0f : x) + log1pF(expF(-std::fabs(x))); }

/// e^x - 1: Taylor's series below 0.5 in magnitude.
inline float expm1F(float x) {
  float p = 1.0f / 40320;
  p = p * x + 1.0f / 5040;
  p = p * x + 1.0f / 720;
  p = p * x + 1.0f / 120;
  p = p * x + 1.0f / 24;
  p = p * x + 1.0f / 6;
  p = p * x + 0.5f;
  float near = x + x * x * p;
  return std::fabs(x) < 0.5f ? near : expF(x) - 1.0f;
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();
#endif
