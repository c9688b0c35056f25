//===- Timing.cpp - cycles of instructions ----------------------------------===//
#include "ttc/Device/Timing.h"

#include <algorithm>

namespace ttc::timing {
namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t bytesOf(DataFormat f, int64_t tiles) { return tiles * int64_t(tileBytes(f)); }

/// The slower of the math and of the unpackers that feed it.
Cycles fed(const DeviceSpec &d, Cycles math, Cycles unpack, Cycles *operands) {
  if (operands)
    *operands = std::max<Cycles>(0, unpack - math);
  return d.instruction_start + std::max(math, unpack);
}

} // namespace

Cycles transfer(int64_t bytes, Milli bandwidth) {
  return ceilDiv(bytes * 1000, bandwidth.thousandths);
}

Cycles matmulBlock(const DeviceSpec &d, FidelityPhases phases, int64_t rows, int64_t cols,
                   int64_t inner, DataFormat in0, DataFormat in1, Cycles *operands) {
  int64_t products = rows * cols * inner;
  Cycles math =
      ceilDiv(products * d.math_tile_phase * phases * 1000, d.math_efficiency.thousandths);
  bool streamIn1 = cols >= rows;
  int64_t streamed = bytesOf(streamIn1 ? in1 : in0, products);
  int64_t kept = bytesOf(streamIn1 ? in0 : in1, (streamIn1 ? rows : cols) * inner);
  // in1 goes through unpacker A, in0 through B.
  Cycles unpack = std::max({transfer(streamed, streamIn1 ? d.unpack_a_bandwidth : d.unpack_b_bandwidth),
                            transfer(kept, streamIn1 ? d.unpack_b_bandwidth : d.unpack_a_bandwidth),
                            transfer(streamed + kept, d.unpack_total_bandwidth)});
  return fed(d, math, unpack, operands);
}

Cycles copyTiles(const DeviceSpec &d, int64_t tiles, DataFormat in, Cycles *operands) {
  return fed(d, tiles * d.math_eltwise_phase, transfer(bytesOf(in, tiles), d.unpack_a_bandwidth), operands);
}

Cycles eltwise(const DeviceSpec &d, int64_t tiles, int phases, DataFormat in0, DataFormat in1,
               Cycles *operands) {
  int64_t a = bytesOf(in0, tiles), b = bytesOf(in1, tiles);
  Cycles unpack = std::max({transfer(a, d.unpack_a_bandwidth), transfer(b, d.unpack_b_bandwidth),
                            transfer(a + b, d.unpack_total_bandwidth)});
  return fed(d, tiles * d.math_eltwise_phase * phases, unpack, operands);
}

Cycles eltwiseDst(const DeviceSpec &d, int64_t tiles, int phases, DataFormat in, Cycles *operands) {
  // Dst moves to Src first, as long as one pass of the math.
  return fed(d, tiles * d.math_eltwise_phase * (phases + 1),
             transfer(bytesOf(in, tiles), d.unpack_a_bandwidth), operands);
}

Cycles sfpu(const DeviceSpec &d, int64_t slots, int64_t tiles) {
  return tiles * (std::max<int64_t>(slots, 1) * d.sfpu_slot + d.sfpu_fixed);
}

int64_t sfpuSlots(const DeviceSpec &d, unsigned function) {
  const int64_t slots[] = {
      // in the order of isa::SfpuFunction (checked in lib/Program)
      d.sfpu_slots_relu,       d.sfpu_slots_leaky_relu,  d.sfpu_slots_mish,
      d.sfpu_slots_silu,       d.sfpu_slots_sigmoid,     d.sfpu_slots_tanh,
      d.sfpu_slots_hardswish,  d.sfpu_slots_hardsigmoid, d.sfpu_slots_clip,
      d.sfpu_slots_exp,        d.sfpu_slots_reciprocal,  d.sfpu_slots_add_scalar,
      d.sfpu_slots_mul_scalar, d.sfpu_slots_abs,         d.sfpu_slots_gelu,
      d.sfpu_slots_sqrt,       d.sfpu_slots_rsqrt,       d.sfpu_slots_log,
      d.sfpu_slots_softplus,   d.sfpu_slots_elu,         d.sfpu_slots_neg,
      d.sfpu_slots_mish_bf16};
  return function < std::size(slots) ? slots[function] : d.sfpu_slots_gelu;
}

