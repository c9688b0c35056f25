//===- Pack.cpp - the packer: Dst tiles to raw tiles and sticks; tilize -----===//
//
// Two steps for every 16 elements: Dst to an intermediate (identity, bf16, or 8
// exponent and 6 fraction bits), then the intermediate to the L1 format. All
// rounding is deterministic and the same in both numeric modes.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Kernels.h"

#include "Kernels/Bits.h"
#include "Kernels/Targets.h"

#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Pack.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {

enum class Intermediate { F32, Bf16, E8M6 };

inline Intermediate intermediateOf(DataFormat format, const MathMode &mode) {
  if (isBlockFloat(format) && !mode.precisePack)
    return Intermediate::E8M6;
  bool keep = mode.fp32Dest && (format == DataFormat::Fp32 || isBlockFloat(format));
  return keep ? Intermediate::F32 : Intermediate::Bf16;
}

inline void early16(Intermediate kind, bool relu, const float *dst, uint32_t *u) {
  std::memcpy(u, dst, 64);
  if (kind == Intermediate::Bf16)
    for (int i = 0; i < 16; ++i)
      u[i] = packerBf16(u[i]);
  else if (kind == Intermediate::E8M6)
    for (int i = 0; i < 16; ++i)
      u[i] = packerE8M6(u[i]);
  if (relu)
    for (int i = 0; i < 16; ++i)
      u[i] = (u[i] & signBit) ? 0u : u[i];
}

/// L1 accumulation, f32: IEEE addition with subnormals flushed and one NaN.
inline void accumulate16(const uint32_t *old, uint32_t *u) {
  for (int i = 0; i < 16; ++i) {
    uint32_t a = (u[i] & exponentMask) ? u[i] : u[i] & signBit;
    uint32_t b = (old[i] & exponentMask) ? old[i] : old[i] & signBit;
    uint32_t sum = bitsOf(floatOf(a) + floatOf(b));
    sum = (sum & exponentMask) ? sum : sum & signBit;
    u[i] = (sum & ~signBit) > infinityBits ? 0x7fc00000u : sum;
  }
}

/// L1 accumulation, bf16: the sum in double, rounded to nearest even. A NaN that lies in L1 counts
/// as the finite number its exponent 255 would be.
inline uint32_t accumulateBf16(uint32_t added, uint32_t old) {
  auto widen = [](uint32_t u, bool nanIsFinite) {
    uint32_t e = (u >> 23) & 0xff, f = u & 0x7fffffu;
    if (e == 0)
      return (u & signBit) ? -0.0 : 0.0;
    if (e == 255 && (!nanIsFinite || f == 0))
      return double(floatOf(u));
    uint64_t d = uint64_t(u >> 31) << 63 | uint64_t(e - 127 + 1023) << 52 | uint64_t(f) << 29;
    return std::bit_cast<double>(d);
  };
  double sum = widen(added, false) + widen(old, true);
  uint64_t d = std::bit_cast<uint64_t>(sum);
  uint32_t sign = uint32_t(d >> 63) << 31;
  uint64_t magnitude = d & ~(uint64_t(1) << 63);
  if (magnitude > 0x7ff0000000000000ull)
    return 0x7fc00000u;
  // Nearest even at 7 fraction bits, still as a double; then re-biased.
  magnitude += ((uint64_t(1) << 44) - 1) + ((magnitude >> 45) & 1);
  int64_t e = int64_t(magnitude >> 52) - 1023 + 127;
  if (e <= 0)
    return sign;
  if (e >= 255)
    return sign | infinityBits;
  return sign | uint32_t(e) << 23 | (uint32_t(magnitude >> 45) & 0x7f) << 16;
}

/// Sixteen bf16 patterns to a shared exponent and 8-bit sign-magnitude elements (7 bits, rounded
/// half up, saturating; the exponent is not raised by a carry).
inline uint8_t shareExponent(const uint32_t *u, uint32_t *q) {
  uint32_t largest = 0;
  for (int i = 0; i < 16; ++i) {
    uint32_t e = u[i] & exponentMask;
    largest = e > largest ? e : largest;
  }
  largest >>= 23;
  for (int i = 0; i < 16; ++i) {
    uint32_t e = (u[i] >> 23) & 0xff, m = e ? 0x80u | ((u[i] >> 16) & 0x7f) : 0u;
    uint32_t d = largest - e;
    d = d < 9 ? d : 9; // 8 and more shift everything out
    uint32_t r = ((m >> d) + 1) >> 1;
    q[i] = r < 127 ? r : 127;
  }
  return uint8_t(largest);
}

void PackTile(DataFormat format, const MathMode &mode, unsigned flags, const float *dst,
              uint8_t *raw) {
  Intermediate kind = intermediateOf(format, mode);
  bool relu = flags & isa::PackRelu, accumulate = flags & isa::PackL1Accumulate;
  for (int block = 0; block < 64; ++block) {
    alignas(64) uint32_t u[16], q[16];
    early16(kind, relu, dst + blockRow(block) * tileDim + blockCol(block), u);
    switch (format) {
    case DataFormat::Fp32:
    case DataFormat::Bf16: {
      uint8_t *to = raw + block * 16 * elementBytes(format);
      if (accumulate) {
        loadElements16(format, to, q);
        if (format == DataFormat::Fp32)
          accumulate16(q, u);
        else
          for (int i = 0; i < 16; ++i)
            u[i] = accumulateBf16(u[i], q[i]);
      }
      storeElements16(format, u, to);
      break;
    }
    case DataFormat::Bfp8B: {
      raw[block] = shareExponent(u, q);
      uint8_t *to = raw + 64 + block * 16;
      for (int i = 0; i < 16; ++i)
        to[i] = uint8_t(q[i] | (q[i] ? (u[i] >> 24) & 0x80 : 0));
      break;
    }
    case DataFormat::Bfp4B: {
      raw[block] = shareExponent(u, q);
      uint8_t *to = raw + 64 + block * 8, nibble[16];
      for (int i = 0; i < 16; ++i) {
        uint32_t t = q[i] >> 4; // truncated, unlike the host's packing
        nibble[i] = uint8_t(t | (t ? (u[i] >> 28) & 8 : 0));
      }
      for (int i = 0; i < 8; ++i)
        to[i] = uint8_t(nibble[2 * i] | nibble[2 * i + 1] << 4);
      break;
    }
    }
  }
}

