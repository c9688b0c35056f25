//===- VectorTest.cpp - elementwise, reductions and the vector unit ---------===//
#include "Common.h"

#include "Kernels/Exact.h"
#include "Kernels/SfpMad.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;
using isa::SfpuFunction;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

TEST(Eltwise, KindsAndBroadcasts) {
  Tile a = normalTiles(1, 1), b = normalTiles(1, 2);
  for (bool exact : {false, true})
    for (auto kind : {isa::EltwiseKind::Add, isa::EltwiseKind::Sub, isa::EltwiseKind::Mul})
      for (auto bcast : {isa::Broadcast::None, isa::Broadcast::Row, isa::Broadcast::Col,
                         isa::Broadcast::Scalar}) {
        MathMode mode{.exact = exact, .fidelity = program::Fidelity::HiFi4, .fp32Dest = true};
        Tile out(tileElements), reused = a;
        eltwise(mode, kind, bcast, a.data(), b.data(), out.data(), false);
        eltwiseDst(mode, kind, bcast, b.data(), reused.data());
        EXPECT_EQ(out, reused) << "bf16 values survive the way through Src";
        for (int r = 0; r < tileDim; ++r)
          for (int c = 0; c < tileDim; ++c) {
            float x = a[r * 32 + c];
            float y = b[bcast == isa::Broadcast::None  ? r * 32 + c
                        : bcast == isa::Broadcast::Row ? c
                        : bcast == isa::Broadcast::Col ? r * 32
                                                       : 0];
            float want = kind == isa::EltwiseKind::Add   ? x + y
                         : kind == isa::EltwiseKind::Sub ? x - y
                                                         : x * y;
            float scale = std::max(std::fabs(x), std::fabs(y));
            float slack = kind == isa::EltwiseKind::Mul ? 1e-6f * std::fabs(want) : 0x1p-10f * scale;
            ASSERT_NEAR(out[r * 32 + c], want, exact ? slack : 1e-6f * scale);
          }
      }
}

TEST(Eltwise, VectorsEqualScalars) {
  unsigned seed = 100;
  for (auto [low, high] : {std::pair{120, 130}, {1, 40}, {0, 255}})
    for (bool fp32Dest : {false, true})
      for (int phases = 1; phases <= 4; ++phases) {
        Tile a = patternTiles(1, seed++, low, high), b = patternTiles(1, seed++, low, high);
        Tile start = patternTiles(1, seed++, low, high), out = start, sum(tileElements);
        MathMode mode{.exact = true, .fidelity = program::Fidelity(phases), .fp32Dest = fp32Dest};
        eltwise(mode, isa::EltwiseKind::Mul, isa::Broadcast::None, a.data(), b.data(), out.data(),
                true);
        eltwise(mode, isa::EltwiseKind::Sub, isa::Broadcast::None, a.data(), b.data(), sum.data(),
                false);
        for (int i = 0; i < tileElements; ++i) {
          uint32_t x = bitsOf(a[i]), y = bitsOf(b[i]);
          ASSERT_EQ(bitsOf(out[i]), exact::multiply(x, y, bitsOf(start[i]), phases, fp32Dest));
          ASSERT_EQ(bitsOf(sum[i]), exact::add(x, y ^ signBit, fp32Dest));
        }
      }
}

TEST(Eltwise, AccumulatesProducts) {
  Tile a = normalTiles(1, 3), b = normalTiles(1, 4), start = normalTiles(1, 5);
  for (bool exact : {false, true}) {
    Tile out = start;
    eltwise({.exact = exact, .fidelity = program::Fidelity::HiFi4, .fp32Dest = true},
            isa::EltwiseKind::Mul, isa::Broadcast::None, a.data(), b.data(), out.data(), true);
    for (int i = 0; i < tileElements; ++i)
      ASSERT_NEAR(out[i], start[i] + a[i] * b[i], 1e-5);
  }
}

