//===- BlockMatmul.cpp - matrix product of two device tensors ----------------===//
//
// The result is cut in rows and columns over the grid. K goes by in blocks: for
// each, one core of a row of cores gives the left operand's block to the others,
// and one core of a column the right operand's, both by multicast. Where a block of
// the result is larger than Dst, partial sums stay in L1: the packer adds to them,
// and the last block of K takes them back to Dst, where bias and activation follow.
//
// The left operand's sender is the core whose shard holds the block if the operand
// is block-sharded as the result is, else the first of the row.
//
// The right operand is the reader's: NoC 0 takes data along the rows first, so that
// DRAM reaches a row of senders by all rows and then down their own columns, and not
// through the links of one row. The left operand is the writer's: NoC 1 goes along
// the columns first, and its senders are a column.
//
//===----------------------------------------------------------------------===//
#include "ttc/TilePrograms/BlockMatmul.h"

#include "Epilogue.h"
#include "ttc/CostModel/PriceBuilder.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {

/// Divisors of n, largest first.
std::vector<int64_t> divisors(int64_t n) {
  std::vector<int64_t> all;
  for (int64_t d = n; d >= 1; --d)
    if (n % d == 0)
      all.push_back(d);
  return all;
}

/// A line of cores that one of them feeds by multicast, with a pair of semaphores as handshake: the
/// others say that their buffer is free (`ready`), the sender that it is filled (`valid`).
struct Feeder {
  Cb cb = -1;
  Semaphore ready = -1, valid = -1;
  int64_t cores = 1; ///< that want the block; 1: each reads its own
};

struct BlockMatmul {
  ProgramBuilder &b;
  const Target &target;
  const BlockMatmulProgram &op;
  MatmulBlocking blocking{};
  Partition part{};
  std::optional<Epilogue> epilogue{};
  int64_t mt = 0, nt = 0, kTiles = 0;       ///< the part and K, tiles
  int64_t kBlocks = 1, rowBlocks = 1, colBlocks = 1;
  int64_t shardBlocks = 0;                  ///< K blocks in a shard of in0; 0: one sender a row
  bool inOutput = false, reload = false;    ///< partial sums: in the result itself, or apart
  Feeder left, right;
  Cb partials = -1;

  Expected<void> begin();
  Expected<void> setBlocking(const MatmulBlocking &);
  std::vector<MatmulBlocking> candidates() const;
  int64_t l1Bytes() const;
  Cycles leastCycles() const;
  void write();
  void readLeft(Partition::Position at, ResultWriter &out);
  void readRight(Partition::Position at);
  void multiply(ResultWriter &out);
  void multiplyBlock(ResultWriter &out, Idx rowBlock, Idx colBlock, Idx kb, bool first, bool last);
  void give(const Feeder &f, Idx isSender, Idx senderX, Idx senderY, Idx readyCount, Idx validCount,
            bool alongRow, int64_t pages, int64_t bytes, const std::function<void()> &read);
  void multicast(const Feeder &f, Cb cb, Idx isSender, Idx senderX, Idx senderY, Idx readyCount,
                 Idx validCount, bool alongRow, int64_t bytes, const std::function<void()> &read);

  program::Format partialFormat() const {
    return target.fp32Dest ? program::Format::Fp32 : program::Format::Bf16;
  }
};

Expected<void> BlockMatmul::begin() {
  const BufferDesc &a = op.in0.desc, &w = op.in1.desc, &out = op.output.desc;
  if (!a.tiled() || !w.tiled())
    return Error{"a matrix product of two device tensors reads tiles"};
  if (w.rows != a.cols)
    return Error{fmt::format("inner extents differ: {} columns and {} rows", a.cols, w.rows)};
  part = Partition::ofProduct(out, target, op.cut);
  if (part.colMajor)
    return Error{"a matrix product has no program for column-major grids"};
  mt = part.tileRows();
  nt = part.tileCols();
  kTiles = ceilDiv(a.cols, tileDim);
  left.cores = part.sharding == Sharding::Height ? 1 : part.colParts;
  right.cores = part.sharding == Sharding::Width ? 1 : part.rowParts;
  epilogue.emplace(b, part, op.residual, op.bias, out.cols, op.activation, op.postActivation,
                   target);
  return {};
}

