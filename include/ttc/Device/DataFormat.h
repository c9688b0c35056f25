//===- DataFormat.h - device data formats and the host's packing of them ---===//
//
// Sizes and layouts of the formats a device buffer can hold, and the rules by
// which the *host* converts floats to them (weights, inputs) and back
// (outputs). The device's own packer rounds differently; it lives with the
// simulator's kernels. No MLIR.
//
// A tile is 32x32, stored as four 16x16 faces (top left, top right, bottom
// left, bottom right), each row-major, little-endian. Block floating point
// tiles begin with 64 shared exponents, one for each 16-element face row in
// storage order, followed by sign-magnitude elements: 8 bits (bfp8_b), or 4
// bits (bfp4_b) with the even element in the low nibble.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DEVICE_DATAFORMAT_H
#define TTC_DEVICE_DATAFORMAT_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ttc {

/// The hardware's format codes; the same values as program::Format (checked in lib/Program).
enum class DataFormat : uint8_t { Fp32 = 0, Bf16 = 5, Bfp8B = 6, Bfp4B = 7 };

inline constexpr int tileDim = 32;                     ///< rows and columns of a tile
inline constexpr int tileElements = tileDim * tileDim; ///< 1024
inline constexpr int faceDim = 16;                     ///< rows and columns of a face

/// "f32", "bf16", "bfp8_b", "bfp4_b".
std::string_view name(DataFormat);

constexpr bool isBlockFloat(DataFormat f) {
  return f == DataFormat::Bfp8B || f == DataFormat::Bfp4B;
}

/// Bytes of one 32x32 tile: 4096, 2048, 1088, 576.
constexpr size_t tileBytes(DataFormat f) {
  switch (f) {
  case DataFormat::Fp32: return 4096;
  case DataFormat::Bf16: return 2048;
  case DataFormat::Bfp8B: return 1088;
  case DataFormat::Bfp4B: return 576;
  }
  return 0;
}

/// Bytes of one element in row-major order: 4 or 2; 0 for block formats, which only exist as tiles.
constexpr size_t elementBytes(DataFormat f) {
  return f == DataFormat::Fp32 ? 4 : f == DataFormat::Bf16 ? 2 : 0;
}

/// Position of element (row, col) of a tile in its storage order.
constexpr int tileIndex(int row, int col) {
  return ((row >> 4) * 2 + (col >> 4)) * 256 + (row & 15) * 16 + (col & 15);
}

/// Float to bf16, nearest even; NaN stays NaN (quiet), infinities and subnormals are kept.
constexpr uint16_t toBf16(float value) {
  uint32_t u = std::bit_cast<uint32_t>(value);
  if ((u & 0x7fffffffu) > 0x7f800000u)
    return uint16_t((u >> 16) | 0x40);
  return uint16_t((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}

constexpr float fromBf16(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

/// Packs one tile on the host. `src` is 32 rows of 32 floats, `rowStride` floats apart; `out` has
/// tileBytes(format). f32: bits unchanged; bf16: toBf16; block formats: shared exponent = the
/// largest of 16 (never bumped), significands shifted by the difference, dropped bits lost, then
/// nearest even to 7 or 3 bits, saturating; no negative zero.
void packTileHost(DataFormat format, const float *src, size_t rowStride, uint8_t *out);

/// The inverse, exact except that block elements of 2^128 and more (shared exponent 255) become
/// infinite. A sign bit with zero magnitude reads as -0.
void unpackTileHost(DataFormat format, const uint8_t *tile, float *dst, size_t rowStride);

/// Bytes of a rows x cols matrix in tile order: ceil(rows/32) * ceil(cols/32) tiles.
size_t matrixTileBytes(DataFormat format, size_t rows, size_t cols);

/// Packs a rows x cols matrix (row i at src + i * rowStride) to tiles in row-major tile order,
/// zero-padded to whole tiles. Pure: split a large matrix by multiples of 32 rows for threads.
void packMatrixTiles(DataFormat format, const float *src, size_t rows, size_t cols,
                     size_t rowStride, uint8_t *out);
void unpackMatrixTiles(DataFormat format, const uint8_t *tiles, size_t rows, size_t cols,
                       size_t rowStride, float *dst);

/// Packs rows of `cols` elements as row-major sticks `pitchBytes` apart (>= cols * elementBytes);
/// the rest of a stick is zeroed. Only f32 and bf16.
void packMatrixRows(DataFormat format, const float *src, size_t rows, size_t cols,
                    size_t rowStride, uint8_t *out, size_t pitchBytes);
void unpackMatrixRows(DataFormat format, const uint8_t *sticks, size_t pitchBytes, size_t rows,
                      size_t cols, size_t rowStride, float *dst);

} // namespace ttc

#endif