int64_t sfpuBinarySlots(const DeviceSpec &d, unsigned kind) {
  constexpr unsigned div = 3; // isa::SfpuBinaryKind::Div
  return kind == div ? d.sfpu_slots_binary_div : d.sfpu_slots_binary;
}

Cycles reduceTiles(const DeviceSpec &d, int64_t tiles, DataFormat in) {
  return d.instruction_start + std::max(tiles * d.math_reduce_tile,
                                        transfer(bytesOf(in, tiles), d.unpack_a_bandwidth));
}

Cycles poolRows(const DeviceSpec &d, int64_t rows, int64_t tiles) {
  return d.instruction_start +
         tiles * (ceilDiv(rows, d.pool_rows_group_rows) * d.pool_rows_group + rows * d.pool_row);
}

Cycles transposeTile(const DeviceSpec &d, DataFormat in) {
  return d.instruction_start +
         std::max<Cycles>(d.math_reduce_tile, transfer(bytesOf(in, 1), d.unpack_a_bandwidth));
}

static Cycles tilizeTile(const DeviceSpec &d, DataFormat in, DataFormat out, bool fp32Dest) {
  bool wide = in == DataFormat::Fp32;
  Cycles tile;
  if (out == DataFormat::Fp32)
    tile = wide ? (fp32Dest ? d.tilize_fp32_fp32_dest32 : d.tilize_fp32_fp32)
                : (fp32Dest ? d.tilize_bf16_fp32_dest32 : d.tilize_bf16_fp32);
  else if (out == DataFormat::Bf16)
    tile = wide ? (fp32Dest ? d.tilize_fp32_bf16_dest32 : d.tilize_fp32_bf16)
                : (fp32Dest ? d.tilize_bf16_bf16_dest32 : d.tilize_bf16_bf16);
  else
    tile = wide ? (fp32Dest ? d.tilize_fp32_bfp8_dest32 : d.tilize_fp32_bfp8)
                : (fp32Dest ? d.tilize_bf16_bfp8_dest32 : d.tilize_bf16_bfp8);
  return tile;
}

Cycles tilize(const DeviceSpec &d, int64_t tiles, DataFormat in, DataFormat out, bool fp32Dest) {
  return d.instruction_start + tiles * tilizeTile(d, in, out, fp32Dest);
}

Cycles tilizePieces(const DeviceSpec &d, int64_t pieces, int64_t groups, int64_t cols, DataFormat in,
                    DataFormat out, bool fp32Dest) {
  return pieces * d.instruction_start +
         ceilDiv(groups * cols * tilizeTile(d, in, out, fp32Dest), tileDim / 8);
}

Cycles untilize(const DeviceSpec &d, int64_t rows, int64_t cols, DataFormat out) {
  constexpr int64_t width = 8;
  Cycles tile = out == DataFormat::Fp32 ? d.untilize_fp32 : d.untilize_bf16;
  return d.instruction_start + rows * (ceilDiv(cols, width) * d.untilize_row + cols * tile);
}

Cycles packTiles(const DeviceSpec &d, int64_t tiles, DataFormat out, bool accumulate) {
  return d.instruction_start +
         transfer(bytesOf(out, tiles), accumulate ? d.pack_accumulate_bandwidth : d.pack_bandwidth);
}

Cycles packRows(const DeviceSpec &d, int64_t rows, int64_t cols, DataFormat out, bool accumulate) {
  int64_t bytes = rows * cols * tileDim * int64_t(elementBytes(out));
  return d.instruction_start +
         transfer(bytes, accumulate ? d.pack_accumulate_bandwidth : d.pack_bandwidth);
}

} // namespace ttc::timing
