//===- PackTest.cpp - unpacker, packer and layout ---------------------------===//
#include "Common.h"

#include <gtest/gtest.h>

#include <limits>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;
using program::Format;

namespace {

constexpr Format allFormats[] = {Format::Fp32, Format::Bf16, Format::Bfp8B, Format::Bfp4B};

std::vector<uint8_t> pack(Format format, const Tile &tile, bool fp32Dest, unsigned flags = 0,
                          bool precise = false) {
  std::vector<uint8_t> raw(tileBytes(DataFormat(format)));
  packTile(format, {.fp32Dest = fp32Dest, .precisePack = precise}, flags, tile.data(), raw.data());
  return raw;
}

Tile unpack(Format format, const std::vector<uint8_t> &raw,
            UnpackTarget target = UnpackTarget::SrcBf16) {
  Tile tile(tileElements);
  unpackTile(format, target, raw.data(), tile.data());
  return tile;
}

uint16_t bf16At(const std::vector<uint8_t> &raw, int index) {
  return uint16_t(raw[2 * index] | raw[2 * index + 1] << 8);
}

TEST(Pack, ZeroTileIsAllZeroBytes) {
  Tile zeros(tileElements), negative(tileElements, -0.0f);
  for (Format f : allFormats) {
    EXPECT_EQ(pack(f, zeros, false), std::vector<uint8_t>(tileBytes(DataFormat(f))));
    EXPECT_EQ(pack(f, negative, false), std::vector<uint8_t>(tileBytes(DataFormat(f))));
  }
}

TEST(Pack, Bf16SpecialValues) {
  Tile t(tileElements);
  t[0] = std::numeric_limits<float>::quiet_NaN();
  t[1] = -std::numeric_limits<float>::quiet_NaN();
  t[2] = -std::numeric_limits<float>::infinity();
  t[3] = 1e-40f;             // subnormal
  t[4] = floatOf(0x7f7fffff); // rounds up to infinity
  t[5] = 1.0f + 0x1p-8f;     // a tie goes away from zero here and to even on the host
  t[6] = -1.0f - 0x1p-8f;
  t[7] = -0.0f;
  auto raw = pack(Format::Bf16, t, true);
  EXPECT_EQ(bf16At(raw, 0), 0x7f80);
  EXPECT_EQ(bf16At(raw, 1), 0xff80);
  EXPECT_EQ(bf16At(raw, 2), 0xff80);
  EXPECT_EQ(bf16At(raw, 3), 0);
  EXPECT_EQ(bf16At(raw, 4), 0x7f80);
  EXPECT_EQ(bf16At(raw, 5), 0x3f81);
  EXPECT_EQ(bf16At(raw, 6), 0xbf81);
  EXPECT_EQ(bf16At(raw, 7), 0);
  EXPECT_EQ(toBf16(t[5]), 0x3f80);
  EXPECT_EQ(toBf16(1.0f + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(toBf16(t[0]) & 0x7fff, 0x7fc0);
}

TEST(Pack, BlockFormatsShareTheLargestExponent) {
  Tile t(tileElements);
  t[0] = 1.9999f; // rounds up to 128/64: saturates, the exponent stays
  t[1] = -1.0f;
  t[2] = 0x1p-7f;  // half a unit of 2^-6: rounds up
  t[3] = -0x1p-9f; // below half a unit: 0, and no negative zero
  t[4] = 0.75f;
  auto raw = pack(Format::Bfp8B, t, true, 0, true);
  EXPECT_EQ(raw[0], 127);
  EXPECT_EQ(raw[64], 127);
  EXPECT_EQ(raw[65], 0x80 | 64);
  EXPECT_EQ(raw[66], 1);
  EXPECT_EQ(raw[67], 0);
  EXPECT_EQ(raw[68], 48);
  EXPECT_EQ(raw[1], 0) << "exponent of an empty face row";
  // bfp4_b truncates the 7-bit magnitude; the host rounds it.
  raw = pack(Format::Bfp4B, t, true, 0, true);
  EXPECT_EQ(raw[64], 7 | (8 | 4) << 4);
  EXPECT_EQ(raw[65], 0);
  EXPECT_EQ(raw[66], 3);
  t[4] = 0.97f;
  raw = pack(Format::Bfp4B, t, true, 0, true);
  EXPECT_EQ(raw[66], 3);
  packTileHost(DataFormat::Bfp4B, t.data(), tileDim, raw.data());
  EXPECT_EQ(raw[66], 4);
}

TEST(Pack, DefaultIntermediateRoundsTwice) {
  Tile t(tileElements);
  t[0] = 1.0f;
  t[1] = floatOf(0x3e7f0000); // 0.249..: 127.5/8 units -> 16 either way
  t[2] = floatOf(0x3fbf8000); // truncated to bf16 first in the default path
  auto precise = pack(Format::Bfp8B, t, true, 0, true), usual = pack(Format::Bfp8B, t, true);
  EXPECT_EQ(precise[64], usual[64]);
  t[2] = floatOf(0x3fbf0000); // 95.5 units: both round up to 96
  EXPECT_EQ(pack(Format::Bfp8B, t, true, 0, true)[66], 96);
  EXPECT_EQ(pack(Format::Bfp8B, t, true)[66], 96);
  t[2] = floatOf(0x3e870000); // 135/128 * 2^-2 = 16.875 units; 6 fraction bits make it 17
  EXPECT_EQ(pack(Format::Bfp8B, t, true)[66], 17);
  t[2] = floatOf(0x3e830000); // 16.375 units -> 16; with 6 fraction bits 16.5 -> 17
  EXPECT_EQ(pack(Format::Bfp8B, t, true, 0, true)[66], 16);
  EXPECT_EQ(pack(Format::Bfp8B, t, true)[66], 17);
}

TEST(Pack, Relu) {
  Tile t(tileElements);
  t[0] = -2, t[1] = 3, t[2] = -std::numeric_limits<float>::infinity();
  auto raw = pack(Format::Bf16, t, false, isa::PackRelu);
  EXPECT_EQ(bf16At(raw, 0), 0);
  EXPECT_EQ(bf16At(raw, 1), 0x4040);
  EXPECT_EQ(bf16At(raw, 2), 0);
}

TEST(Pack, AccumulatesIntoL1) {
  Tile t = normalTiles(1, 1), old = normalTiles(1, 2);
  for (Format f : {Format::Fp32, Format::Bf16}) {
    auto raw = pack(f, old, f == Format::Fp32);
    packTile(f, {.fp32Dest = f == Format::Fp32}, isa::PackL1Accumulate, t.data(), raw.data());
    Tile sum = unpack(f, raw, UnpackTarget::Dst);
    for (int i = 0; i < tileElements; ++i)
      ASSERT_EQ(sum[i], f == Format::Fp32 ? t[i] + old[i] : bf16Of(t[i] + old[i]));
  }
}

TEST(Unpack, ExponentWrapsAndNegativeZeroIsInfinity) {
  std::vector<uint8_t> raw(1088);
  raw[0] = 1;
  raw[64] = 1;    // 6 leading zeros: exponent 1 - 6 = 251 mod 256
  raw[65] = 0x80; // sign and no magnitude
  raw[66] = 0xff;
  Tile t = unpack(Format::Bfp8B, raw);
  EXPECT_EQ(bitsOf(t[0]), 251u << 23);
  EXPECT_EQ(bitsOf(t[1]), 0xff800000u);
  EXPECT_EQ(bitsOf(t[2]), 0x80000000u | 1u << 23 | 0x7e0000u);
}

TEST(Unpack, F32NarrowsByTarget) {
  Tile t(tileElements);
  t[0] = floatOf(0x3fffffff), t[1] = -1e-40f;
  std::vector<uint8_t> raw(4096);
  packTileHost(DataFormat::Fp32, t.data(), tileDim, raw.data());
  EXPECT_EQ(bitsOf(unpack(Format::Fp32, raw, UnpackTarget::Dst)[0]), 0x3fffffffu);
  EXPECT_EQ(bitsOf(unpack(Format::Fp32, raw, UnpackTarget::SrcTf32)[0]), 0x3fffe000u);
  EXPECT_EQ(bitsOf(unpack(Format::Fp32, raw, UnpackTarget::SrcBf16)[0]), 0x3fff0000u);
  EXPECT_EQ(bitsOf(unpack(Format::Fp32, raw, UnpackTarget::SrcBf16)[1]), 0x80000000u);
  EXPECT_EQ(bitsOf(unpack(Format::Fp32, raw, UnpackTarget::DstViaSrc)[1]), 0u);
}

TEST(Unpack, InvertsPackOnRepresentableValues) {
  Tile t(tileElements);
  for (int i = 0; i < tileElements; ++i)
    t[i] = float((i * 7) % 13 - 6) / 2; // 3 bits and a sign hold these next to 3
  for (int i = 0; i < tileElements; i += 16)
    t[i] = 3;
  for (Format f : {Format::Fp32, Format::Bf16, Format::Bfp8B})
    EXPECT_EQ(unpack(f, pack(f, t, true)), t);
  for (DataFormat f : {DataFormat::Fp32, DataFormat::Bf16, DataFormat::Bfp8B, DataFormat::Bfp4B}) {
    std::vector<uint8_t> raw(tileBytes(f));
    packTileHost(f, t.data(), tileDim, raw.data());
    Tile back(tileElements);
    unpackTileHost(f, raw.data(), back.data(), tileDim);
    EXPECT_EQ(back, t) << name(f);
    EXPECT_EQ(unpack(Format(f), raw), t) << name(f);
  }
}

TEST(Layout, TilizeThenUntilizeIsIdentity) {
  constexpr size_t pitch = 96;
  Tile values = normalTiles(1, 5);
  for (Format f : {Format::Bf16, Format::Fp32}) {
    std::vector<uint8_t> sticks(tileDim * pitch * 2), back(sticks.size()), raw(4096);
    packMatrixRows(DataFormat(f), values.data(), tileDim, tileDim, tileDim, sticks.data(), pitch * 2);
    MathMode mode{.fp32Dest = f == Format::Fp32};
    tilizeTile(mode, f, sticks.data(), pitch * 2, f, raw.data());
    EXPECT_EQ(unpack(f, raw, UnpackTarget::Dst), values);
    untilizeTile(mode, f, raw.data(), f, back.data(), pitch * 2);
    EXPECT_EQ(back, sticks);
  }
}

TEST(Layout, TilizeConvertsAndFlushes) {
  std::vector<uint8_t> sticks(tileDim * 64), raw(2048);
  uint16_t odd[] = {0x7fc1, 0x0001, 0x8000, 0xff80}; // NaN, subnormal, -0, -infinity
  std::memcpy(sticks.data(), odd, sizeof odd);
  tilizeTile({}, Format::Bf16, sticks.data(), 64, Format::Bf16, raw.data());
  EXPECT_EQ(bf16At(raw, 0), 0x7f80);
  EXPECT_EQ(bf16At(raw, 1), 0);
  EXPECT_EQ(bf16At(raw, 2), 0);
  EXPECT_EQ(bf16At(raw, 3), 0xff80);

  Tile values = normalTiles(1, 6);
  packMatrixRows(DataFormat::Bf16, values.data(), tileDim, tileDim, tileDim, sticks.data(), 64);
  std::vector<uint8_t> block(1088);
  tilizeTile({}, Format::Bf16, sticks.data(), 64, Format::Bfp8B, block.data());
  EXPECT_EQ(block, pack(Format::Bfp8B, values, false));
}

TEST(Layout, PackRowsWritesOnlyItsRows) {
  Tile t = normalTiles(1, 7);
  std::vector<uint8_t> sticks(tileDim * 64, 0xee);
  packRows(Format::Bf16, {}, 0, t.data(), 3, sticks.data(), 64);
  Tile back(3 * tileDim);
  unpackMatrixRows(DataFormat::Bf16, sticks.data(), 64, 3, tileDim, tileDim, back.data());
  EXPECT_EQ(back, Tile(t.begin(), t.begin() + 3 * tileDim));
  EXPECT_EQ(sticks[3 * 64], 0xee);
  Tile again(tileElements, 9);
  unpackRows(Format::Bf16, UnpackTarget::SrcBf16, sticks.data(), 64, 3, again.data());
  EXPECT_EQ(Tile(again.begin(), again.begin() + 96), back);
  EXPECT_EQ(again[3 * tileDim], 0) << "rows that are not read are zero";
}

TEST(Layout, Transpose) {
  Tile t = normalTiles(1, 8), out(tileElements);
  transposeTile(t.data(), out.data());
  for (int r = 0; r < tileDim; ++r)
    for (int c = 0; c < tileDim; ++c)
      ASSERT_EQ(out[r * tileDim + c], t[c * tileDim + r]);
}

TEST(Layout, FillPattern) {
  std::vector<uint8_t> bytes(7, 0x11);
  fillPattern(bytes.data(), 5, 0xff80);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0x80, 0xff, 0x80, 0xff, 0x80, 0x11, 0x11}));
  fillPattern(bytes.data(), 7, 0);
  EXPECT_EQ(bytes, std::vector<uint8_t>(7));
}

} // namespace
