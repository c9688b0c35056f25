//===- Epilogue.h - bias, activation and residual inside Dst ----------------===//
#ifndef TTC_TILEPROGRAMS_EPILOGUE_H
#define TTC_TILEPROGRAMS_EPILOGUE_H

#include "Partition.h"

namespace ttc::programs {

/// What follows the multiply of an output block before it leaves the core: + bias (one row), an
/// activation, + residual (a tensor of the result's shape, in any layout), a second activation.
/// The residual is used where it lies when it is sharded as the result is, else read block by block;
/// row-major residuals are tilized before the block takes hold of Dst.
class Epilogue {
public:
  Epilogue(ProgramBuilder &b, const Partition &part, BufferRef residual,
           std::function<float(int64_t)> bias, int64_t channels,
           std::optional<Activation> activation, std::optional<Activation> postActivation);

  /// Circular buffer bytes for blocks of rows x cols tiles.
  int64_t l1Bytes(int64_t blockTiles) const;
  /// Before beginProgram: the bias constant and the residual's window.
  void declareConstants();
  void declareBuffers(int64_t blockRows, int64_t blockCols);

  // Reader thread.
  void readBias(Partition::Position at);
  bool readsResidual() const { return residual && !aliased; }
  void readResidual(Partition::Position at, Idx rowTile, Idx colTile, Idx rows, Idx cols);

  // Compute thread: begin and end once, prepare / apply / finish for each block.
  void begin();
  void prepare(Idx rowTile, Idx colTile, Idx rows, Idx cols);
  void apply(Idx rowTile, Idx colTile, Idx rows, Idx cols);
  void finish();
  void end();

private:
  bool inShard() const { return aliased && !tilizes; }

  ProgramBuilder &b;
  const Partition &part;
  BufferRef residual;
  std::function<float(int64_t)> bias;
  int64_t channels;
  std::optional<Activation> activation, postActivation;
  bool aliased = false, tilizes = false;
  int64_t blockRows = 0, blockCols = 0;
  BufferRef biasBuffer;
  int window = -1;
  Cb biasCb = -1, tilesCb = -1, sticksCb = -1;
};

} // namespace ttc::programs

#endif
