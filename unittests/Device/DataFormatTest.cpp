//===- DataFormatTest.cpp - host packing ------------------------------------===//
#include "ttc/Device/DataFormat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace ttc;

namespace {

constexpr DataFormat all[] = {DataFormat::Fp32, DataFormat::Bf16, DataFormat::Bfp8B,
                              DataFormat::Bfp4B};

TEST(DataFormat, Sizes) {
  EXPECT_EQ(tileBytes(DataFormat::Bfp8B), 64u + 1024u);
  EXPECT_EQ(tileBytes(DataFormat::Bfp4B), 64u + 512u);
  EXPECT_EQ(matrixTileBytes(DataFormat::Bf16, 33, 64), 4u * 2048);
  EXPECT_EQ(matrixTileBytes(DataFormat::Bf16, 0, 64), 0u);
}

TEST(DataFormat, TilesAreFaces) {
  EXPECT_EQ(tileIndex(0, 15), 15);
  EXPECT_EQ(tileIndex(0, 16), 256);
  EXPECT_EQ(tileIndex(16, 0), 512);
  EXPECT_EQ(tileIndex(31, 31), 1023);
  std::vector<float> m(tileElements);
  for (int i = 0; i < tileElements; ++i)
    m[i] = float(i);
  std::vector<uint8_t> raw(4096);
  packTileHost(DataFormat::Fp32, m.data(), tileDim, raw.data());
  const float *stored = reinterpret_cast<const float *>(raw.data());
  for (int r = 0; r < tileDim; ++r)
    for (int c = 0; c < tileDim; ++c)
      ASSERT_EQ(stored[tileIndex(r, c)], m[r * tileDim + c]);
}

TEST(DataFormat, MatricesArePaddedWithZerosAndReadBack) {
  constexpr size_t rows = 45, cols = 70, stride = 75;
  std::vector<float> m(rows * stride, 99.0f);
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < cols; ++c)
      m[r * stride + c] = float(int(r * 3 + c) % 7 - 3); // 3 bits: exact in every format
  for (DataFormat f : all) {
    std::vector<uint8_t> raw(matrixTileBytes(f, rows, cols));
    packMatrixTiles(f, m.data(), rows, cols, stride, raw.data());
    std::vector<float> back(rows * cols), padded(64 * 96);
    unpackMatrixTiles(f, raw.data(), rows, cols, cols, back.data());
    unpackMatrixTiles(f, raw.data(), 64, 96, 96, padded.data());
    for (size_t r = 0; r < 64; ++r)
      for (size_t c = 0; c < 96; ++c) {
        bool inside = r < rows && c < cols;
        ASSERT_EQ(padded[r * 96 + c], inside ? m[r * stride + c] : 0.0f) << name(f);
        if (inside)
          ASSERT_EQ(back[r * cols + c], m[r * stride + c]);
      }
  }
}

TEST(DataFormat, SticksAreZeroedToTheirPitch) {
  float m[] = {1, 2, 3, 4, 5, 6};
  std::vector<uint8_t> raw(32, 0xcc);
  packMatrixRows(DataFormat::Bf16, m, 2, 3, 3, raw.data(), 16);
  EXPECT_EQ(raw[6], 0);
  EXPECT_EQ(raw[15], 0);
  float back[6];
  unpackMatrixRows(DataFormat::Bf16, raw.data(), 16, 2, 3, 3, back);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(back[i], m[i]);
}

TEST(DataFormat, BlockFormatsRoundToEvenAndSaturate) {
  std::vector<float> m(tileElements);
  m[0] = 1.0f;
  m[1] = 2.5f / 64;  // a tie: to 2
  m[2] = -3.5f / 64; // a tie: to 4
  m[3] = -0.0f;
  m[16] = 1.9999f; // saturates at 127 under its own exponent
  std::vector<uint8_t> raw(1088);
  packTileHost(DataFormat::Bfp8B, m.data(), tileDim, raw.data());
  EXPECT_EQ(raw[0], 127);
  EXPECT_EQ(raw[64], 64);
  EXPECT_EQ(raw[65], 2);
  EXPECT_EQ(raw[66], 0x84);
  EXPECT_EQ(raw[67], 0);
  EXPECT_EQ(raw[64 + 256], 127);
  EXPECT_EQ(raw[16], 127);
}

TEST(DataFormat, LargestAndSmallestBlockElements) {
  std::vector<uint8_t> raw(1088);
  raw[0] = 255, raw[64] = 0x40, raw[65] = 0x01;
  raw[1] = 0, raw[80] = 0x81;
  std::vector<float> m(tileElements);
  unpackTileHost(DataFormat::Bfp8B, raw.data(), m.data(), tileDim);
  EXPECT_EQ(m[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(m[1], 0x1p122f);
  EXPECT_EQ(m[tileDim], -0x1p-133f);
}

TEST(DataFormat, Bf16RoundsToEvenAndKeepsNan) {
  EXPECT_EQ(toBf16(1.0f + 0x1p-8f), 0x3f80);
  EXPECT_EQ(toBf16(1.0f + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(toBf16(std::numeric_limits<float>::infinity()), 0x7f80);
  EXPECT_TRUE(std::isnan(fromBf16(toBf16(std::bit_cast<float>(0x7f800001u)))));
}

} // namespace