int64_t BlockMatmul::l1Bytes() const {
  int64_t bytes = 2 * blocking.rows * blocking.inner * tileBytes(op.in0.desc.format) +
                  2 * blocking.cols * blocking.inner * tileBytes(op.in1.desc.format) +
                  epilogue->l1Bytes(blocking.h * blocking.w);
  if (reload)
    bytes += blocking.rows * blocking.cols * tileBytes(partialFormat());
  if (!part.local)
    bytes += 2 * blocking.h * blocking.w *
             std::max(tileBytes(op.output.desc.format), tileBytes(program::Format::Bf16));
  return bytes;
}

/// A core's products alone: less than any price of the blocking.
Cycles BlockMatmul::leastCycles() const {
  auto [kb, rows, cols, h, w] = blocking;
  return (mt / h) * (nt / w) * (kTiles / kb) *
         timing::matmulBlock(*op.device, int(target.fidelity), h, w, kb, DataFormat(op.in0.desc.format),
                             DataFormat(op.in1.desc.format));
}

Expected<void> BlockMatmul::setBlocking(const MatmulBlocking &wanted) {
  blocking = wanted;
  auto &[kb, rows, cols, h, w] = blocking;
  if (kb < 1 || rows < 1 || cols < 1 || h < 1 || w < 1 || mt % rows || nt % cols || rows % h ||
      cols % w || h * w > target.dstTiles())
    return Error{fmt::format("a block of {}x{} tiles in {}x{}, {} of K, does not divide a part of "
                             "{}x{} tiles or is larger than Dst ({} tiles)",
                             rows, cols, h, w, kb, mt, nt, target.dstTiles())};
  kBlocks = ceilDiv(kTiles, kb);
  rowBlocks = mt / rows;
  colBlocks = nt / cols;
  const BufferDesc &a = op.in0.desc;
  int64_t shardTiles = a.sharded() ? ceilDiv(a.shardCols, tileDim) : 0;
  shardBlocks = part.sharding == Sharding::Block && left.cores > 1 && part.sameShardRows(a) && a.gridX >= part.colParts &&
                        shardTiles % kb == 0
                    ? shardTiles / kb
                    : 0;
  bool plain = !op.bias && !op.activation && !op.residual && part.local &&
               op.output.desc.tiled() && op.output.desc.format == partialFormat();
  inOutput = kBlocks > 1 && plain && op.l1Accumulate;
  reload = kBlocks > 1 && !inOutput;
  if (l1Bytes() > target.l1Budget)
    return Error{fmt::format("needs {} bytes of L1 per core for circular buffers, limit is {} (part "
                             "of {}x{} tiles, blocks of {}x{}, {} of K)",
                             l1Bytes(), target.l1Budget, mt, nt, rows, cols, kb)};
  return {};
}

/// Blockings worth pricing: for every block of K and every cut of the part that leaves few blocks,
/// the sub-blocks that use Dst best.
std::vector<MatmulBlocking> BlockMatmul::candidates() const {
  std::vector<MatmulBlocking> found;
  int64_t dst = target.dstTiles();
  const BufferDesc &a = op.in0.desc;
  int64_t shardTiles = a.sharded() && part.sameShardRows(a) && a.gridX >= part.colParts ? ceilDiv(a.shardCols, tileDim) : kTiles;
  for (int64_t rows : divisors(mt))
    for (int64_t cols : divisors(nt)) {
      if ((mt / rows) * (nt / cols) > 16)
        continue;
      // The streamed operand is read once a product, the kept one once a row or column: the largest
      // sub-blocks are worth pricing, wide and high ones (they stream different operands).
      std::vector<std::pair<int64_t, int64_t>> subs;
      int64_t most = 0;
      for (int64_t h : divisors(rows))
        for (int64_t w : divisors(cols))
          if (h * w <= dst && (!op.wholeRows || h == 1 || w == nt) && h * w >= most) {
            if (h * w > most)
              subs.clear();
            most = h * w;
            subs.emplace_back(h, w);
          }
      for (int64_t kb : divisors(shardTiles))
        for (auto [h, w] : subs)
          if (kb <= 16)
            found.push_back({kb, rows, cols, h, w});
    }
  return found;
}

void BlockMatmul::give(const Feeder &f, Idx isSender, Idx senderX, Idx senderY, Idx readyCount,
                       Idx validCount, bool alongRow, int64_t pages, int64_t bytes,
                       const std::function<void()> &read) {
  reserve(b, f.cb, pages);
  if (f.cores == 1)
    read();
  else
    multicast(f, f.cb, isSender, senderX, senderY, readyCount, validCount, alongRow, bytes, read);
  push(b, f.cb, pages);
}

