//===- Eltwise.cpp - add, subtract and multiply in the matrix engine --------===//
#include "Kernels/Kernels.h"

#include "Kernels/Exact.h"
#include "Kernels/Targets.h"

#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Eltwise.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

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
    float b[tileDim];
    broadcastRow(bcast, in1, r, b);
    const float *a = in0 + r * tileDim;
    float *out = dst + r * tileDim;
    float result[tileDim];
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
      std::memcpy(out, result, sizeof result);
    else
      for (int c = 0; c < tileDim; ++c)
        out[c] = floatOf(roundBf16Even(bitsOf(result[c])));
  }
}

void EltwiseExact(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                  const float *in0, const float *in1, float *dst, bool accumulate) {
  int numPhases = exact::phases(mode.fidelity);
  for (int r = 0; r < tileDim; ++r) {
    float b[tileDim];
    broadcastRow(bcast, in1, r, b);
    const float *a = in0 + r * tileDim;
    float *out = dst + r * tileDim;
    for (int c = 0; c < tileDim; ++c) {
      uint32_t ua = bitsOf(a[c]), ub = bitsOf(b[c]);
      if (kind == isa::EltwiseKind::Mul)
        ua = exact::multiply(ua, ub, accumulate ? bitsOf(out[c]) : 0, numPhases, mode.fp32Dest);
      else
        ua = exact::add(ua, kind == isa::EltwiseKind::Sub ? ub ^ signBit : ub, mode.fp32Dest);
      out[c] = floatOf(ua);
    }
  }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(EltwiseFast);
HWY_EXPORT(EltwiseExact);

void eltwise(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast, const float *in0,
             const float *in1, float *dst, bool accumulate) {
  assert(!accumulate || kind == isa::EltwiseKind::Mul);
  if (mode.exact)
    HWY_DYNAMIC_DISPATCH(EltwiseExact)(mode, kind, bcast, in0, in1, dst, accumulate);
  else
    HWY_DYNAMIC_DISPATCH(EltwiseFast)(mode, kind, bcast, in0, in1, dst, accumulate);
}

void eltwiseDst(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                const float *in1, float *dst) {
  float left[tileElements];
  std::memcpy(left, dst, sizeof left);
  if (mode.exact && mode.fp32Dest) // Dst reaches the engine through a tf32 register
    for (float &x : left)
      x = floatOf(bitsOf(x) & 0xffffe000u);
  eltwise(mode, kind, bcast, left, in1, dst, false);
}
} // namespace ttc::sim
#endif
