//===- Matmul.h - a convolution's program, in the making --------------------===//
//
// Matmul.cpp cuts the work and computes; MatmulFeed.cpp brings activations,
// MatmulWeights.cpp weights; MatmulMeet.cpp waits for cores that make the input.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_TILEPROGRAMS_MATMUL_H
#define TTC_TILEPROGRAMS_MATMUL_H

#include "Epilogue.h"

#include <algorithm>
#include <optional>

namespace ttc::programs {

/// How the input reaches the matmul.
enum class Feed {
  AliasTiles,  ///< own shard, already tiles: all of K, or this core's slice of it
  ReadTiles,   ///< tiles from elsewhere; likewise
  AliasSticks, ///< own shard, row-major: tilized from where it lies; likewise
  Lines,       ///< lines of the padded image over the NoC, then tilized for each kernel row
  Gather,      ///< sticks of every tap over the NoC, then tilized
};

/// Kernels' bodies may be called when the next program ends (ProgramBuilder::keepOpen): they share this.
struct Matmul {
  Matmul(ProgramBuilder &b, const Target &target, const MatmulProgram &op)
      : b(b), target(target), op(op) {}

  ProgramBuilder &b;
  Target target;
  MatmulProgram op;
  Partition part{};
  std::optional<Epilogue> epilogue{};

  Feed feed = Feed::Gather;
  int64_t taps = 1, stick = 0; ///< stick: channels of one tap in K
  int64_t stickBytes = 0;        ///< of them, read from row-major data
  program::Format actFormat = program::Format::Bf16; ///< of the tiles that are multiplied
  /// K of this line of cores (of all where none shares it) in slices of channels; channels of one.
  int64_t slices = 1, slice = 0;
  /// Tensors that the input is made of; those of them that a slice has parts of. K in parts of slices, and tiles of one.
  int64_t pieces = 1, slicePieces = 1, units = 1, unitTiles = 0;
  bool ownSlices = false;        ///< a core's slice is its shard of the input
  int64_t rowShares = 1;         ///< cores that bring a slice, some rows of its blocks each
  int64_t sliceTiles = 0, kTiles = 0; ///< K of a slice and of the line, tiles
  int64_t mt = 0, nt = 0;      ///< the part, tiles
  int64_t h = 1, w = 1;        ///< output block, tiles
  int64_t blocksAhead = 1;     ///< output blocks whose activations are made before the first is multiplied
  /// Blocks of K: their tiles; in all, in a unit, and units in a block (one of the last two is 1).
  int64_t kBlock = 1, kBlocks = 1, unitBlocks = 1, blockUnits = 1;
  int64_t rowBlocks = 1, colBlocks = 1;
  int64_t chunks = 1, chunkTaps = 1, chunkTiles = 1; ///< of a slice; tiles of K
  int64_t chunkPitch = 0;                            ///< bytes a row; of a stick in lines
  /// Blocks whose sticks are gathered at once, and the bytes that takes.
  int64_t groupBlocks = 1, groups = 1, rowsPages = 2, rowsBytes = 0;
  int64_t mostLines = 0, linePages = 2; ///< bytes that lines may take, and groups that are there at once
  size_t wayOfLines = 0;                ///< of those to choose these, the first that may fit
  WindowView view{}; ///< the op's window
  bool resident = false; ///< all weights of the part stay in L1
  int64_t weightBlocks = 1, weightSlots = 2; ///< that a core needs in all; that it has room for
  int64_t senders = 1; ///< cores of a group that send weights