/// What `read` brings to the sender goes to the write pointer of `cb` of the whole line.
void BlockMatmul::multicast(const Feeder &f, Cb cb, Idx isSender, Idx senderX, Idx senderY,
                            Idx readyCount, Idx validCount, bool alongRow, int64_t bytes,
                            const std::function<void()> &read) {
  Idx x0 = 0, y0 = 0, x1 = part.gridX - 1, y1 = part.gridY - 1;
  if (part.sharding == Sharding::Block && alongRow) {
    y0 = y1 = b.coreY();
    x1 = part.colParts - 1;
  } else if (part.sharding == Sharding::Block) {
    x0 = x1 = b.coreX();
    y1 = part.rowParts - 1;
  }
  b.ifThen(
      isSender,
      [&] {
        read();
        writeBarrier(b); // the previous multicast left the slot that the next block will take
        b.emit(Opcode::SemWait, {f.ready, readyCount});
        b.emit(Opcode::Mcast, {cb, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
        b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, f.valid, 1});
      },
      [&] {
        b.emit(Opcode::SemInc, {senderX, senderY, f.ready, 1});
        b.emit(Opcode::SemWait, {f.valid, validCount});
      });
}

void BlockMatmul::readLeft(Partition::Position at, ResultWriter &out) {
  int64_t pages = blocking.rows * blocking.inner, others = left.cores - 1;
  b.loop(0, rowBlocks, 1, [&](Idx om) {
    b.loop(0, colBlocks, 1, [&](Idx on) {
      Idx row = b.add(b.mul(at.row, mt), b.mul(om, blocking.rows));
      Idx pass = b.add(b.mul(om, colBlocks), on);
      b.loop(0, kBlocks, 1, [&](Idx kb) {
        Idx sender = at.col.isConstant() && left.cores == 1 ? Idx(1) : b.cmp(Predicate::Eq, at.col, 0);
        Idx round = b.add(b.mul(pass, kBlocks), kb), senderX = 0;
        Idx ready = b.mul(b.add(round, 1), others), valid = b.add(round, 1);
        if (shardBlocks) {
          // Each core of the row sends the blocks of its own shard, in turn.
          senderX = b.div(kb, shardBlocks);
          sender = b.cmp(Predicate::Eq, at.col, senderX);
          Idx first = b.mul(at.col, shardBlocks);
          Idx sent = b.min(b.max(b.sub(kb, first), 0), shardBlocks);
          sent = b.add(sent, b.mul(pass, shardBlocks));
          ready = b.mul(b.add(sent, 1), others);
          valid = b.sub(b.add(round, 1), sent);
        }
        Idx senderY = part.sharding == Sharding::Block ? b.coreY() : Idx(0);
        give(left, sender, senderX, senderY, ready, valid, /*alongRow=*/true, pages,
             pages * tileBytes(op.in0.desc.format), [&] {
               b.emit(Opcode::ReadPages, {left.cb, 0, op.in0.id, row, b.mul(kb, blocking.inner),
                                          blocking.rows, blocking.inner});
               readBarrier(b);
             });
      });
      if (!out.inPlace())
        b.loop(0, blocking.rows / blocking.h, 1, [&](Idx sh) {
          b.loop(0, blocking.cols / blocking.w, 1, [&](Idx sw) {
            out.write(at, b.add(b.mul(om, blocking.rows), b.mul(sh, blocking.h)),
                      b.add(b.mul(on, blocking.cols), b.mul(sw, blocking.w)), blocking.h,
                      blocking.w);
          });
        });
    });
  });
  if (left.cores > 1)
    writeBarrier(b); // the last multicast
}

