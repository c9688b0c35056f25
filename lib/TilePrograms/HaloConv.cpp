//===- HaloConv.cpp - convolution of haloed sticks ---------------------------===//
//
// As the kernels of hand-tuned networks do it: sticks of one block of kernel rows
// are copied next to each other (on one or both data-movement threads), tilized and
// multiplied with that block of the weights; partial sums of a block of results
// wait in L1 between blocks of K.
//
//===----------------------------------------------------------------------===//
#include "Epilogue.h"
#include "Halo.h"

#include "ttc/CostModel/PriceBuilder.h"
#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {

struct HaloConv {
  ProgramBuilder &b;
  const Target &target;
  const HaloConvProgram &op;
  Partition part{};
  Partition all{}; ///< the cores that hold a part of the input or of the result
  std::optional<HaloGeometry> g{};
  std::optional<Epilogue> epilogue{};
  int64_t mt = 0, nt = 0;        ///< the part, tiles
  int64_t abh = 1, h = 1, w = 1; ///< activation block and sub-block
  int64_t kernelRows = 1, chunks = 1;
  int64_t stick = 0, pitch = 0;  ///< channels and bytes of a core's sticks
  int64_t chunkTiles = 1;        ///< K tiles of a core's share of a block
  int64_t senders = 1;           ///< cores that share a block of K
  int64_t blocks = 1;            ///< of K: chunks * senders
  int64_t groupSize = 1;         ///< cores that share weights
  bool resident = false, split = false;
  bool doubleActs = true, doubleWeights = true;
  program::Format actFormat{};

  Cb shards[2] = {-1, -1}, rows[2] = {-1, -1}, tilized = -1, left = -1, weights = -1, partials = -1;
  BufferRef weightBuffer{};
  Semaphore weightReady = -1, weightValid = -1, leftReady = -1, leftValid = -1;

  Expected<void> plan();
  int64_t l1Bytes() const;
  void declare();
  void clearRows(Partition::Position at, int half);
  void gather(Partition::Position at, int half, Idx ob, Idx chunk);
  void copySticks(Partition::Position at, int half, Idx firstRow, Idx endRow, Idx chunk);
  void readBias(Partition::Position at);
  void readWeights(Partition::Position at, Idx round, Idx block);
  void give(Partition::Position at, Cb cb, int64_t bytes, Idx round, const ProgramBuilder::Body &read);
  void exchange(Partition::Position at, Idx round, Idx sender);
  void activationThread(Partition::Position at);
  void weightThread(Partition::Position at);
  void compute(ResultWriter &out);
  void multiply(ResultWriter &out, Idx ob, Idx block, Cb act, bool first, bool last);

  bool multicasts() const { return senders > 1; }
  /// Runs `body` on cores that have input channels, or a part of the result.
  void ifSender(Partition::Position at, const ProgramBuilder::Body &body) {
    onlyBelow(at.col, senders, body);
  }
  void ifResult(Partition::Position at, const ProgramBuilder::Body &then,
                const ProgramBuilder::Body &otherwise = {}) {
    onlyBelow(at.col, part.colParts, then, otherwise);
  }
  void onlyBelow(Idx col, int64_t limit, const ProgramBuilder::Body &then,
                 const ProgramBuilder::Body &otherwise = {}) {
    if (limit >= all.colParts)
      then();
    else
      b.ifThen(b.cmp(Predicate::Lt, col, limit), then, otherwise);
  }
  program::Format partialFormat() const {
    return target.fp32Dest ? program::Format::Fp32 : program::Format::Bf16;
  }
  /// Tile rows of a block that each thread gathers.
  int64_t rowsOf(int half) const { return !split ? (half ? 0 : abh) : half ? abh / 2 : (abh + 1) / 2; }
  int64_t firstOf(int half) const { return half ? rowsOf(0) : 0; }
  bool reload() const { return blocks > 1; }
};

int64_t HaloConv::l1Bytes() const {
  int64_t actTiles = abh * chunkTiles, rowBytes = chunkTiles * tileDim * 2;
  int64_t bytes = (doubleActs ? 2 : 1) * abh * tileDim * rowBytes;
  bytes += actTiles * tileBytes(actFormat);
  if (multicasts())
    bytes += 2 * actTiles * tileBytes(actFormat);
  int64_t weightBlocks = resident ? blocks : doubleWeights ? 2 : 1;
  bytes += weightBlocks * chunkTiles * nt * tileBytes(op.weightFormat);
  if (reload())
    bytes += abh * nt * tileBytes(partialFormat());
  return bytes + epilogue->l1Bytes(h * w);
}

