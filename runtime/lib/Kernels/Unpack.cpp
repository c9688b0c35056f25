//===- Unpack.cpp - the unpacker: raw tiles and sticks to register tiles ----===//
#include "Kernels/Kernels.h"

#include "Kernels/Bits.h"
#include "Kernels/Targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/Unpack.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {

/// What the way to a register takes from 16 elements. Formats other than f32 are bf16 values.
inline void narrow16(DataFormat format, UnpackTarget target, uint32_t *u) {
  bool isF32 = format == DataFormat::Fp32;
  if (isF32 && target == UnpackTarget::SrcTf32)
    for (int i = 0; i < 16; ++i)
      u[i] &= 0xffffe000u;
  else if (isF32 && target == UnpackTarget::SrcBf16)
    for (int i = 0; i < 16; ++i)
      u[i] = (u[i] & exponentMask) ? u[i] & 0xffff0000u : u[i] & signBit;
  else if (target == UnpackTarget::DstViaSrc || (target == UnpackTarget::Dst && !isF32))
    for (int i = 0; i < 16; ++i)
      u[i] = flushToPositiveZero(u[i]) & 0xffff0000u;
}

/// Sixteen sign-magnitude bytes under one exponent. Leading zeros lower the exponent, which wraps
/// at 8 bits; a negative zero is the infinity pattern.
inline void expandBlock(const uint8_t *bytes, uint32_t exponent, uint32_t *out) {
  for (int i = 0; i < 16; ++i) {
    uint32_t b = bytes[i], magnitude = b & 0x7f;
    uint32_t normal = bitsOf(float(int32_t(magnitude))); // exponent 133 - leading zeros
    uint32_t e = ((normal >> 23) + exponent - 133) & 0xff;
    uint32_t sign = (b & 0x80) << 24;
    uint32_t value = sign | e << 23 | (normal & 0x7fffffu);
    out[i] = magnitude ? value : sign ? 0xff800000u : 0u;
  }
}

void UnpackTile(DataFormat format, UnpackTarget target, const uint8_t *raw, float *tile) {
  for (int block = 0; block < 64; ++block) {
    alignas(64) uint32_t u[16];
    switch (format) {
    case DataFormat::Fp32: loadElements16(format, raw + block * 64, u); break;
    case DataFormat::Bf16: loadElements16(format, raw + block * 32, u); break;
    case DataFormat::Bfp8B: expandBlock(raw + 64 + block * 16, raw[block], u); break;
    case DataFormat::Bfp4B: {
      alignas(16) uint8_t bytes[16];
      for (int i = 0; i < 8; ++i) {
        uint8_t pair = raw[64 + block * 8 + i];
        bytes[2 * i] = uint8_t(pair << 4);
        bytes[2 * i + 1] = pair & 0xf0;
      }
      expandBlock(bytes, raw[block], u);
      break;
    }
    }
    narrow16(format, target, u);
    std::memcpy(tile + blockRow(block) * tileDim + blockCol(block), u, 64);
  }
}

void UnpackRows(DataFormat format, UnpackTarget target, const uint8_t *sticks, size_t pitch,
                int nrows, float *tile) {
  size_t half = 16 * elementBytes(format);
  for (int r = 0; r < nrows; ++r)
    for (int side = 0; side < 2; ++side) {
      alignas(64) uint32_t u[16];
      loadElements16(format, sticks + r * pitch + side * half, u);
      narrow16(format, target, u);
      std::memcpy(tile + r * tileDim + side * 16, u, 64);
    }
  std::memset(tile + nrows * tileDim, 0, (tileDim - nrows) * tileDim * sizeof(float));
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(UnpackTile);
HWY_EXPORT(UnpackRows);

void unpackTile(program::Format format, UnpackTarget target, const uint8_t *raw, float *tile) {
  HWY_DYNAMIC_DISPATCH(UnpackTile)(DataFormat(format), target, raw, tile);
}

void unpackRows(program::Format format, UnpackTarget target, const uint8_t *sticks, size_t pitch,
                int nrows, float *tile) {
  HWY_DYNAMIC_DISPATCH(UnpackRows)(DataFormat(format), target, sticks, pitch, nrows, tile);
}
} // namespace ttc::sim
#endif