void BlockMatmul::readRight(Partition::Position at) {
  int64_t pages = blocking.cols * blocking.inner, others = right.cores - 1;
  Idx isSender = right.cores == 1 ? Idx(1) : b.cmp(Predicate::Eq, at.row, 0);
  Idx senderX = part.sharding == Sharding::Block ? b.coreX() : Idx(0);
  int64_t rounds = 0; // of the handshake before the first block
  if (right.cores == 1) {
    epilogue->readBias(at);
  } else if (epilogue->hasBias()) {
    rounds = 1;
    reserve(b, epilogue->biasPages(), nt);
    multicast(right, epilogue->biasPages(), isSender, senderX, 0, others, 1, /*alongRow=*/false,
              epilogue->biasBytes(), [&] {
                epilogue->fetchBias(at);
                readBarrier(b);
              });
    push(b, epilogue->biasPages(), nt);
  }
  b.loop(0, rowBlocks, 1, [&](Idx om) {
    b.loop(0, colBlocks, 1, [&](Idx on) {
      Idx col = b.add(b.mul(at.col, nt), b.mul(on, blocking.cols));
      Idx pass = b.add(b.mul(om, colBlocks), on);
      b.loop(0, kBlocks, 1, [&](Idx kb) {
        Idx round = b.add(b.add(b.mul(pass, kBlocks), kb), 1 + rounds);
        give(right, isSender, senderX, 0, b.mul(round, others), round, /*alongRow=*/false, pages,
             pages * tileBytes(op.in1.desc.format), [&] {
               b.emit(Opcode::ReadPages, {right.cb, 0, op.in1.id, b.mul(kb, blocking.inner), col,
                                          blocking.inner, blocking.cols});
               readBarrier(b);
             });
      });
      if (epilogue->readsResidual())
        b.loop(0, blocking.rows / blocking.h, 1, [&](Idx sh) {
          b.loop(0, blocking.cols / blocking.w, 1, [&](Idx sw) {
            epilogue->readResidual(at, b.add(b.mul(om, blocking.rows), b.mul(sh, blocking.h)),
                                   b.add(b.mul(on, blocking.cols), b.mul(sw, blocking.w)),
                                   blocking.h, blocking.w);
          });
        });
    });
  });
  if (right.cores > 1)
    writeBarrier(b);
}

void BlockMatmul::multiplyBlock(ResultWriter &out, Idx om, Idx on, Idx kb, bool first, bool last) {
  auto [kBlock, rows, cols, h, w] = blocking;
  wait(b, left.cb, rows * kBlock);
  wait(b, right.cb, cols * kBlock);
  Idx inner = kTiles % kBlock && last ? Idx(kTiles % kBlock) : Idx(kBlock);
  // With accumulation in the packer partial sums stay in one window until the last block takes them;
  // else each block takes those of the one before, sub-block by sub-block.
  bool loads = reload && (op.l1Accumulate ? last : !first);
  bool oneWindow = reload && op.l1Accumulate;
  if (loads && oneWindow) {
    push(b, partials, rows * cols);
    wait(b, partials, rows * cols);
  }
  bool result = last || inOutput;
  b.loop(0, rows / h, 1, [&](Idx sh) {
    b.loop(0, cols / w, 1, [&](Idx sw) {
      Idx r = b.mul(sh, h), c = b.mul(sw, w);
      Idx rowTile = b.add(b.mul(om, rows), r), colTile = b.add(b.mul(on, cols), c);
      Idx partial = b.add(b.mul(r, cols), c);
      if (last) {
        epilogue->prepare(rowTile, colTile, h, w);
        out.reserveBlock();
      }
      if (loads && !oneWindow)
        wait(b, partials, h * w);
      inDst(
          b,
          [&] {
            if (loads && oneWindow) {
              b.loop(0, h, 1, [&](Idx i) {
                b.emit(Opcode::CopyTiles,
                       {partials, b.add(partial, b.mul(i, cols)), 1, b.mul(i, w), w});
              });
            } else if (loads) {
              b.emit(Opcode::CopyTiles, {partials, 0, 1, 0, h * w});
              pop(b, partials, h * w);
            }
            if (last)
              epilogue->start(colTile, h, w);
            b.emit(Opcode::MatmulBlock, {left.cb, b.mul(r, kBlock), kBlock, right.cb, c, cols, 0, h,
                                         w, inner});
            if (last)
              epilogue->apply(rowTile, colTile, h, w);
          },
          [&] {
            int flags = first ? 0 : isa::PackL1Accumulate;
            if (last)
              epilogue->applyPacking(h, w);
            if (result) {
              out.pack(rowTile, colTile, h, w, inOutput ? flags : 0);
              return;
            }
            if (!oneWindow) {
              reserve(b, partials, h * w);
              b.emit(Opcode::PackTiles, {0, h * w, partials, 0, 1, 0});
              push(b, partials, h * w);
              return;
            }
            b.loop(0, h, 1, [&](Idx i) {
              b.emit(Opcode::PackTiles,
                     {b.mul(i, w), w, partials, b.add(partial, b.mul(i, cols)), 1, flags});
            });
          });
      if (last) {
        out.pushBlock();
        epilogue->finish();
      }
    });
  });
  if (loads && oneWindow)
    pop(b, partials, rows * cols);
  pop(b, left.cb, rows * kBlock);
  pop(b, right.cb, cols * kBlock);
}

