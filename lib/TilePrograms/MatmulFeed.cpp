//===- MatmulFeed.cpp - activations of a convolution ------------------------===//
#include "Matmul.h"

#include <algorithm>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {
/// Shares of slices that are sent before those before them have come: enough of short ones (bytes) to hide the
/// latency of a turn, fewer than counters.
constexpr int64_t sharesAhead = 3, slicesAhead = 1, shortShare = 12 * 1024;
} // namespace

void Matmul::readActivations(Partition::Position at, ResultWriter &out) {
  if (gathererMoves())
    beginPartials(at);
  bringActivations(at);
  if (gathererMoves()) {
    moveResults(at, out);
    endMoves(at);
  }
}

void Matmul::bringActivations(Partition::Position at) {
  if (!made.empty() && takesOwn())
    ifSender(at, [&] { takeMade(); }); // cores that have a shard of the input
  byLine(at, [&] { epilogue->openResidual(); });
  onOwn(Opcode::CbReserve);
  onOwn(Opcode::CbPush);
  int64_t read = feed == Feed::Lines ? op.window.kernelW * slice : chunkTaps * slice;
  if (gathers() && (chunkTiles * tileDim != read || !dense())) {
    // What no tap writes of K must hold zeros, not what the last program left.
    reserve(b, rows, rowsPages);
    b.emit(Opcode::Fill, {rows, 0, rowsPages * rowsBytes, 0});
    readBarrier(b); // the sticks go to the same bytes
  }
  bool sendsShard = feed == Feed::AliasTiles && sendsInput();
  if (sendsShard)
    onOwn(Opcode::CbWait);
  bool perBlock = feed == Feed::ReadTiles || gathers() || shares() || epilogue->readsResidual();
  if (!perBlock)
    return;
  auto rowOf = [&](Idx ob) { return b.add(b.mul(at.row, mt), b.mul(ob, h)); };
  overBlocks(
      [&](Idx ob, Idx height) {
        if (feed == Feed::Lines)
          ifSender(at, [&] { gatherLines(at, ob, height); });
      },
      [&](Idx ob) {
        Idx hCur = heightOf(ob), rowTile = b.mul(ob, h), row = rowOf(ob);
        if (feed == Feed::ReadTiles && !shares()) {
          reserve(b, act, h * kTiles);
          int64_t place = 0;
          for (const BufferPart &piece : inputs()) {
            b.emit(Opcode::ReadPages, {act, place, piece.id, row, piece.firstCol / tileDim, hCur, unitTiles});
            place += h * unitTiles * tileBytes(actFormat);
          }
          readBarrier(b);
          push(b, act, h * kTiles);
        } else if (feed == Feed::Gather && !gathersWithRoom()) {
          ifSender(at, [&] { gather(at, row, hCur); });
        }
        if (shares())
          exchange(at, ob, hCur);
        if (epilogue->readsResidual())
          byLine(at, [&] {
            b.loop(0, colBlocks, 1, [&](Idx cb) {
              epilogue->readResidual(at, rowTile, b.mul(cb, w), hCur, widthOf(cb));
            });
          });
      });
  if (shares())
    writeBarrier(b); // the last multicast
  if (sendsShard)
    onOwn(Opcode::CbPop);
}

/// This core's shard of each piece of the input, at once.
void Matmul::onOwn(Opcode opcode) {
  std::vector<BufferPart> pieces = inputs();
  for (size_t p = 0; p < own.size(); ++p)
    b.emit(opcode, {own[p], aliasPages(pieces[p].desc)});
}

/// Tile rows of a group.
Idx Matmul::groupHeight(Idx g) {
  int64_t most = groupBlocks * h;
  return mt % most ? b.min(most, b.sub(mt, b.mul(g, most))) : Idx(most);
}

