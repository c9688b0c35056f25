//===- MatmulTest.cpp - both bodies of matmulBlock --------------------------===//
#include "Common.h"

#include "Kernels/Matmul.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;
using program::Fidelity;

namespace {

std::vector<const float *> pointers(const Tile &tiles) {
  std::vector<const float *> p;
  for (size_t i = 0; i < tiles.size(); i += tileElements)
    p.push_back(tiles.data() + i);
  return p;
}

Tile run(const MathMode &mode, const Tile &a, const Tile &b, int rows, int cols, int inner,
         Tile dst = {}) {
  dst.resize(size_t(rows) * cols * tileElements);
  matmulBlock(mode, pointers(a).data(), pointers(b).data(), dst.data(), rows, cols, inner);
  return dst;
}

/// Bits of the two, element by element.
void expectSameBits(const Tile &got, const Tile &want, const std::string &what) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(bitsOf(got[i]), bitsOf(want[i])) << what << ", element " << i;
}

TEST(Matmul, FastIsADotProductOfCutOperands) {
  Tile a = normalTiles(2 * 3, 1), b = normalTiles(3 * 2, 2), start = normalTiles(4, 3);
  for (auto [fidelity, keepA, keepB] :
       {std::tuple{Fidelity::LoFi, 0xfffe0000u, 0xfff80000u},
        {Fidelity::HiFi2, 0xfffe0000u, 0xffff0000u}, {Fidelity::HiFi4, 0xffff0000u, 0xffff0000u}}) {
    Tile got = run({.fidelity = fidelity, .fp32Dest = true}, a, b, 2, 2, 3, start);
    for (int r = 0; r < 64; ++r)
      for (int c = 0; c < 64; ++c) {
        size_t at = size_t((r / 32) * 2 + c / 32) * tileElements + (r % 32) * 32 + c % 32;
        double sum = start[at];
        for (int k = 0; k < 96; ++k)
          sum += double(floatOf(bitsOf(a[size_t((r / 32) * 3 + k / 32) * 1024 + (r % 32) * 32 + k % 32]) & keepA)) *
                 floatOf(bitsOf(b[size_t((k / 32) * 2 + c / 32) * 1024 + (k % 32) * 32 + c % 32]) & keepB);
        ASSERT_NEAR(got[at], sum, 2e-5);
      }
  }
}

TEST(Matmul, FastRoundsABf16DstOnceACall) {
  Tile a = normalTiles(4, 4), b = normalTiles(4, 5);
  Tile wide = run({.fp32Dest = true}, a, b, 1, 1, 4), narrow = run({}, a, b, 1, 1, 4);
  for (int i = 0; i < tileElements; ++i)
    ASSERT_EQ(narrow[i], bf16Of(wide[i]));
}

TEST(Matmul, ResultDoesNotDependOnTheBlocking) {
  Tile a = normalTiles(6, 6), b = normalTiles(6, 7);
  for (bool exact : {false, true}) {
    MathMode mode{.exact = exact, .fp32Dest = true};
    Tile whole = run(mode, a, b, 2, 2, 3);
    for (int r = 0; r < 2; ++r)
      for (int c = 0; c < 2; ++c) {
        std::vector<const float *> in0, in1;
        for (int k = 0; k < 3; ++k) {
          in0.push_back(a.data() + (r * 3 + k) * tileElements);
          in1.push_back(b.data() + (k * 2 + c) * tileElements);
        }
        Tile one(tileElements), part(whole.begin() + (r * 2 + c) * tileElements,
                                     whole.begin() + (r * 2 + c + 1) * tileElements);
        matmulBlock(mode, in0.data(), in1.data(), one.data(), 1, 1, 3);
        expectSameBits(one, part, "one tile");
      }
  }
}

TEST(Matmul, ExactVectorsEqualExactScalars) {
  struct Range {
    int low, high;
  };
  unsigned seed = 10;
  // Ordinary, wide, tiny (products underflow), large (the scalar path), and everything.
  for (Range range : {Range{120, 130}, {90, 160}, {1, 70}, {150, 184}, {170, 200}, {0, 255}})
    for (Fidelity fidelity : {Fidelity::LoFi, Fidelity::HiFi2, Fidelity::HiFi3, Fidelity::HiFi4})
      for (bool fp32Dest : {false, true}) {
        Tile a = patternTiles(2, seed++, range.low, range.high);
        Tile b = patternTiles(2, seed++, range.low, range.high);
        int center = std::clamp(range.low + range.high - 127, 0, 250);
        Tile dst = patternTiles(1, seed++, center, std::min(center + 8, 255));
        if (fp32Dest)
          for (size_t i = 0; i < dst.size(); ++i)
            dst[i] = floatOf(bitsOf(dst[i]) ^ uint32_t(i * 2654435761u >> 17));
        MathMode mode{.exact = true, .fidelity = fidelity, .fp32Dest = fp32Dest};
        Tile want = dst;
        matmulBlockExactScalar(mode, pointers(a).data(), pointers(b).data(), want.data(), 1, 1, 2);
        expectSameBits(run(mode, a, b, 1, 1, 2, dst), want,
                       "exponents " + std::to_string(range.low) + ".." + std::to_string(range.high));
      }
}

