//===- Exact.h - the matrix engine's arithmetic, one element at a time ------===//
//
// The common steps of MVMUL, GAPOOL, ELWMUL, ELWADD and ELWSUB on 8-bit-exponent
// formats: multiplier operands by fidelity phase, and the accumulator that
// aligns, adds, normalises and rounds into Dst. Exponent 255 is an ordinary
// binade and exponent 0 is zero. Written without branches where a loop over
// elements should vectorise.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_KERNELS_EXACT_H
#define TTC_RUNTIME_KERNELS_EXACT_H

#include "Kernels/Bits.h"
#include "Kernels/Kernels.h"

#include <algorithm>

namespace ttc::sim::exact {

inline int phases(program::Fidelity f) { return int(f); } // LoFi 1 ... HiFi4 4

/// Added to the sum of the two biased exponents of a product.
inline constexpr int phaseOffset[4] = {-127, -127 - 5, -127 - 7, -127 - 12};

/// 11-bit significand of a tf32 pattern; 0 for zero and subnormals.
inline int32_t significand(uint32_t u) {
  return (u & exponentMask) ? int32_t(1024 + ((u >> 13) & 1023)) : 0;
}
inline int32_t exponentOf(uint32_t u) { return int32_t((u >> 23) & 0xff); }

/// The multiplier's 5-bit operand from SrcA and 7-bit operand from SrcB, from a significand.
inline int32_t operandA(int32_t f, int phase) { return (phase & 1) ? (f >> 1) & 31 : f >> 6; }
inline int32_t operandB(int32_t f, int phase) { return (phase & 2) ? (f & 15) << 3 : f >> 4; }

/// A signed term of a sum in units of 2^-23 relative to 2^(exponent - 127). Exponent 0: absent.
struct Term {
  int32_t exponent = 0;
  int32_t value = 0;
};

/// One product aligned to `largest`: rounded half up in magnitude, in units of 2^-10.
inline int32_t alignProduct(int32_t magnitude, int32_t distance) {
  return (((magnitude * 2) >> std::min(distance, 30)) + 1) >> 1;
}

/// Dst + terms, rounded to f32 or bf16 (pattern in the upper half).
inline uint32_t accumulate(Term t0, Term t1, uint32_t dst, bool fp32Dest) {
  int32_t exponentD = exponentOf(dst);
  int32_t largest = std::max(std::max(t0.exponent, t1.exponent), exponentD);
  if (largest <= 0)
    return 0;
  auto alignTerm = [&](Term t) {
    int32_t d = largest - t.exponent;
    if (d >= 31)
      return 0;
    int32_t v = d > 0 ? (t.value + (1 << (d - 1))) >> d : t.value; // ties towards +infinity
    return fp32Dest ? v : (v + 0x1000) & ~0x1fff;
  };
  int32_t magnitudeD = exponentD ? int32_t(0x800000u | (dst & 0x7fffffu)) : 0;
  int32_t d = largest - exponentD;
  if (d > 0)
    magnitudeD = d >= 31 ? 0 : (magnitudeD + (1 << (d - 1))) >> d; // ties away from zero
  if (!fp32Dest)
    magnitudeD = (magnitudeD + 0x1000) & ~0x1fff;
  int32_t sum = alignTerm(t0) + alignTerm(t1) + ((dst & signBit) ? -magnitudeD : magnitudeD);
  if (sum == 0)
    return 0;

  uint32_t sign = sum < 0 ? signBit : 0;
  uint32_t m = uint32_t(sum < 0 ? -sum : sum);
  int top = 31 - std::countl_zero(m);
  int32_t e = largest - 23 + top;
  uint32_t q; // 24 significant bits
  int keep = fp32Dest ? 23 : 7;
  if (sum == -1) { // Wormhole: the normaliser misreads a lone -1
    e = largest + 4;
    q = 0x800000u;
  } else if (top > keep) {
    q = (m + (1u << (top - keep - 1))) >> (top - keep); // ties away from zero
    if (q >> (keep + 1)) {
      q >>= 1;
      ++e;
    }
    q <<= 23 - keep;
  } else {
    q = m << (23 - top);
  }
  if (e <= 0)
    return 0;
  if (e >= 255)
    return sign | infinityBits;
  return sign | uint32_t(e) << 23 | (q & 0x7fffffu);
}

/// Sum of 8 products a[i * strideA] * b[i] of one phase.
inline Term dot8(const float *a, size_t strideA, const float *b, int phase) {
  int32_t exponent[8], magnitude[8];
  bool negative[8];
  int32_t largest = 0;
  for (int i = 0; i < 8; ++i) {
    uint32_t ua = bitsOf(a[i * strideA]), ub = bitsOf(b[i]);
    int32_t fa = significand(ua), fb = significand(ub);
    bool some = fa && fb;
    exponent[i] = some ? exponentOf(ua) + exponentOf(ub) + phaseOffset[phase] : 0;
    magnitude[i] = some ? operandA(fa, phase) * operandB(fb, phase) : 0;
    negative[i] = (ua ^ ub) & signBit;
    largest = std::max(largest, exponent[i]);
  }
  if (largest <= 0)
    return {};
  int32_t sum = 0;
  for (int i = 0; i < 8; ++i) {
    int32_t aligned = alignProduct(magnitude[i], largest - exponent[i]);
    sum += negative[i] ? -aligned : aligned;
  }
  return {largest, sum * 8192};
}

/// One output element of one matrix-vector instruction: 16 products of one phase added to Dst.
inline uint32_t dot16(const float *a, size_t strideA, const float *b, int phase, uint32_t dst,
                      bool fp32Dest) {
  return accumulate(dot8(a, strideA, b, phase), dot8(a + 8 * strideA, strideA, b + 8, phase), dst,
                    fp32Dest);
}

/// Dst + a * b, all phases.
inline uint32_t multiply(uint32_t a, uint32_t b, uint32_t dst, int numPhases, bool fp32Dest) {
  int32_t fa = significand(a), fb = significand(b);
  for (int phase = 0; phase < numPhases; ++phase) {
    Term t;
    int32_t e = exponentOf(a) + exponentOf(b) + phaseOffset[phase];
    if (fa && fb && e > 0) {
      int32_t m = operandA(fa, phase) * operandB(fb, phase) * 8192;
      t = {e, ((a ^ b) & signBit) ? -m : m};
    }
    dst = accumulate(t, {}, dst, fp32Dest);
  }
  return dst;
}

/// a + b into a zero Dst: 10 fraction bits at the scale of the larger.
inline uint32_t add(uint32_t a, uint32_t b, bool fp32Dest) {
  a = (a & exponentMask) ? a : 0;
  b = (b & exponentMask) ? b : 0;
  bool swap = (a & ~signBit) < (b & ~signBit);
  uint32_t x = swap ? b : a, y = swap ? a : b;
  int32_t fx = significand(x), fy = significand(y);
  int32_t d = exponentOf(x) - exponentOf(y);
  int32_t aligned = d == 0 ? fy : d < 12 ? (fy + (1 << (d - 1))) >> d : 0;
  int32_t sum = (x ^ y) & signBit ? fx - aligned : fx + aligned;
  sum = (x & signBit) ? -sum : sum;
  return accumulate({exponentOf(x), sum * 8192}, {}, 0, fp32Dest);
}

/// The larger in sign-magnitude order, so that NaN patterns lie beyond the infinities.
inline uint32_t larger(uint32_t a, uint32_t b) {
  auto key = [](uint32_t u) { return int32_t(u & signBit ? u ^ ~signBit : u); };
  return key(b) > key(a) ? b : a;
}

} // namespace ttc::sim::exact

#endif
