//===- Epilogue.cpp - bias, activation and residual inside Dst --------------===//
#include "Epilogue.h"

namespace ttc::programs {
using isa::Opcode;

namespace {
constexpr int64_t stickTile = 64; ///< bytes of 32 bf16 elements of a stick
}

Epilogue::Epilogue(ProgramBuilder &b, const Partition &part, BufferRef residual,
                   std::function<float(int64_t)> bias, int64_t channels,
                   std::optional<Activation> activation, std::optional<Activation> postActivation,
                   const Target &target)
    : b(b), part(part), residual(residual), bias(std::move(bias)), channels(channels),
      activation(activation), postActivation(postActivation),
      vectorWhilePacking(target.vectorWhilePacking), dstTiles(target.dstTiles()),
      biasFormat(target.fp32Dest ? program::Format::Fp32 : program::Format::Bf16) {
  // A 16-bit Dst keeps nothing that the shorter mish leaves out.
  for (std::optional<Activation> *a : {&this->activation, &this->postActivation})
    if (!target.fp32Dest && *a && (*a)->function == isa::SfpuFunction::Mish)
      (*a)->function = isa::SfpuFunction::MishBf16;
  if (!residual)
    return;
  const BufferDesc &d = residual.desc;
  aliased = part.sameShards(d) && (d.tiled() || d.shardCols % tileDim == 0);
  tilizes = !d.tiled();
}

int64_t Epilogue::l1Bytes(int64_t blockTiles) const {
  int64_t bytes = bias && !biasShard ? part.tileCols() * tileBytes(biasFormat) : 0;
  if (residual && !inShard())
    bytes += 2 * blockTiles * tileBytes(program::Format::Bf16);
  if (residual && tilizes && !aliased)
    bytes += 2 * blockTiles * tileDim * stickTile;
  return bytes;
}

void Epilogue::declareBiasConstant() {
  if (!bias)
    return;
  ConstantSpec spec;
  spec.name = "bias";
  spec.format = biasFormat;
  spec.rows = 1;
  spec.cols = channels;
  spec.fill = [bias = bias, channels = channels] {
    std::vector<float> data;
    for (int64_t c = 0; c < channels; ++c)
      data.push_back(bias(c));
    return data;
  };
  biasBuffer = b.constant(spec);
}

void Epilogue::declareConstants() {
  if (!biasShard)
    declareBiasConstant();
  if (residual && tilizes && !aliased)
    window = b.window(identityWindow(residual.desc.rows));
}

void Epilogue::declareBias() {
  if (bias)
    biasCb = biasShard ? aliasCb(b, *biasShard, "bias")
                       : tileCb(b, "bias", biasFormat, part.tileCols());
}

void Epilogue::declareBuffers(int64_t rows, int64_t cols, bool more) {
  moreBlocks = more;
  blockRows = rows;
  blockCols = cols;
  declareBias();
  if (!residual)
    return;
  if (aliased)
    (tilizes ? sticksCb : tilesCb) = aliasCb(b, residual, "residual_shard");
  else if (tilizes)
    sticksCb = stickCb(b, "residual_rows", rows * tileDim * cols * stickTile);
  if (tilesCb < 0)
    tilesCb = tileCb(b, "residual", tilizes ? program::Format::Bf16 : residual.desc.format,
                     2 * rows * cols);
}

void Epilogue::fetchBias(Partition::Position at) {
  int64_t nt = part.tileCols();
  b.emit(Opcode::ReadPages, {biasCb, 0, biasBuffer.id, 0, b.mul(at.col, nt), 1, nt});
}

void Epilogue::readBias(Partition::Position at) {
  if (!bias)
    return;
  reserve(b, biasCb, part.tileCols());
  if (!biasShard) {
    fetchBias(at);
    readBarrier(b);
  }
  push(b, biasCb, part.tileCols());
}

/// The residual's own shard is there from the start.
void Epilogue::openResidual() {
  if (residual && aliased) {
    Cb cb = tilizes ? sticksCb : tilesCb;
    reserve(b, cb, aliasPages(residual.desc));
    push(b, cb, aliasPages(residual.desc));
  }
}

void Epilogue::readResidual(Partition::Position at, Idx rowTile, Idx colTile, Idx rows, Idx cols) {
  if (!readsResidual())
    return;
  Idx row = b.add(b.mul(at.row, part.tileRows()), rowTile);
  Idx col = b.add(b.mul(at.col, part.tileCols()), colTile);
  int64_t pages = tilizes ? 1 : blockRows * blockCols;
  Cb cb = tilizes ? sticksCb : tilesCb;
  reserve(b, cb, pages);
  if (tilizes) {
    Idx colByte = b.mul(col, stickTile);
    Idx bytes = b.min(b.mul(cols, stickTile), b.sub(stickChannels(channels) * 2, colByte));
    b.emit(Opcode::ReadWindow, {cb, 0, blockCols * stickTile, residual.id, window,
                                b.mul(row, tileDim), b.mul(rows, tileDim), 0, 1, colByte, bytes, 0});
  } else {
    b.emit(Opcode::ReadPages, {cb, 0, residual.id, row, col, rows, cols});
  }
  readBarrier(b);
  push(b, cb, pages);
}

void Epilogue::begin() {
  if (residual && aliased)
    wait(b, tilizes ? sticksCb : tilesCb, aliasPages(residual.desc));
}

void Epilogue::prepare(Idx rowTile, Idx colTile, Idx rows, Idx cols) {
  if (!residual || !tilizes)
    return;
  reserve(b, tilesCb, blockRows * blockCols);
  if (aliased) {
    int64_t pitch = stickPitch(residual.desc);
    Idx off = b.add(b.mul(rowTile, tileDim * pitch), b.mul(colTile, stickTile));
    b.emit(Opcode::Tilize, {sticksCb, off, pitch, tilesCb, 0, cols, rows, cols});
  } else {
    wait(b, sticksCb, 1);
    b.emit(Opcode::Tilize, {sticksCb, 0, blockCols * stickTile, tilesCb, 0, cols, rows, cols});
    pop(b, sticksCb, 1);
  }
  push(b, tilesCb, blockRows * blockCols);
}

/// run(first tile, step, place in the block, tiles) over a block's tiles that lie from `tile` on; `pitch`: tiles
/// from row to row.
void Epilogue::overRows(Idx tile, Idx pitch, Idx rows, Idx cols,
                        const std::function<void(Idx, Idx, Idx, Idx)> &run) {
  if (cols.isConstant() && cols.constant == 1)
    return run(tile, pitch, 0, rows);
  b.loop(0, rows, 1, [&](Idx r) { run(b.add(tile, b.mul(r, pitch)), 1, b.mul(r, cols), cols); });
}

/// Adds tiles of `cb` to a block.
void Epilogue::addRows(Cb cb, Idx tile, Idx pitch, isa::Broadcast bcast, Idx rows, Idx cols) {
  overRows(tile, pitch, rows, cols, [&](Idx first, Idx step, Idx dst, Idx count) {
    b.emit(Opcode::EltwiseDst, {isa::EltwiseKind::Add, cb, first, step, dst, count, bcast});
  });
}

void Epilogue::start(Idx colTile, Idx rows, Idx cols) {
  if (!bias)
    return;
  wait(b, biasCb, part.tileCols()); // first here: the first activations need no bias
  addRows(biasCb, colTile, 0, isa::Broadcast::Row, rows, cols);
}

void Epilogue::apply(Idx rowTile, Idx colTile, Idx rows, Idx cols) {
  Idx count = b.mul(rows, cols);
  if (activation && !addsWhilePacking() && (residual || !vectorWhilePacking))
    sfpu(b, *activation, 0, count);
  if (residual && !inShard())
    wait(b, tilesCb, blockRows * blockCols); // no sooner: the products need it not
  Idx tile = inShard() ? b.add(b.mul(rowTile, part.tileCols()), colTile) : Idx(0);
  Idx pitch = inShard() ? Idx(part.tileCols()) : cols;
  if (addsWhilePacking())
    overRows(tile, pitch, rows, cols, [&](Idx first, Idx step, Idx dst, Idx count) {
      b.emit(Opcode::CopyTiles, {tilesCb, first, step, b.add(dst, blockRows * blockCols), count});
    });
  else if (residual)
    addRows(tilesCb, tile, pitch, isa::Broadcast::None, rows, cols);
  if (postActivation && !vectorWhilePacking)
    sfpu(b, *postActivation, 0, count);
}

void Epilogue::applyPacking(Idx rows, Idx cols) {
  if (!vectorWhilePacking)
    return;
  Idx count = b.mul(rows, cols);
  if (activation && (!residual || addsWhilePacking()))
    sfpu(b, *activation, 0, count);
  if (addsWhilePacking())
    b.emit(Opcode::SfpuBinary, {isa::SfpuBinaryKind::Add, 0, blockRows * blockCols, 0, count});
  if (postActivation)
    sfpu(b, *postActivation, 0, count);
}

void Epilogue::finish() {
  if (residual && !inShard())
    pop(b, tilesCb, blockRows * blockCols);
}

void Epilogue::end() {
  if (bias)
    pop(b, biasCb, part.tileCols());
  if (residual && aliased)
    pop(b, tilizes ? sticksCb : tilesCb, aliasPages(residual.desc));
}

} // namespace ttc::programs
