//===- DataFormat.cpp - host packing of device data formats ----------------===//
#include "ttc/Device/DataFormat.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace ttc {
namespace {

/// Sixteen floats to one shared exponent and sixteen sign-magnitude bytes with `bits` magnitude
/// bits (sign just above them).
template <int bits> uint8_t packBlock(const float *src, uint8_t *out) {
  uint32_t u[16];
  std::memcpy(u, src, sizeof u);
  uint32_t shared = 0;
  for (uint32_t x : u)
    shared = std::max(shared, (x >> 23) & 0xff);
  constexpr int drop = 24 - bits;
  constexpr uint32_t top = (1u << bits) - 1;
  for (int i = 0; i < 16; ++i) {
    uint32_t x = u[i];
    uint32_t significand = (x & 0x7fffffffu) ? (x & 0x7fffffu) | 0x800000u : 0u;
    uint32_t shift = std::min<uint32_t>(shared - ((x >> 23) & 0xff), 31);
    significand >>= shift;
    uint32_t even = (significand >> drop) & 1;
    uint32_t q = std::min((significand + ((1u << (drop - 1)) - 1) + even) >> drop, top);
    out[i] = uint8_t(q | (q ? (x >> 31) << bits : 0u));
  }
  return uint8_t(shared);
}

/// `magnitude` has 7 bits, the top one weighing 2^(exponent - 127). Through double: no double rounding.
float blockValue(uint32_t magnitude, uint32_t sign, int exponent) {
  double scale = std::bit_cast<double>(uint64_t(exponent - 133 + 1023) << 52);
  float v = float(magnitude * scale);
  return sign ? -v : v;
}

template <int bits> void packBlockTile(const float *src, size_t rowStride, uint8_t *out) {
  uint8_t *elements = out + 64;
  for (int block = 0; block < 64; ++block) {
    int row = (block >> 5) * 16 + (block & 15), col = ((block >> 4) & 1) * 16;
    const float *from = src + row * rowStride + col;
    if constexpr (bits == 7) {
      out[block] = packBlock<7>(from, elements + block * 16);
    } else {
      uint8_t nibbles[16];
      out[block] = packBlock<3>(from, nibbles);
      for (int i = 0; i < 8; ++i)
        elements[block * 8 + i] = uint8_t(nibbles[2 * i] | nibbles[2 * i + 1] << 4);
    }
  }
}

} // namespace

std::string_view name(DataFormat format) {
  switch (format) {
  case DataFormat::Fp32: return "f32";
  case DataFormat::Bf16: return "bf16";
  case DataFormat::Bfp8B: return "bfp8_b";
  case DataFormat::Bfp4B: return "bfp4_b";
  }
  return "?";
}

void packTileHost(DataFormat format, const float *src, size_t rowStride, uint8_t *out) {
  switch (format) {
  case DataFormat::Bfp8B: return packBlockTile<7>(src, rowStride, out);
  case DataFormat::Bfp4B: return packBlockTile<3>(src, rowStride, out);
  case DataFormat::Fp32:
  case DataFormat::Bf16: break;
  }
  for (int block = 0; block < 64; ++block) {
    int row = (block >> 5) * 16 + (block & 15), col = ((block >> 4) & 1) * 16;
    const float *from = src + row * rowStride + col;
    if (format == DataFormat::Fp32) {
      std::memcpy(out + block * 64, from, 64);
      continue;
    }
    uint16_t half[16];
    for (int i = 0; i < 16; ++i)
      half[i] = toBf16(from[i]);
    std::memcpy(out + block * 32, half, 32);
  }
}

