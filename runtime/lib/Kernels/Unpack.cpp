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
namespace hn = hwy::HWY_NAMESPACE;

using DU = hn::CappedTag<uint32_t, 16>;
using VU = hn::Vec<DU>;

HWY_INLINE VU Zeroed(VU u) { // a zero exponent becomes +0
  const DU d;
  return hn::IfThenElseZero(hn::Ne(hn::And(u, hn::Set(d, exponentMask)), hn::Zero(d)), u);
}

/// What the way to a register takes. Formats other than f32 are bf16 values.
HWY_INLINE VU Narrow(DataFormat format, UnpackTarget target, VU u) {
  const DU d;
  if (format != DataFormat::Fp32)
    return target == UnpackTarget::Dst || target == UnpackTarget::DstViaSrc ? Zeroed(u) : u;
  VU sign = hn::And(u, hn::Set(d, signBit)), half = hn::And(u, hn::Set(d, 0xffff0000u));
  switch (target) {
  case UnpackTarget::Dst: return u;
  case UnpackTarget::SrcTf32: return hn::And(u, hn::Set(d, 0xffffe000u));
  case UnpackTarget::SrcBf16: return hn::Or(Zeroed(half), sign);
  case UnpackTarget::DstViaSrc: return Zeroed(half);
  }
  return u;
}

/// Lanes of sign-magnitude bytes under one exponent. Leading zeros lower the exponent, which wraps
/// at 8 bits; a negative zero is the infinity pattern.
HWY_INLINE VU ExpandBlock(VU bytes, uint32_t exponent) {
  const DU d;
  const hn::RebindToSigned<DU> di;
  const hn::RebindToFloat<DU> df;
  VU magnitude = hn::And(bytes, hn::Set(d, 0x7f));
  VU sign = hn::ShiftLeft<24>(hn::And(bytes, hn::Set(d, 0x80)));
  // The float has exponent 133 - leading zeros.
  VU normal = hn::BitCast(d, hn::ConvertTo(df, hn::BitCast(di, magnitude)));
  VU value = hn::Add(normal, hn::Set(d, (exponent - 133) << 23));
  value = hn::Or(hn::And(value, hn::Set(d, ~signBit)), sign);
  VU none = hn::IfThenElseZero(hn::Ne(sign, hn::Zero(d)), hn::Set(d, 0xff800000u));
  return hn::IfThenElse(hn::Eq(magnitude, hn::Zero(d)), none, value);
}

/// fn(element of the row-major tile, vector of its f32 patterns) over a raw tile.
template <typename Fn> HWY_INLINE void ForEachVector(DataFormat format, const uint8_t *raw, Fn fn) {
  const DU d;
  const hn::Rebind<uint16_t, DU> d16;
  const hn::Rebind<uint8_t, DU> d8;
  constexpr size_t lanes = hn::MaxLanes(DU());
  auto place = [](int block) { return size_t(blockRow(block) * tileDim + blockCol(block)); };
  switch (format) {
  case DataFormat::Fp32:
    for (int block = 0; block < 64; ++block)
      for (size_t i = 0; i < 16; i += lanes)
        fn(place(block) + i, hn::LoadU(d, reinterpret_cast<const uint32_t *>(raw + block * 64) + i));
    return;
  case DataFormat::Bf16:
    for (int block = 0; block < 64; ++block)
      for (size_t i = 0; i < 16; i += lanes) {
        auto half = hn::LoadU(d16, reinterpret_cast<const uint16_t *>(raw + block * 32) + i);
        fn(place(block) + i, hn::ShiftLeft<16>(hn::PromoteTo(d, half)));
      }
    return;
  case DataFormat::Bfp8B:
    for (int block = 0; block < 64; ++block)
      for (size_t i = 0; i < 16; i += lanes)
        fn(place(block) + i,
           ExpandBlock(hn::PromoteTo(d, hn::LoadU(d8, raw + 64 + block * 16 + i)), raw[block]));
    return;
  case DataFormat::Bfp4B:
    for (int block = 0; block < 64; ++block) {
      alignas(16) uint8_t bytes[16];
      for (int i = 0; i < 8; ++i) {
        uint8_t pair = raw[64 + block * 8 + i];
        bytes[2 * i] = uint8_t(pair << 4);
        bytes[2 * i + 1] = pair & 0xf0;
      }
      for (size_t i = 0; i < 16; i += lanes)
        fn(place(block) + i, ExpandBlock(hn::PromoteTo(d, hn::LoadU(d8, bytes + i)), raw[block]));
    }
    return;
  }
}

void UnpackTile(DataFormat format, UnpackTarget target, const uint8_t *raw, float *tile) {
  const DU d;
  auto *out = reinterpret_cast<uint32_t *>(tile);
  ForEachVector(format, raw, [=](size_t at, VU u) HWY_ATTR {
    hn::StoreU(Narrow(format, target, u), d, out + at);
  });
}