TEST(Reduce, MaximumStartsBelowEverythingWhenCleared) {
  Tile t(tileElements, -5.0f), dst(tileElements);
  t[3 * 32 + 7] = -2;
  using isa::ReduceDim;
  for (bool exact : {false, true})
    for (ReduceDim dim : {ReduceDim::Row, ReduceDim::Col, ReduceDim::Scalar}) {
      dst.assign(tileElements, 0);
      reduceTile({.exact = exact}, isa::ReduceKind::Max, dim, t.data(), 1, true, dst.data());
      size_t hit = dim == ReduceDim::Row ? 3 * 32 : dim == ReduceDim::Col ? 7 : 0;
      EXPECT_EQ(dst[hit], -2);
      if (dim != ReduceDim::Scalar) {
        EXPECT_EQ(dst[dim == ReduceDim::Row ? 0 : 1], -5);
      }
      EXPECT_EQ(dst[33], 0) << "the rest is zero";
      // A second tile accumulates.
      Tile more(tileElements, -3.0f);
      reduceTile({.exact = exact}, isa::ReduceKind::Max, dim, more.data(), 1, false, dst.data());
      EXPECT_EQ(dst[hit], -2);
      if (dim != ReduceDim::Scalar) {
        EXPECT_EQ(dst[dim == ReduceDim::Row ? 0 : 1], -3);
      }
    }
}

TEST(Reduce, SumsAreScaledOnce) {
  Tile t = normalTiles(1, 6);
  using isa::ReduceDim;
  for (bool exact : {false, true})
    for (ReduceDim dim : {ReduceDim::Row, ReduceDim::Col, ReduceDim::Scalar}) {
      Tile dst(tileElements);
      MathMode mode{.exact = exact, .fidelity = program::Fidelity::HiFi4, .fp32Dest = true};
      for (int twice = 0; twice < 2; ++twice)
        reduceTile(mode, isa::ReduceKind::Sum, dim, t.data(), 0.25f, twice == 0, dst.data());
      for (int i = 0; i < (dim == ReduceDim::Scalar ? 1 : tileDim); ++i) {
        double sum = 0;
        for (int j = 0; j < tileElements; ++j)
          if (dim == ReduceDim::Scalar || (dim == ReduceDim::Row ? j / 32 : j % 32) == i)
            sum += t[j];
        EXPECT_NEAR(dst[dim == ReduceDim::Row ? i * 32 : i], sum / 2, exact ? 2e-2 : 1e-4);
      }
    }
}

TEST(PoolRows, UsesOnlyItsRows) {
  Tile values = normalTiles(2, 7); // 32 rows of 64
  std::vector<uint8_t> sticks(32 * 128);
  packMatrixRows(DataFormat::Bf16, values.data(), 32, 64, 64, sticks.data(), 128);
  for (bool exact : {false, true})
    for (int nrows : {1, 9, 16, 25, 32})
      for (auto kind : {isa::ReduceKind::Max, isa::ReduceKind::Sum}) {
        Tile dst(2 * tileElements, 7.0f);
        MathMode mode{.exact = exact, .fidelity = program::Fidelity::HiFi4, .fp32Dest = true};
        poolRows(mode, kind, program::Format::Bf16, sticks.data(), 128, nrows, 2, 0.125f, true,
                 dst.data());
        for (int c = 0; c < 64; ++c) {
          float largest = -inf;
          double sum = 0;
          for (int r = 0; r < nrows; ++r) {
            largest = std::max(largest, values[r * 64 + c]);
            sum += values[r * 64 + c] * 0.125;
          }
          float got = dst[(c / 32) * tileElements + c % 32];
          if (kind == isa::ReduceKind::Max)
            ASSERT_EQ(got, largest);
          else
            ASSERT_NEAR(got, sum, exact ? 4e-3 : 1e-5);
        }
        EXPECT_EQ(dst[32], 0);
      }
}

struct Reference {
  SfpuFunction fn;
  float p0, p1;
  std::function<double(double)> of;
  double low, high; ///< the range compared
};

