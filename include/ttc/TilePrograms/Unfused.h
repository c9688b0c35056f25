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

/// buildEltwise with one tile in Dst at a time.
Expected<void> buildTilewise(ProgramBuilder &b, const Target &target, const EltwiseProgram &op);

} // namespace ttc::programs

#endif
