//===- Literal.h - the arithmetic of the engine, as its rules say it --------===//
//
// A slow model for tests, one value at a time on fields (sign, exponent, fraction),
// in the words and the order of the rules (sections named where they are used). It
// shares nothing with runtime/lib/Kernels and uses no floating point.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_UNITTESTS_RUNTIME_KERNELS_LITERAL_H
#define TTC_UNITTESTS_RUNTIME_KERNELS_LITERAL_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace ttc::sim::literal {

struct Fields {
  int s, e;
  int64_t f; ///< 23 bits
};
inline Fields fields(uint32_t u) { return {int(u >> 31), int((u >> 23) & 255), u & 0x7fffff}; }
inline uint32_t pattern(int s, int e, int64_t f) {
  return uint32_t(s) << 31 | uint32_t(e) << 23 | uint32_t(f);
}

/// floor(x / 2^n), for either sign.
inline int64_t floorShift(int64_t x, int n) {
  int64_t unit = int64_t(1) << n, q = x / unit;
  return x % unit < 0 ? q - 1 : q;
}
/// m / 2^n, halves away from zero; m >= 0.
inline int64_t halfUp(int64_t m, int n) {
  return n == 0 ? m : floorShift(m + (int64_t(1) << (n - 1)), n);
}

// --- section 4: multiplier operands ---

inline int offset(int phase) { return phase == 0 ? -127 : phase == 1 ? -132 : phase == 2 ? -134 : -139; }
inline int64_t opA(const Fields &x, int phase) {
  int64_t F = 1024 + (x.f >> 13);
  return phase == 0 || phase == 2 ? F / 64 : F / 2 % 32;
}
inline int64_t opB(const Fields &x, int phase) {
  int64_t F = 1024 + (x.f >> 13);
  return phase < 2 ? F / 16 : F % 16 * 8;
}

// --- section 6: accumulate, normalise, round ---

struct Sop {
  int s = 0, e = 0;
  int64_t m = 0;
};

inline uint32_t accumulate(std::vector<Sop> terms, uint32_t dst, bool fp32) {
  Fields d = fields(dst);
  int64_t md = d.e == 0 ? 0 : (1 << 23) + d.f;
  int E = d.e;
  for (const Sop &t : terms)
    E = std::max(E, t.e);
  if (E <= 0)
    return 0;
  int64_t T = 0;
  for (Sop t : terms) {
    int n = E - t.e;
    if (n >= 31)
      t.m = 0;
    else if (n > 0)
      t.m = floorShift(t.m + (int64_t(1) << (n - 1)) - t.s, n);
    if (!fp32)
      t.m = floorShift(t.m + 4096 - t.s, 13) * 8192;
    T += t.s ? -t.m : t.m;
  }
  int n = E - d.e;
  md = n >= 31 ? 0 : halfUp(md, n);
  if (!fp32)
    md = floorShift(md + 4096, 13) * 8192;
  T += d.s ? -md : md;
  if (T == 0)
    return 0;
  int s = T < 0, L = 0;
  int64_t m = std::llabs(T);
  while (m >> (L + 1))
    ++L;
  int shift = 23 - L;
  if (T == -1) // the Wormhole erratum
    return E + 4 >= 255 ? pattern(1, 255, 0) : E + 4 <= 0 ? 0 : pattern(1, E + 4, 0);
  int e = E - shift;
  int bits = fp32 ? 24 : 8; // kept, the leading one included
  if (L + 1 > bits) {
    m = halfUp(m, L + 1 - bits);
    if (m >> bits) {
      m /= 2;
      ++e;
    }
  } else {
    m <<= bits - (L + 1);
  }
  if (e <= 0)
    return 0;
  if (e >= 255)
    return pattern(s, 255, 0);
  return pattern(s, e, (m << (24 - bits)) - (1 << 23));
}

// --- section 5: one MVMUL element; a[k] from SrcA, b[k] from SrcB ---

inline uint32_t mvmul(const uint32_t *a, const uint32_t *b, uint32_t dst, int phase, bool fp32) {
  std::vector<Sop> terms;
  for (int group = 0; group < 2; ++group) {
    int P[8], sign[8];
    int64_t M[8];
    int G = -100000;
    for (int i = 0; i < 8; ++i) {
      Fields x = fields(a[group * 8 + i]), y = fields(b[group * 8 + i]);
      bool zero = x.e == 0 || y.e == 0;
      P[i] = zero ? 0 : x.e + y.e + offset(phase);
      M[i] = zero ? 0 : opA(x, phase) * opB(y, phase);
      sign[i] = zero ? 0 : x.s ^ y.s;
      G = std::max(G, P[i]);
    }
    if (G <= 0) {
      terms.push_back({});
      continue;
    }
    int64_t S = 0;
    for (int i = 0; i < 8; ++i) {
      int d = std::min(G - P[i], 30);
      int64_t aligned = floorShift(2 * M[i] + (int64_t(1) << d), d + 1);
      S += sign[i] ? -aligned : aligned;
    }
    terms.push_back({S < 0, G, std::llabs(S) << 13});
  }
  return accumulate(terms, dst, fp32);
}

