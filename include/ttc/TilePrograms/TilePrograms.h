//===- TilePrograms.h - the tile programs graph ops are made of -------------===//
//
// Each function writes one op's program over a ProgramBuilder, for any layout of
// its operands and result that the op accepts. Ops' LowerToTile methods fill the
// structs; the same call is emitted or priced. No MLIR.
//
// All tensors are seen as rows x cols (N*H*W x C). Work is cut over cores as the
// result is sharded (Partition); operands are read from wherever they lie.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_TILEPROGRAMS_TILEPROGRAMS_H
#define TTC_TILEPROGRAMS_TILEPROGRAMS_H

#include "ttc/CostModel/ProgramBuilder.h"
#include "ttc/Support/Expected.h"

#include <optional>

namespace ttc::programs {

/// What programs need to know of the device, and the op's arithmetic.
struct Target {
  int gridX = 8, gridY = 8;
  int64_t l1Budget = 0; ///< bytes of L1 a core's circular buffers may take
  int64_t l1Alone = 0;  ///< and of programs that neither read nor write tensors in L1
  program::Fidelity fidelity = program::Fidelity::HiFi2;
  bool fp32Dest = false;
  /// Low address bits of a DRAM read's source and destination agree modulo this, in bytes. Those of
  /// any other transfer agree modulo 16.
  int64_t dramAlignment = 32;
  /// Tiles of one half of Dst: what may be held between acquire and release (HARDWARE.md 2.1).
  int64_t dstTiles() const { return fp32Dest ? 4 : 8; }
  /// Vector functions may run on the packer's thread, beside the matrix engine (sfpu_pack_thread).
  bool vectorWhilePacking = false;
};

/// A unary function applied in Dst.
struct Activation {
  isa::SfpuFunction function = isa::SfpuFunction::Relu;
  float p0 = 0, p1 = 0;
};

/// Weights and bias of a product that came to L1 before its program (WeightPrefetch.h).
struct PrefetchedWeights {
  BufferRef weights, bias; ///< bias: none where the product has none
};

/// Convolution, transposed convolution (window.inDilation*) and matmul with constant weights
/// (pointwise): output[r, n] = act(sum_k in[r, k] * w[k, n] + bias[n]) (+ residual, post act).
struct MatmulProgram {
  std::string kind = "conv2d";
  BufferRef input, residual, output;
  WindowDesc window;
  bool pointwise = false; ///< row r of the output reads row r of the input only
  int64_t inChannels = 0, outChannels = 0;
  program::Format weightFormat = program::Format::Bfp8B;
  /// Weight of (tap, input channel, output channel); only asked when emitting.
  std::function<float(int64_t tap, int64_t ic, int64_t oc)> weight;
  std::function<float(int64_t oc)> bias; ///< empty: no bias
  std::optional<Activation> activation, postActivation;
  int64_t blockRows = 0; ///< tile rows whose activations are made at once; 0: those of an output block
  /// Tile rows and columns of an output block, which is summed in Dst; 0: chosen here.
  int64_t subblockRows = 0, subblockCols = 0;
  std::optional<PrefetchedWeights> prefetched; ///< none: the program reads them from DRAM
};
/// A product and the target as its op's numerics want it.
struct Product {
  Target target;
  MatmulProgram program;
};
Expected<void> buildMatmul(ProgramBuilder &b, const Target &target, const MatmulProgram &op);

/// Depthwise convolution: one weight per (tap, channel).
struct DepthwiseProgram {
  BufferRef input, residual, output;
  WindowDesc window;
  int64_t channels = 0;
  std::function<float(int64_t tap, int64_t channel)> weight;
  std::function<float(int64_t channel)> bias;
  std::optional<Activation> activation, postActivation;
};
Expected<void> buildDepthwise(ProgramBuilder &b, const Target &target, const DepthwiseProgram &op);

/// Max or average over a window of row-major sticks; the global average is a window of the image.
struct PoolProgram {
  std::string kind = "max_pool2d";
  BufferRef input, output;
  WindowDesc window;
  int64_t channels = 0;
  bool max = true;
  float scale = 1; ///< of a sum
};
Expected<void> buildPool(ProgramBuilder &b, const Target &target, const PoolProgram &op);

/// One source of a data-movement program: columns [srcCol, srcCol+cols) of `input`, rows through
/// `window`, become columns [dstCol, ...) of the output.
struct MovePiece {
  BufferRef input;
  int window = -1; ///< builder's window id; -1: row r reads row r
  int64_t srcCol = 0, dstCol = 0, cols = 0;
};
/// concat, slice, split, pad, nearest upsample, and reshards that keep order and format.
struct MoveProgram {
  std::string kind = "reshard";
  std::vector<MovePiece> pieces;
  BufferRef output;
  float fill = 0; ///< value outside the source image
  bool isReshard = false;
  /// Sticks come from DRAM one by one to a page of their own and are copied from there, whether their
  /// addresses need it or not.
  bool stickwise = false;
};
Expected<void> buildMove(ProgramBuilder &b, const Target &target, const MoveProgram &op);

/// Order and format conversion, sharded either way.
struct ConvertProgram {
  std::string kind = "reshard";
  BufferRef input, output;
};
Expected<void> buildConvert(ProgramBuilder &b, const Target &target, const ConvertProgram &op);

/// Elementwise: result = act(in0 <kind> in1), or act(in0) without in1. in1 may be one row (per
/// channel), one column is not supported. All tiled, or all of one layout.
struct EltwiseProgram {
  std::string name = "add";
  BufferRef in0, in1, output;
  isa::SfpuBinaryKind op = isa::SfpuBinaryKind::Add;
  std::optional<Activation> activation;
  bool scalarOperand = false; ///< in1 is absent and `scalar` is the right operand
  float scalar = 0;
};
Expected<void> buildEltwise(ProgramBuilder &b, const Target &target, const EltwiseProgram &op);

/// Softmax over the columns of a tiled tensor.
struct SoftmaxProgram {
  BufferRef input, output;
  int64_t cols = 0;
};
Expected<void> buildSoftmax(ProgramBuilder &b, const Target &target, const SoftmaxProgram &op);

} // namespace ttc::programs

#endif
