//===- Bits.h - bit patterns of device numbers ------------------------------===//
//
// Branch-free helpers on IEEE single patterns, written so that loops over them
// vectorise. bf16 values are held in the upper half of an f32 pattern.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_KERNELS_BITS_H
#define TTC_RUNTIME_KERNELS_BITS_H

#include "ttc/Device/DataFormat.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace ttc::sim {

inline constexpr uint32_t signBit = 0x80000000u;
inline constexpr uint32_t exponentMask = 0x7f800000u;
inline constexpr uint32_t infinityBits = 0x7f800000u;

inline uint32_t bitsOf(float f) { return std::bit_cast<uint32_t>(f); }
inline float floatOf(uint32_t u) { return std::bit_cast<float>(u); }

/// NaN becomes the infinity of its sign.
inline uint32_t nanToInfinity(uint32_t u) {
  return (u & ~signBit) > infinityBits ? (u & signBit) | infinityBits : u;
}
/// The one NaN that IEEE arithmetic here leaves: hosts differ in sign and payload.
inline constexpr uint32_t nanBits = 0x7fc00000u;
inline uint32_t oneNan(uint32_t u) { return (u & ~signBit) > infinityBits ? nanBits : u; }

/// A zero exponent (zero, subnormal) becomes +0.
inline uint32_t flushToPositiveZero(uint32_t u) { return (u & exponentMask) ? u : 0u; }

/// f32 pattern to bf16 (upper half), ties to even; NaN to nanBits.
inline uint32_t roundBf16Even(uint32_t u) {
  uint32_t r = (u + 0x7fffu + ((u >> 16) & 1)) & 0xffff0000u;
  return (u & ~signBit) > infinityBits ? nanBits : r;
}

/// The packer's f32 to bf16: ties away from zero, NaN to infinity, subnormals to +0.
inline uint32_t packerBf16(uint32_t u) {
  return flushToPositiveZero((nanToInfinity(u) + 0x8000u) & 0xffff0000u);
}
/// The packer's 8-bit-exponent, 6-bit-fraction intermediate: truncated to bf16 first, then rounded
/// half up in magnitude.
inline uint32_t packerE8M6(uint32_t u) {
  return flushToPositiveZero(((nanToInfinity(u) & 0xffff0000u) + 0x10000u) & 0xfffe0000u);
}

/// Sixteen elements of a raw tile, f32 or bf16, as f32 patterns.
inline void loadElements16(DataFormat format, const uint8_t *from, uint32_t *to) {
  if (format == DataFormat::Fp32) {
    std::memcpy(to, from, 64);
    return;
  }
  alignas(32) uint16_t half[16];
  std::memcpy(half, from, 32);
  for (int i = 0; i < 16; ++i)
    to[i] = uint32_t(half[i]) << 16;
}
inline void storeElements16(DataFormat format, const uint32_t *from, uint8_t *to) {
  if (format == DataFormat::Fp32) {
    std::memcpy(to, from, 64);
    return;
  }
  alignas(32) uint16_t half[16];
  for (int i = 0; i < 16; ++i)
    half[i] = uint16_t(from[i] >> 16);
  std::memcpy(to, half, 32);
}

/// Row and first column of the 16-element face row that is number `block` (0..63) in storage order.
constexpr int blockRow(int block) { return (block >> 5) * 16 + (block & 15); }
constexpr int blockCol(int block) { return ((block >> 4) & 1) * 16; }

} // namespace ttc::sim

#endif