  std::vector<Cb> own; ///< this core's shard of each piece, where it takes no more
  Cb rows = -1, act = -1, weights = -1;
  Cb sliceRoom = -1, sliceMade = -1; ///< tokens: the own slice's place among the others may be, is filled
  Cb partials = -1, partialRoom = -1, partialMade = -1; ///< sums of the second line; tokens of its cores
  using Counter = ProgramBuilder::Counter;
  Counter partialValid;
  struct MadePiece : ProgramBuilder::Made {
    BufferDesc desc;
  };
  std::vector<MadePiece> made; ///< pieces of the input, by programs that this one goes on in
  /// Where others' shards of one are read, or others write this core's, all cores have to have made theirs.
  bool meetsFor(const ProgramBuilder::Made &m) const { return (!takesOwn() || m.cb < 0) && !m.met; }
  const MadePiece *meetsFor() const {
    auto found = std::find_if(made.begin(), made.end(), [&](auto &m) { return meetsFor(m); });
    return found == made.end() ? nullptr : &*found;
  }
  BufferRef weightBuffer{};
  int tilizeWindowId = -1;
  std::vector<int> windowIds; ///< of the op, or of lines of the padded image, on each piece
  bool bothGather = false; ///< each data-movement thread half of a group's lines
  Counter linesRoom, linesDone;
  Semaphore ready = -1;
  Counter valid, biasValid, roomReady;
  std::vector<Counter> sliceValid;
  Counter arrived, go; ///< cores that have made their shard of the input; all have
  /// Where cores wait for those at most so far away: by distance, that core has made its shard.
  int64_t reach = 0;
  std::vector<std::pair<int64_t, Counter>> madeBy;
  std::optional<Counter> written{}; ///< cores that have written their part of the result, where others wait for it
  int64_t groupSize = 1;           ///< cores that need the same weights
  struct Rectangle {
    Idx x0, y0, x1, y1;
  };

  /// Taps follow each other without gaps.
  bool dense() const { return stickBytes == stick * 2; }
  /// What the input is made of: a tensor, or parts of several.
  std::vector<BufferPart> inputs() const {
    if (!op.input.parts.empty())
      return op.input.parts;
    return {{op.input.id, op.input.desc, 0, op.input.desc.cols}};
  }
  static BufferRef whole(const BufferPart &part) { return {part.id, part.desc}; }
  bool equalParts() const;
  bool slicesInShards() const;
  Expected<void> checkPieces() const;
  Expected<void> plan();
  void chooseFeed();
  int64_t l1Bytes() const;
  bool slicesFit() const;
  void chooseSlices();
  void chooseChunk();
  bool chooseLines(int64_t limit);
  void chooseRowShares();
  int64_t groupLines() const;
  bool denseTaps() const;
  void cutK(int64_t most);
  void placeWeights();
  bool tooLarge() const { return l1Bytes() > target.l1Budget; }
  void declareWeights(); ///< the constant
  Counter counter(const std::string &what, int64_t increments);
  void declare();
  Expected<void> mayGoOn() const;
  int64_t neighbours() const;
  void declareMeeting();
  void meet();
  void meetNeighbours();
  void takeMade();
  void onOwn(isa::Opcode opcode);
  void endMoves(Partition::Position at);
  void readActivations(Partition::Position at, ResultWriter &out);
  void bringActivations(Partition::Position at);
  void gather(Partition::Position at, Idx row, Idx hCur);
  /// What a slice takes of a piece: its number, columns [col, col + cols) of its buffer, to columns from `to` of the
  /// slice on.
  struct Take {
    size_t piece = 0;
    Idx col;
    int64_t cols = 0, to = 0;
  };
  void overPieces(Partition::Position at, const std::function<void(const BufferPart &, const Take &)> &body);
  struct Span {
    Idx first, count;
  };
  Span linesOf(Partition::Position at, Idx ob, Idx height);
  Span keptLines(Partition::Position at, Idx ob, const Span &lines);
  void readLines(Partition::Position at, Idx first, Idx skip, Idx count);
  void gatherLines(Partition::Position at, Idx ob, Idx height);
  Idx isHelped(Partition::Position at);
  void helpGather(Partition::Position at, Idx g);
  Idx groupHeight(Idx g);
  void overBlocks(const std::function<void(Idx, Idx)> &group, const std::function<void(Idx)> &block,
                  const std::function<void(Idx)> &groupDone = {}, const std::function<void(Idx)> &make = {});
  Idx validRow(Idx row, int64_t granule);
  Idx paddedLine(Idx row);
  int64_t kRow(int64_t tap, int64_t ic) const;
  void exchange(Partition::Position at, Idx ob, Idx hCur);
  void streamWeights(Partition::Position at, ResultWriter &out);
  void takeWeights(Partition::Position at, ResultWriter &out);
  void bringWeights(Partition::Position at, int64_t first, int64_t end, bool withBias);
  void moveResult(Partition::Position at, ResultWriter &out, Idx ob, Idx cb);
  void moveResults(Partition::Position at, ResultWriter &out);
  void fetchWeights(Partition::Position at, Idx index, Idx ahead);
  void weightBlock(Partition::Position at, Idx index);
  void sendWeights(Partition::Position at, Idx index);
  void receiveWeights(Partition::Position at, Idx index);
  void broadcast(Partition::Position at, Cb cb, int64_t bytes, Semaphore came);
  /// Waits until `c` has `count` of this program.
  void await(const Counter &c, Idx count) { b.emit(isa::Opcode::SemWait, {c.semaphore, b.add(count, c.before)}); }
  void multiplyBlock(Idx index, Idx slice, Idx first, Idx kCur, Idx rowTile, Idx hCur, Idx wCur);
  void multiply(Idx cb, Idx rowTile, Idx hCur, Idx wCur);
  void computeBlocks(Partition::Position at, ResultWriter &out);
  void beginPartials(Partition::Position at);
  void movePartial(Partition::Position at, Idx ob, Idx cb);
  void endPartials(Partition::Position at);
  void makeActivations(Partition::Position at, Idx firstLine, Idx ob, Idx hCur);
  void takeActivations();
  void tilize(Idx row, Idx firstLine, Idx ob, Idx to, Idx hCur);
  void fetchSlice(Partition::Position at, Idx ob, Idx hCur);