/// group(first block, height in tiles), then block(block) for each of its blocks; before some of them
/// (blocksAhead) make(block) for all of these.
void Matmul::overBlocks(const std::function<void(Idx, Idx)> &group,
                        const std::function<void(Idx)> &block, const std::function<void(Idx)> &groupDone,
                        const std::function<void(Idx)> &make) {
  b.loop(0, groups, 1, [&](Idx g) {
    Idx first = b.mul(g, groupBlocks);
    Idx count = rowBlocks % groupBlocks ? b.min(groupBlocks, b.sub(rowBlocks, first)) : Idx(groupBlocks);
    group(first, groupHeight(g));
    b.loop(0, make ? b.div(b.add(count, blocksAhead - 1), blocksAhead) : count, 1, [&](Idx i) {
      if (!make)
        return block(b.add(first, i));
      Idx from = b.mul(i, blocksAhead), n = b.min(blocksAhead, b.sub(count, from));
      b.loop(0, n, 1, [&](Idx j) { make(b.add(first, b.add(from, j))); });
      b.loop(0, n, 1, [&](Idx j) { block(b.add(first, b.add(from, j))); });
    });
    if (groupDone)
      groupDone(g);
  });
}

/// `row`, or the last one where a core's rows may begin past the end: they begin at multiples of
/// `granule` rows.
Idx Matmul::validRow(Idx row, int64_t granule) {
  int64_t unused = part.rowParts * mt * tileDim - view.positions();
  int64_t lastGranule = (mt * tileDim - 1) % granule + 1;
  return unused < lastGranule ? row : b.min(row, view.positions() - 1);
}

Idx Matmul::paddedLine(Idx row) {
  Idx line = b.div(row, view.outW);
  if (view.n == 1)
    return b.mul(line, view.strideH);
  Idx image = b.div(line, view.outH);
  return b.add(b.mul(image, view.lines()),
               b.mul(b.sub(line, b.mul(image, view.outH)), view.strideH));
}

/// The lines that a group of blocks from `ob` on sees, or this core's share of the block.
Matmul::Span Matmul::linesOf(Partition::Position at, Idx ob, Idx height) {
  Idx row = b.mul(b.add(b.mul(at.row, mt), b.mul(ob, h)), tileDim);
  if (rowShares > 1) {
    row = b.add(row, b.mul(firstShareRow(at), tileDim));
    height = shareRows();
  }
  Idx first = paddedLine(validRow(row, groupBlocks * h / rowShares * tileDim));
  Idx last = paddedLine(b.sub(b.min(b.add(row, b.mul(height, tileDim)), view.positions()), 1));
  return {first, b.add(b.sub(last, first), (view.kernelH - 1) * view.dilationH + 1)};
}

/// `count` lines after the first `skip` of them, this core's slice of their channels.
void Matmul::readLines(Partition::Position at, Idx first, Idx skip, Idx count) {
  Idx place = b.mul(skip, view.lineSticks() * chunkPitch);
  int64_t element = elementBytes(op.input.desc.format);
  overPieces(at, [&](const BufferPart &piece, const Take &take) {
    b.emit(Opcode::ReadWindow, {rows, b.add(place, take.to * element), chunkPitch, piece.id, windowIds[take.piece],
                                b.mul(b.add(first, skip), view.lineSticks()), b.mul(count, view.lineSticks()), 0, 1,
                                b.mul(take.col, element), take.cols * element, 0});
  });
  readBarrier(b);
}

/// Cores whose other thread has nothing to send, or less than to gather: it gathers the lower half of the
/// lines.
Idx Matmul::isHelped(Partition::Position at) {
  if (shares())
    return 1;
  Idx others = b.cmp(Predicate::Gt, at.row, 0);
  return epilogue->hasBias() ? b.mul(others, b.cmp(Predicate::Lt, at.row, groupSize - 1)) : others;
}

/// How many of the lines of the group from block `ob` on the group before it has too, at its end, and which of its
/// lines is the first of them.
Matmul::Span Matmul::keptLines(Partition::Position at, Idx ob, const Span &lines) {
  if (!keepsLines())
    return {0, 0};
  Idx later = b.cmp(Predicate::Gt, ob, 0);
  Span before = linesOf(at, b.max(b.sub(ob, groupBlocks), 0), groupBlocks * h);
  Idx skip = b.sub(lines.first, before.first);
  return {skip, b.mul(later, b.min(b.max(b.sub(before.count, skip), 0), lines.count))};
}