TEST(Sfpu, MatchesTheFunctionInDouble) {
  using enum SfpuFunction;
  auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  auto softplus = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); };
  std::vector<Reference> all = {
      {Relu, 0, 0, [](double x) { return std::max(x, 0.0); }, -100, 100},
      {LeakyRelu, 0.1f, 0, [](double x) { return x < 0 ? x * 0.1f : x; }, -100, 100},
      {Mish, 0, 0, [=](double x) { return x * std::tanh(softplus(x)); }, -80, 100},
      {Silu, 0, 0, [=](double x) { return x * sigmoid(x); }, -80, 100},
      {Sigmoid, 0, 0, sigmoid, -80, 80},
      {Tanh, 0, 0, [](double x) { return std::tanh(x); }, -20, 20},
      {HardSwish, 0, 0, [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }, -2.9, 100},
      {HardSigmoid, 0.2f, 0.5f, [](double x) { return std::clamp(x * 0.2f + 0.5, 0.0, 1.0); }, -2, 10},
      {Clip, -1, 6, [](double x) { return std::clamp(x, -1.0, 6.0); }, -10, 10},
      {Exp, 0, 0, [](double x) { return std::exp(x); }, -87, 88},
      {Reciprocal, 0, 0, [](double x) { return 1 / x; }, 0.01, 100},
      {AddScalar, 3.5f, 0, [](double x) { return x + 3.5; }, 0, 100},
      {MulScalar, 3.5f, 0, [](double x) { return x * 3.5; }, -100, 100},
      {Abs, 0, 0, [](double x) { return std::fabs(x); }, -100, 100},
      {Gelu, 0, 0, [](double x) { return 0.5 * x * std::erfc(-x * std::sqrt(0.5)); }, -5, 20},
      {Sqrt, 0, 0, [](double x) { return std::sqrt(x); }, 0, 1e4},
      {Rsqrt, 0, 0, [](double x) { return 1 / std::sqrt(x); }, 1e-4, 1e4},
      {Log, 0, 0, [](double x) { return std::log(x); }, 1e-4, 1e4},
      {Softplus, 0, 0, softplus, -60, 60},
      {Elu, 1.5f, 0, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, -30, 30},
      {Neg, 0, 0, [](double x) { return -x; }, -100, 100},
  };
  ASSERT_EQ(all.size(), size_t(Neg) + 1) << "one row a function";
  for (const Reference &r : all) {
    Tile x(4 * tileElements);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(r.low + (r.high - r.low) * double(i) / double(x.size() - 1));
    for (bool exact : {false, true}) {
      Tile y = x;
      sfpu({.exact = exact, .fp32Dest = true}, r.fn, r.p0, r.p1, y.data(), 4);
      for (size_t i = 0; i < x.size(); ++i) {
        double want = r.of(x[i]);
        ASSERT_NEAR(y[i], want, 4e-6 * std::fabs(want) + 2e-7 * (r.fn == Log) + 1e-37)
            << isa::name(r.fn) << "(" << x[i] << ")" << (exact ? ", exact" : "");
      }
    }
  }
}