Expected<void> HaloConv::plan() {
  const BufferDesc &in = op.input.desc, &out = op.output.desc;
  if (!out.sharded() || in.sharding != out.sharding)
    return Error{"a convolution of haloed sticks needs its result sharded as they are"};
  if (in.colMajor || out.colMajor)
    return Error{"a convolution of haloed sticks has no program for column-major grids"};
  part = Partition::of(out, target);
  g.emplace(op.window, part.sharding == Sharding::Width ? out.rows : part.shardRows);
  if (in.tiled() || in.shardRows != g->sticks)
    return Error{fmt::format("expected {} sticks a core, but got {}", g->sticks, in.shardRows)};
  mt = part.tileRows();
  nt = part.tileCols();
  stick = in.shardCols;
  pitch = stickPitch(in);
  senders = in.sharding == Sharding::Height ? 1 : ceilDiv(in.cols, in.shardCols);
  all = part;
  if (part.sharding != Sharding::Height) {
    all.colParts = std::max(part.colParts, senders);
    all.gridX = std::max(part.gridX, in.gridX);
    all.gridY = std::max(part.gridY, in.gridY);
    if (part.sharding == Sharding::Width && part.gridX != all.gridX && part.gridY > 1)
      return Error{"a width-sharded convolution needs grids of one width on both sides"};
  }
  groupSize = part.sharding == Sharding::Width ? 1 : part.rowParts;
  kernelRows = op.kernelRows ? op.kernelRows
                             : (part.sharding == Sharding::Width ? op.window.kernelH : 1);
  if (op.window.kernelH % kernelRows)
    return Error{fmt::format("blocks of {} kernel rows do not divide a window of {}", kernelRows,
                             op.window.kernelH)};
  chunks = op.window.kernelH / kernelRows;
  chunkTiles = ceilDiv(kernelRows * op.window.kernelW * stick, tileDim);
  blocks = chunks * senders;
  actFormat = out.tiled() && isBlockFloat(DataFormat(out.format)) ? out.format : program::Format::Bf16;
  epilogue.emplace(b, part, BufferRef(), op.bias, op.outChannels, op.activation, std::nullopt,
                   target);
  int64_t dst = target.dstTiles();
  // The largest block that fits, first with as many buffers as wished, then with one of each.
  doubleActs = op.doubleActivations;
  doubleWeights = op.doubleWeights;
  bool fits = false;
  for (;;) {
    for (abh = op.blockRows ? std::min(op.blockRows, mt) : mt; abh >= 1 && !fits; --abh) {
      if (mt % abh)
        continue;
      h = op.subH;
      w = op.subW;
      if (!h || abh % h || nt % w || h * w > dst) {
        for (w = std::min(nt, dst); nt % w;)
          --w;
        for (h = std::min(abh, dst / w); abh % h;)
          --h;
      }
      resident = part.sharding == Sharding::Height && mt > abh;
      if (l1Bytes() > target.l1Budget)
        resident = false;
      fits = l1Bytes() <= target.l1Budget;
    }
    if (fits) {
      ++abh; // the loop went one past it
      break;
    }
    if (doubleWeights)
      doubleWeights = false;
    else if (doubleActs)
      doubleActs = false;
    else
      break;
  }
  if (!fits) {
    abh = h = w = 1;
    return Error{fmt::format("needs {} bytes of L1 per core for circular buffers, limit is {} ({} "
                             "tiles of K a block, {} columns of tiles)",
                             l1Bytes(), target.l1Budget, chunkTiles, nt)};
  }
  split = op.splitReader.value_or(false) && abh > 1;
  return {};
}

