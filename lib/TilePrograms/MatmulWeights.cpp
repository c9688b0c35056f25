//===- MatmulWeights.cpp - weights and bias of a convolution ----------------===//
//
// The cores of a group need the same weights. The first ones read them from DRAM,
// block by block, and multicast them in turn, each one's next block on its way while
// the others send. A count of what came orders them: a sender waits until what was
// sent before has come to itself.
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
  if (senders > 1)
    b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), came, 1});
}

/// Block `index`, to be pushed `ahead` blocks later, from DRAM; no barrier.
void Matmul::fetchWeights(Partition::Position at, Idx index, Idx ahead) {
  Idx inPass = b.rem(index, kBlocks), cb = b.rem(b.div(index, kBlocks), colBlocks);
  Idx tile = b.mul(inPass, kBlock), kCur = kBlock;
  if (unitBlocks > 1) {
    Idx j = b.rem(inPass, unitBlocks);
    tile = b.add(b.mul(b.div(inPass, unitBlocks), unitTiles), b.mul(j, kBlock));
    if (unitTiles % kBlock)
      kCur = b.min(kBlock, b.sub(unitTiles, b.mul(j, kBlock)));
  }
  if (splits())
    tile = b.add(tile, b.mul(at.line, kTiles));
  b.emit(Opcode::ReadPages, {weights, b.mul(ahead, weightBlockSize()), weightBuffer.id, tile,
                             b.add(b.mul(at.col, nt), b.mul(cb, w)), kCur, widthOf(cb)});
}

/// Sends block `index`, which is on its way, and starts this core's next one where that does not lie at
/// the beginning of the ring.
void Matmul::sendWeights(Partition::Position at, Idx index) {
  readBarrier(b);
  if (groupSize > 1) {
    // The first blocks go to places that were never taken.
    if (!allAhead()) {
      Idx again = b.div(b.max(b.sub(b.add(index, senders), weightSlots), 0), senders);
      b.emit(Opcode::SemWait, {ready, b.mul(again, groupSize - 1)});
    }
    if (senders > 1)
      await(valid, index);
    broadcast(at, weights, weightBlockSize(), valid.semaphore);
  }
  Idx next = b.add(index, senders), more = b.cmp(Predicate::Lt, next, weightBlocks);
  if (!allAhead())
    more = b.mul(more, b.div(b.rem(next, weightSlots), senders));
  b.ifThen(more, [&] {
    if (!allAhead()) {
      reserve(b, weights, (senders + 1) * kBlock * w);
      writeBarrier(b); // the block before has left the place
    }
    fetchWeights(at, next, senders);
  });
}

void Matmul::receiveWeights(Partition::Position at, Idx index) {
  if (!allAhead()) {
    auto [x, y, x1, y1] = group(at);
    if (senders > 1) { // along the first line of the grid
      (part.colMajor ? y : x) = b.rem(index, senders);
    }
    b.ifThen(b.cmp(Predicate::Ge, index, weightSlots),
             [&, x = x, y = y] { b.emit(Opcode::SemInc, {x, y, ready, 1}); });
  }
  await(valid, b.add(index, 1));
}

/// Block `index` of weights, wherever it comes from.
void Matmul::weightBlock(Partition::Position at, Idx index) {
  if (!allAhead())
    reserve(b, weights, kBlock * w);
  auto send = [&] {
    // What could not be fetched ahead: the first blocks of a turn of the ring, but for the start.
    if (!allAhead())
      b.ifThen(b.mul(b.cmp(Predicate::Gt, index, senders - 1),
                     b.cmp(Predicate::Lt, b.rem(index, weightSlots), senders)),
               [&] {
                 writeBarrier(b);
                 fetchWeights(at, index, 0);
               });
    sendWeights(at, index);
  };
  if (groupSize > 1)
    b.ifThen(b.cmp(Predicate::Eq, at.row, b.rem(index, senders)), send,
             [&] { receiveWeights(at, index); });
  else
    send();
  push(b, weights, kBlock * w);
}

void Matmul::streamWeights(Partition::Position at, ResultWriter &out) {
  if (prefetched())
    return takeWeights(at, out);
  Cb bias = epilogue->biasPages();
  bool sharesBias = epilogue->hasBias() && groupSize > 1;
  if (!gathererMoves())
    beginPartials(at);
  reserve(b, weights, (allAhead() ? weightBlocks : senders) * kBlock * w);
  if (groupSize > 1)
    b.ifThen(b.cmp(Predicate::Lt, at.row, senders), [&] { fetchWeights(at, at.row, at.row); });
  else
    fetchWeights(at, 0, 0);
  if (sharesBias) {
    // Another core brings the bias: one bank does not serve all, and the first block need not wait.
    byLine(at, [&] {
      reserve(b, bias, nt);
      b.ifThen(b.cmp(Predicate::Eq, at.row, groupSize - 1), [&] {
        epilogue->fetchBias(at);
        readBarrier(b);
        broadcast(at, bias, epilogue->biasBytes(), biasValid.semaphore);
      });
    });
  } else {
    byLine(at, [&] { epilogue->readBias(at); });
  }
  if (bothGather)
    helpGather(at, 0);
  // Who only receives has the bias first.
  auto takeBias = [&](Predicate when) {
    if (sharesBias)
      byLine(at, [&] {
        b.ifThen(b.cmp(when, at.row, senders), [&] {
          b.ifThen(b.cmp(Predicate::Lt, at.row, groupSize - 1),
                   [&] { await(biasValid, 1); });
          push(b, bias, nt);
        });
      });
  };
  takeBias(Predicate::Ge);
  weightBlock(at, 0);
  takeBias(Predicate::Lt);
  auto write = [&](Idx index) {
    if (resident || !leaves() || gathererMoves())
      return;
    Idx pass = b.div(index, kBlocks);
    b.ifThen(b.cmp(Predicate::Eq, b.rem(b.add(index, 1), kBlocks), 0),
             [&] { moveResult(at, out, b.div(pass, colBlocks), b.rem(pass, colBlocks)); });
  };
  write(0);
  b.loop(1, weightBlocks, 1, [&](Idx index) {
    weightBlock(at, index);
    write(index);
  });
  if (bothGather)
    b.loop(1, groups, 1, [&](Idx g) { helpGather(at, g); });
  if (!gathererMoves()) {
    if (resident)
      moveResults(at, out);
    endMoves(at);
  }
  if (groupSize > 1)
    writeBarrier(b); // the last multicast
}