// --- section 8 ---

inline uint32_t elwmul(uint32_t a, uint32_t b, uint32_t dst, int phases, bool fp32) {
  Fields x = fields(a), y = fields(b);
  for (int phase = 0; phase < phases; ++phase) {
    int P = x.e + y.e + offset(phase);
    Sop t;
    if (x.e != 0 && y.e != 0 && P > 0)
      t = {x.s ^ y.s, P, (opA(x, phase) * opB(y, phase)) << 13};
    dst = accumulate({t}, dst, fp32);
  }
  return dst;
}

inline uint32_t elwadd(uint32_t a, uint32_t b, bool subtract, bool fp32) {
  Fields x = fields(a), y = fields(b);
  y.s ^= subtract;
  if (x.e == 0)
    x = {0, 0, 0};
  if (y.e == 0)
    y = {0, 0, 0};
  if (y.e > x.e || (y.e == x.e && y.f > x.f))
    std::swap(x, y);
  int64_t Fx = x.e ? 1024 + (x.f >> 13) : 0, Fy = y.e ? 1024 + (y.f >> 13) : 0;
  int d = x.e - y.e;
  Fy = d < 12 ? halfUp(Fy, d) : 0;
  int64_t sum = x.s == y.s ? Fx + Fy : Fx - Fy;
  return accumulate({{x.s, x.e, sum << 13}}, 0, fp32);
}

// --- section 9: GMPOOL's order; GAPOOL is mvmul with the scaler in SrcB ---

/// Whether x comes before y in sign-magnitude order.
inline bool below(uint32_t x, uint32_t y) {
  if ((x >> 31) != (y >> 31))
    return x >> 31;
  return x >> 31 ? (x & 0x7fffffff) > (y & 0x7fffffff) : (x & 0x7fffffff) < (y & 0x7fffffff);
}
inline uint32_t gmpool(const std::vector<uint32_t> &column, uint32_t start) {
  uint32_t best = start;
  for (uint32_t u : column) {
    u = fields(u).e ? u : 0;
    if (below(best, u))
      best = u;
  }
  return best;
}

// --- section 10: the packer ---

enum class Early { F32, Bf16, E8M6 };

/// Dst pattern to the intermediate's. A bf16 Dst holds its 16 bits in the upper half.
inline uint32_t early(uint32_t u, Early to, bool fp32) {
  if (to == Early::F32)
    return u;
  Fields x = fields(u);
  if (x.e == 255 && x.f)
    u = pattern(x.s, 255, 0);
  if (fp32 && to == Early::Bf16)
    u = (u + 0x8000u) & 0xffff0000u;
  if (to == Early::E8M6) {
    uint32_t half = u >> 16;
    u = ((half + 1) & ~1u) << 16;
  }
  return fields(u).e ? u : 0;
}

/// 16 intermediate patterns to a block: the shared exponent and 7-bit sign-magnitude bytes, before
/// bfp4_b drops bits.
inline int shared(const uint32_t *u, uint8_t *out, bool four) {
  int E = 0;
  for (int i = 0; i < 16; ++i)
    E = std::max(E, fields(u[i]).e);
  for (int i = 0; i < 16; ++i) {
    Fields x = fields(u[i]);
    int64_t m8 = x.e ? 128 + (x.f >> 16) : 0, q = 0;
    int d = E - x.e;
    if (d < 8)
      q = floorShift(m8 + (int64_t(1) << d), d + 1);
    q = std::min<int64_t>(q, 127);
    if (four)
      q = q / 16;
    out[i] = uint8_t(q | (q && x.s ? (four ? 8 : 128) : 0));
  }
  return E;
}

// --- section 3: block floats to Src ---

inline uint32_t expand(int E, uint8_t byte) {
  int M = byte & 127, s = byte >> 7;
  if (M == 0)
    return s ? 0xff800000u : 0;
  int z = 0;
  while (!(M >> (6 - z) & 1))
    ++z;
  return pattern(s, ((E - z) % 256 + 256) % 256, (int64_t(M) << z & 63) << 17);
}

/// Host packing (section 10, last paragraph) of one block, 7 or 3 magnitude bits.
inline int hostShared(const uint32_t *u, uint8_t *out, int bits) {
  int E = 0;
  for (int i = 0; i < 16; ++i)
    E = std::max(E, fields(u[i]).e);
  for (int i = 0; i < 16; ++i) {
    Fields x = fields(u[i]);
    int64_t m = (x.e || x.f) ? (1 << 23) + x.f : 0;
    m = E - x.e > 40 ? 0 : m >> (E - x.e);
    int drop = 24 - bits;
    int64_t q = m >> drop, rest = m - (q << drop), half = int64_t(1) << (drop - 1);
    q += rest > half || (rest == half && q % 2);
    q = std::min<int64_t>(q, (1 << bits) - 1);
    out[i] = uint8_t(q | (q ? x.s << bits : 0));
  }
  return E;
}

} // namespace ttc::sim::literal

#endif