TEST(Matmul, TiesInsideAGroupRoundAwayFromZero) {
  // 1 and the products 2^-11 and -3 * 2^-11: half a unit and one and a half of the group's 2^-10.
  Tile a(tileElements), b(tileElements);
  a[0] = a[1] = a[32] = a[33] = 1;
  b[0] = 1, b[1] = -1;
  b[32] = 0x1p-11f, b[33] = -0x1p-11f;
  a[34] = 1, b[64] = 0x1p-10f;
  Tile d = run({.exact = true, .fidelity = Fidelity::HiFi4, .fp32Dest = true}, a, b, 1, 1, 1);
  EXPECT_EQ(d[0], 1 + 0x1p-10f);
  EXPECT_EQ(d[1], -1 - 0x1p-10f);
  EXPECT_EQ(d[32], 1 + 0x1p-9f);
}

TEST(Matmul, LoneMinusOneIsMisread) {
  Tile a(tileElements), b(tileElements), dst(tileElements);
  a[0] = b[0] = 1;
  dst[0] = floatOf(0xbf800001u);
  MathMode mode{.exact = true, .fidelity = Fidelity::LoFi, .fp32Dest = true};
  EXPECT_EQ(bitsOf(run(mode, a, b, 1, 1, 1, dst)[0]), 0xc1800000u);
}

TEST(Matmul, ExactTreatsInfinityAsANumber) {
  Tile a(tileElements), b(tileElements);
  a[0] = floatOf(infinityBits); // 2^128
  b[0] = 0.5f;
  Tile d = run({.exact = true, .fidelity = Fidelity::LoFi}, a, b, 1, 1, 1);
  EXPECT_EQ(d[0], 0x1p127f);
}

TEST(Matmul, FastIsCloseToExactWithF32Dst) {
  constexpr int inner = 16;
  Tile a = normalTiles(inner, 20), b = normalTiles(inner, 21);
  for (Fidelity fidelity : {Fidelity::LoFi, Fidelity::HiFi2, Fidelity::HiFi3, Fidelity::HiFi4}) {
    MathMode fast{.fidelity = fidelity, .fp32Dest = true}, exact = fast;
    exact.exact = true;
    EXPECT_LE(nrmse(run(fast, a, b, 1, 1, inner), run(exact, a, b, 1, 1, inner)), 5e-4);
  }
}

/// The order of sums that Kernels.h states, and what it does to values out of the ordinary.
TEST(Matmul, FastSumsInTheStatedOrder) {
  unsigned seed = 40;
  constexpr int inner = 2;
  for (auto [low, high] : {std::pair{120, 134}, {1, 60}, {0, 255}}) {
    Tile a = patternTiles(inner, seed++, low, high), b = patternTiles(inner, seed++, low, high);
    Tile start = normalTiles(1, seed++), got = run({.fidelity = Fidelity::HiFi4, .fp32Dest = true}, a, b, 1, 1, inner, start);
    auto flushed = [](float x) { return bitsOf(x) & exponentMask ? x : 0.0f; };
    for (int i = 0; i < tileElements; ++i) {
      volatile float total = 0; // volatile: every product and sum is rounded
      for (int kt = 0; kt < inner; ++kt) {
        volatile float sum[2] = {0, 0};
        for (int k = 0; k < tileDim; ++k) {
          volatile float product = flushed(a[kt * tileElements + i / 32 * 32 + k]) *
                                   flushed(b[kt * tileElements + k * 32 + i % 32]);
          sum[k & 1] = sum[k & 1] + product;
        }
        volatile float both = sum[0] + sum[1];
        total = total + both;
      }
      volatile float want = start[i] + total;
      if (std::isnan(want))
        ASSERT_EQ(bitsOf(got[i]), 0x7fc00000u);
      else
        ASSERT_EQ(bitsOf(got[i]), bitsOf(want)) << "exponents from " << low << ", element " << i;
    }
  }
}

TEST(Matmul, OperandsKnowWhetherTheyAreOrdinary) {
  auto of = [](float x, float y) {
    Tile t(tileElements);
    t[17] = x, t[900] = y;
    Operand out;
    cutOperand({.fidelity = Fidelity::HiFi4}, OperandSide::In0, t.data(), out);
    return out;
  };
  EXPECT_TRUE(of(0, 1).ordinary);
  EXPECT_TRUE(of(0x1p-50f, -0x1.fep50f).ordinary);
  EXPECT_FALSE(of(0x1p-51f, 1).ordinary);
  EXPECT_FALSE(of(1, 0x1p51f).ordinary);
  EXPECT_FALSE(of(1, std::nanf("")).ordinary);
  EXPECT_TRUE(of(0x1p-140f, 1).ordinary) << "subnormals are zero";
  EXPECT_EQ(of(0x1p-140f, 1).values[17], 0);
  EXPECT_TRUE(of(1.5f, 0).bf16);
  EXPECT_FALSE(of(1 + 0x1p-9f, 0).bf16);
}

} // namespace