void HaloConv::declare() {
  ConstantSpec spec;
  spec.name = "weights";
  spec.format = op.weightFormat;
  spec.rows = blocks * chunkTiles * tileDim;
  spec.cols = op.outChannels;
  spec.fill = [this] {
    // Rows of K by kernel-row block, channel slice, tap and channel, each slice padded to tiles.
    std::vector<float> data(size_t(blocks * chunkTiles * tileDim * op.outChannels), 0.0f);
    int64_t taps = kernelRows * op.window.kernelW;
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      for (int64_t s = 0; s < senders; ++s)
        for (int64_t t = 0; t < taps; ++t)
          for (int64_t c = 0; c < stick && s * stick + c < op.inChannels; ++c) {
            float *row = data.data() + (((chunk * senders + s) * chunkTiles * tileDim) + t * stick + c) *
                                           op.outChannels;
            for (int64_t oc = 0; oc < op.outChannels; ++oc)
              row[oc] = op.weight(chunk * taps + t, s * stick + c, oc);
          }
    return data;
  };
  weightBuffer = b.constant(spec);
  epilogue->declareConstants();
  ProgramSpec program = programSpec(op.kind, all, target);
  program.macs = uint64_t(op.output.desc.rows) * uint64_t(op.outChannels) * uint64_t(op.inChannels) *
                 uint64_t(op.window.kernelH * op.window.kernelW);
  b.beginProgram(program);
  int64_t actTiles = abh * chunkTiles;
  for (int half : {0, 1})
    if (rowsOf(half)) {
      shards[half] = aliasCb(b, op.input, "shard");
      CbSpec cb;
      cb.name = "rows";
      cb.pageBytes = rowsOf(half) * tileDim * chunkTiles * tileDim * 2;
      cb.pages = doubleActs ? 2 : 1;
      rows[half] = b.cb(cb);
    }
  tilized = tileCb(b, "tilized", actFormat, actTiles);
  if (multicasts())
    left = tileCb(b, "act", actFormat, 2 * actTiles);
  weights = tileCb(b, "weights", op.weightFormat,
                   (resident ? blocks : doubleWeights ? 2 : 1) * chunkTiles * nt);
  if (reload())
    partials = tileCb(b, "partials", partialFormat(), abh * nt);
  epilogue->declareBuffers(h, w);
  if (groupSize > 1) {
    weightReady = b.semaphore();
    weightValid = b.semaphore();
  }
  if (multicasts()) {
    leftReady = b.semaphore();
    leftValid = b.semaphore();
  }
}

/// Copies what results [firstRow, endRow) of the part read in one block of kernel rows.
void HaloConv::copySticks(Partition::Position at, int half, Idx firstRow, Idx endRow, Idx chunk) {
  const WindowDesc &win = op.window;
  int64_t rowBytes = chunkTiles * tileDim * 2;
  Idx base = part.sharding == Sharding::Width ? Idx(0) : b.mul(at.row, part.shardRows);
  Idx r0 = b.add(base, firstRow), r1 = b.min(b.add(base, endRow), op.output.desc.rows);
  Idx start = g->firstStick(b, base), firstLine = b.div(r0, win.outW);
  int64_t lines = ceilDiv(rowsOf(half) * tileDim - 1, win.outW) + 1;
  int64_t taps = win.dilationW == 1 ? 1 : win.kernelW;
  b.loop(0, lines, 1, [&](Idx l) {
    Idx lineRow = b.mul(b.add(firstLine, l), win.outW);
    Idx a = b.max(r0, lineRow), e = b.min(r1, b.add(lineRow, win.outW));
    b.ifThen(b.cmp(Predicate::Lt, a, e), [&] {
      Idx from = b.sub(g->firstStick(b, a), start);
      b.loop(0, kernelRows, 1, [&](Idx ky) {
        Idx tapRow = b.mul(b.add(b.mul(chunk, kernelRows), ky), win.dilationH * g->lineSticks);
        b.loop(0, taps, 1, [&](Idx kx) {
          Idx source = b.add(b.add(from, tapRow), b.mul(kx, win.dilationW));
          Idx column = b.add(b.mul(ky, win.kernelW * pitch), b.mul(kx, pitch));
          b.emit(Opcode::CopyRows,
                 {shards[half], b.mul(source, pitch), win.strideW * pitch, rows[half],
                  b.add(b.mul(b.sub(a, r0), rowBytes), column), rowBytes, b.sub(e, a),
                  taps == 1 ? win.kernelW * pitch : pitch});
        });
      });
    });
  });
}

