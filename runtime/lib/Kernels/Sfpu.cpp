//===- Sfpu.cpp - the vector unit's functions -------------------------------===//
//
// Algorithms are in Functions.h. The device's own routines are approximations of
// about the storage precision that change between releases of its kernels, so none
// of them is reproduced; what is exact is the arithmetic under ours (VectorUnit-inl.h)
// and the store: to a bf16 Dst the vector unit truncates. NaN in gives NaN out,
// except where a comparison selects (relu, clip, max, min take the other value).
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

enum class Keep { F32, Truncate, Nearest };

inline Keep keepOf(const MathMode &mode) {
  return mode.fp32Dest ? Keep::F32 : mode.exact ? Keep::Truncate : Keep::Nearest;
}

/// What a bf16 or f32 Dst keeps of x.
HWY_INLINE VF Kept(Keep how, VF x) {
  VI u = BitsOf(hn::IfThenElse(hn::IsNaN(x), FloatOf(SplatInt(int32_t(nanBits))), x));
  if (how == Keep::Nearest) {
    VI odd = hn::And(hn::ShiftRight<16>(u), SplatInt(1));
    u = hn::Add(hn::Add(u, SplatInt(0x7fff)), odd);
  }
  return FloatOf(how == Keep::F32 ? u : hn::And(u, SplatInt(int32_t(0xffff0000u))));
}

template <class M> HWY_INLINE void Store(Keep how, const Num<M> &x, float *to) {
  Each<M>([&](int i) HWY_ATTR {
    hn::StoreU(Kept(how, x.v[i]), DF(), to + size_t(i) * hn::Lanes(DF()));
  });
}

/// `fn` must be a HWY_ATTR lambda: without the target's features nothing would be inlined into it.
template <class M, typename Fn> HWY_INLINE void MapUnary(Keep how, float *x, size_t n, Fn fn) {
  for (size_t i = 0; i < n; i += Count<M>())
    Store<M>(how, fn(Load<M>(x + i)), x + i);
}

template <class M, typename Fn>
HWY_INLINE void MapBinary(Keep how, const float *a, const float *b, float *out, size_t n, Fn fn) {
  for (size_t i = 0; i < n; i += Count<M>())
    Store<M>(how, fn(Load<M>(a + i), Load<M>(b + i)), out + i);
}

template <class M>
void SfpuIn(Keep how, isa::SfpuFunction function, float f0, float f1, float *x, size_t n) {
  using enum isa::SfpuFunction;
  using T = Num<M>;
  const T p0 = f0, p1 = f1;
  auto map = [=](auto fn) HWY_ATTR { MapUnary<M>(how, x, n, fn); };
  auto between = [](T v, T low, T high) HWY_ATTR {
    T t = select(v > low, v, low);
    return select(t < high, t, high);
  };
  switch (function) {
  case Relu: return map([](T v) HWY_ATTR { return select(v > T(0), v, T(0)); });
  case LeakyRelu: return map([=](T v) HWY_ATTR { return select(v < T(0), v * p0, v); });
  case Mish: return map([](T v) HWY_ATTR { return mishF(v); });
  case MishBf16: return map([](T v) HWY_ATTR { return mishBf16F(v); });
  case Silu: return map([](T v) HWY_ATTR { return siluF(v); });
  case Sigmoid: return map([](T v) HWY_ATTR { return sigmoidF(v); });
  case Tanh: return map([](T v) HWY_ATTR { return tanhF(v); });
  case HardSwish:
    return map([=](T v) HWY_ATTR { return v * between(mad(v, T(1.0f / 6), T(0.5f)), T(0), T(1)); });
  case HardSigmoid: return map([=](T v) HWY_ATTR { return between(mad(v, p0, p1), T(0), T(1)); });
  case Clip: return map([=](T v) HWY_ATTR { return between(v, p0, p1); });
  case Exp: return map([](T v) HWY_ATTR { return expF(v); });
  case Reciprocal: return map([](T v) HWY_ATTR { return reciprocal(v); });
  case AddScalar: return map([=](T v) HWY_ATTR { return v + p0; });
  case MulScalar: return map([=](T v) HWY_ATTR { return v * p0; });
  case Abs: return map([](T v) HWY_ATTR { return absolute(v); });
  case Gelu: return map([](T v) HWY_ATTR { return geluF(v); });
  case Sqrt: return map([](T v) HWY_ATTR { return sqrt(v); });
  case Rsqrt: return map([](T v) HWY_ATTR { return rsqrt(v); });
  case Log: return map([](T v) HWY_ATTR { return logF(v); });
  case Softplus: return map([](T v) HWY_ATTR { return softplusF(v); });
  case Elu: return map([=](T v) HWY_ATTR { return select(v > T(0), v, p0 * expm1F(v)); });
  case Neg: return map([](T v) HWY_ATTR { return -v; });
  }
}

