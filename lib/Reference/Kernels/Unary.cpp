//===- Unary.cpp - functions of one variable in float -----------------------===//
//
// The functions that networks apply to every activation (mish, silu, sigmoid)
// use an exponential that the compiler turns into vector code; the others call
// the C library.
//
//===----------------------------------------------------------------------===//
#include "Parallel.h"
#include "ttc/Reference/Elementwise.h"

#include <bit>
#include <cmath>

namespace ttc::reference {

namespace {

/// exp(x) to about 1 ulp over the whole range of float, 0 and infinity beyond it; branch-free.
/// Argument reduction to r = x - n ln 2 with ln 2 in two parts, then the degree-5 minimax
/// polynomial of Cephes' expf, then 2^n in two factors so that denormal results and n = 128 come
/// out right.
inline float vectorExp(float x) {
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  constexpr float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer in the low bits
  float shifted = x * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(magic);
  int32_t half = exponent >> 1;
  float scale0 = std::bit_cast<float>(uint32_t(half + 127) << 23);
  float scale1 = std::bit_cast<float>(uint32_t(exponent - half + 127) << 23);
  return p * scale0 * scale1;
}

/// tanh(log(1 + e)) with e = exp(x) is n / (n + 2) with n = e (e + 2): no cancellation for any x.
inline float mish(float x) {
  float e = vectorExp(x > 20.0f ? 20.0f : x);
  float n = e * (e + 2.0f);
  float y = x * (n / (n + 2.0f));
  return x > 20.0f ? x : y;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + vectorExp(-x)); }

inline float clampTo(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

template <typename F> void each(std::span<const float> in, std::span<float> out, const F &f) {
  const float *from = in.data();
  float *to = out.data();
  parallelFor(int64_t(in.size()), elementGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      to[i] = f(from[i]);
  });
}

} // namespace

void applyUnary(const Unary &f, std::span<const float> in, std::span<float> out) {
  assert(in.size() == out.size() && "one result for each value");
  float p0 = float(f.p0), p1 = float(f.p1);
  switch (f.kind) {
  case UnaryKind::relu:
    return each(in, out, [](float x) { return x < 0 ? 0.0f : x; });
  case UnaryKind::leakyRelu:
    return each(in, out, [=](float x) { return x < 0 ? x * p0 : x; });
  case UnaryKind::mish:
    return each(in, out, [](float x) { return mish(x); });
  case UnaryKind::silu:
    return each(in, out, [](float x) { return x * sigmoid(x); });
  case UnaryKind::sigmoid:
    return each(in, out, [](float x) { return sigmoid(x); });
  case UnaryKind::tanh:
    return each(in, out, [](float x) { return std::tanh(x); });
  case UnaryKind::hardswish:
    return each(in, out, [](float x) { return x * clampTo(x + 3.0f, 0.0f, 6.0f) / 6.0f; });
  case UnaryKind::hardsigmoid:
    return each(in, out, [&](float x) { return clampTo(float(f.p0 * x + f.p1), 0.0f, 1.0f); });
  case UnaryKind::clip:
    return each(in, out, [=](float x) { return clampTo(x, p0, p1); });
  case UnaryKind::gelu:
    return each(in, out, [](float x) {
      return float(0.5 * x * (1.0 + std::erf(x * 0.70710678118654752440)));
    });
  case UnaryKind::elu:
    return each(in, out, [=](float x) { return x < 0 ? p0 * std::expm1(x) : x; });
  case UnaryKind::softplus:
    return each(in, out,
                [](float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); });
  case UnaryKind::exp:
    return each(in, out, [](float x) { return std::exp(x); });
  case UnaryKind::sqrt:
    return each(in, out, [](float x) { return std::sqrt(x); });
  case UnaryKind::abs:
    return each(in, out, [](float x) { return std::abs(x); });
  case UnaryKind::neg:
    return each(in, out, [](float x) { return -x; });
  }
}

HostTensor unary(const Unary &f, const HostTensor &input) {
  HostTensor result(input.shape());
  applyUnary(f, input.span(), {result.mutableData(), size_t(result.size())});
  return result;
}

} // namespace ttc::reference
