//===- SfpMad.h - the vector unit's multiply-add, bit for bit ---------------===//
//
// Partially fused: the product, not normalised, keeps 26 fraction bits (the last
// one sticky), then is added and rounded to nearest even. Subnormal inputs are
// flushed, a result below 2^-126 is +0, and there is no -0 result. A NaN result
// keeps the fraction the same steps give it, with its last bit set.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_KERNELS_SFPMAD_H
#define TTC_RUNTIME_KERNELS_SFPMAD_H

#include "Kernels/Bits.h"

#include <algorithm>

namespace ttc::sim {

/// a * b + c on f32 patterns.
inline uint32_t sfpMad(uint32_t a, uint32_t b, uint32_t c) {
  auto flush = [](uint32_t u) { return (u & exponentMask) ? u : u & signBit; };
  a = flush(a), b = flush(b), c = flush(c);
  uint32_t signP = (a ^ b) & signBit, signC = c & signBit;
  auto isNan = [](uint32_t u) { return (u & ~signBit) > infinityBits; };
  auto isInf = [](uint32_t u) { return (u & ~signBit) == infinityBits; };
  auto isZero = [](uint32_t u) { return (u & ~signBit) == 0; };
  bool infP = isInf(a) || isInf(b);
  bool nanP = isNan(a) || isNan(b) || (isInf(a) && isZero(b)) || (isZero(a) && isInf(b));
  bool nan = nanP || isNan(c) || (infP && isInf(c) && signC != signP);
  if (!nan && infP)
    return signP | infinityBits;
  if (!nan && isInf(c))
    return c;

  // Significands with 26 fraction bits; the product's may be 2 and more.
  int32_t ep = 0, ec = int32_t(c >> 23 & 0xff);
  uint64_t mp = 0, mc = ec ? uint64_t(0x800000u | (c & 0x7fffffu)) << 3 : 0;
  if (!isZero(a) && !isZero(b)) {
    uint64_t product = uint64_t(0x800000u | (a & 0x7fffffu)) * (0x800000u | (b & 0x7fffffu));
    ep = int32_t(a >> 23 & 0xff) + int32_t(b >> 23 & 0xff) - 127;
    if (ep >= 0)
      mp = product >> 20 | ((product & 0xfffffu) != 0);
  }
  int32_t e = !mp ? ec : !mc ? ep : std::max(ep, ec);
  auto align = [&](uint64_t m, int32_t from) -> int64_t {
    int32_t d = m ? e - from : 0;
    uint64_t kept = d < 28 ? m >> d : 0;
    return int64_t(kept ? kept | ((m & ((uint64_t(1) << d) - 1)) != 0) : 0);
  };
  int64_t sum = (signP ? -align(mp, ep) : align(mp, ep)) + (signC ? -align(mc, ec) : align(mc, ec));
  uint32_t sign = sum < 0 ? signBit : 0;
  uint64_t m = uint64_t(sum < 0 ? -sum : sum), q = 0;
  if (m) {
    int top = 63 - std::countl_zero(m);
    e += top - 26;
    q = top > 23 ? m >> (top - 23) : m << (23 - top);
    if (top > 23) {
      uint64_t dropped = m & ((uint64_t(1) << (top - 23)) - 1), half = uint64_t(1) << (top - 24);
      q += dropped > half || (dropped == half && (q & 1));
    }
    if (q >> 24) {
      q >>= 1;
      ++e;
    }
  }
  if (nan) {
    uint32_t fraction = e >= 255 ? 0 : uint32_t(q) & 0x7fffffu;
    uint32_t nanSign = nanP ? signP : isNan(c) ? signC : 0; // inf - inf is positive
    return nanSign | infinityBits | fraction | 1;
  }
  if (!m || e <= 0)
    return 0;
  return e >= 255 ? sign | infinityBits : sign | uint32_t(e) << 23 | (uint32_t(q) & 0x7fffffu);
}

/// The vector form that the functions use. what: 0 a * b + c, 1 a * b, 2 a + c,
/// 3 mishBf16F(a), which no instruction has yet. n: a multiple of 64.
void sfpMadVectors(int what, const float *a, const float *b, const float *c, float *out, size_t n);

/// The unit's rounding instruction, f32 to bf16 without randomness: ties away from zero, NaN to
/// infinity, subnormals to +0 before they could round up.
inline uint32_t sfpRoundBf16(uint32_t u) { return packerBf16(flushToPositiveZero(u)); }

} // namespace ttc::sim

#endif