  Idx heightOf(Idx ob) { return mt % h ? b.min(h, b.sub(mt, b.mul(ob, h))) : Idx(h); }
  Idx widthOf(Idx cb) { return nt % w ? b.min(w, b.sub(nt, b.mul(cb, w))) : Idx(w); }
  Rectangle group(Partition::Position at); ///< the cores of this core's group
  Rectangle line(Partition::Position at);
  /// Every core is in a line.
  bool linesCoverGrid() const {
    int64_t lines = part.sharding == program::Sharding::Width ? part.kLines
                    : part.rowParts * std::max(part.fold, part.kLines);
    return part.lineCores() * lines == int64_t(part.gridX) * part.gridY;
  }
  int64_t weightBlockSize() const { return kBlock * w * tileBytes(op.weightFormat); }
  int64_t weightPages() const { return weightBlocks * kBlock * w; }
  /// Of the input, a core takes nothing but its own shard.
  bool takesOwn() const { return feed == Feed::AliasTiles || feed == Feed::AliasSticks; }
  bool prefetched() const { return op.prefetched.has_value(); }
  /// There is room for all blocks of weights.
  bool allAhead() const { return weightSlots == weightBlocks; }
  /// Runs `body` on the cores that gather: all, or those that have a slice.
  void ifSender(Partition::Position at, const ProgramBuilder::Body &body) {
    Idx sends = 1;
    if (shares() && turns() < part.lineCores())
      sends = b.cmp(isa::Predicate::Lt, at.place, turns());
    b.ifThen(sends, body);
  }
  bool shares() const { return slices > 1; }
  bool splits() const { return part.kLines > 1; }
  /// Results, or sums, do not stay on their core.
  bool leaves() const { return splits() || !part.local; }
  /// They are moved by the thread that brings activations, which are all there before the first result: so the
  /// other one may go on to the weights of the next product of a launch. Residuals come before, into two blocks.
  bool gathererMoves() const {
    return leaves() && op.output.desc.memory == program::Memory::L1 && rowBlocks == 1 && (!epilogue->readsResidual() || colBlocks <= 2);
  }
  /// Runs `owner` on the cores that make results, `helper` on those that add to them.
  void byLine(Partition::Position at, const ProgramBuilder::Body &owner,
              const ProgramBuilder::Body &helper = {}) {
    b.ifThen(splits() ? b.cmp(isa::Predicate::Eq, at.line, 0) : Idx(1), owner, helper);
  }
  /// Number of this core's slice in its line. The lines of a split K begin at opposite ends: senders of
  /// one column would share its links.
  Idx sliceOf(Partition::Position at) { return b.div(turnOf(at), rowShares); }
  /// And in all of K.
  Idx wholeSlice(Partition::Position at) { return splits() ? b.add(b.mul(at.line, slices), sliceOf(at)) : sliceOf(at); }
  /// Shares of slices, sent one after the other, and when this core's is: slice by slice.
  int64_t turns() const { return slices * rowShares; }
  Idx turnOf(Partition::Position at) {
    return splits() ? b.select(at.line, b.sub(turns() - 1, at.place), at.place) : at.place;
  }
  /// Tile rows of a share, and the first one of this core's in an output block.
  int64_t shareRows() const { return h / rowShares; }
  Idx firstShareRow(Partition::Position at) { return b.mul(b.rem(turnOf(at), rowShares), shareRows()); }
  program::Format partialFormat() const {
    return target.fp32Dest ? program::Format::Fp32 : program::Format::Bf16;
  }
  int64_t partialPages() const { return rowBlocks * colBlocks * h * w; }
  /// All of K is multiplied from where it lies.
  bool inPlace() const { return feed == Feed::AliasTiles && !shares(); }
  /// Tiles are sent as they are: the compute thread has nothing to make.
  bool sendsInput() const { return shares() && op.input.desc.tiled(); }
  /// Tiles are made by the compute thread, of blocks that come later too: of slices all blocks, if sticks of all are
  /// there.
  bool makesAhead() const {
    if (feed == Feed::Gather) // who gathers reads a block's residual before the next block's sticks
      return !shares() && !epilogue->readsResidual();
    return feed == Feed::AliasSticks || (feed == Feed::Lines && (groups == 1 || !shares()));
  }
  /// Cores say when they have room for the slices of a block.
  bool signalsRoom() const { return shares() && rowBlocks > blocksAhead; }
  /// Chunks that are more than `rows` holds have to be made into tiles meanwhile: there is room for these first.
  bool gathersWithRoom() const { return feed == Feed::Gather && shares() && chunks > rowsPages; }
  /// A group takes over the lines of the one before that it needs too.
  bool keepsLines() const { return feed == Feed::Lines && groups > 1 && rowsPages > 1; }
  /// What comes from DRAM goes over NoC 0, where it arrives along the rows: on NoC 1 the reads of all cores of a row share
  /// its links (HARDWARE.md 1.2: 190 against 80 GB/s). What goes there goes over NoC 1 for the same reason: on NoC 0
  /// the columns of the banks are shared. The other thread brings the weights and moves results: of these the larger
  /// count.
  bool gathersOnNoc0() const {
    auto inDram = [](const BufferDesc &d) { return d.memory == program::Memory::Dram; };
    const BufferDesc &out = op.output.desc;
    int64_t results = out.rows * out.cols * tileBytes(out.format), read = taps * op.inChannels * op.outChannels * tileBytes(op.weightFormat);
    return inDram(op.input.desc) || (inDram(out) && results > read);
  }
  bool gathers() const { return feed == Feed::Gather || feed == Feed::Lines; }
};

} // namespace ttc::programs

#endif
