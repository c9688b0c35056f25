//===- MatmulMeet.cpp - who waits for whom in a launch of several products ---===//
//
// A product that goes on in a launch reads what other cores make in it. Where that
// are the lines of a window, cores wait for the few before and behind them that have
// these; else all meet.
//
//===----------------------------------------------------------------------===//
#include "Matmul.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {
/// Cores on either side: each takes a semaphore and an increment.
constexpr int64_t maxReach = 4;
} // namespace

/// How far away, in cores along the rows, the farthest shard is whose lines a core reads, 0 < n <= maxReach;
/// 0: that is not how the input lies, or farther.
int64_t Matmul::neighbours() const {
  const BufferDesc &in = op.input.desc;
  bool sameAxis = in.sharding == part.sharding && in.colMajor == part.colMajor && in.gridX == part.gridX &&
                  in.gridY == part.gridY && part.fold == 1 && !splits();
  bool ownChannels = part.sharding == Sharding::Height ||
                     (part.sharding == Sharding::Block && in.shardCols == slice && slices == part.lineCores() &&
                      in.cols == slices * in.shardCols);
  if (feed != Feed::Lines || !sameAxis || !ownChannels || (pieces > 1 && shares()))
    return 0;
  // Line of the padded images to row of the input.
  auto rowAt = [&](int64_t line, int64_t x) {
    int64_t y = std::clamp<int64_t>(line % view.lines() - view.padTop, 0, view.inH - 1);
    return (line / view.lines() * view.inH + y) * view.inW + x;
  };
  int64_t most = 1;
  for (int64_t i = 0; i < part.rowParts; ++i) {
    int64_t first = std::min(i * mt * tileDim, view.positions() - 1);
    int64_t last = std::min((i + 1) * mt * tileDim, view.positions()) - 1;
    int64_t lowest = rowAt(view.paddedLine(first), 0) / in.shardRows;
    int64_t highest = rowAt(view.paddedLine(std::max(first, last)) + (view.kernelH - 1) * view.dilationH, view.inW - 1) /
                      in.shardRows;
    most = std::max({most, i - lowest, highest - i});
  }
  return most <= maxReach ? most : 0;
}

void Matmul::declareMeeting() {
  const MadePiece *other = meetsFor();
  if (!other)
    return;
  // A residual that others make is there when all have met.
  bool residualOfOthers = op.residual && b.madeBefore(op.residual) && epilogue->readsResidual();
  reach = other->cb >= 0 && !residualOfOthers ? neighbours() : 0;
  for (const BufferPart &piece : inputs())
    b.takeMade(whole(piece), reach == 0 && !takesOwn());
  if (reach) {
    for (int64_t n = 1; n <= reach; ++n)
      for (int64_t distance : {-n, n})
        madeBy.push_back({distance, counter(fmt::format("made by core {:+}", distance), 1)});
    return;
  }
  Partition shards = Partition::of(other->desc, target);
  arrived = other->cb < 0 ? other->written : b.counter("arrived", shards.rowParts * shards.colParts);
  go = b.counter("go", 1);
}

/// This core's shard of the input is made.
void Matmul::takeMade() {
  for (const ProgramBuilder::Made &m : made)
    if (!m.taken && m.cb >= 0) {
      wait(b, m.cb, m.pages);
      pop(b, m.cb, m.pages);
    }
}

/// Where the input is made in the same launch and others' shards are read, or others write this core's: they
/// have done so.
void Matmul::meet() {
  const MadePiece *other = meetsFor();
  if (!other)
    return;
  if (reach)
    return meetNeighbours();
  // The first core counts all, and tells those of this program.
  const BufferDesc &in = other->desc;
  Partition shards = Partition::of(in, target);
  bool inPlace = other->cb >= 0;
  int64_t count = inPlace ? shards.rowParts * shards.colParts : other->writers;
  Idx first = b.cmp(Predicate::Eq, b.coreIndex(), 0);
  if (inPlace)
    b.ifThen(holdsShard(b, in), [&] {
      takeMade();
      b.emit(Opcode::SemInc, {0, 0, arrived.semaphore, 1});
    });
  b.ifThen(
      first,
      [&] {
        await(arrived, count);
        b.emit(Opcode::SemMcastInc, {0, 0, part.gridX - 1, part.gridY - 1, go.semaphore, 1});
      },
      [&] { part.onActive(b, [&](Partition::Position) { await(go, 1); }); });
}

/// Each core that has a shard tells those that may read it, each that reads waits for those whose it may be.
void Matmul::meetNeighbours() {
  const BufferDesc &in = op.input.desc;
  int64_t shards = Partition::of(in, target).rowParts;
  auto both = [&](Idx a, Idx c) { return b.mul(a, c); };
  auto inside = [&](Idx i, int64_t parts) {
    return both(b.cmp(Predicate::Ge, i, 0), b.cmp(Predicate::Lt, i, parts));
  };
  Partition::Position at = part.position(b);
  b.ifThen(holdsShard(b, in), [&] {
    takeMade();
    for (auto &[distance, counter] : madeBy) {
      Idx reader = b.sub(at.row, distance);
      b.ifThen(inside(reader, part.rowParts), [&, &counter = counter] {
        Idx x = b.coreX(), y = b.coreY();
        if (part.sharding == Sharding::Block) {
          (part.colMajor ? x : y) = reader;
        } else {
          int64_t line = part.colMajor ? part.gridY : part.gridX;
          (part.colMajor ? y : x) = b.rem(reader, line);
          (part.colMajor ? x : y) = b.div(reader, line);
        }
        b.emit(Opcode::SemInc, {x, y, counter.semaphore, 1});
      });
    }
  });
  part.onActive(b, [&](Partition::Position at) {
    for (auto &[distance, counter] : madeBy)
      b.ifThen(inside(b.add(at.row, distance), shards), [&, &counter = counter] { await(counter, 1); });
  });
}

} // namespace ttc::programs
