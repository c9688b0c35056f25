//===- MatmulWeights.cpp - weights and bias of a convolution ----------------===//
//
// The cores of a group need the same weights. Some of them send: each reads its
// share of the blocks from DRAM and multicasts them, in turn, so that the reads of
// one go on while another sends. A count of what came orders them: a sender waits
// until what was sent before has come to itself.
//
//===----------------------------------------------------------------------===//
#include "Matmul.h"

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

/// The whole grid (height) or one line of it (block).
Matmul::Rectangle Matmul::group() {
  if (part.sharding != Sharding::Block)
    return {0, 0, part.gridX - 1, part.gridY - 1};
  if (part.colMajor)
    return {0, b.coreY(), part.rowParts - 1, b.coreY()};
  return {b.coreX(), 0, b.coreX(), part.rowParts - 1};
}

/// What lies at the write pointer of `cb`, to the other cores of the group at the same place.
void Matmul::broadcast(Cb cb, int64_t bytes) {
  auto [x0, y0, x1, y1] = group();
  // The path stays reserved until the semaphore, which takes it to the same cores.
  b.emit(Opcode::Mcast, {cb, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
  b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, valid, 1});
  b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), valid, 1});
}

/// Block `index`, to be pushed `ahead` blocks later, from DRAM; no barrier.
void Matmul::fetchWeights(Partition::Position at, Idx index, Idx ahead) {
  Idx inPass = b.rem(index, kBlocks), cb = b.rem(b.div(index, kBlocks), colBlocks);
  Idx tile = b.mul(inPass, kBlock), kCur = kBlock;
  if (sliceBlocks > 1) {
    Idx j = b.rem(inPass, sliceBlocks);
    tile = b.add(b.mul(b.div(inPass, sliceBlocks), sliceTiles), b.mul(j, kBlock));
    if (sliceTiles % kBlock)
      kCur = b.min(kBlock, b.sub(sliceTiles, b.mul(j, kBlock)));
  }
  b.emit(Opcode::ReadPages, {weights, b.mul(ahead, weightBlockSize()), weightBuffer.id, tile,
                             b.add(b.mul(at.col, nt), b.mul(cb, w)), kCur, widthOf(cb)});
}

/// Room for a round of blocks.
void Matmul::beginRound(Partition::Position at, Idx round) {
  Idx first = b.mul(round, senders), count = senders;
  if (weightBlocks % senders)
    count = b.min(senders, b.sub(weightBlocks, first));
  reserve(b, weights, allAhead() ? Idx(weightBlocks * kBlock * w) : b.mul(count, kBlock * w));
}

/// This core's block of a round.
void Matmul::fetchRound(Partition::Position at, Idx round) {
  Idx first = b.mul(round, senders), count = senders;
  if (weightBlocks % senders)
    count = b.min(senders, b.sub(weightBlocks, first));
  if (groupSize == 1)
    return fetchWeights(at, first, 0);
  b.ifThen(b.cmp(Predicate::Lt, at.row, count), [&] {
    writeBarrier(b); // the block before has left its place
    fetchWeights(at, b.add(first, at.row), at.row);
  });
}

/// Block `index` to all cores of the group; `sent` follows on its sender.
void Matmul::giveWeights(Partition::Position at, Idx index, Idx sender) {
  // This core's next block may come while the others send, unless it lies at the start of the ring.
  auto next = [&] {
    int64_t turns = weightSlots / senders;
    if (roundsOf() == 1 || (!allAhead() && turns == 1))
      return;
    Idx after = b.add(index, senders), more = b.cmp(Predicate::Lt, after, weightBlocks);
    if (!allAhead())
      more = b.mul(more, b.rem(b.add(b.div(index, senders), 1), turns));
    b.ifThen(more, [&] {
      if (!allAhead())
        reserve(b, weights, (senders + 1) * kBlock * w);
      fetchWeights(at, after, senders);
    });
  };
  if (groupSize == 1) {
    readBarrier(b);
    next();
    return push(b, weights, kBlock * w);
  }
  // The first rounds go to places that were never taken.
  int64_t free = weightSlots / senders;
  Idx count = b.add(index, epilogue->hasBias() ? 1 : 0), round = b.div(index, senders);
  bool asks = !allAhead();
  b.ifThen(
      b.cmp(Predicate::Eq, at.row, sender),
      [&] {
        readBarrier(b);
        if (asks)
          b.emit(Opcode::SemWait, {ready, b.mul(b.max(b.sub(round, free - 1), 0), groupSize - 1)});
        b.emit(Opcode::SemWait, {valid, count});
        broadcast(weights, weightBlockSize());
        next();
      },
      [&] {
        if (asks) {
          Idx x = 0, y = sender;
          if (part.sharding == Sharding::Height)
            x = b.rem(sender, part.gridX), y = b.div(sender, part.gridX);
          if (part.sharding == Sharding::Block)
            x = b.coreX();
          if (part.colMajor) {
            x = sender, y = b.coreY();
            if (part.sharding == Sharding::Height)
              x = b.div(sender, part.gridY), y = b.rem(sender, part.gridY);
          }
          b.ifThen(b.cmp(Predicate::Ge, round, free),
                   [&] { b.emit(Opcode::SemInc, {x, y, ready, 1}); });
        }
        b.emit(Opcode::SemWait, {valid, b.add(count, 1)});
      });
  push(b, weights, kBlock * w);
}

void Matmul::streamWeights(Partition::Position at, ResultWriter &out) {
  beginRound(at, 0);
  bool bias = epilogue->hasBias();
  if (groupSize == 1 || !bias)
    fetchRound(at, 0);
  if (bias && groupSize == 1)
    epilogue->readBias(at);
  if (bias && groupSize > 1) {
    // The last core brings the bias, so that it does not come from one bank to all. Until then the first
    // block has the DRAM for itself.
    b.ifThen(b.cmp(Predicate::Eq, at.row, 0), [&] { fetchWeights(at, 0, 0); });
    Cb cb = epilogue->biasPages();
    reserve(b, cb, nt);
    b.ifThen(
        b.cmp(Predicate::Eq, at.row, groupSize - 1),
        [&] {
          epilogue->fetchBias(at);
          readBarrier(b);
          broadcast(cb, epilogue->biasBytes());
        },
        [&] { b.emit(Opcode::SemWait, {valid, 1}); });
    push(b, cb, nt);
    b.ifThen(b.cmp(Predicate::Gt, at.row, 0), [&] { fetchRound(at, 0); });
  }
  b.loop(0, roundsOf(), 1, [&](Idx round) {
    if (!allAhead())
      b.ifThen(b.cmp(Predicate::Gt, round, 0), [&] { 
        beginRound(at, round); 
        b.ifThen(b.cmp(Predicate::Eq, b.rem(round, weightSlots / senders), 0), [&] { fetchRound(at, round); });
       });
    Idx first = b.mul(round, senders);
    Idx count = weightBlocks % senders ? b.min(senders, b.sub(weightBlocks, first)) : Idx(senders);
    b.loop(0, count, 1, [&](Idx s) {
      Idx index = b.add(first, s);
      giveWeights(at, index, s);
      if (!resident && !out.inPlace()) {
        Idx pass = b.div(index, kBlocks), ob = b.div(pass, colBlocks), cb = b.rem(pass, colBlocks);
        b.ifThen(b.cmp(Predicate::Eq, b.rem(b.add(index, 1), kBlocks), 0),
                 [&] { out.write(at, b.mul(ob, h), b.mul(cb, w), heightOf(ob), widthOf(cb)); });
      }
    });
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