void Sfpu(const MathMode &mode, isa::SfpuFunction function, float p0, float p1, float *x, size_t n) {
  if (mode.exact)
    SfpuIn<Unit>(keepOf(mode), function, p0, p1, x, n);
  else
    SfpuIn<Ieee>(keepOf(mode), function, p0, p1, x, n);
}

template <class M>
void SfpuBinaryIn(Keep how, isa::SfpuBinaryKind kind, const float *a, const float *b, float *out,
                  size_t n) {
  using enum isa::SfpuBinaryKind;
  using T = Num<M>;
  auto map = [=](auto fn) HWY_ATTR { MapBinary<M>(how, a, b, out, n, fn); };
  switch (kind) {
  case Add: return map([](T x, T y) HWY_ATTR { return x + y; });
  case Sub: return map([](T x, T y) HWY_ATTR { return x - y; });
  case Mul: return map([](T x, T y) HWY_ATTR { return x * y; });
  case Div: return map([](T x, T y) HWY_ATTR { return x / y; });
  case Max: return map([](T x, T y) HWY_ATTR { return select(x > y, x, y); });
  case Min: return map([](T x, T y) HWY_ATTR { return select(x < y, x, y); });
  }
}

void SfpuBinary(const MathMode &mode, isa::SfpuBinaryKind kind, const float *a, const float *b,
                float *out, size_t n) {
  if (mode.exact)
    SfpuBinaryIn<Unit>(keepOf(mode), kind, a, b, out, n);
  else
    SfpuBinaryIn<Ieee>(keepOf(mode), kind, a, b, out, n);
}

/// For tests: SfpMad.h.
void SfpMadVectors(int what, const float *a, const float *b, const float *c, float *out, size_t n) {
  using T = Num<Unit>;
  for (size_t i = 0; i < n; i += Count<Unit>()) {
    T x = Load<Unit>(a + i), y = Load<Unit>(b + i), z = Load<Unit>(c + i);
    T r = what == 0 ? mad(x, y, z) : what == 1 ? x * y : what == 2 ? x + z : mishBf16F(x);
    for (int v = 0; v < Unit::width; ++v)
      hn::StoreU(r.v[v], DF(), out + i + size_t(v) * hn::Lanes(DF()));
  }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(Sfpu);
HWY_EXPORT(SfpuBinary);
HWY_EXPORT(SfpMadVectors);

void sfpu(const MathMode &mode, isa::SfpuFunction fn, float p0, float p1, float *dst, int count) {
  HWY_DYNAMIC_DISPATCH(Sfpu)(mode, fn, p0, p1, dst, size_t(count) * tileElements);
}

void sfpuBinary(const MathMode &mode, isa::SfpuBinaryKind kind, const float *a, const float *b,
                float *out, int count) {
  HWY_DYNAMIC_DISPATCH(SfpuBinary)(mode, kind, a, b, out, size_t(count) * tileElements);
}

void sfpMadVectors(int what, const float *a, const float *b, const float *c, float *out, size_t n) {
  HWY_DYNAMIC_DISPATCH(SfpMadVectors)(what, a, b, c, out, n);
}
} // namespace ttc::sim
#endif