/// Cuts vectors to an operand and watches their range.
struct Cutter {
  explicit Cutter(uint32_t keep) : keep(keep) {}
  HWY_INLINE VU operator()(VU u) {
    const DU d;
    u = hn::And(Zeroed(u), hn::Set(d, keep));
    VU e = hn::And(u, hn::Set(d, exponentMask));
    // A zero counts as one, so that it lies in any range.
    VU ranked = hn::IfThenElse(hn::Eq(e, hn::Zero(d)), hn::Set(d, 127u << 23), e);
    most = hn::Max(most, ranked);
    least = hn::Min(least, ranked);
    bits = hn::Or(bits, u);
    return u;
  }
  HWY_INLINE void finish(Operand &out) const {
    const DU d;
    uint32_t high = hn::GetLane(hn::MaxOfLanes(d, most)) >> 23;
    uint32_t low = hn::GetLane(hn::MinOfLanes(d, least)) >> 23;
    out.ordinary = low >= 127 - 50 && high <= 127 + 50;
    out.bf16 = hn::AllTrue(d, hn::Eq(hn::And(bits, hn::Set(d, 0xffffu)), hn::Zero(d)));
  }
  uint32_t keep;
  VU most = hn::Set(DU(), 127u << 23), least = hn::Set(DU(), 127u << 23), bits = hn::Zero(DU());
};

void UnpackOperand(DataFormat format, UnpackTarget target, uint32_t keep, const uint8_t *raw,
                   Operand &out) {
  const DU d;
  auto *to = reinterpret_cast<uint32_t *>(out.values);
  Cutter cut(keep);
  ForEachVector(format, raw, [&](size_t at, VU u) HWY_ATTR {
    hn::StoreU(cut(Narrow(format, target, u)), d, to + at);
  });
  cut.finish(out);
}

void CutOperand(uint32_t keep, const float *tile, Operand &out) {
  const DU d;
  Cutter cut(keep);
  for (size_t i = 0; i < tileElements; i += hn::Lanes(d))
    hn::StoreU(cut(hn::LoadU(d, reinterpret_cast<const uint32_t *>(tile) + i)), d,
               reinterpret_cast<uint32_t *>(out.values) + i);
  cut.finish(out);
}

void UnpackRows(DataFormat format, UnpackTarget target, const uint8_t *sticks, size_t pitch,
                int nrows, float *tile) {
  const DU d;
  const hn::Rebind<uint16_t, DU> d16;
  for (int r = 0; r < nrows; ++r)
    for (size_t c = 0; c < tileDim; c += hn::Lanes(d)) {
      const uint8_t *row = sticks + size_t(r) * pitch;
      VU u = format == DataFormat::Fp32
                 ? hn::LoadU(d, reinterpret_cast<const uint32_t *>(row) + c)
                 : hn::ShiftLeft<16>(hn::PromoteTo(
                       d, hn::LoadU(d16, reinterpret_cast<const uint16_t *>(row) + c)));
      hn::StoreU(Narrow(format, target, u), d, reinterpret_cast<uint32_t *>(tile) + r * tileDim + c);
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
HWY_EXPORT(UnpackOperand);
HWY_EXPORT(CutOperand);

void unpackTile(program::Format format, UnpackTarget target, const uint8_t *raw, float *tile) {
  HWY_DYNAMIC_DISPATCH(UnpackTile)(DataFormat(format), target, raw, tile);
}

void unpackRows(program::Format format, UnpackTarget target, const uint8_t *sticks, size_t pitch,
                int nrows, float *tile) {
  HWY_DYNAMIC_DISPATCH(UnpackRows)(DataFormat(format), target, sticks, pitch, nrows, tile);
}

namespace {
/// The bits that the fidelity consumes: in0 is the 7-bit operand (SrcB), in1 the 5-bit one (SrcA); see
/// Exact.h. 6 or all 10 fraction bits of in0, 4 or 9 of in1.
uint32_t keepOf(const MathMode &mode, OperandSide side) {
  using program::Fidelity;
  if (side == OperandSide::In0)
    return mode.fidelity >= Fidelity::HiFi3 ? 0xffffe000u : 0xfffe0000u;
  return mode.fidelity != Fidelity::LoFi ? 0xffffc000u : 0xfff80000u;
}
} // namespace

void unpackOperand(const MathMode &mode, program::Format format, OperandSide side,
                   const uint8_t *raw, Operand &out) {
  HWY_DYNAMIC_DISPATCH(UnpackOperand)
  (DataFormat(format), srcTarget(mode), keepOf(mode, side), raw, out);
}

void cutOperand(const MathMode &mode, OperandSide side, const float *tile, Operand &out) {
  HWY_DYNAMIC_DISPATCH(CutOperand)(keepOf(mode, side), tile, out);
}
} // namespace ttc::sim
#endif