void PackRows(DataFormat format, const MathMode &mode, unsigned flags, const float *dst, int nrows,
              uint8_t *sticks, size_t pitch) {
  Intermediate kind = intermediateOf(format, mode);
  bool relu = flags & isa::PackRelu, accumulate = flags & isa::PackL1Accumulate;
  for (int r = 0; r < nrows; ++r)
    for (int side = 0; side < 2; ++side) {
      alignas(64) uint32_t u[16], old[16];
      early16(kind, relu, dst + r * tileDim + side * 16, u);
      uint8_t *to = sticks + r * pitch + side * 16 * elementBytes(format);
      if (accumulate) {
        loadElements16(format, to, old);
        if (format == DataFormat::Fp32)
          accumulate16(old, u);
        else
          for (int i = 0; i < 16; ++i)
            u[i] = accumulateBf16(u[i], old[i]);
      }
      storeElements16(format, u, to);
    }
}

/// The way of bf16 through Dst and the packer: NaN becomes infinity, a zero exponent +0.
HWY_INLINE void PassBf16(const uint8_t *from, uint8_t *to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<uint16_t, 16> d;
  const auto exponent = hn::Set(d, 0x7f80), sign = hn::Set(d, 0x8000);
  for (size_t i = 0; i < 16; i += hn::Lanes(d)) {
    auto x = hn::LoadU(d, reinterpret_cast<const uint16_t *>(from) + i);
    // Magnitudes above infinity are NaN; a minimum takes them back to it.
    auto finite = hn::Or(hn::Min(hn::AndNot(sign, x), exponent), hn::And(x, sign));
    auto some = hn::Ne(hn::And(x, exponent), hn::Zero(d));
    hn::StoreU(hn::IfThenElseZero(some, finite), d, reinterpret_cast<uint16_t *>(to) + i);
  }
}

void TilizeTile(const MathMode &mode, DataFormat inFormat, const uint8_t *sticks, size_t pitch,
                DataFormat outFormat, uint8_t *raw) {
  if (inFormat == DataFormat::Bf16 && outFormat == DataFormat::Bf16) {
    for (int block = 0; block < 64; ++block)
      PassBf16(sticks + blockRow(block) * pitch + blockCol(block) * 2, raw + block * 32);
    return;
  }
  alignas(64) float tile[tileElements];
  unpackRows(program::Format(inFormat), copyTarget(mode), sticks, pitch, tileDim, tile);
  PackTile(outFormat, mode, isa::PackNone, tile, raw);
}

void UntilizeTile(const MathMode &mode, DataFormat inFormat, const uint8_t *raw,
                  DataFormat outFormat, uint8_t *sticks, size_t pitch) {
  if (inFormat == DataFormat::Bf16 && outFormat == DataFormat::Bf16) {
    for (int block = 0; block < 64; ++block)
      PassBf16(raw + block * 32, sticks + blockRow(block) * pitch + blockCol(block) * 2);
    return;
  }
  alignas(64) float tile[tileElements];
  unpackTile(program::Format(inFormat), copyTarget(mode), raw, tile);
  PackRows(outFormat, mode, isa::PackNone, tile, tileDim, sticks, pitch);
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(PackTile);
HWY_EXPORT(PackRows);
HWY_EXPORT(TilizeTile);
HWY_EXPORT(UntilizeTile);

void packTile(program::Format format, const MathMode &mode, unsigned flags, const float *dst,
              uint8_t *raw) {
  assert(!((flags & isa::PackL1Accumulate) && isBlockFloat(DataFormat(format))));
  HWY_DYNAMIC_DISPATCH(PackTile)(DataFormat(format), mode, flags, dst, raw);
}

void packRows(program::Format format, const MathMode &mode, unsigned flags, const float *dst,
              int nrows, uint8_t *sticks, size_t pitch) {
  assert(elementBytes(DataFormat(format)) && "block formats have no row-major order");
  HWY_DYNAMIC_DISPATCH(PackRows)(DataFormat(format), mode, flags, dst, nrows, sticks, pitch);
}

void tilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *sticks, size_t pitch,
                program::Format outFormat, uint8_t *raw) {
  assert(elementBytes(DataFormat(inFormat)) && "block formats have no row-major order");
  HWY_DYNAMIC_DISPATCH(TilizeTile)
  (mode, DataFormat(inFormat), sticks, pitch, DataFormat(outFormat), raw);
}

void untilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *raw,
                  program::Format outFormat, uint8_t *sticks, size_t pitch) {
  assert(elementBytes(DataFormat(outFormat)) && "block formats have no row-major order");
  HWY_DYNAMIC_DISPATCH(UntilizeTile)
  (mode, DataFormat(inFormat), raw, DataFormat(outFormat), sticks, pitch);
}
} // namespace ttc::sim
#endif
