//===- LiteralTest.cpp - every exact kernel against the rules ---------------===//
//
// Wild inputs: all exponents, subnormals, infinities and NaN patterns, cancelling
// terms, values around every alignment distance.
//
//===----------------------------------------------------------------------===//
#include "Common.h"
#include "Literal.h"

#include "Kernels/Exact.h"
#include "Kernels/Matmul.h"
#include "Kernels/SfpMad.h"
#include "ttc/Runtime/Runtime.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;
using program::Fidelity;
using program::Format;

namespace {

enum class Wild { Everything, Near, Tiny, Huge, Cancelling, Special };
constexpr Wild allWild[] = {Wild::Everything, Wild::Near, Wild::Tiny,
                            Wild::Huge,       Wild::Cancelling, Wild::Special};

/// A pattern; `fraction`: the mask of fraction bits it may have.
uint32_t wild(Wild kind, std::mt19937 &rng, uint32_t fraction) {
  uint32_t r = uint32_t(rng()), f = uint32_t(rng()) & fraction, sign = r & signBit;
  auto exponent = [&](uint32_t low, uint32_t high) { return (low + (r & 0xffff) % (high - low + 1)) << 23; };
  switch (kind) {
  case Wild::Everything: return sign | exponent(0, 255) | f;
  case Wild::Near: return sign | exponent(118, 134) | f;
  case Wild::Tiny: return sign | exponent(0, 66) | f;
  case Wild::Huge: return sign | exponent(180, 255) | f;
  case Wild::Cancelling: // few fraction bits, so that sums vanish or nearly do
    return sign | exponent(126, 128) | (f & (rng() % 2 ? 0x600000u & fraction : fraction));
  case Wild::Special: {
    constexpr uint32_t list[] = {0,          0x7f800000, 0x7fc10000, 0x7fffe000, 0x00010000,
                                 0x007fe000, 0x00800000, 0x7f7fe000, 0x3f800000, 0x3f802000};
    uint32_t u = list[r % 10];
    return sign | (u & (exponentMask | fraction));
  }
  }
  return 0;
}

std::vector<uint32_t> wildMany(size_t n, Wild kind, unsigned seed, uint32_t fraction) {
  std::mt19937 rng(seed);
  std::vector<uint32_t> v(n);
  for (uint32_t &u : v)
    u = wild(kind, rng, fraction);
  return v;
}

Tile asTile(const std::vector<uint32_t> &patterns) {
  Tile t(patterns.size());
  for (size_t i = 0; i < t.size(); ++i)
    t[i] = floatOf(patterns[i]);
  return t;
}

constexpr uint32_t bf16Fraction = 0x7f0000, tf32Fraction = 0x7fe000, f32Fraction = 0x7fffff;
/// Operands of a test are bf16 or, for an f32 Dst, tf32.
uint32_t sourceFraction(bool fp32) { return fp32 ? tf32Fraction : bf16Fraction; }
uint32_t destFraction(bool fp32) { return fp32 ? f32Fraction : bf16Fraction; }

TEST(Literal, MvmulSteps) {
  unsigned seed = 1;
  for (Wild kind : allWild)
    for (Wild destKind : allWild)
      for (bool fp32 : {false, true})
        for (int phase = 0; phase < 4; ++phase)
          for (int i = 0; i < 60; ++i) {
            auto a = wildMany(16, kind, seed++, sourceFraction(fp32));
            auto b = wildMany(16, kind, seed++, sourceFraction(fp32));
            if (kind == Wild::Cancelling && i % 2) // each product and its opposite
              for (int k = 0; k < 8; ++k)
                a[15 - k] = a[k] ^ (k ? signBit : 0), b[15 - k] = b[k];
            uint32_t dst = wildMany(1, destKind, seed++, destFraction(fp32))[0];
            Tile x = asTile(a), y = asTile(b);
            ASSERT_EQ(exact::dot16(x.data(), 1, y.data(), phase, dst, fp32),
                      literal::mvmul(a.data(), b.data(), dst, phase, fp32))
                << "seed " << seed << ", phase " << phase << (fp32 ? ", f32" : ", bf16");
          }
}

TEST(Literal, LoneMinusOne) {
  // Every exponent of Dst for which one product leaves -1 unit: -2^(E + 4 - 127).
  for (int e = 1; e < 255; ++e) {
    uint32_t dst = signBit | uint32_t(e) << 23 | 1, a[16] = {uint32_t(e) << 23}, b[16] = {127u << 23};
    Tile x = asTile({a, a + 16}), y = asTile({b, b + 16});
    uint32_t got = exact::dot16(x.data(), 1, y.data(), 0, dst, true);
    ASSERT_EQ(got, literal::mvmul(a, b, dst, 0, true)) << e;
    ASSERT_EQ(got, e + 4 >= 255 ? signBit | infinityBits : signBit | uint32_t(e + 4) << 23);
    Tile tileA(tileElements), tileB(tileElements), out(tileElements);
    tileA[0] = floatOf(b[0]), tileB[0] = floatOf(a[0]), out[0] = floatOf(dst);
    const float *p0 = tileA.data(), *p1 = tileB.data();
    matmulBlock({.exact = true, .fidelity = Fidelity::LoFi, .fp32Dest = true}, &p0, &p1, out.data(), 1, 1, 1);
    ASSERT_EQ(bitsOf(out[0]), got) << e;
  }
}

TEST(Literal, MatmulOfTiles) {
  unsigned seed = 100;
  constexpr int inner = 2;
  for (Wild kind : allWild)
    for (Fidelity fidelity : {Fidelity::LoFi, Fidelity::HiFi2, Fidelity::HiFi3, Fidelity::HiFi4})
      for (bool fp32 : {false, true}) {
        auto in0 = wildMany(inner * tileElements, kind, seed++, sourceFraction(fp32));
        auto in1 = wildMany(inner * tileElements, kind, seed++, sourceFraction(fp32));
        auto start = wildMany(tileElements, kind, seed++, destFraction(fp32));
        Tile x = asTile(in0), y = asTile(in1), out = asTile(start);
        const float *p0[] = {x.data(), x.data() + tileElements}, *p1[] = {y.data(), y.data() + tileElements};
        matmulBlock({.exact = true, .fidelity = fidelity, .fp32Dest = fp32}, p0, p1, out.data(), 1, 1, inner);
        for (int i = 0; i < tileElements; i += 7) {
          uint32_t d = start[i];
          for (int kt = 0; kt < inner; ++kt)
            for (int phase = 0; phase < int(fidelity); ++phase)
              for (int half = 0; half < 2; ++half) {
                uint32_t a[16], b[16];
                for (int k = 0; k < 16; ++k) {
                  a[k] = in1[kt * tileElements + (half * 16 + k) * 32 + i % 32];
                  b[k] = in0[kt * tileElements + i / 32 * 32 + half * 16 + k];
                }
                d = literal::mvmul(a, b, d, phase, fp32);
              }
          ASSERT_EQ(bitsOf(out[i]), d) << "kind " << int(kind) << ", element " << i;
        }
      }
}

TEST(Literal, Elementwise) {
  unsigned seed = 200;
  for (Wild kind : allWild)
    for (bool fp32 : {false, true})
      for (int phases = 1; phases <= 4; ++phases) {
        auto a = wildMany(tileElements, kind, seed++, sourceFraction(fp32));
        auto b = wildMany(tileElements, kind, seed++, sourceFraction(fp32));
        auto d = wildMany(tileElements, kind, seed++, destFraction(fp32));
        for (int i = 0; i < tileElements; i += 5) // near misses of cancellation
          b[i] = (a[i] ^ signBit) + (i % 2 ? 0x10000u : 0);
        Tile x = asTile(a), y = asTile(b), product = asTile(d), sum(tileElements), difference = sum, fresh = product;
        MathMode mode{.exact = true, .fidelity = Fidelity(phases), .fp32Dest = fp32};
        using isa::Broadcast, isa::EltwiseKind;
        eltwise(mode, EltwiseKind::Mul, Broadcast::None, x.data(), y.data(), product.data(), true);
        eltwise(mode, EltwiseKind::Mul, Broadcast::None, x.data(), y.data(), fresh.data(), false);
        eltwise(mode, EltwiseKind::Add, Broadcast::None, x.data(), y.data(), sum.data(), false);
        eltwise(mode, EltwiseKind::Sub, Broadcast::None, x.data(), y.data(), difference.data(), false);
        for (int i = 0; i < tileElements; ++i) {
          ASSERT_EQ(bitsOf(product[i]), literal::elwmul(a[i], b[i], d[i], phases, fp32)) << std::hex << a[i] << " " << b[i];
          ASSERT_EQ(bitsOf(fresh[i]), literal::elwmul(a[i], b[i], 0, phases, fp32)) << std::hex << a[i] << " " << b[i];
          ASSERT_EQ(bitsOf(sum[i]), literal::elwadd(a[i], b[i], false, fp32)) << std::hex << a[i] << " " << b[i];
          ASSERT_EQ(bitsOf(difference[i]), literal::elwadd(a[i], b[i], true, fp32)) << std::hex << a[i] << " " << b[i];
        }
      }
}

TEST(Literal, DestinationReuseNarrowsDst) {
  auto d = wildMany(tileElements, Wild::Everything, 300, f32Fraction);
  auto b = wildMany(tileElements, Wild::Everything, 301, tf32Fraction);
  Tile out = asTile(d), y = asTile(b);
  eltwiseDst({.exact = true, .fidelity = Fidelity::HiFi4, .fp32Dest = true}, isa::EltwiseKind::Add,
             isa::Broadcast::None, y.data(), out.data());
  for (int i = 0; i < tileElements; ++i)
    ASSERT_EQ(bitsOf(out[i]), literal::elwadd(d[i] & ~0x1fffu, b[i], false, true));
}

TEST(Literal, ColumnsAndRowsReduce) {
  unsigned seed = 400;
  for (Wild kind : allWild)
    for (bool fp32 : {false, true})
      for (int phases : {1, 2, 3, 4})
        for (bool byRow : {false, true}) {
          auto data = wildMany(tileElements, kind, seed++, sourceFraction(fp32));
          auto d = wildMany(tileElements, kind, seed++, destFraction(fp32));
          Tile x = asTile(data), sum = asTile(d), most = sum, cleared = sum;
          MathMode mode{.exact = true, .fidelity = Fidelity(phases), .fp32Dest = fp32};
          auto dim = byRow ? isa::ReduceDim::Row : isa::ReduceDim::Col;
          reduceTile(mode, isa::ReduceKind::Sum, dim, x.data(), 1.0f / 32, false, sum.data());
          reduceTile(mode, isa::ReduceKind::Max, dim, x.data(), 1, false, most.data());
          reduceTile(mode, isa::ReduceKind::Max, dim, x.data(), 1, true, cleared.data());
          for (int i = 0; i < 32; ++i) {
            std::vector<uint32_t> line;
            for (int k = 0; k < 32; ++k)
              line.push_back(data[byRow ? i * 32 + k : k * 32 + i]);
            std::vector<uint32_t> scaler(16, 0x3d000000u);
            uint32_t want = d[byRow ? i * 32 : i];
            for (int half = 0; half < 2; ++half)
              for (int phase = 0; phase < phases; ++phase)
                want = literal::mvmul(line.data() + half * 16, scaler.data(), want, phase, fp32);
            int at = byRow ? i * 32 : i;
            ASSERT_EQ(bitsOf(sum[at]), want) << "kind " << int(kind) << ", line " << i;
            uint32_t start = d[at] & (fp32 ? ~0x1fffu : ~0xffffu);
            ASSERT_EQ(bitsOf(most[at]), literal::gmpool(line, start)) << "kind " << int(kind);
            ASSERT_EQ(bitsOf(cleared[at]), literal::gmpool(line, 0xffffffffu)) << "kind " << int(kind);
          }
        }
}

TEST(Literal, SticksPool) {
  unsigned seed = 500;
  for (Wild kind : allWild)
    for (bool fp32 : {false, true})
      for (int nrows : {1, 9, 16, 25, 32}) {
        auto data = wildMany(tileElements, kind, seed++, bf16Fraction);
        std::vector<uint8_t> sticks(tileElements * 2);
        for (int i = 0; i < tileElements; ++i)
          sticks[2 * i] = uint8_t(data[i] >> 16), sticks[2 * i + 1] = uint8_t(data[i] >> 24);
        Tile sum(tileElements), most(tileElements);
        MathMode mode{.exact = true, .fidelity = Fidelity::HiFi3, .fp32Dest = fp32};
        poolRows(mode, isa::ReduceKind::Sum, Format::Bf16, sticks.data(), 64, nrows, 1, 0.111328125f, true, sum.data());
        poolRows(mode, isa::ReduceKind::Max, Format::Bf16, sticks.data(), 64, nrows, 1, 1, true, most.data());
        for (int c = 0; c < 32; ++c) {
          std::vector<uint32_t> column, scaler(16, bitsOf(0.111328125f));
          for (int r = 0; r < nrows; ++r)
            column.push_back(data[r * 32 + c]);
          ASSERT_EQ(bitsOf(most[c]), literal::gmpool(column, 0xffffffffu));
          column.resize(32);
          uint32_t want = 0;
          for (int half = 0; half < (nrows > 16 ? 2 : 1); ++half)
            for (int phase = 0; phase < 3; ++phase)
              want = literal::mvmul(column.data() + half * 16, scaler.data(), want, phase, fp32);
          ASSERT_EQ(bitsOf(sum[c]), want) << "kind " << int(kind) << ", " << nrows << " rows";
        }
      }
}

/// The packer on every kind of value: formats, both intermediates of block formats, ReLU.
TEST(Literal, Packer) {
  unsigned seed = 600;
  for (Wild kind : allWild)
    for (bool fp32 : {false, true})
      for (Format format : {Format::Fp32, Format::Bf16, Format::Bfp8B, Format::Bfp4B})
        for (bool precise : {false, true})
          for (bool relu : {false, true}) {
            auto d = wildMany(tileElements, kind, seed++, destFraction(fp32));
            Tile dst = asTile(d);
            std::vector<uint8_t> raw(tileBytes(DataFormat(format)));
            packTile(format, {.exact = true, .fp32Dest = fp32, .precisePack = precise},
                     relu ? isa::PackRelu : isa::PackNone, dst.data(), raw.data());
            bool block = isBlockFloat(DataFormat(format));
            using literal::Early;
            Early to = block && !precise                                  ? Early::E8M6
                       : fp32 && (block || format == Format::Fp32) ? Early::F32
                                                                          : Early::Bf16;
            for (int b = 0; b < 64; ++b) {
              uint32_t u[16];
              for (int i = 0; i < 16; ++i) {
                u[i] = literal::early(d[blockRow(b) * 32 + blockCol(b) + i], to, fp32);
                if (relu && u[i] >> 31)
                  u[i] = 0;
              }
              if (block) {
                if (to == Early::F32) // late: truncated to bf16, zero exponents flushed
                  for (uint32_t &x : u)
                    x = literal::fields(x).e ? x & 0xffff0000u : 0;
                uint8_t want[16];
                bool four = format == Format::Bfp4B;
                ASSERT_EQ(raw[b], literal::shared(u, want, four));
                for (int i = 0; i < 16; ++i)
                  ASSERT_EQ(four ? raw[64 + b * 8 + i / 2] >> (i % 2 * 4) & 15 : raw[64 + b * 16 + i], want[i])
                      << "kind " << int(kind) << ", block " << b << ", " << i;
              } else {
                int width = format == Format::Fp32 ? 4 : 2;
                for (int i = 0; i < 16; ++i) {
                  uint32_t got = 0;
                  std::memcpy(&got, raw.data() + (b * 16 + i) * width, width);
                  ASSERT_EQ(width == 4 ? got : got << 16, u[i]);
                }
              }
            }
          }
}

TEST(Literal, BlockFloatsUnpack) {
  // Every exponent with every byte.
  for (Format format : {Format::Bfp8B, Format::Bfp4B})
    for (int E = 0; E < 256; ++E) {
      bool four = format == Format::Bfp4B;
      std::vector<uint8_t> raw(tileBytes(DataFormat(format)));
      for (int i = 0; i < 64; ++i)
        raw[i] = uint8_t(E);
      for (size_t i = 64; i < raw.size(); ++i)
        raw[i] = uint8_t(i * 7);
      Tile tile(tileElements), dst(tileElements);
      unpackTile(format, UnpackTarget::SrcBf16, raw.data(), tile.data());
      unpackTile(format, UnpackTarget::DstViaSrc, raw.data(), dst.data());
      for (int b = 0; b < 64; ++b)
        for (int i = 0; i < 16; ++i) {
          uint8_t byte = four ? uint8_t(raw[64 + b * 8 + i / 2] >> (i % 2 * 4) << 4) : raw[64 + b * 16 + i];
          uint32_t want = literal::expand(E, byte);
          int at = blockRow(b) * 32 + blockCol(b) + i;
          ASSERT_EQ(bitsOf(tile[at]), want) << "exponent " << E << ", byte " << int(byte);
          ASSERT_EQ(bitsOf(dst[at]), literal::fields(want).e ? want : 0);
        }
    }
}

TEST(Literal, HostPacksByItsOwnRule) {
  unsigned seed = 700;
  for (Wild kind : allWild)
    for (int bits : {7, 3})
      for (int n = 0; n < 4; ++n) {
        auto u = wildMany(tileElements, kind, seed++, f32Fraction);
        Tile t = asTile(u);
        DataFormat format = bits == 7 ? DataFormat::Bfp8B : DataFormat::Bfp4B;
        std::vector<uint8_t> raw(tileBytes(format));
        packTileHost(format, t.data(), tileDim, raw.data());
        for (int b = 0; b < 64; ++b) {
          uint8_t want[16];
          ASSERT_EQ(raw[b], literal::hostShared(u.data() + blockRow(b) * 32 + blockCol(b), want, bits));
          for (int i = 0; i < 16; ++i)
            ASSERT_EQ(bits == 3 ? raw[64 + b * 8 + i / 2] >> (i % 2 * 4) & 15 : raw[64 + b * 16 + i], want[i]);
        }
      }
}

/// The vectors behind the functions against the scalar multiply-add, which recorded patterns check.
TEST(Literal, VectorUnitMultiplyAdds) {
  unsigned seed = 800;
  for (const std::string &simd : runtime::simdNames()) {
    ASSERT_TRUE(bool(runtime::selectSimd(simd)));
    for (Wild kind : allWild)
      for (Wild addend : allWild)
        for (int what : {0, 1, 2}) {
          constexpr size_t n = 2048;
          auto a = wildMany(n, kind, seed++, f32Fraction), b = wildMany(n, kind, seed++, f32Fraction);
          auto c = wildMany(n, addend, seed++, f32Fraction);
          for (size_t i = 0; i < n; i += 3) // the sum nearly vanishes; products at the lower end
            c[i] = bitsOf(-floatOf(a[i]) * floatOf(b[i])) + uint32_t(i % 5) - 2;
          for (size_t i = 1; i < n; i += 16)
            b[i] = (b[i] & 0x807fffffu) | (127u + 1 - std::min(128u, (a[i] >> 23 & 255))) << 23;
          Tile x = asTile(a), y = asTile(b), z = asTile(c), out(n);
          sfpMadVectors(what, x.data(), y.data(), z.data(), out.data(), n);
          for (size_t i = 0; i < n; ++i) {
            uint32_t want = sfpMad(a[i], what == 2 ? 0x3f800000u : b[i], what == 1 ? 0 : c[i]);
            ASSERT_EQ(bitsOf(out[i]), want) << std::hex << simd << ", " << what << ": " << a[i] << " " << b[i] << " " << c[i];
          }
        }
  }
  ASSERT_TRUE(bool(runtime::selectSimd("")));
}

} // namespace