void Matmul::gatherLines(Partition::Position at, Idx ob, Idx height) {
  Span lines = linesOf(at, ob, height), kept = keptLines(at, ob, lines);
  Idx fresh = b.sub(lines.count, kept.count);
  reserve(b, rows, 1);
  auto keep = [&] {
    if (!keepsLines())
      return;
    // This thread's last page, which is not given back before the next one is pushed (computeBlocks).
    Idx bytes = view.lineSticks() * chunkPitch;
    b.ifThen(b.cmp(Predicate::Gt, kept.count, 0), [&] {
      b.emit(Opcode::CopyRows, {rows, b.mul(kept.first, bytes), 0, rows, 0, 0, 1, b.mul(kept.count, bytes)});
    });
  };
  auto all = [&] {
    keep();
    readLines(at, lines.first, kept.count, fresh);
  };
  if (!bothGather) {
    all();
  } else {
    b.ifThen(
        isHelped(at),
        [&] {
          b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), linesRoom.semaphore, 1});
          Idx half = b.div(fresh, 2);
          keep();
          readLines(at, lines.first, b.add(kept.count, half), b.sub(fresh, half));
          await(linesDone, b.add(b.div(ob, groupBlocks), 1));
        },
        all);
  }
  push(b, rows, 1);
}

/// The lower half of a group's new lines, which lie on cores before this one: NoC 0 brings them by the short
/// way, and the upper half NoC 1.
void Matmul::helpGather(Partition::Position at, Idx g) {
  ifSender(at, [&] {
    b.ifThen(isHelped(at), [&] {
      Idx ob = b.mul(g, groupBlocks);
      Span lines = linesOf(at, ob, groupHeight(g));
      Idx kept = keptLines(at, ob, lines).count;
      await(linesRoom, b.add(g, 1));
      readLines(at, lines.first, kept, b.div(b.sub(lines.count, kept), 2));
      b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), linesDone.semaphore, 1});
    });
  });
}

/// What this core's slice takes of the pieces: all of one, or a part of one.
void Matmul::overPieces(Partition::Position at, const std::function<void(const BufferPart &, const Take &)> &body) {
  std::vector<BufferPart> from = inputs();
  int64_t begin = 0;
  for (size_t p = 0; p < from.size(); ++p) {
    const BufferPart &piece = from[p];
    if (!shares()) {
      body(piece, {p, piece.firstCol, from.size() == 1 ? slice : piece.cols, begin});
    } else {
      Idx index = wholeSlice(at);
      int64_t first = begin / slice, end = first + piece.cols / slice;
      Idx here = from.size() == 1 ? Idx(1)
                                  : b.mul(b.cmp(Predicate::Ge, index, first), b.cmp(Predicate::Lt, index, end));
      b.ifThen(here, [&] { body(piece, {p, b.add(b.mul(b.sub(index, first), slice), piece.firstCol), slice, 0}); });
    }
    begin += piece.cols;
  }
}

/// Sticks of an output block, this core's slice of their channels.
void Matmul::gather(Partition::Position at, Idx row, Idx hCur) {
  bool together = dense() && (shares() || pieces == 1); // taps follow each other
  b.loop(0, chunks, 1, [&](Idx chunk) {
    reserve(b, rows, 1);
    auto read = [&](Idx offset, Idx tap, int64_t n) {
      overPieces(at, [&](const BufferPart &piece, const Take &take) {
        int64_t bytes = pieces == 1 && !dense() ? stickBytes : take.cols * 2;
        b.emit(Opcode::ReadWindow, {rows, b.add(offset, take.to * 2), chunkPitch, piece.id, windowIds[take.piece],
                                    b.mul(row, tileDim), b.mul(hCur, tileDim), tap, n, b.mul(take.col, 2), bytes, 0});
      });
    };
    Idx tap = b.mul(chunk, chunkTaps);
    if (together)
      read(0, tap, chunkTaps);
    else
      b.loop(0, chunkTaps, 1, [&](Idx t) { read(b.mul(t, stick * 2), b.add(tap, t), 1); });
    readBarrier(b);
    push(b, rows, 1);
  });
}

