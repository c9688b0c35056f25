//===- Kernels.h - what a tile instruction computes -------------------------===//
//
// The values of every compute instruction, as pure functions on memory: no
// simulator state, no time, safe to call from many threads.
//
// Terms
//   raw tile   tileBytes(format) bytes in L1 layout (faces; see DataFormat.h)
//   tile       1024 floats, row-major 32x32. A Src or Dst register tile: Src and
//              16-bit Dst values are bf16 (or tf32) values widened to float.
//   stick      one row of a row-major buffer, elements of f32 or bf16
// Pointers need no alignment. Unless a comment says so, inputs and outputs may
// not overlap. Errors: none; formats and sizes are the caller's duty (asserted).
//
// Two numeric modes (MathMode::exact):
//   exact  the matrix engine, packer and unpacker bit for bit: 10-bit alignment
//          inside groups of 8 products, one rounding of Dst for every 16 products
//          and fidelity phase, no NaN or infinity inside the matrix engine
//          (exponent 255 is an ordinary binade), subnormals flushed.
//   fast   operands cut to the bits the fidelity consumes, subnormals flushed, products and sums in
//          f32. matmulBlock: in every 32 of k the products of even k and those of odd k are summed
//          apart, each in ascending k from zero, and their sum goes into a total, which starts at zero
//          and is added to Dst at the end (the order of the AMX instruction). A bf16 Dst is rounded
//          (nearest even) once per call. IEEE infinity; every NaN result is 0x7fc00000.
// The unpacker, the packer and the layout functions are exact in both modes.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_KERNELS_KERNELS_H
#define TTC_RUNTIME_KERNELS_KERNELS_H

#include "ttc/Device/DataFormat.h"
#include "ttc/Program/Isa.h"
#include "ttc/Program/Program_generated.h"

#include <cstddef>
#include <cstdint>