TEST(Sfpu, EndsOfTheRange) {
  for (bool exact : {false, true}) {
  auto of = [=](SfpuFunction fn, float x, float p0 = 1) {
    Tile t(tileElements, x);
    sfpu({.exact = exact, .fp32Dest = true}, fn, p0, 0, t.data(), 1);
    return t[0];
  };
  using enum SfpuFunction;
  EXPECT_EQ(of(Exp, inf), inf);
  EXPECT_EQ(of(Exp, 100), inf);
  EXPECT_EQ(of(Exp, -inf), 0);
  EXPECT_EQ(of(Exp, -100), 0);
  for (SfpuFunction fn : {Mish, Silu, Gelu}) {
    EXPECT_EQ(of(fn, inf), inf) << isa::name(fn);
    EXPECT_EQ(of(fn, -inf), 0) << isa::name(fn);
    EXPECT_EQ(of(fn, 0), 0) << isa::name(fn);
  }
  EXPECT_EQ(of(Sigmoid, inf), 1);
  EXPECT_EQ(of(Sigmoid, -inf), 0);
  EXPECT_EQ(of(Tanh, inf), 1);
  EXPECT_EQ(of(Tanh, -inf), -1);
  EXPECT_EQ(of(Softplus, inf), inf);
  EXPECT_EQ(of(Softplus, -inf), 0);
  EXPECT_EQ(of(Elu, -inf, 2), -2);
  EXPECT_EQ(of(Log, 0), -inf);
  EXPECT_TRUE(std::isnan(of(Log, -1)));
  EXPECT_EQ(of(Log, inf), inf);
  float nan = std::numeric_limits<float>::quiet_NaN();
  for (SfpuFunction fn : {LeakyRelu, Mish, Silu, Sigmoid, Tanh, Exp, Reciprocal, Gelu, Sqrt, Log,
                          Softplus, Elu})
    EXPECT_TRUE(std::isnan(of(fn, nan))) << isa::name(fn);
  EXPECT_EQ(of(Reciprocal, 0), inf);
  EXPECT_EQ(of(Reciprocal, -0.0f), -inf);
  EXPECT_EQ(of(Reciprocal, -inf), 0);
  EXPECT_EQ(of(Reciprocal, 0x1p-126f), 0x1p126f);
  EXPECT_EQ(of(Sqrt, 0), 0);
  EXPECT_EQ(of(Sqrt, inf), inf);
  EXPECT_TRUE(std::isnan(of(Sqrt, -1)));
  EXPECT_EQ(of(Rsqrt, 0), inf);
  EXPECT_EQ(of(Rsqrt, inf), 0);
  float tiny = 0x1p-140f; // the unit flushes it
  if (exact) {
    EXPECT_EQ(of(Reciprocal, tiny), inf);
    EXPECT_EQ(bitsOf(of(MulScalar, -tiny, 2)), 0u);
    EXPECT_EQ(bitsOf(of(AddScalar, tiny, 0)), 0u);
  }
  }
}

TEST(Sfpu, Bf16DstTruncatesWhenExactAndRoundsWhenFast) {
  Tile t(tileElements, 1.0f), u = t;
  float half = 1.0f / 128 * 0.75f; // three quarters of a last place
  sfpu({.exact = true}, SfpuFunction::AddScalar, half, 0, t.data(), 1);
  sfpu({}, SfpuFunction::AddScalar, half, 0, u.data(), 1);
  EXPECT_EQ(t[5], 1.0f);
  EXPECT_EQ(u[5], 1.0f + 1.0f / 128);
}

TEST(Sfpu, BinaryMayOverwriteAnOperand) {
  Tile a = normalTiles(2, 9), b = normalTiles(2, 10);
  using enum isa::SfpuBinaryKind;
  for (auto [kind, fn] : std::initializer_list<
           std::pair<isa::SfpuBinaryKind, std::function<float(float, float)>>>{
           {Add, [](float x, float y) { return x + y; }},
           {Sub, [](float x, float y) { return x - y; }},
           {Mul, [](float x, float y) { return x * y; }},
           {Div, [](float x, float y) { return x / y; }},
           {Max, [](float x, float y) { return std::max(x, y); }},
           {Min, [](float x, float y) { return std::min(x, y); }}}) {
    for (bool exact : {false, true}) {
      Tile out = a;
      sfpuBinary({.exact = exact, .fp32Dest = true}, kind, out.data(), b.data(), out.data(), 2);
      for (size_t i = 0; i < out.size(); ++i) {
        float want = fn(a[i], b[i]); // a quotient is a product by a reciprocal there
        ASSERT_NEAR(out[i], want, exact && kind == Div ? 4e-7f * std::fabs(want) : 0);
      }
    }
  }
}