/// This core's slice of an output block to its place among the others.
void Matmul::fetchSlice(Partition::Position at, Idx ob, Idx hCur) {
  writeBarrier(b); // the last multicast has left the place that is written now
  if (!op.input.desc.tiled()) {
    reserve(b, sliceRoom, 1);
    push(b, sliceRoom, 1);
    if (gathersWithRoom())
      gather(at, b.add(b.mul(at.row, mt), b.mul(ob, h)), hCur);
    wait(b, sliceMade, 1);
    return pop(b, sliceMade, 1);
  }
  int64_t bytes = sliceTiles * tileBytes(actFormat), unitBytes = bytes / slicePieces;
  Idx to = b.mul(sliceOf(at), h * bytes);
  if (feed == Feed::ReadTiles)
    overPieces(at, [&](const BufferPart &piece, const Take &take) {
      b.emit(Opcode::ReadPages, {act, to, piece.id, b.add(b.mul(at.row, mt), b.mul(ob, h)), b.div(take.col, tileDim), hCur,
                                 sliceTiles});
    });
  else
    for (int64_t p = 0; p < pieces; ++p)
      b.emit(Opcode::CopyRows, {own[size_t(p)], b.mul(ob, h * unitBytes), 0, act, b.add(to, p * h * unitBytes), 0, 1,
                                b.mul(hCur, unitBytes)});
  readBarrier(b);
}

/// The cores of this core's line that make these rows.
Matmul::Rectangle Matmul::line(Partition::Position at) {
  if (part.sharding != Sharding::Block) {
    int64_t x = part.gridX, y = part.gridY;
    (part.colMajor ? x : y) /= part.kLines;
    Idx x0 = part.colMajor ? b.mul(at.line, x) : Idx(0), y0 = part.colMajor ? Idx(0) : b.mul(at.line, y);
    return {x0, y0, b.add(x0, x - 1), b.add(y0, y - 1)};
  }
  Idx row = b.add(at.row, b.mul(at.line, part.rowParts));
  if (part.colMajor)
    return {row, 0, row, part.lineCores() - 1};
  return {0, row, part.lineCores() - 1, row};
}

/// Brings the slices of an output block together on all cores of its rows, one sender after the
/// other, so that the first ones are there early.
void Matmul::exchange(Partition::Position at, Idx ob, Idx hCur) {
  Idx bytes = rowShares > 1 ? Idx(shareRows() * sliceTiles * tileBytes(actFormat))
                            // units are h rows apart
                            : b.mul(b.add(hCur, (slicePieces - 1) * h), unitTiles * tileBytes(actFormat));
  auto [x0, y0, x1, y1] = line(at);
  // Everybody has room for the first block, or for all that are made at once.
  Idx makes = blocksAhead > 1 ? b.cmp(Predicate::Eq, ob, 0) : Idx(1);
  b.ifThen(makes, [&] { reserve(b, act, blocksAhead * h * kTiles); });
  if (signalsRoom())
    b.ifThen(b.cmp(Predicate::Gt, ob, 0), [&, x0 = x0, y0 = y0, x1 = x1, y1 = y1] {
      b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, roomReady.semaphore, 1});
    });
  ifSender(at, [&] {
    b.ifThen(makes, [&] { fetchSlice(at, ob, hCur); });
    if (signalsRoom())
      await(roomReady, b.mul(ob, part.lineCores() - 1));
  });
  // A counter counts turns that are far apart, so that what it says has come is the one waited for.
  int64_t counters = int64_t(sliceValid.size()), pages = shareRows() * sliceTiles;
  auto counterOf = [&](int64_t turn) -> Counter & { return sliceValid[size_t(turn % counters)]; };
  auto mine = [&](int64_t turn) { return b.cmp(Predicate::Eq, turnOf(at), turn); };
  auto send = [&, x0 = x0, y0 = y0, x1 = x1, y1 = y1](int64_t turn, int64_t ahead) {
    b.ifThen(mine(turn), [&] {
      Semaphore valid = counterOf(turn).semaphore;
      b.emit(Opcode::Mcast, {act, ahead * pages * tileBytes(actFormat), bytes, x0, y0, x1, y1, /*linked=*/1});
      b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, valid, 1});
      b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), valid, 1}); // all count alike, whoever sends in the next product
    });
  };
  int64_t ahead = pages * tileBytes(actFormat) > shortShare ? 0 : rowShares > 1 ? sharesAhead : slicesAhead;
  // What is sent together comes together: a whole slice that is waited for comes first.
  int64_t sent = 0;
  for (; sent < (rowShares > 1 ? std::min(ahead + 1, turns()) : 1); ++sent)
    send(sent, sent);
  for (int64_t i = 0; i < turns(); ++i) {
    for (; i > 0 && sent <= std::min(i + ahead, turns() - 1); ++sent)
      send(sent, sent - i);
    int64_t before = i / counters, inBlock = (turns() - i % counters + counters - 1) / counters;
    b.ifThen(mine(i), [] {}, [&] { await(counterOf(i), b.add(b.mul(ob, inBlock), before + 1)); });
    push(b, act, pages);
  }
}

