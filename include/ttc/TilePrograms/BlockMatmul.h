//===- BlockMatmul.h - matrix product of two device tensors ------------------===//
#ifndef TTC_TILEPROGRAMS_BLOCKMATMUL_H
#define TTC_TILEPROGRAMS_BLOCKMATMUL_H

#include "ttc/Device/DeviceSpec.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc::programs {

/// How a core's part of a product is cut, in tiles: K in blocks of `inner`, the part in blocks of
/// rows x cols whose partial sums stay in L1, those in sub-blocks of h x w that fill half of Dst.
struct MatmulBlocking {
  int64_t inner = 1, rows = 1, cols = 1, h = 1, w = 1;
};

/// Product of two device tensors in tiles: output = act(in0 x in1 + bias) (+ residual, post act).
struct BlockMatmulProgram {
  std::string kind = "matmul";
  BufferRef in0, in1, residual, output;
  std::function<float(int64_t oc)> bias; ///< empty: no bias
  std::optional<Activation> activation, postActivation;
  std::optional<MatmulBlocking> blocking; ///< none: searched by price
  std::optional<program::Sharding> cut;   ///< of an interleaved result over the cores; none: by shape
  const DeviceSpec *device = nullptr;     ///< to price for; null: the first blocking that fits
  bool l1Accumulate = true; ///< partial sums added by the packer; else reloaded for each block of K
  /// Searches only sub-blocks of one tile row or of the part's whole width, as kernels want them that
  /// pack a result tile after tile.
  bool wholeRows = false;
};
Expected<void> buildBlockMatmul(ProgramBuilder &b, const Target &target,
                                const BlockMatmulProgram &op);

} // namespace ttc::programs

#endif