/// The result of a block of output: sums of the other line to here, what does not stay to where it lies.
void Matmul::moveResult(Partition::Position at, ResultWriter &out, Idx ob, Idx cb) {
  if (splits())
    movePartial(at, ob, cb);
  out.write(at, b.mul(ob, h), b.mul(cb, w), heightOf(ob), widthOf(cb));
}

void Matmul::moveResults(Partition::Position at, ResultWriter &out) {
  if (leaves())
    b.loop(0, rowBlocks, 1, [&](Idx ob) {
      b.loop(0, colBlocks, 1, [&](Idx cb) { moveResult(at, out, ob, cb); });
    });
}

/// The results have left: writeBarrier() was behind each.
void Matmul::endMoves(Partition::Position at) {
  if (splits())
    endPartials(at);
  if (written)
    b.emit(Opcode::SemInc, {0, 0, written->semaphore, 1});
}

/// Weights and bias that were prefetched.
void Matmul::takeWeights(Partition::Position at, ResultWriter &out) {
  if (!gathererMoves())
    beginPartials(at);
  reserve(b, weights, weightPages());
  push(b, weights, weightPages());
  byLine(at, [&] { epilogue->readBias(at); });
  if (bothGather)
    b.loop(0, groups, 1, [&](Idx g) { helpGather(at, g); });
  if (!gathererMoves()) {
    moveResults(at, out);
    endMoves(at);
  }
}

/// Into the buffers of prefetched weights, while another program runs: blocks [first, end), and the bias.
void Matmul::bringWeights(Partition::Position at, int64_t first, int64_t end, bool withBias) {
  Cb bias = epilogue->biasPages();
  auto onBias = [&](const ProgramBuilder::Body &body) {
    if (withBias && epilogue->hasBias())
      byLine(at, body);
  };
  reserve(b, weights, weightPages());
  onBias([&] { reserve(b, bias, nt); });
  if (groupSize == 1) {
    b.loop(first, end, 1, [&](Idx i) { fetchWeights(at, i, i); });
    onBias([&] { epilogue->fetchBias(at); });
    readBarrier(b);
  } else {
    auto toOthers = [&](Cb cb, Idx offset, int64_t bytes) {
      auto [x0, y0, x1, y1] = group(at);
      b.emit(Opcode::Mcast, {cb, offset, bytes, x0, y0, x1, y1, 0});
    };
    onBias([&] {
      b.ifThen(b.cmp(Predicate::Eq, at.row, groupSize - 1), [&] {
        epilogue->fetchBias(at);
        readBarrier(b);
        toOthers(bias, 0, epilogue->biasBytes());
      });
    });
    b.ifThen(b.cmp(Predicate::Lt, at.row, senders), [&] {
      Idx mine = b.add(at.row, first);
      auto fetch = [&](Idx i) {
        b.ifThen(b.cmp(Predicate::Lt, i, end), [&] { fetchWeights(at, i, i); });
      };
      fetch(mine);
      b.loop(mine, end, senders, [&](Idx i) {
        readBarrier(b);
        fetch(b.add(i, senders));
        toOthers(weights, b.mul(i, weightBlockSize()), weightBlockSize());
      });
    });
    writeBarrier(b);
  }
  auto done = [&](Cb cb, int64_t pages) {
    push(b, cb, pages);
    wait(b, cb, pages);
    pop(b, cb, pages);
  };
  done(weights, weightPages());
  onBias([&] { done(bias, nt); });
}

/// The second line's cores: their sums have a place, the same as on the cores that make the results.
void Matmul::beginPartials(Partition::Position at) {
  if (!splits())
    return;
  reserve(b, partials, partialPages());
  byLine(at, [] {}, [&] {
    reserve(b, partialRoom, 1);
    push(b, partialRoom, 1);
  });
}

/// The sums of a block from the second line to the first.
void Matmul::movePartial(Partition::Position at, Idx ob, Idx cb) {
  Idx block = b.add(b.mul(ob, colBlocks), cb);
  int64_t bytes = h * w * tileBytes(partialFormat());
  byLine(
      at,
      [&] {
        await(partialValid, b.add(block, 1));
        push(b, partials, h * w);
      },
      [&] {
        int64_t x = part.colMajor ? part.gridX / 2 : 0, y = part.colMajor ? 0 : part.gridY / 2;
        Idx ownerX = b.sub(b.coreX(), x), ownerY = b.sub(b.coreY(), y);
        wait(b, partialMade, 1);
        b.emit(Opcode::Mcast, {partials, b.mul(block, bytes), bytes, ownerX, ownerY, ownerX, ownerY, 1});
        b.emit(Opcode::SemMcastInc, {ownerX, ownerY, ownerX, ownerY, partialValid.semaphore, 1});
        pop(b, partialMade, 1);
      });
}

void Matmul::endPartials(Partition::Position at) {
  byLine(at, [] {}, [&] {
    writeBarrier(b);
    push(b, partials, partialPages());
    wait(b, partials, partialPages());
    pop(b, partials, partialPages());
  });
}

} // namespace ttc::programs