/// What no stick is copied to - the end of a block of K, rows past the last result - is multiplied too:
/// it holds zeros, not what the last program left.
void HaloConv::clearRows(Partition::Position at, int half) {
  int64_t pages = doubleActs ? 2 : 1, rowBytes = chunkTiles * tileDim * 2;
  int64_t rowsOfPage = rowsOf(half) * tileDim;
  auto clear = [&](int64_t firstRow) {
    ifSender(at, [&] {
      reserve(b, rows[half], pages);
      for (int64_t page = 0; page < pages; ++page)
        b.emit(Opcode::Fill, {rows[half], (page * rowsOfPage + firstRow) * rowBytes,
                              (rowsOfPage - firstRow) * rowBytes, 0});
      readBarrier(b);
    });
  };
  if (chunkTiles * tileDim != kernelRows * op.window.kernelW * stick)
    return clear(0);
  // Rows of the last block of the last part that there are.
  int64_t first = (part.rowParts * mt - abh + firstOf(half)) * tileDim;
  int64_t there = std::clamp<int64_t>(op.output.desc.rows - first, 0, rowsOfPage);
  if (there < rowsOfPage)
    b.ifThen(b.cmp(Predicate::Eq, at.row, part.rowParts - 1), [&] { clear(there); });
}

void HaloConv::gather(Partition::Position at, int half, Idx ob, Idx chunk) {
  Idx first = b.add(b.mul(ob, abh * tileDim), firstOf(half) * tileDim);
  reserve(b, rows[half], 1);
  copySticks(at, half, first, b.add(first, rowsOf(half) * tileDim), chunk);
  readBarrier(b);
  push(b, rows[half], 1);
}

/// The core's tilized block goes to every core of its row (width: of the grid), or theirs comes here.
void HaloConv::exchange(Partition::Position at, Idx round, Idx sender) {
  int64_t pages = abh * chunkTiles, bytes = pages * tileBytes(actFormat), others = all.colParts - 1;
  Idx x0 = 0, y0 = 0, x1 = all.gridX - 1, y1 = all.gridY - 1;
  Idx senderX = b.rem(sender, all.gridX), senderY = b.div(sender, all.gridX);
  if (part.sharding == Sharding::Block) {
    x1 = all.colParts - 1;
    y0 = y1 = senderY = b.coreY();
    senderX = sender;
  }
  // Rounds go round-robin over the senders: this core has sent in `round / senders` of the earlier
  // turns and once more if its own of this turn is over.
  Idx turn = b.div(round, senders);
  reserve(b, left, pages);
  b.ifThen(
      b.cmp(Predicate::Eq, at.col, sender),
      [&] {
        wait(b, tilized, pages);
        b.emit(Opcode::CopyRows, {tilized, 0, bytes, left, 0, bytes, 1, bytes});
        readBarrier(b);
        writeBarrier(b);
        b.emit(Opcode::SemWait, {leftReady, b.mul(b.add(turn, 1), others)});
        b.emit(Opcode::Mcast, {left, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
        b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, leftValid, 1});
        pop(b, tilized, pages);
      },
      [&] {
        b.emit(Opcode::SemInc, {senderX, senderY, leftReady, 1});
        Idx sent = b.mul(b.cmp(Predicate::Lt, at.col, senders),
                         b.add(turn, b.cmp(Predicate::Lt, at.col, sender)));
        b.emit(Opcode::SemWait, {leftValid, b.sub(b.add(round, 1), sent)});
      });
  push(b, left, pages);
}

void HaloConv::activationThread(Partition::Position at) {
  clearRows(at, 0);
  reserve(b, shards[0], aliasPages(op.input.desc));
  push(b, shards[0], aliasPages(op.input.desc));
  wait(b, shards[0], aliasPages(op.input.desc));
  b.loop(0, mt / abh, 1, [&](Idx ob) {
    b.loop(0, chunks, 1, [&](Idx chunk) {
      auto own = [&] { gather(at, 0, ob, chunk); };
      if (!multicasts()) {
        own();
        return;
      }
      ifSender(at, own);
      b.loop(0, senders, 1, [&](Idx s) {
        exchange(at, b.add(b.mul(b.add(b.mul(ob, chunks), chunk), senders), s), s);
      });
    });
  });
  pop(b, shards[0], aliasPages(op.input.desc));
  if (multicasts())
    writeBarrier(b);
}

/// The first core of a column brings `bytes` that `read` reads and gives them to the others, at the
/// write pointer of `cb`; every round of the handshake counts one up.
void HaloConv::give(Partition::Position at, Cb cb, int64_t bytes, Idx round,
                    const ProgramBuilder::Body &read) {
  Idx x0 = 0, y0 = 0, x1 = part.gridX - 1, y1 = part.gridY - 1, senderX = 0;
  if (part.sharding == Sharding::Block) {
    x0 = x1 = senderX = b.coreX();
    y1 = part.rowParts - 1;
  }
  Idx count = b.add(round, 1);
  b.ifThen(
      b.cmp(Predicate::Eq, at.row, 0),
      [&] {
        if (!resident && !doubleWeights)
          writeBarrier(b); // the last multicast leaves from the place that is written now
        read();
        writeBarrier(b);
        b.emit(Opcode::SemWait, {weightReady, b.mul(count, groupSize - 1)});
        b.emit(Opcode::Mcast, {cb, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
        b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, weightValid, 1});
      },
      [&] {
        b.emit(Opcode::SemInc, {senderX, 0, weightReady, 1});
        b.emit(Opcode::SemWait, {weightValid, count});
      });
}

