//===- Sfpu.cpp - the vector unit's functions -------------------------------===//
//
// Algorithms are in Functions.h. The device's own routines are approximations of
// about the storage precision that change between releases of its kernels, so
// none is reproduced bit for bit; what is modelled exactly is the store: to a
// bf16 Dst the vector unit truncates. NaN in gives NaN out, except where a
// comparison selects (relu, clip, max, min take the other value).
//
//===----------------------------------------------------------------------===//
#include "Kernels/Kernels.h"

#include "Kernels/Bits.h"
#include "Kernels/Targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Sfpu.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Kernels/Functions.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)

enum class Store { F32, Truncate, Nearest };

inline Store storeOf(const MathMode &mode) {
  return mode.fp32Dest ? Store::F32 : mode.exact ? Store::Truncate : Store::Nearest;
}

inline void store(Store how, float *x, int n) {
  if (how == Store::F32)
    for (int i = 0; i < n; ++i)
      x[i] = floatOf(oneNan(bitsOf(x[i])));
  else if (how == Store::Truncate)
    for (int i = 0; i < n; ++i)
      x[i] = floatOf(oneNan(bitsOf(x[i])) & 0xffff0000u);
  else if (how == Store::Nearest)
    for (int i = 0; i < n; ++i)
      x[i] = floatOf(roundBf16Even(bitsOf(x[i])));
}

/// Rows of 64 keep the store's pass in the cache.
constexpr int chunk = 64;
static_assert(tileElements % chunk == 0);

/// `fn` must be a HWY_ATTR lambda: without the target's features nothing would be inlined into it.
template <typename Fn> inline void mapUnary(Store how, float *x, size_t n, Fn fn) {
  for (size_t at = 0; at < n; at += chunk) {
    float *p = x + at;
    for (int i = 0; i < chunk; ++i)
      p[i] = fn(p[i]);
    store(how, p, chunk);
  }
}

template <typename Fn>
inline void mapBinary(Store how, const float *a, const float *b, float *out, size_t n, Fn fn) {
  for (size_t at = 0; at < n; at += chunk) {
    alignas(64) float result[chunk];
    for (int i = 0; i < chunk; ++i)
      result[i] = fn(a[at + i], b[at + i]);
    store(how, result, chunk);
    std::memcpy(out + at, result, sizeof result);
  }
}

void Sfpu(const MathMode &mode, isa::SfpuFunction function, float p0, float p1, float *x,
          size_t n) {
  using enum isa::SfpuFunction;
  Store how = storeOf(mode);
  switch (function) {
  case Relu: return mapUnary(how, x, n, [](float v) HWY_ATTR { return v > 0 ? v : 0.0f; });
  case LeakyRelu: return mapUnary(how, x, n, [=](float v) HWY_ATTR { return v < 0 ? v * p0 : v; });
  case Mish: return mapUnary(how, x, n, [](float v) HWY_ATTR { return mishF(v); });
  case Silu: return mapUnary(how, x, n, [](float v) HWY_ATTR { return siluF(v); });
  case Sigmoid: return mapUnary(how, x, n, [](float v) HWY_ATTR { return sigmoidF(v); });
  case Tanh: return mapUnary(how, x, n, [](float v) HWY_ATTR { return tanhF(v); });
  case HardSwish:
    return mapUnary(how, x, n, [](float v) HWY_ATTR {
      float t = v * (1.0f / 6) + 0.5f;
      t = t > 0 ? t : 0.0f;
      return v * (t < 1 ? t : 1.0f);
    });
  case HardSigmoid:
    return mapUnary(how, x, n, [=](float v) HWY_ATTR {
      float t = v * p0 + p1;
      t = t > 0 ? t : 0.0f;
      return t < 1 ? t : 1.0f;
    });
  case Clip:
    return mapUnary(how, x, n, [=](float v) HWY_ATTR {
      float t = v > p0 ? v : p0;
      return t < p1 ? t : p1;
    });
  case Exp: return mapUnary(how, x, n, [](float v) HWY_ATTR { return expF(v); });
  case Reciprocal: return mapUnary(how, x, n, [](float v) HWY_ATTR { return 1.0f / v; });
  case AddScalar: return mapUnary(how, x, n, [=](float v) HWY_ATTR { return v + p0; });
  case MulScalar: return mapUnary(how, x, n, [=](float v) HWY_ATTR { return v * p0; });
  case Abs: return mapUnary(how, x, n, [](float v) HWY_ATTR { return std::fabs(v); });
  case Gelu: return mapUnary(how, x, n, [](float v) HWY_ATTR { return geluF(v); });
  case Sqrt: return mapUnary(how, x, n, [](float v) HWY_ATTR { return __builtin_sqrtf(v); });
  case Rsqrt: return mapUnary(how, x, n, [](float v) HWY_ATTR { return 1.0f / __builtin_sqrtf(v); });
  case Log: return mapUnary(how, x, n, [](float v) HWY_ATTR { return logF(v); });
  case Softplus: return mapUnary(how, x, n, [](float v) HWY_ATTR { return softplusF(v); });
  case Elu: return mapUnary(how, x, n, [=](float v) HWY_ATTR { return v > 0 ? v : p0 * expm1F(v); });
  case Neg: return mapUnary(how, x, n, [](float v) HWY_ATTR { return -v; });
  }
}

void SfpuBinary(const MathMode &mode, isa::SfpuBinaryKind kind, const float *a, const float *b,
                float *out, size_t n) {
  using enum isa::SfpuBinaryKind;
  Store how = storeOf(mode);
  switch (kind) {
  case Add: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x + y; });
  case Sub: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x - y; });
  case Mul: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x * y; });
  case Div: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x / y; });
  case Max: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x > y ? x : y; });
  case Min: return mapBinary(how, a, b, out, n, [](float x, float y) HWY_ATTR { return x < y ? x : y; });
  }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(Sfpu);
HWY_EXPORT(SfpuBinary);

void sfpu(const MathMode &mode, isa::SfpuFunction fn, float p0, float p1, float *dst, int count) {
  HWY_DYNAMIC_DISPATCH(Sfpu)(mode, fn, p0, p1, dst, size_t(count) * tileElements);
}

void sfpuBinary(const MathMode &mode, isa::SfpuBinaryKind kind, const float *a, const float *b,
                float *out, int count) {
  HWY_DYNAMIC_DISPATCH(SfpuBinary)(mode, kind, a, b, out, size_t(count) * tileElements);
}
} // namespace ttc::sim
#endif
