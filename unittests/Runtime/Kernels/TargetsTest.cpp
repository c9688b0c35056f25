//===- TargetsTest.cpp - the same bits from every instruction set -----------===//
//
// All kernels in both modes on ordinary and on wild values, with each instruction
// set of this host in turn.
//
//===----------------------------------------------------------------------===//
#include "Common.h"

#include "Kernels/Matmul.h"
#include "ttc/Runtime/Runtime.h"

#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;
using program::Format;

namespace {

/// What every kernel makes of some tiles, by name.
using Results = std::vector<std::pair<std::string, std::vector<uint32_t>>>;

Results everyKernel(const Tile &values, const MathMode &mode) {
  Results all;
  auto keep = [&](std::string name, const Tile &t) {
    std::vector<uint32_t> u;
    for (float x : t)
      u.push_back(bitsOf(x));
    all.emplace_back(std::move(name), std::move(u));
  };
  auto keepBytes = [&](std::string name, const std::vector<uint8_t> &b) {
    all.emplace_back(std::move(name), std::vector<uint32_t>(b.begin(), b.end()));
  };
  const float *a = values.data(), *b = a + tileElements, *p0[] = {a, b}, *p1[] = {b, a, a, b};
  Tile block(4 * tileElements);
  matmulBlock(mode, p0, p1, block.data(), 2, 2, 1);
  matmulBlock(mode, p0, p1, block.data(), 1, 2, 2);
  keep("matmul", block);
  for (int kind = 0; kind <= int(isa::EltwiseKind::Mul); ++kind)
    for (int bcast = 0; bcast <= int(isa::Broadcast::Scalar); ++bcast) {
      Tile out(tileElements), reused(b, b + tileElements);
      eltwise(mode, isa::EltwiseKind(kind), isa::Broadcast(bcast), a, b, out.data(), false);
      eltwiseDst(mode, isa::EltwiseKind(kind), isa::Broadcast(bcast), a, reused.data());
      keep("eltwise", out);
      keep("eltwise_dst", reused);
    }
  for (auto kind : {isa::ReduceKind::Sum, isa::ReduceKind::Max})
    for (auto dim : {isa::ReduceDim::Row, isa::ReduceDim::Col, isa::ReduceDim::Scalar}) {
      Tile out(b, b + tileElements);
      reduceTile(mode, kind, dim, a, 0.25f, false, out.data());
      keep("reduce", out);
    }
  std::vector<uint8_t> sticks(32 * 128), raw(4096);
  std::memcpy(sticks.data(), a, sticks.size());
  for (auto kind : {isa::ReduceKind::Sum, isa::ReduceKind::Max}) {
    Tile out(tileElements);
    poolRows(mode, kind, Format::Bf16, sticks.data(), 128, 9, 1, 0.1f, true, out.data());
    keep("pool_rows", out);
  }
  for (int fn = 0; fn <= int(isa::lastSfpuFunction); ++fn) {
    Tile out(a, a + tileElements);
    sfpu(mode, isa::SfpuFunction(fn), 0.3f, 0.6f, out.data(), 1);
    keep("sfpu " + std::string(isa::name(isa::SfpuFunction(fn))), out);
  }
  for (int kind = 0; kind <= int(isa::SfpuBinaryKind::Min); ++kind) {
    Tile out(tileElements);
    sfpuBinary(mode, isa::SfpuBinaryKind(kind), a, b, out.data(), 1);
    keep("sfpu_binary " + std::to_string(kind), out);
  }
  for (Format f : {Format::Fp32, Format::Bf16, Format::Bfp8B, Format::Bfp4B}) {
    raw.assign(tileBytes(DataFormat(f)), 0);
    packTile(f, mode, isa::PackRelu, a, raw.data());
    packTile(f, mode, isBlockFloat(DataFormat(f)) ? 0 : isa::PackL1Accumulate, a, raw.data());
    keepBytes("pack", raw);
    for (auto target : {UnpackTarget::SrcTf32, UnpackTarget::SrcBf16, UnpackTarget::Dst, UnpackTarget::DstViaSrc}) {
      Tile out(tileElements);
      unpackTile(f, target, raw.data(), out.data());
      keep("unpack", out);
    }
    std::vector<uint8_t> tilized(tileBytes(DataFormat(f)));
    tilizeTile(mode, Format::Bf16, sticks.data(), 64, f, tilized.data());
    keepBytes("tilize", tilized);
  }
  return all;
}

TEST(Targets, EveryKernelGivesTheSameBits) {
  struct Range {
    int low, high;
  };
  for (Range range : {Range{118, 134}, {0, 255}, {0, 40}, {200, 255}})
    for (bool exact : {false, true})
      for (bool fp32 : {false, true}) {
        MathMode mode{.exact = exact, .fidelity = program::Fidelity::HiFi4, .fp32Dest = fp32};
        Tile values = patternTiles(2, unsigned(range.low + 1), range.low, range.high);
        ASSERT_TRUE(bool(runtime::selectSimd("")));
        Results want = everyKernel(values, mode);
        for (const std::string &name : runtime::simdNames()) {
          ASSERT_TRUE(bool(runtime::selectSimd(name)));
          Results got = everyKernel(values, mode);
          ASSERT_EQ(got.size(), want.size());
          for (size_t i = 0; i < got.size(); ++i)
            for (size_t k = 0; k < got[i].second.size(); ++k)
              ASSERT_EQ(got[i].second[k], want[i].second[k])
                  << std::hex << got[i].first << " with " << name << (exact ? ", exact" : ", fast") << std::dec
                  << ", element " << k << ", exponents " << range.low << ".." << range.high;
        }
        ASSERT_TRUE(bool(runtime::selectSimd("")));
      }
}

TEST(Targets, AnUnknownOneIsAnErrorThatListsThem) {
  auto chosen = runtime::selectSimd("mmx");
  ASSERT_FALSE(bool(chosen));
  EXPECT_NE(chosen.error().message.find(runtime::simdNames().front()), std::string::npos);
}

} // namespace
