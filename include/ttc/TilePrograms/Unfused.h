//===- Unfused.h - the programs hand-tuned networks are made of --------------===//
//
// One program a step, as the measured libraries have them: halo, convolution of
// haloed sticks, elementwise functions tile by tile. The compiler's own choice fuses
// these steps (TilePrograms.h); here they are for comparison.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_TILEPROGRAMS_UNFUSED_H
#define TTC_TILEPROGRAMS_UNFUSED_H

#include "ttc/Device/DeviceSpec.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc::programs {

/// The sticks of an image, padded, on the cores whose results read them: shard k of the output holds
/// consecutive sticks of the padded image from the first one on that result part k needs. The input
/// is sharded, in either order; the output's description is haloDesc's.
struct HaloProgram {
  BufferRef input, output;
  WindowDesc window;          ///< of the reader
  int64_t resultPartRows = 0; ///< rows of a part of the reader's result
  float fill = 0;             ///< padding
};
Expected<void> buildHalo(ProgramBuilder &b, const Target &target, const HaloProgram &op);
/// Sticks a core of a haloed buffer holds, a multiple of 32.
int64_t haloSticks(const WindowDesc &window, int64_t partRows);
/// Description of the haloed buffer for a result cut as `result` is.
BufferDesc haloDesc(const BufferDesc &input, const WindowDesc &window, const BufferDesc &result);

/// Convolution from a haloed input, every core reading its own shard only. K goes by in blocks of
/// kernel rows. Height: each core tilizes its own sticks, weights are read by one core and multicast.
/// Block and width: each core tilizes its channels and the cores of a row (width: all) multicast
/// theirs in turn; weights come down the columns (width: each core reads its own).
struct HaloConvProgram {
  std::string kind = "conv2d";
  BufferRef input, output;
  WindowDesc window;
  int64_t inChannels = 0, outChannels = 0;
  program::Format weightFormat = program::Format::Bfp8B;
  std::function<float(int64_t tap, int64_t ic, int64_t oc)> weight;
  std::function<float(int64_t oc)> bias; ///< empty: no bias
  std::optional<Activation> activation;
  int64_t blockRows = 0;      ///< tile rows of an activation block; 0: the most that fit
  int64_t kernelRows = 0;     ///< of a block of K; 0: one, width: all
  int64_t subH = 0, subW = 0; ///< sub-block in Dst, tiles; 0: chosen
  bool doubleActivations = true, doubleWeights = true;
  bool l1Accumulate = true;        ///< partial sums added by the packer; else reloaded for each block
  std::optional<bool> splitReader; ///< both data-movement threads gather; none: where it is priced lower
  const DeviceSpec *device = nullptr; ///< for the price; null: one thread gathers
};
Expected<void> buildHaloConv(ProgramBuilder &b, const Target &target, const HaloConvProgram &op);

/// buildEltwise with one tile in Dst at a time: in place over shards that are alike (whole ones, if two), else tile by
/// tile, each read and written with a barrier, dealt out evenly over all cores.
Expected<void> buildTilewise(ProgramBuilder &b, const Target &target, const EltwiseProgram &op);

/// buildConvert between interleaved tiles and sticks, a row of tiles at a time: tiles are read and
/// written one by one, sticks 32 at a time, each with a barrier.
Expected<void> buildStepwiseConvert(ProgramBuilder &b, const Target &target, const ConvertProgram &op);

/// Sticks of a row-major tensor read one by one, each written to its places in another: copies, and
/// nearest upsampling of images of height x width.
struct StickwiseProgram {
  std::string kind = "upsample";
  BufferRef input, output;
  int64_t height = 1, width = 1, repeatH = 1, repeatW = 1;
};
Expected<void> buildStickwise(ProgramBuilder &b, const Target &target, const StickwiseProgram &op);

/// Tiles of interleaved tensors that change their place, one by one: for every image of the result its
/// first rows of tiles come from `first`, the others from `second` (a concat of rows), or all come from
/// `first`, whose images are transposed.
struct TileMoveProgram {
  std::string kind = "transpose";
  BufferRef first, second, output;
  int64_t imageRows = 1, firstRows = 1; ///< tiles; of the result
};
Expected<void> buildTileMove(ProgramBuilder &b, const Target &target, const TileMoveProgram &op);

} // namespace ttc::programs

#endif