/// The bias goes round as weights do: one core's read of DRAM, not one of every core at one bank.
void HaloConv::readBias(Partition::Position at) {
  if (groupSize == 1 || !epilogue->hasBias())
    return epilogue->readBias(at);
  reserve(b, epilogue->biasPages(), nt);
  give(at, epilogue->biasPages(), epilogue->biasBytes(), 0, [&] {
    epilogue->fetchBias(at);
    readBarrier(b);
  });
  push(b, epilogue->biasPages(), nt);
}

void HaloConv::readWeights(Partition::Position at, Idx round, Idx block) {
  int64_t pages = chunkTiles * nt, bytes = pages * tileBytes(op.weightFormat);
  auto read = [&] {
    b.emit(Opcode::ReadPages, {weights, 0, weightBuffer.id, b.mul(block, chunkTiles),
                               b.mul(at.col, nt), chunkTiles, nt});
    readBarrier(b);
  };
  reserve(b, weights, pages);
  if (groupSize == 1)
    read();
  else
    give(at, weights, bytes, b.add(round, epilogue->hasBias() ? 1 : 0), read);
  push(b, weights, pages);
}

void HaloConv::weightThread(Partition::Position at) {
  ifResult(at, [&] { readBias(at); });
  if (split) {
    clearRows(at, 1);
    reserve(b, shards[1], aliasPages(op.input.desc));
    push(b, shards[1], aliasPages(op.input.desc));
    wait(b, shards[1], aliasPages(op.input.desc));
  }
  auto second = [&](Idx ob, Idx chunk) {
    if (split)
      ifSender(at, [&] { gather(at, 1, ob, chunk); });
  };
  auto pass = [&](Idx ob, bool read) {
    b.loop(0, chunks, 1, [&](Idx chunk) {
      second(ob, chunk);
      if (read)
        ifResult(at, [&] {
          b.loop(0, senders, 1, [&](Idx s) {
            Idx block = b.add(b.mul(chunk, senders), s);
            readWeights(at, b.add(b.mul(ob, blocks), block), block);
          });
        });
    });
  };
  if (resident) { // every block stays for the activation blocks after the first
    pass(0, true);
    b.loop(1, mt / abh, 1, [&](Idx ob) { pass(ob, false); });
  } else {
    b.loop(0, mt / abh, 1, [&](Idx ob) { pass(ob, true); });
  }
  if (split)
    pop(b, shards[1], aliasPages(op.input.desc));
  if (groupSize > 1)
    writeBarrier(b);
}

void HaloConv::multiply(ResultWriter &out, Idx ob, Idx block, Cb act, bool first, bool last) {
  int64_t pages = chunkTiles * nt, sub = h * w;
  Idx weightTile = resident ? b.mul(block, pages) : Idx(0);
  wait(b, weights, resident ? b.mul(b.add(block, 1), pages) : Idx(pages));
  bool loads = reload() && !first && (last || !op.l1Accumulate);
  if (op.l1Accumulate && last && loads)
    push(b, partials, abh * nt);
  b.loop(0, abh / h, 1, [&](Idx sh) {
    b.loop(0, nt / w, 1, [&](Idx sw) {
      Idx r = b.mul(sh, h), c = b.mul(sw, w), rowTile = b.add(b.mul(ob, abh), r);
      if (last)
        epilogue->prepare(rowTile, c, h, w);
      if (loads)
        wait(b, partials, sub);
      bool packsPartial = !last;
      inDst(
          b,
          [&] {
            if (loads) {
              b.emit(Opcode::CopyTiles, {partials, 0, 1, 0, sub});
              pop(b, partials, sub);
            }
            if (last)
              epilogue->start(c, h, w);
            b.emit(Opcode::MatmulBlock, {act, b.mul(r, chunkTiles), chunkTiles, weights,
                                         b.add(weightTile, c), nt, 0, h, w, chunkTiles});
            if (last)
              epilogue->apply(rowTile, c, h, w);
          },
          [&] {
            if (last)
              epilogue->applyPacking(h, w);
            if (!packsPartial) {
              out.pack(rowTile, c, h, w);
            } else if (op.l1Accumulate) {
              Idx at = b.mul(b.add(b.mul(sh, nt / w), sw), sub);
              b.emit(Opcode::PackTiles,
                     {0, sub, partials, at, 1, first ? 0 : int(isa::PackL1Accumulate)});
            } else {
              reserve(b, partials, sub);
              b.emit(Opcode::PackTiles, {0, sub, partials, 0, 1, 0});
              push(b, partials, sub);
            }
          });
      if (last)
        epilogue->finish();
    });
  });
  if (!resident)
    pop(b, weights, pages);
}

