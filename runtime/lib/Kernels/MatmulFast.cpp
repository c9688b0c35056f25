//===- MatmulFast.cpp - matmul of tiles in f32 ------------------------------===//
//
// Kernels.h says in which order products are summed. It is the order of the AMX
// bf16 instruction, and costs the others nothing: sums of even and of odd k are
// independent accumulators, which a fused multiply-add needs anyway. As long as all
// operands are ordinary every product is exact and every sum a normal number, so
// fused, unfused and AMX arithmetic (which flushes subnormals) agree bit for bit.
// Other operands take a body without fusing on every host.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Matmul.h"

#include "Kernels/Bits.h"
#include "Kernels/Targets.h"

#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Kernels/MatmulFast.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ttc::sim {
namespace HWY_NAMESPACE {
#pragma clang fp contract(off)
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3
constexpr int rowBlock = 4; // 16 accumulators and 8 totals of 32 registers
#else
constexpr int rowBlock = 2; // 8 and 4 of 16
#endif
static_assert(tileDim % rowBlock == 0);

/// total = sum over kt of in0[kt] x in1[kt * stride1].
template <bool fuse>
HWY_INLINE void SumBlocks(const Operand *const *in0, const Operand *const *in1, int stride1,
                          int inner, float *total) {
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<decltype(d)>;
  const size_t lanes = hn::Lanes(d);
  auto add = [](V x, V y, V sum) HWY_ATTR {
    if constexpr (fuse)
      return hn::MulAdd(x, y, sum);
    else
      return hn::Add(hn::Mul(x, y), sum);
  };
  for (int row = 0; row < tileDim; row += rowBlock)
    for (size_t col = 0; col < tileDim; col += 2 * lanes) {
      V sum[rowBlock][2];
      for (int r = 0; r < rowBlock; ++r)
        sum[r][0] = sum[r][1] = hn::Zero(d);
      for (int kt = 0; kt < inner; ++kt) {
        const float *a = in0[kt]->values + row * tileDim;
        const float *b = in1[size_t(kt) * size_t(stride1)]->values + col;
        V even[rowBlock][2], odd[rowBlock][2];
        for (int r = 0; r < rowBlock; ++r)
          even[r][0] = even[r][1] = odd[r][0] = odd[r][1] = hn::Zero(d);
        for (int k = 0; k < tileDim; k += 2, b += 2 * tileDim) {
          V b00 = hn::LoadU(d, b), b01 = hn::LoadU(d, b + lanes);
          V b10 = hn::LoadU(d, b + tileDim), b11 = hn::LoadU(d, b + tileDim + lanes);
          HWY_UNROLL(rowBlock)
          for (int r = 0; r < rowBlock; ++r) {
            V x0 = hn::Set(d, a[r * tileDim + k]), x1 = hn::Set(d, a[r * tileDim + k + 1]);
            even[r][0] = add(x0, b00, even[r][0]);
            even[r][1] = add(x0, b01, even[r][1]);
            odd[r][0] = add(x1, b10, odd[r][0]);
            odd[r][1] = add(x1, b11, odd[r][1]);
          }
        }
        for (int r = 0; r < rowBlock; ++r)
          for (int v = 0; v < 2; ++v)
            sum[r][v] = hn::Add(sum[r][v], hn::Add(even[r][v], odd[r][v]));
      }
      float *out = total + row * tileDim + col;
      for (int r = 0; r < rowBlock; ++r)
        for (size_t v = 0; v < 2; ++v)
          hn::StoreU(sum[r][v], d, out + size_t(r) * tileDim + v * lanes);
    }
}

void SumTileFast(const Operand *const *in0, const Operand *const *in1, int stride1, int inner,
                 bool ordinary, float *total) {
  if (ordinary)
    SumBlocks<true>(in0, in1, stride1, inner, total);
  else
    SumBlocks<false>(in0, in1, stride1, inner, total);
}

/// dst += total, rounded to bf16 if asked; NaN in one pattern.
void AddTotal(const float *total, bool roundBf16, float *dst) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto half = hn::Set(du, 0x7fffu), one = hn::Set(du, 1u), kept = hn::Set(du, 0xffff0000u);
  const auto nan = hn::BitCast(d, hn::Set(du, 0x7fc00000u));
  for (size_t i = 0; i < tileElements; i += hn::Lanes(d)) {
    auto value = hn::Add(hn::LoadU(d, dst + i), hn::LoadU(d, total + i));
    auto isNan = hn::IsNaN(value);
    if (roundBf16) { // nearest even
      auto u = hn::BitCast(du, value);
      auto odd = hn::And(hn::ShiftRight<16>(u), one);
      value = hn::BitCast(d, hn::And(hn::Add(hn::Add(u, half), odd), kept));
    }
    hn::StoreU(hn::IfThenElse(isNan, nan, value), d, dst + i);
  }
}

} // namespace HWY_NAMESPACE
} // namespace ttc::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ttc::sim {
HWY_EXPORT(SumTileFast);
HWY_EXPORT(AddTotal);

namespace {
template <bool Operand::*member>
bool all(const Operand *const *in0, const Operand *const *in1, int stride1, int inner) {
  bool yes = true;
  for (int kt = 0; kt < inner; ++kt)
    yes = yes && in0[kt]->*member && in1[size_t(kt) * size_t(stride1)]->*member;
  return yes;
}
} // namespace

void sumTileFast(const Operand *const *in0, const Operand *const *in1, int stride1, int inner,
                 float *total) {
  bool ordinary = all<&Operand::ordinary>(in0, in1, stride1, inner);
  HWY_DYNAMIC_DISPATCH(SumTileFast)(in0, in1, stride1, inner, ordinary, total);
}

void matmulBlockFast(const MathMode &mode, const Operand *const *in0, const Operand *const *in1,
                     float *dst, int rows, int cols, int inner) {
  SumTile amx = amxMatmul();
  alignas(64) float total[tileElements];
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) {
      const Operand *const *left = in0 + size_t(r) * size_t(inner), *const *right = in1 + c;
      if (amx && all<&Operand::ordinary>(left, right, cols, inner) &&
          all<&Operand::bf16>(left, right, cols, inner))
        amx(left, right, cols, inner, total);
      else
        sumTileFast(left, right, cols, inner, total);
      HWY_DYNAMIC_DISPATCH(AddTotal)
      (total, !mode.fp32Dest, dst + (size_t(r) * size_t(cols) + size_t(c)) * tileElements);
    }
}

void matmulBlock(const MathMode &mode, const float *const *in0, const float *const *in1, float *dst,
                 int rows, int cols, int inner) {
  if (mode.exact)
    return matmulBlockExact(mode, in0, in1, dst, rows, cols, inner);
  thread_local std::vector<Operand> cut;
  thread_local std::vector<const Operand *> pointers;
  size_t left = size_t(rows) * size_t(inner), count = left + size_t(inner) * size_t(cols);
  cut.resize(std::max(cut.size(), count));
  pointers.resize(std::max(pointers.size(), count));
  for (size_t i = 0; i < count; ++i) {
    cutOperand(mode, i < left ? OperandSide::In0 : OperandSide::In1, i < left ? in0[i] : in1[i - left],
               cut[i]);
    pointers[i] = &cut[i];
  }
  matmulBlockFast(mode, pointers.data(), pointers.data() + left, dst, rows, cols, inner);
}
} // namespace ttc::sim
#endif
