//===- Epilogue.h - bias, activation and residual inside Dst ----------------===//
#ifndef TTC_TILEPROGRAMS_EPILOGUE_H
#define TTC_TILEPROGRAMS_EPILOGUE_H

#include "Partition.h"

#include <optional>

namespace ttc::programs {

/// What surrounds the multiply of an output block in Dst: the bias (one row) is there before the first
/// product, so that Dst, which rounds whenever it is written, ends at the size of the result and not
/// at that of the sum without bias; then an activation, + residual (a tensor of the result's shape, in any layout), a second activation.
/// The residual is used where it lies when it is sharded as the result is, else read block by block;
/// row-major residuals are tilized before the block takes hold of Dst. What follows the last use of the
/// matrix engine runs on the packer's thread where the device can, while the next block multiplies: an activation
/// and what is added to it too where Dst has room for the residual beside the block.
class Epilogue {
public:
  Epilogue(ProgramBuilder &b, const Partition &part, BufferRef residual,
           std::function<float(int64_t)> bias, int64_t channels,
           std::optional<Activation> activation, std::optional<Activation> postActivation,
           const Target &target);

  /// Circular buffer bytes for blocks of rows x cols tiles.
  int64_t l1Bytes(int64_t blockTiles) const;
  /// Before beginProgram: the bias constant, unless the bias is in L1, and the residual's window.
  void declareConstants();
  /// The two parts of it and of declareBuffers() that a prefetch of the bias needs.
  void declareBiasConstant();
  void declareBias();
  /// more: a core makes more blocks than one.
  void declareBuffers(int64_t blockRows, int64_t blockCols, bool more = true);

  // Data-movement threads. The bias: all at once, or by pieces for who brings other things with it.
  bool hasBias() const { return bool(bias); }
  /// The bias lies in this L1 buffer, each core's tiles on the core.
  void prefetchedTo(BufferRef buffer) { biasShard = buffer; }
  program::Format biasTiles() const { return biasFormat; }
  void readBias(Partition::Position at);
  void fetchBias(Partition::Position at); ///< no barrier
  Cb biasPages() const { return biasCb; }
  int64_t biasBytes() const { return part.tileCols() * tileBytes(biasFormat); }
  void openResidual();
  bool readsResidual() const { return residual && !aliased; }
  void readResidual(Partition::Position at, Idx rowTile, Idx colTile, Idx rows, Idx cols);

  // Compute thread: begin and end once; for each block prepare, then with Dst start and apply by the
  // math and applyPacking by the packer before it packs, then finish.
  void begin();
  void start(Idx colTile, Idx rows, Idx cols);
  void prepare(Idx rowTile, Idx colTile, Idx rows, Idx cols);
  void apply(Idx rowTile, Idx colTile, Idx rows, Idx cols);
  void applyPacking(Idx rows, Idx cols);
  void finish();
  void end();

private:
  bool inShard() const { return aliased && !tilizes; }
  /// The vector unit adds the residual, which lies in Dst behind the block, while the next one is multiplied.
  bool addsWhilePacking() const {
    return residual && activation && moreBlocks && vectorWhilePacking && 2 * blockRows * blockCols <= dstTiles;
  }

  ProgramBuilder &b;
  const Partition &part;
  BufferRef residual;
  std::function<float(int64_t)> bias;
  int64_t channels;
  std::optional<Activation> activation, postActivation;
  bool vectorWhilePacking;
  int64_t dstTiles;
  /// A 32-bit Dst takes a bias of 10 fraction bits (tf32), a 16-bit one no more than bf16.
  program::Format biasFormat;
  void overRows(Idx tile, Idx pitch, Idx rows, Idx cols, const std::function<void(Idx, Idx, Idx, Idx)> &run);
  void addRows(Cb cb, Idx tile, Idx pitch, isa::Broadcast bcast, Idx rows, Idx cols);
  bool aliased = false, tilizes = false, moreBlocks = true;
  int64_t blockRows = 0, blockCols = 0;
  BufferRef biasBuffer;
  std::optional<BufferRef> biasShard;
  int window = -1;
  Cb biasCb = -1, tilesCb = -1, sticksCb = -1;
};

} // namespace ttc::programs

#endif