void HaloConv::compute(ResultWriter &out) {
  int64_t pages = abh * chunkTiles, rowBytes = chunkTiles * tileDim * 2;
  Partition::Position at = all.position(b);
  ifResult(at, [&] {
    out.open();
    epilogue->begin();
  });
  auto tilize = [&] {
    reserve(b, tilized, pages);
    for (int half : {0, 1})
      if (rowsOf(half)) {
        wait(b, rows[half], 1);
        b.emit(Opcode::Tilize, {rows[half], 0, rowBytes, tilized, firstOf(half) * chunkTiles,
                                chunkTiles, rowsOf(half), chunkTiles});
        pop(b, rows[half], 1);
      }
    push(b, tilized, pages);
  };
  Cb act = multicasts() ? left : tilized;
  auto step = [&](Idx ob, Idx block, bool first, bool last) {
    wait(b, act, pages);
    ifResult(at, [&] { multiply(out, ob, block, act, first, last); });
    pop(b, act, pages);
  };
  auto chunkBlocks = [&](Idx ob, Idx chunk, bool firstChunk, bool lastChunk) {
    ifSender(at, tilize);
    Idx block = b.mul(chunk, senders);
    int64_t begin = firstChunk ? 1 : 0, end = lastChunk ? senders - 1 : senders;
    if (firstChunk)
      step(ob, block, true, lastChunk && senders == 1);
    b.loop(begin, end, 1, [&](Idx s) { step(ob, b.add(block, s), false, false); });
    if (lastChunk && (senders > 1 || !firstChunk))
      step(ob, b.add(block, senders - 1), false, true);
  };
  b.loop(0, mt / abh, 1, [&](Idx ob) {
    if (reload() && op.l1Accumulate)
      ifResult(at, [&] { reserve(b, partials, abh * nt); });
    chunkBlocks(ob, 0, true, chunks == 1);
    b.loop(1, chunks - 1, 1, [&](Idx chunk) { chunkBlocks(ob, chunk, false, false); });
    if (chunks > 1)
      chunkBlocks(ob, chunks - 1, false, true);
  });
  ifResult(at, [&] {
    if (resident)
      pop(b, weights, blocks * chunkTiles * nt);
    epilogue->end();
    out.close();
  });
}

} // namespace

Expected<void> buildHaloConv(ProgramBuilder &b, const Target &target, const HaloConvProgram &op) {
  if (!op.splitReader && op.device) {
    // Whichever of the two is priced lower.
    std::optional<Cycles> price[2];
    for (bool split : {false, true}) {
      PriceBuilder trial(*op.device);
      HaloConvProgram copy = op;
      copy.splitReader = split;
      copy.input = trial.buffer(op.input.desc);
      copy.output = trial.buffer(op.output.desc);
      if (Expected<void> built = buildHaloConv(trial, target, copy); !built)
        return built.error();
      price[split] = trial.price().cycles;
    }
    HaloConvProgram copy = op;
    copy.splitReader = *price[1] < *price[0];
    return buildHaloConv(b, target, copy);
  }
  HaloConv c{b, target, op};
  if (Expected<void> planned = c.plan(); !planned)
    return planned.error();
  c.declare();
  ResultWriter out(b, c.part, op.output, c.h, c.w);
  // Weights come from DRAM on NoC 0, which spreads the traffic of a row of readers (BlockMatmul.cpp).
  b.reader([&] { c.all.onActive(b, [&](auto at) { c.weightThread(at); }); });
  b.compute([&] { c.all.onActive(b, [&](auto) { c.compute(out); }); });
  b.writer([&] { c.all.onActive(b, [&](auto at) { c.activationThread(at); }); });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