namespace ttc::sim {

struct MathMode {
  bool exact = false;
  program::Fidelity fidelity = program::Fidelity::HiFi2;
  bool fp32Dest = false;    ///< Dst holds f32, else bf16
  bool precisePack = false; ///< pack block formats from the Dst value instead of a 7-bit intermediate
};

/// Where the unpacker writes. Only f32 loses anything on the way to a Src register; a tile moved
/// from Src to Dst loses the sign of zero and its subnormals.
enum class UnpackTarget : uint8_t {
  SrcTf32,   ///< f32 keeps 10 fraction bits (truncated)
  SrcBf16,   ///< f32 keeps 7 fraction bits (truncated), subnormals become zero
  Dst,       ///< f32 unchanged (unpack to Dst); other formats through Src, zero exponents become +0
  DstViaSrc, ///< as SrcBf16, then zero exponents become +0
};
/// The Src register format of an operand of the matrix engine under this mode.
inline UnpackTarget srcTarget(const MathMode &m) {
  return m.fp32Dest ? UnpackTarget::SrcTf32 : UnpackTarget::SrcBf16;
}
/// For copy_tiles, tilize and untilize: an f32 Dst takes f32 unchanged, past Src.
inline UnpackTarget copyTarget(const MathMode &m) {
  return m.fp32Dest ? UnpackTarget::Dst : UnpackTarget::DstViaSrc;
}

// --- unpack and pack ---

/// A tile as an operand of the fast matmul: cut to the bits the fidelity consumes.
struct alignas(64) Operand {
  float values[tileElements];
  bool ordinary; ///< elements are 0 or 2^-50 <= |x| < 2^51: no sum of products can leave f32's normals
  bool bf16;     ///< elements are bf16 values
};
enum class OperandSide : uint8_t { In0, In1 };

/// raw tile -> operand of the fast matmul.
void unpackOperand(const MathMode &mode, program::Format format, OperandSide side,
                   const uint8_t *raw, Operand &out);
/// The same from a tile that is already unpacked.
void cutOperand(const MathMode &mode, OperandSide side, const float *tile, Operand &out);

/// raw tile -> tile.
void unpackTile(program::Format format, UnpackTarget target, const uint8_t *raw, float *tile);

/// tile of Dst -> raw tile. `flags` are isa::PackFlags; L1 accumulation adds to what `raw` holds and
/// exists for f32 and bf16 only.
void packTile(program::Format format, const MathMode &mode, unsigned flags, const float *dst,
              uint8_t *raw);

// --- matrix engine ---

/// dst[r * cols + c] += sum over k of in0[r * inner + k] x in1[k * cols + c].
/// in0, in1: pointers to unpacked tiles, which may repeat; dst: rows * cols consecutive tiles.
void matmulBlock(const MathMode &mode, const float *const *in0, const float *const *in1, float *dst,
                 int rows, int cols, int inner);
/// matmulBlock in fast mode on operands that are cut already.
void matmulBlockFast(const MathMode &mode, const Operand *const *in0, const Operand *const *in1,
                     float *dst, int rows, int cols, int inner);

/// dst = in0 <kind> in1, with accumulate (mul only) dst += in0 * in1. Broadcast of in1: Row repeats
/// its row 0, Col its column 0, Scalar its element (0,0).
void eltwise(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast, const float *in0,
             const float *in1, float *dst, bool accumulate);

/// dst = dst <kind> in1 (destination reuse). Exact: Dst is narrowed to Src on the way (tf32 for an
/// f32 Dst).
void eltwiseDst(const MathMode &mode, isa::EltwiseKind kind, isa::Broadcast bcast,
                const float *in1, float *dst);

/// Reduces one unpacked tile into `dst`, accumulating: Row to column 0, Col to row 0, Scalar to
/// (0,0); the rest of dst becomes 0. `cleared`: dst is in the state DstAcquire leaves (a maximum
/// then starts below everything, not at 0). `scaler` multiplies a sum (bf16 on the device).
void reduceTile(const MathMode &mode, isa::ReduceKind kind, isa::ReduceDim dim, const float *tile,
                float scaler, bool cleared, float *dst);

/// Reduces `nrows` (1..32) sticks of tiles * 32 elements, `pitch` bytes apart, into row 0 of
/// `tiles` consecutive dst tiles, accumulating; other rows become 0. `cleared`, `scale`: as for
/// reduceTile.
void poolRows(const MathMode &mode, isa::ReduceKind kind, program::Format format,
              const uint8_t *sticks, size_t pitch, int nrows, int tiles, float scale, bool cleared,
              float *dst);

// --- vector unit ---

/// In place on `count` consecutive Dst tiles: x = fn(x). p0, p1: see isa::SfpuFunction. Each function
/// has one algorithm (Functions.h), computed in the unit's own arithmetic (exact) or in that of IEEE
/// (fast). Storing to a bf16 Dst truncates (exact) or rounds to nearest even (fast).
void sfpu(const MathMode &mode, isa::SfpuFunction fn, float p0, float p1, float *dst, int count);

/// out = a <kind> b on `count` consecutive Dst tiles; out may be a or b.
void sfpuBinary(const MathMode &mode, isa::SfpuBinaryKind kind, const float *a, const float *b,
                float *out, int count);

// --- layout ---

/// out[r][c] = in[c][r].
void transposeTile(const float *in, float *out);

/// 32 sticks of 32 elements, `pitch` bytes apart -> tile. format: f32 or bf16. Rows from nrows on
/// read as 0.
void unpackRows(program::Format format, UnpackTarget target, const uint8_t *sticks, size_t pitch,
                int nrows, float *tile);
/// The first nrows rows of a Dst tile -> sticks. flags: isa::PackFlags. format: f32 or bf16.
void packRows(program::Format format, const MathMode &mode, unsigned flags, const float *dst,
              int nrows, uint8_t *sticks, size_t pitch);

/// One tile of the tilize instruction: sticks -> Dst -> raw tile in `outFormat`.
void tilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *sticks, size_t pitch,
                program::Format outFormat, uint8_t *raw);
/// One tile of the untilize instruction: raw tile -> Dst -> 32 sticks.
void untilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *raw,
                  program::Format outFormat, uint8_t *sticks, size_t pitch);

/// Stores a 16-bit pattern, little-endian, over nbytes (an odd last byte gets its low half).
void fillPattern(uint8_t *to, size_t nbytes, uint16_t pattern);

} // namespace ttc::sim

#endif