/// An output block's activations, this core's slice of them, to tiles from `to` on; firstLine: of the group.
void Matmul::tilize(Idx row, Idx firstLine, Idx ob, Idx to, Idx hCur) {
  if (feed == Feed::AliasSticks) {
    for (int64_t p = 0; p < pieces; ++p) {
      int64_t pitch = stickPitch(inputs()[size_t(p)].desc);
      b.emit(Opcode::Tilize, {own[size_t(p)], b.mul(ob, h * tileDim * pitch), pitch, act, b.add(to, p * h * unitTiles),
                              unitTiles, hCur, unitTiles});
    }
    return;
  }
  b.loop(0, chunks, 1, [&](Idx chunk) {
    Idx tile = b.add(to, b.mul(chunk, chunkTiles));
    if (feed == Feed::Lines) {
      b.emit(Opcode::TilizeWindow, {rows, 0, chunkPitch, tilizeWindowId, firstLine, row, chunk, act, tile,
                                    sliceTiles, hCur, chunkTiles});
      return;
    }
    wait(b, rows, 1);
    b.emit(Opcode::Tilize, {rows, 0, chunkPitch, act, tile, sliceTiles, hCur, chunkTiles});
    pop(b, rows, 1);
  });
}

void Matmul::makeActivations(Partition::Position at, Idx firstLine, Idx ob, Idx hCur) {
  if (feed == Feed::ReadTiles || inPlace() || sendsInput())
    return;
  Idx row = b.mul(b.add(b.mul(at.row, mt), b.mul(ob, h)), tileDim), to = 0;
  if (shares())
    to = b.mul(sliceOf(at), h * sliceTiles);
  if (rowShares > 1) {
    Idx first = firstShareRow(at);
    row = b.add(row, b.mul(first, tileDim));
    to = b.add(to, b.mul(first, sliceTiles));
    hCur = shareRows();
  }
  if (feed == Feed::Lines)
    row = validRow(row, h / rowShares * tileDim);
  if (shares()) {
    ifSender(at, [&] {
      // To its place, of which the other thread has taken hold, as it has of the others that are made at once.
      auto at = [&](int64_t block) { return blocksAhead > 1 ? b.cmp(Predicate::Eq, ob, block) : Idx(1); };
      b.ifThen(at(0), [&] {
        wait(b, sliceRoom, 1);
        reserve(b, sliceMade, 1);
      });
      tilize(row, firstLine, ob, blocksAhead > 1 ? b.add(to, b.mul(ob, h * kTiles)) : to, hCur);
      b.ifThen(at(blocksAhead - 1), [&] {
        push(b, sliceMade, 1);
        pop(b, sliceRoom, 1);
      });
    });
    return;
  }
  reserve(b, act, h * kTiles);
  tilize(row, firstLine, ob, to, hCur);
  push(b, act, h * kTiles);
}

/// An output block's activations are there: those that are shared are waited for slice by slice.
void Matmul::takeActivations() {
  if (!shares() && !inPlace())
    wait(b, act, h * kTiles);
}

} // namespace ttc::programs