void BlockMatmul::multiply(ResultWriter &out) {
  out.open();
  epilogue->begin();
  b.loop(0, rowBlocks, 1, [&](Idx om) {
    b.loop(0, colBlocks, 1, [&](Idx on) {
      if (reload && op.l1Accumulate)
        reserve(b, partials, blocking.rows * blocking.cols);
      multiplyBlock(out, om, on, 0, true, kBlocks == 1);
      b.loop(1, kBlocks - 1, 1, [&](Idx kb) { multiplyBlock(out, om, on, kb, false, false); });
      if (kBlocks > 1)
        multiplyBlock(out, om, on, kBlocks - 1, false, true);
    });
  });
  epilogue->end();
  out.close();
}

void BlockMatmul::write() {
  epilogue->declareConstants();
  ProgramSpec spec = programSpec(op.kind, part, target);
  spec.macs = uint64_t(op.output.desc.rows) * uint64_t(op.output.desc.cols) *
              uint64_t(op.in0.desc.cols);
  b.beginProgram(spec);
  left.cb = tileCb(b, "in0", op.in0.desc.format, 2 * blocking.rows * blocking.inner);
  right.cb = tileCb(b, "in1", op.in1.desc.format, 2 * blocking.cols * blocking.inner);
  if (reload)
    partials = tileCb(b, "partials", partialFormat(), blocking.rows * blocking.cols);
  epilogue->declareBuffers(blocking.h, blocking.w);
  for (Feeder *f : {&left, &right})
    if (f->cores > 1) {
      f->ready = b.semaphore();
      f->valid = b.semaphore();
    }
  ResultWriter out(b, part, op.output, blocking.h, blocking.w);
  b.reader([&] { part.onActive(b, [&](auto at) { readRight(at); }); });
  b.compute([&] { part.onActive(b, [&](auto) { multiply(out); }); });
  b.writer([&] { part.onActive(b, [&](auto at) { readLeft(at, out); }); });
  b.endProgram();
}

} // namespace

Expected<void> buildBlockMatmul(ProgramBuilder &b, const Target &target,
                                const BlockMatmulProgram &op) {
  BlockMatmul m{b, target, op};
  if (Expected<void> begun = m.begin(); !begun)
    return begun.error();
  if (op.blocking) {
    if (Expected<void> set = m.setBlocking(*op.blocking); !set)
      return set.error();
    m.write();
    return {};
  }
  // The cheapest blocking is written. They are priced in the order of a bound below their price, until
  // it passes the best one; no more than `most`, as blockings of equal bounds differ by little. Without a
  // device to price for, the first that fits: the fewest blocks, the longest in K.
  constexpr size_t most = 32;
  std::optional<MatmulBlocking> best;
  Cycles bestCycles = 0;
  std::string reason = "no blocking divides the result";
  std::vector<std::pair<Cycles, MatmulBlocking>> fitting;
  for (const MatmulBlocking &candidate : m.candidates()) {
    if (Expected<void> set = m.setBlocking(candidate); !set) {
      reason = set.error().message;
      continue;
    }
    if (!op.device) {
      best = candidate;
      break;
    }
    fitting.emplace_back(m.leastCycles(), candidate);
  }
  std::stable_sort(fitting.begin(), fitting.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  for (size_t i = 0; i < std::min(most, fitting.size()) && !(best && fitting[i].first >= bestCycles); ++i) {
    PriceBuilder price(*op.device);
    BlockMatmulProgram copy = op;
    copy.blocking = fitting[i].second;
    copy.in0 = price.buffer(op.in0.desc);
    copy.in1 = price.buffer(op.in1.desc);
    copy.output = price.buffer(op.output.desc);
    if (op.residual)
      copy.residual = price.buffer(op.residual.desc);
    if (!buildBlockMatmul(price, target, copy))
      continue;
    if (Cycles cycles = price.price().cycles; !best || cycles < bestCycles) {
      best = fitting[i].second;
      bestCycles = cycles;
    }
  }
  if (!best)
    return Error{reason};
  if (Expected<void> set = m.setBlocking(*best); !set)
    return set.error();
  m.write();
  return {};
}

} // namespace ttc::programs