void unpackTileHost(DataFormat format, const uint8_t *tile, float *dst, size_t rowStride) {
  for (int block = 0; block < 64; ++block) {
    int row = (block >> 5) * 16 + (block & 15), col = ((block >> 4) & 1) * 16;
    float *to = dst + row * rowStride + col;
    switch (format) {
    case DataFormat::Fp32: std::memcpy(to, tile + block * 64, 64); break;
    case DataFormat::Bf16: {
      uint16_t half[16];
      std::memcpy(half, tile + block * 32, 32);
      for (int i = 0; i < 16; ++i)
        to[i] = fromBf16(half[i]);
      break;
    }
    case DataFormat::Bfp8B:
      for (int i = 0; i < 16; ++i) {
        uint8_t b = tile[64 + block * 16 + i];
        to[i] = blockValue(b & 0x7f, b >> 7, tile[block]);
      }
      break;
    case DataFormat::Bfp4B:
      for (int i = 0; i < 16; ++i) {
        uint8_t b = (tile[64 + block * 8 + i / 2] >> (i & 1) * 4) & 15;
        to[i] = blockValue((b & 7) << 4, b >> 3, tile[block]);
      }
      break;
    }
  }
}

size_t matrixTileBytes(DataFormat format, size_t rows, size_t cols) {
  return (rows + tileDim - 1) / tileDim * ((cols + tileDim - 1) / tileDim) * tileBytes(format);
}

void packMatrixTiles(DataFormat format, const float *src, size_t rows, size_t cols,
                     size_t rowStride, uint8_t *out) {
  for (size_t r = 0; r < rows; r += tileDim)
    for (size_t c = 0; c < cols; c += tileDim, out += tileBytes(format)) {
      const float *corner = src + r * rowStride + c;
      size_t height = std::min<size_t>(tileDim, rows - r), width = std::min<size_t>(tileDim, cols - c);
      if (height == tileDim && width == tileDim) {
        packTileHost(format, corner, rowStride, out);
        continue;
      }
      float padded[tileElements] = {};
      for (size_t i = 0; i < height; ++i)
        std::copy_n(corner + i * rowStride, width, padded + i * tileDim);
      packTileHost(format, padded, tileDim, out);
    }
}

void unpackMatrixTiles(DataFormat format, const uint8_t *tiles, size_t rows, size_t cols,
                       size_t rowStride, float *dst) {
  for (size_t r = 0; r < rows; r += tileDim)
    for (size_t c = 0; c < cols; c += tileDim, tiles += tileBytes(format)) {
      float tile[tileElements];
      unpackTileHost(format, tiles, tile, tileDim);
      size_t height = std::min<size_t>(tileDim, rows - r), width = std::min<size_t>(tileDim, cols - c);
      for (size_t i = 0; i < height; ++i)
        std::copy_n(tile + i * tileDim, width, dst + (r + i) * rowStride + c);
    }
}

void packMatrixRows(DataFormat format, const float *src, size_t rows, size_t cols,
                    size_t rowStride, uint8_t *out, size_t pitchBytes) {
  assert(elementBytes(format) && "block formats have no row-major order");
  size_t used = cols * elementBytes(format);
  for (size_t r = 0; r < rows; ++r, src += rowStride, out += pitchBytes) {
    if (format == DataFormat::Fp32) {
      std::memcpy(out, src, used);
    } else {
      for (size_t c = 0; c < cols; ++c) {
        uint16_t half = toBf16(src[c]);
        std::memcpy(out + 2 * c, &half, 2);
      }
    }
    std::memset(out + used, 0, pitchBytes - used);
  }
}

void unpackMatrixRows(DataFormat format, const uint8_t *sticks, size_t pitchBytes, size_t rows,
                      size_t cols, size_t rowStride, float *dst) {
  assert(elementBytes(format) && "block formats have no row-major order");
  for (size_t r = 0; r < rows; ++r, sticks += pitchBytes, dst += rowStride) {
    if (format == DataFormat::Fp32) {
      std::memcpy(dst, sticks, cols * 4);
      continue;
    }
    for (size_t c = 0; c < cols; ++c) {
      uint16_t half;
      std::memcpy(&half, sticks + 2 * c, 2);
      dst[c] = fromBf16(half);
    }
  }
}

} // namespace ttc
