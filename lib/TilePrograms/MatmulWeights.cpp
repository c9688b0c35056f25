//===- MatmulWeights.cpp - weights and bias of a convolution ----------------===//
//
// The cores of a group need the same weights. The first of them reads them from DRAM,
// block by block, and multicasts them; the next block is on its way meanwhile. A count
// of what came tells the others.
//
//===----------------------------------------------------------------------===//
#include "Matmul.h"

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

/// The whole grid (height) or cores of one line of it (block).
Matmul::Rectangle Matmul::group(Partition::Position at) {
  if (part.sharding != Sharding::Block)
    return {0, 0, part.gridX - 1, part.gridY - 1};
  Idx first = b.mul(at.line, part.rowParts), last = b.add(first, part.rowParts - 1);
  if (part.colMajor)
    return {first, b.coreY(), last, b.coreY()};
  return {b.coreX(), first, b.coreX(), last};
}

/// What lies at the write pointer of `cb`, to the other cores of the group at the same place; `came` counts.
void Matmul::broadcast(Partition::Position at, Cb cb, int64_t bytes, Semaphore came) {
  auto [x0, y0, x1, y1] = group(at);
  // The path stays reserved until the semaphore, which takes it to the same cores.
  b.emit(Opcode::Mcast, {cb, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
  b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, came, 1});
}

/// Block `index`, to be pushed `ahead` blocks later, from DRAM; no barrier.
void Matmul::fetchWeights(Partition::Position at, Idx index, int64_t ahead) {
  Idx inPass = b.rem(index, kBlocks), cb = b.rem(b.div(index, kBlocks), colBlocks);
  Idx tile = b.mul(inPass, kBlock), kCur = kBlock;
  if (sliceBlocks > 1) {
    Idx j = b.rem(inPass, sliceBlocks);
    tile = b.add(b.mul(b.div(inPass, sliceBlocks), sliceTiles), b.mul(j, kBlock));
    if (sliceTiles % kBlock)
      kCur = b.min(kBlock, b.sub(sliceTiles, b.mul(j, kBlock)));
  }
  b.emit(Opcode::ReadPages, {weights, ahead * weightBlockSize(), weightBuffer.id, tile,
                             b.add(b.mul(at.col, nt), b.mul(cb, w)), kCur, widthOf(cb)});
}

/// Sends block `index`, which is on its way, and starts the next one where that does not lie at the
/// beginning of the ring.
void Matmul::sendWeights(Partition::Position at, Idx index) {
  readBarrier(b);
  if (groupSize > 1) {
    // The first blocks go to places that were never taken.
    if (!allAhead())
      b.emit(Opcode::SemWait,
             {ready, b.mul(b.max(b.sub(index, weightSlots - 1), 0), groupSize - 1)});
    broadcast(at, weights, weightBlockSize(), valid);
  }
  Idx more = b.cmp(Predicate::Lt, b.add(index, 1), weightBlocks);
  if (!allAhead())
    more = b.mul(more, b.rem(b.add(index, 1), weightSlots));
  b.ifThen(more, [&] {
    if (!allAhead()) {
      reserve(b, weights, 2 * kBlock * w);
      writeBarrier(b); // the block before has left the place
    }
    fetchWeights(at, b.add(index, 1), 1);
  });
}

void Matmul::receiveWeights(Partition::Position at, Idx index) {
  if (!allAhead()) {
    auto [x, y, x1, y1] = group(at);
    b.ifThen(b.cmp(Predicate::Ge, index, weightSlots),
             [&] { b.emit(Opcode::SemInc, {x, y, ready, 1}); });
  }
  b.emit(Opcode::SemWait, {valid, b.add(index, 1)});
}

void Matmul::streamWeights(Partition::Position at, ResultWriter &out) {
  Idx sends = groupSize > 1 ? b.cmp(Predicate::Eq, at.row, 0) : Idx(1);
  reserve(b, weights, allAhead() ? weightBlocks * kBlock * w : kBlock * w);
  b.ifThen(sends, [&] { fetchWeights(at, 0, 0); });
  if (epilogue->hasBias() && groupSize == 1)
    epilogue->readBias(at);
  if (epilogue->hasBias() && groupSize > 1) {
    // Another core brings the bias: one bank does not serve all, and the first block need not wait.
    Cb cb = epilogue->biasPages();
    reserve(b, cb, nt);
    b.ifThen(
        b.cmp(Predicate::Eq, at.row, groupSize - 1),
        [&] {
          epilogue->fetchBias(at);
          readBarrier(b);
          broadcast(at, cb, epilogue->biasBytes(), biasValid);
        },
        [&] { b.emit(Opcode::SemWait, {biasValid, 1}); });
    push(b, cb, nt);
  }
  b.loop(0, weightBlocks, 1, [&](Idx index) {
    if (!allAhead())
      reserve(b, weights, kBlock * w);
    b.ifThen(
        sends,
        [&] {
          if (!allAhead())
            b.ifThen(b.cmp(Predicate::Eq, b.rem(index, weightSlots), 0),
                     [&] {
                       b.ifThen(b.cmp(Predicate::Gt, index, 0), [&] {
                         writeBarrier(b);
                         fetchWeights(at, index, 0);
                       });
                     });
          sendWeights(at, index);
        },
        [&] { receiveWeights(at, index); });
    push(b, weights, kBlock * w);
    if (!resident && !out.inPlace()) {
      Idx pass = b.div(index, kBlocks), ob = b.div(pass, colBlocks), cb = b.rem(pass, colBlocks);
      b.ifThen(b.cmp(Predicate::Eq, b.rem(b.add(index, 1), kBlocks), 0),
               [&] { out.write(at, b.mul(ob, h), b.mul(cb, w), heightOf(ob), widthOf(cb)); });
    }
  });
  if (resident && !out.inPlace())
    b.loop(0, rowBlocks, 1, [&](Idx ob) {
      b.loop(0, colBlocks, 1, [&](Idx cb) {
        out.write(at, b.mul(ob, h), b.mul(cb, w), heightOf(ob), widthOf(cb));
      });
    });
  if (groupSize > 1)
    writeBarrier(b); // the last multicast
}

} // namespace ttc::programs