/// The shorter mish: its stated error over all bf16 inputs, after the cut to bf16, and the ends.
TEST(Sfpu, MishForABf16Dst) {
  Tile x;
  for (uint32_t i = 0; i < 65536; ++i) {
    float v = floatOf(i << 16);
    if (v > -80 && v < 1e6f && std::fabs(v) > 1e-30f)
      x.push_back(v);
  }
  x.resize(x.size() / 64 * 64);
  Tile y = x;
  sfpMadVectors(3, x.data(), x.data(), x.data(), y.data(), x.size());
  double worst = 0, sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double e = std::expm1(std::log1p(std::exp(std::min(double(x[i]), 50.0))) * 2), want = x[i] * (e / (e + 2));
    ASSERT_NEAR(y[i], want, 6.3e-3 * std::fabs(want)) << x[i];
    double place = std::exp2(std::floor(std::log2(std::fabs(want))) - 7);
    double error = std::fabs(floatOf(bitsOf(y[i]) & 0xffff0000u) - want) / place;
    worst = std::max(worst, error), sum += error;
  }
  EXPECT_LT(worst, 1.27);
  EXPECT_LT(sum / double(x.size()), 0.385);
  float ends[64] = {inf, -inf, 0, 1000, -1000, -87, std::nanf("")}, out[64];
  sfpMadVectors(3, ends, ends, ends, out, 64);
  EXPECT_EQ(out[0], inf);
  EXPECT_TRUE(std::isnan(out[1])) << "infinity times zero, as x tanh(softplus(x))";
  EXPECT_EQ(out[2], 0);
  EXPECT_NEAR(out[3], 1000, 3.5);
  EXPECT_NEAR(out[4], 0, 1e-30);
  EXPECT_NEAR(out[5], 0, 1e-30);
  EXPECT_TRUE(std::isnan(out[6]));
}

/// Fast mode on what exact mode has no use for: IEEE's infinities and NaN, subnormals as zero.
TEST(Fast, InfinityNanAndSubnormals) {
  Tile a(tileElements), b(tileElements), sum(tileElements), product = sum, block = sum;
  float nan = std::numeric_limits<float>::quiet_NaN(), tiny = 0x1p-130f;
  a[0] = inf, b[0] = 1; // row 0 of the matmul holds an infinity, row 1 a NaN, row 2 a subnormal
  a[32] = -nan, b[32] = 1;
  a[64] = tiny, b[64] = tiny;
  b[1] = -1;
  const float *p0 = a.data(), *p1 = b.data();
  for (bool fp32 : {false, true}) {
    MathMode mode{.fidelity = program::Fidelity::HiFi4, .fp32Dest = fp32};
    std::fill(block.begin(), block.end(), 0.0f);
    matmulBlock(mode, &p0, &p1, block.data(), 1, 1, 1);
    EXPECT_EQ(block[0], inf);
    EXPECT_EQ(block[1], -inf);
    EXPECT_EQ(bitsOf(block[2]), nanBits) << "infinity times zero";
    EXPECT_EQ(bitsOf(block[32]), nanBits);
    EXPECT_EQ(bitsOf(block[64]), 0u);
    eltwise(mode, isa::EltwiseKind::Sub, isa::Broadcast::None, a.data(), a.data(), sum.data(), false);
    EXPECT_EQ(bitsOf(sum[0]), nanBits);
    EXPECT_EQ(bitsOf(sum[32]), nanBits);
    eltwise(mode, isa::EltwiseKind::Mul, isa::Broadcast::None, a.data(), b.data(), product.data(), false);
    EXPECT_EQ(product[0], inf);
    EXPECT_EQ(bitsOf(product[32]), nanBits);
    for (auto dim : {isa::ReduceDim::Col, isa::ReduceDim::Scalar}) {
      Tile out(tileElements);
      reduceTile(mode, isa::ReduceKind::Sum, dim, a.data(), 1, true, out.data());
      EXPECT_EQ(bitsOf(out[0]), nanBits);
      reduceTile(mode, isa::ReduceKind::Max, dim, a.data(), 1, true, out.data());
      EXPECT_EQ(out[0], inf) << "a negative NaN pattern is the least";
    }
  }
}

} // namespace
