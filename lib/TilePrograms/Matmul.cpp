//===- Matmul.cpp - convolution and matmul with constant weights ------------===//
//
// A core makes its part of the result in output blocks of up to one Dst half.
// One data-movement thread gathers the sticks that output blocks need - its own and
// its neighbours' (the halo) - each once, as lines of the padded image, from which
// every kernel row is tilized; where taps are not next to each other, tap by tap, one
// kernel-row chunk at a time. Compute: tilizes, then for each block of columns
// multiplies all of K in Dst, adds bias, activation and residual there, and packs
// once. On the other thread one core of each group that shares columns reads weights
// from DRAM and multicasts them, and results that do not stay on their core leave.
//
// Cores that make other columns of the same rows need the same activations. Where
// they would each gather sticks, they share the work: core s gathers and tilizes
// slice s of the channels and multicasts its tiles, one core after the other, while
// the slices that have come are multiplied.
//
//===----------------------------------------------------------------------===//
#include "Epilogue.h"
#include "WeightRounding.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {

/// Weight blocks are about this many bytes, so that one DRAM read and one multicast carry enough
/// to hide their latency (HARDWARE.md 1.3: multicast saturates above 8 KB).
constexpr int64_t weightBlockBytes = 64 * 1024;
/// Weights that are read ahead while the first activations are gathered.
constexpr int64_t weightAheadBytes = 384 * 1024;
/// Senders of slices take turns, which costs each the latency of a multicast.
constexpr int64_t maxSlices = 8;
/// Row-major staging of one chunk, of which there are two, or of a group's lines.
constexpr int64_t maxChunkBytes = 96 * 1024;
constexpr int64_t maxLineBytes = 192 * 1024;

/// How the input reaches the matmul.
enum class Feed {
  AliasTiles,  ///< own shard, already tiles
  ReadTiles,   ///< tiles from elsewhere
  AliasSticks, ///< own shard, row-major: tilized from where it lies
  Lines,       ///< lines of the padded image over the NoC, then tilized for each kernel row
  Gather,      ///< sticks of every tap over the NoC, then tilized
};

struct Matmul {
  ProgramBuilder &b;
  const Target &target;
  const MatmulProgram &op;
  Partition part{};
  std::optional<Epilogue> epilogue{};

  Feed feed = Feed::Gather;
  int64_t taps = 1, stick = 0; ///< stick: channels of one tap in K
  int64_t stickBytes = 0;        ///< of them, read from row-major data
  program::Format actFormat = program::Format::Bf16; ///< of the tiles that are multiplied
  int64_t slices = 1, slice = 0; ///< K in slices of channels; channels of one
  int64_t sliceTiles = 0, kTiles = 0; ///< K of a slice and in all, tiles
  int64_t mt = 0, nt = 0;      ///< the part, tiles
  int64_t h = 1, w = 1;        ///< output block, tiles
  int64_t kBlock = 1, kBlocks = 1, sliceBlocks = 1; ///< blocks of K, in all and of a slice
  int64_t rowBlocks = 1, colBlocks = 1;
  int64_t chunks = 1, chunkTaps = 1, chunkTiles = 1; ///< of a slice; tiles of K
  int64_t chunkPitch = 0;                            ///< bytes a row; of a stick in lines
  /// Blocks whose sticks are gathered at once, and the bytes that takes.
  int64_t groupBlocks = 1, groups = 1, rowsPages = 2, rowsBytes = 0;
  WindowView view{}; ///< the op's window
  bool resident = false; ///< all weights of the part stay in L1
  int64_t weightSlots = 2;

  Cb rows = -1, own = -1, act = -1, weights = -1;
  BufferRef weightBuffer{};
  int windowId = -1, lineWindowId = -1;
  Semaphore ready = -1, valid = -1, roomReady = -1, sliceValid = -1;
  int64_t groupSize = 1;

  /// Taps follow each other without gaps.
  bool dense() const { return stickBytes == stick * 2; }
  Expected<void> plan();
  int64_t l1Bytes() const;
  void chooseSlices();
  void chooseChunk();
  bool chooseLines(int64_t limit);
  int64_t groupLines() const;
  bool denseTaps() const;
  void cutK(int64_t most);
  void declare();
  void readActivations(Partition::Position at);
  void gather(Partition::Position at, Idx row, Idx hCur);
  void gatherLines(Partition::Position at, Idx row, Idx height);
  void overBlocks(const std::function<void(Idx, Idx)> &group, const std::function<void(Idx)> &block,
                  const ProgramBuilder::Body &groupDone = {});
  Idx validRow(Idx row, int64_t granule);
  Idx paddedLine(Idx row);
  int64_t kRow(int64_t tap, int64_t ic) const;
  void exchange(Partition::Position at, Idx ob, Idx hCur);
  void streamWeights(Partition::Position at, ResultWriter &out);
  void weightBlock(Partition::Position at, Idx index, Idx firstTile, Idx kCur, Idx cb);
  void broadcast(Partition::Position at, Cb cb, int64_t bytes, Idx count,
                 const ProgramBuilder::Body &read);
  void computeBlocks(Partition::Position at, ResultWriter &out);
  void makeActivations(Partition::Position at, Idx firstLine, Idx ob, Idx hCur);
  void tilize(Idx row, Idx firstLine, Cb to, Idx hCur);

  Idx heightOf(Idx ob) { return mt % h ? b.min(h, b.sub(mt, b.mul(ob, h))) : Idx(h); }
  Idx widthOf(Idx cb) { return nt % w ? b.min(w, b.sub(nt, b.mul(cb, w))) : Idx(w); }
  /// body(slice, block of the slice, its tiles of K) for all of K.
  void overK(const std::function<void(Idx, Idx, Idx)> &body) {
    b.loop(0, slices, 1, [&](Idx s) {
      b.loop(0, sliceBlocks, 1, [&](Idx j) {
        body(s, j,
             sliceTiles % kBlock ? b.min(kBlock, b.sub(sliceTiles, b.mul(j, kBlock))) : Idx(kBlock));
      });
    });
  }
  /// Runs `body` on the cores that gather: all, or those that have a slice.
  void ifSender(Partition::Position at, const ProgramBuilder::Body &body) {
    if (!shares() || slices >= part.colParts)
      body();
    else
      b.ifThen(b.cmp(Predicate::Lt, at.col, slices), body);
  }
  bool shares() const { return slices > 1; }
  bool gathers() const { return feed == Feed::Gather || feed == Feed::Lines; }
  bool tilizes() const { return gathers() || feed == Feed::AliasSticks; }
};

/// May kernel rows be read as one piece from lines of the padded image?
bool Matmul::denseTaps() const {
  const WindowDesc &w = op.window;
  return taps > 1 && w.dilationW == 1 && w.inDilationH == 1 && w.inDilationW == 1 &&
         w.inRepeatH == 1 && w.inRepeatW == 1;
}

void Matmul::chooseSlices() {
  slice = stick;
  if (gathers() && part.sharding != Sharding::Height && stick % tileDim == 0 && dense())
    for (slices = std::min(part.colParts, maxSlices); stick / tileDim % slices;)
      --slices;
  slice = stick / slices;
  sliceTiles = feed == Feed::Lines
                   ? op.window.kernelH * ceilDiv(op.window.kernelW * slice, tileDim)
                   : ceilDiv(taps * slice, tileDim);
  kTiles = slices * sliceTiles;
}

/// Row of the weights that meets input channel `ic` of `tap`: slice by slice, in a slice tap by tap,
/// in lines with each kernel row padded to whole tiles.
int64_t Matmul::kRow(int64_t tap, int64_t ic) const {
  int64_t first = ic / slice * sliceTiles * tileDim, kw = op.window.kernelW;
  int64_t at = feed == Feed::Lines ? tap / kw * chunkTiles * tileDim + tap % kw * slice : tap * slice;
  return first + at + ic % slice;
}

/// The most lines a group of blocks takes on any core.
int64_t Matmul::groupLines() const {
  int64_t total = view.positions(), most = 0;
  for (int64_t i = 0; i < part.rowParts; ++i)
    for (int64_t g = 0; g < groups; ++g) {
      int64_t first = (i * mt + g * groupBlocks * h) * tileDim;
      int64_t rows = std::min(groupBlocks * h, mt - g * groupBlocks * h) * tileDim;
      if (first < total)
        most = std::max(most, view.paddedLine(std::min(first + rows, total) - 1) - view.paddedLine(first));
    }
  return most + (view.kernelH - 1) * view.dilationH + 1;
}

/// Groups of blocks, as few as `limit` bytes of lines allow; false if a block's lines are too many.
bool Matmul::chooseLines(int64_t limit) {
  int64_t element = elementBytes(op.input.desc.format);
  chunks = op.window.kernelH;
  chunkTiles = ceilDiv(op.window.kernelW * slice, tileDim);
  chunkPitch = slice * element;
  for (int64_t n = 1;; ++n) {
    groupBlocks = ceilDiv(rowBlocks, n);
    groups = ceilDiv(rowBlocks, groupBlocks);
    rowsPages = groups > 1 ? 2 : 1;
    // The last stick's kernel row is read to the end of its tiles.
    rowsBytes = roundUp(groupLines() * view.lineSticks() * chunkPitch +
                            chunkTiles * tileDim * element - op.window.kernelW * chunkPitch, 64);
    if (rowsPages * rowsBytes <= limit)
      return true;
    if (groupBlocks == 1)
      return false;
  }
}

/// Blocks of at most `most` tiles of K, none of them across a slice.
void Matmul::cutK(int64_t most) {
  sliceBlocks = ceilDiv(sliceTiles, most);
  kBlock = ceilDiv(sliceTiles, sliceBlocks);
  sliceBlocks = ceilDiv(sliceTiles, kBlock);
  kBlocks = slices * sliceBlocks;
}

void Matmul::chooseChunk() {
  int64_t element = elementBytes(op.input.desc.format);
  auto fits = [&](int64_t n) { return h * tileDim * n * slice * element <= maxChunkBytes; };
  if (slice % tileDim != 0 || fits(taps))
    chunkTaps = taps; // K is padded once, at its end
  else
    chunkTaps = fits(op.window.kernelW) ? op.window.kernelW : 1;
  chunks = taps / chunkTaps;
  chunkTiles = ceilDiv(chunkTaps * slice, tileDim);
  chunkPitch = chunkTiles * tileDim * element;
  rowsPages = 2;
  rowsBytes = h * tileDim * chunkPitch;
}

int64_t Matmul::l1Bytes() const {
  int64_t actTile = tileBytes(actFormat), bytes = 0;
  if (feed != Feed::AliasTiles)
    bytes += h * (kTiles + (shares() ? sliceTiles : 0)) * actTile * (feed == Feed::ReadTiles ? 2 : 1);
  if (gathers())
    bytes += rowsPages * rowsBytes;
  bytes += weightSlots * kBlock * w * tileBytes(op.weightFormat);
  bytes += epilogue->l1Bytes(h * w);
  if (!part.local)
    bytes += 2 * h * w * tileBytes(op.output.desc.format == program::Format::Fp32
                                       ? program::Format::Fp32
                                       : program::Format::Bf16);
  return bytes;
}

Expected<void> Matmul::plan() {
  part = Partition::of(op.output.desc, target);
  mt = part.tileRows();
  nt = part.tileCols();
  taps = op.window.kernelH * op.window.kernelW;
  const BufferDesc &in = op.input.desc;
  if (in.tiled()) {
    if (!op.pointwise)
      return Error{fmt::format("a {}x{} window reads row-major sticks, but the input is in tile order",
                               op.window.kernelH, op.window.kernelW)};
    stick = roundUp(op.inChannels, tileDim);
    bool wholeRows = in.sharding == Sharding::Height;
    feed = part.sameShards(in) && wholeRows ? Feed::AliasTiles : Feed::ReadTiles;
  } else {
    stick = stickChannels(op.inChannels);
    stickBytes = stick * 2;
    // Every tap of a row must land where a read from DRAM may.
    if (in.memory == program::Memory::Dram && taps > 1)
      stick = roundUp(stickBytes, target.dramAlignment) / 2;
    bool wholeRows = in.sharding == Sharding::Height;
    feed = op.pointwise && part.sameShards(in) && wholeRows && in.shardCols % tileDim == 0
               ? Feed::AliasSticks
           : denseTaps() && dense() ? Feed::Lines
                                    : Feed::Gather;
    if (feed == Feed::AliasSticks)
      stick = in.shardCols; // pad channels meet zero weights
  }
  if (feed == Feed::Lines) {
    view = viewOf(op.window);
    h = 1; // the lines of one tile row have to fit
    rowBlocks = mt;
    chooseSlices();
    if (!chooseLines(maxLineBytes))
      feed = Feed::Gather;
  }
  chooseSlices();
  // The matrix engine reads 7 bits of an activation in its first two phases (NUMERICS.md): tiles that
  // are made here hold no more, in half of the bytes.
  actFormat = in.tiled() ? in.format
              : target.fidelity <= program::Fidelity::HiFi2 ? program::Format::Bfp8B
                                                            : program::Format::Bf16;
  epilogue.emplace(b, part, op.residual, op.bias, op.outChannels, op.activation, op.postActivation,
                   target.fp32Dest);

  // The widest block of columns that divides the part, then as many rows as Dst and L1 allow.
  int64_t dst = target.dstTiles();
  w = std::min(nt, dst);
  while (nt % w && w > dst / 2)
    --w;
  if (nt % w)
    w = std::min(nt, dst);
  int64_t maxH = std::max<int64_t>(1, dst / w);
  if (op.blockRows)
    maxH = std::min(maxH, op.blockRows);
  colBlocks = ceilDiv(nt, w);
  cutK(std::clamp<int64_t>(weightBlockBytes / (w * tileBytes(op.weightFormat)), 1, sliceTiles));

  for (h = std::min(maxH, mt);; --h) {
    groups = rowBlocks = ceilDiv(mt, h);
    if (feed == Feed::Lines && !chooseLines(maxLineBytes))
      continue;
    if (feed == Feed::Gather || feed == Feed::AliasSticks)
      chooseChunk();
    // Weights that are used again are kept when they fit beside everything else.
    resident = rowBlocks > 1;
    weightSlots = kBlocks * colBlocks;
    if (resident && l1Bytes() > target.l1Budget)
      resident = false;
    if (!resident) {
      int64_t all = rowBlocks * colBlocks * kBlocks;
      int64_t ahead = weightAheadBytes / (kBlock * w * tileBytes(op.weightFormat));
      for (weightSlots = std::clamp<int64_t>(ahead, 2, std::max<int64_t>(all, 2));
           weightSlots > 2 && l1Bytes() > target.l1Budget;)
        --weightSlots;
      while (kBlock > 1 && l1Bytes() > target.l1Budget)
        cutK(ceilDiv(kBlock, 2));
    }
    while (feed == Feed::Lines && groupBlocks > 1 && l1Bytes() > target.l1Budget)
      chooseLines(rowsPages * rowsBytes - 1);
    if (l1Bytes() <= target.l1Budget)
      break;
    if (h == 1)
      return Error{fmt::format("needs {} bytes of L1 per core for circular buffers, limit is {} "
                               "(K = {} tiles, {} columns of tiles a core)",
                               l1Bytes(), target.l1Budget, kTiles, nt)};
  }
  groupSize = part.sharding == Sharding::Width ? 1 : part.rowParts;
  return {};
}

void Matmul::declare() {
  ConstantSpec spec;
  spec.name = "weights";
  spec.format = op.weightFormat;
  spec.rows = kTiles * tileDim;
  spec.cols = op.outChannels;
  spec.fill = [this] {
    std::vector<float> data(size_t(kTiles * tileDim * op.outChannels), 0.0f);
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t ic = 0; ic < op.inChannels; ++ic) {
        float *row = data.data() + kRow(tap, ic) * op.outChannels;
        for (int64_t oc = 0; oc < op.outChannels; ++oc)
          row[oc] = op.weight(tap, ic, oc);
      }
    roundWithFeedback(data, kTiles * tileDim, op.outChannels, op.weightFormat);
    return data;
  };
  weightBuffer = b.constant(spec);
  epilogue->declareConstants();
  if (gathers())
    windowId = b.window(op.window);
  if (feed == Feed::Lines) {
    WindowDesc padded;
    padded.n = op.window.n;
    padded.outH = view.lines();
    padded.outW = view.lineSticks();
    padded.inH = op.window.inH;
    padded.inW = op.window.inW;
    padded.padTop = op.window.padTop;
    padded.padLeft = op.window.padLeft;
    lineWindowId = b.window(padded);
  }

  ProgramSpec spec2 = programSpec(op.kind, part, target);
  spec2.macs = uint64_t(op.output.desc.rows) * uint64_t(op.outChannels) *
               uint64_t(taps * op.inChannels);
  b.beginProgram(spec2);

  switch (feed) {
  case Feed::AliasTiles: act = aliasCb(b, op.input, "act"); break;
  case Feed::ReadTiles: act = tileCb(b, "act", op.input.desc.format, 2 * h * kTiles); break;
  case Feed::AliasSticks:
    rows = aliasCb(b, op.input, "rows");
    act = tileCb(b, "act", actFormat, h * kTiles);
    break;
  case Feed::Lines:
  case Feed::Gather:
    rows = stickCb(b, feed == Feed::Lines ? "lines" : "rows", rowsBytes, rowsPages);
    act = tileCb(b, "act", actFormat, h * kTiles);
    own = shares() ? tileCb(b, "act_slice", actFormat, h * sliceTiles) : act;
    break;
  }
  weights = tileCb(b, "weights", op.weightFormat, weightSlots * kBlock * w);
  epilogue->declareBuffers(h, w);
  if (groupSize > 1) {
    ready = b.semaphore();
    valid = b.semaphore();
  }
  if (shares()) {
    roomReady = b.semaphore();
    sliceValid = b.semaphore();
  }
}

void Matmul::readActivations(Partition::Position at) {
  epilogue->openResidual();
  if (feed == Feed::AliasTiles || feed == Feed::AliasSticks) {
    Cb cb = feed == Feed::AliasTiles ? act : rows;
    reserve(b, cb, aliasPages(op.input.desc));
    push(b, cb, aliasPages(op.input.desc));
  }
  int64_t read = feed == Feed::Lines ? op.window.kernelW * slice : chunkTaps * slice;
  if (gathers() && (chunkTiles * tileDim != read || !dense())) {
    // What no tap writes of K must hold zeros, not what the last program left.
    reserve(b, rows, rowsPages);
    b.emit(Opcode::Fill, {rows, 0, rowsPages * rowsBytes, 0});
    readBarrier(b); // the sticks go to the same bytes
  }
  bool perBlock = feed == Feed::ReadTiles || gathers() || epilogue->readsResidual();
  if (!perBlock)
    return;
  auto rowOf = [&](Idx ob) { return b.add(b.mul(at.row, mt), b.mul(ob, h)); };
  overBlocks(
      [&](Idx ob, Idx height) {
        if (feed == Feed::Lines)
          ifSender(at, [&] { gatherLines(at, b.mul(rowOf(ob), tileDim), height); });
      },
      [&](Idx ob) {
        Idx hCur = heightOf(ob), rowTile = b.mul(ob, h), row = rowOf(ob);
        if (feed == Feed::ReadTiles) {
          reserve(b, act, h * kTiles);
          b.emit(Opcode::ReadPages, {act, 0, op.input.id, row, 0, hCur, kTiles});
          readBarrier(b);
          push(b, act, h * kTiles);
        } else if (feed == Feed::Gather) {
          ifSender(at, [&] { gather(at, row, hCur); });
        }
        if (shares())
          exchange(at, ob, hCur);
        if (epilogue->readsResidual())
          b.loop(0, colBlocks, 1, [&](Idx cb) {
            epilogue->readResidual(at, rowTile, b.mul(cb, w), hCur, widthOf(cb));
          });
      });
  if (shares())
    writeBarrier(b); // the last multicast
}

/// group(first block, height in tiles), then block(block) for each of its blocks.
void Matmul::overBlocks(const std::function<void(Idx, Idx)> &group,
                        const std::function<void(Idx)> &block,
                        const ProgramBuilder::Body &groupDone) {
  b.loop(0, groups, 1, [&](Idx g) {
    Idx first = b.mul(g, groupBlocks);
    Idx count = rowBlocks % groupBlocks ? b.min(groupBlocks, b.sub(rowBlocks, first)) : Idx(groupBlocks);
    Idx height = mt % (groupBlocks * h)
                     ? b.min(groupBlocks * h, b.sub(mt, b.mul(g, groupBlocks * h)))
                     : Idx(groupBlocks * h);
    group(first, height);
    b.loop(0, count, 1, [&](Idx i) { block(b.add(first, i)); });
    if (groupDone)
      groupDone();
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

/// The lines that output rows row .. row + 32*height see, this core's slice of their channels.
void Matmul::gatherLines(Partition::Position at, Idx row, Idx height) {
  Idx firstByte = shares() ? b.mul(at.col, chunkPitch) : Idx(0);
  Idx first = paddedLine(validRow(row, groupBlocks * h * tileDim));
  Idx last = paddedLine(b.sub(b.min(b.add(row, b.mul(height, tileDim)), view.positions()), 1));
  Idx count = b.add(b.sub(last, first), (view.kernelH - 1) * view.dilationH + 1);
  reserve(b, rows, 1);
  b.emit(Opcode::ReadWindow,
         {rows, 0, chunkPitch, op.input.id, lineWindowId, b.mul(first, view.lineSticks()),
          b.mul(count, view.lineSticks()), 0, 1, firstByte, chunkPitch, 0});
  readBarrier(b);
  push(b, rows, 1);
}

/// Sticks of an output block, this core's slice of their channels.
void Matmul::gather(Partition::Position at, Idx row, Idx hCur) {
  Idx firstByte = shares() ? b.mul(at.col, slice * 2) : Idx(0);
  b.loop(0, chunks, 1, [&](Idx chunk) {
    reserve(b, rows, 1);
    auto read = [&](Idx offset, Idx tap, int64_t n) {
      b.emit(Opcode::ReadWindow,
             {rows, offset, chunkPitch, op.input.id, windowId, b.mul(row, tileDim),
              b.mul(hCur, tileDim), tap, n, firstByte, dense() ? slice * 2 : stickBytes, 0});
    };
    Idx tap = b.mul(chunk, chunkTaps);
    if (dense())
      read(0, tap, chunkTaps);
    else
      b.loop(0, chunkTaps, 1, [&](Idx t) { read(b.mul(t, stick * 2), b.add(tap, t), 1); });
    readBarrier(b);
    push(b, rows, 1);
  });
}

/// Brings the slices of an output block together on all cores of its rows, one sender after the
/// other, so that the first ones are there early. A count of the slices that came tells whose turn
/// it is.
void Matmul::exchange(Partition::Position at, Idx ob, Idx hCur) {
  Idx x0 = 0, y0 = 0, x1 = part.gridX - 1, y1 = part.gridY - 1;
  if (part.sharding == Sharding::Block && !part.colMajor) {
    y0 = y1 = b.coreY();
    x1 = part.colParts - 1;
  } else if (part.sharding == Sharding::Block) {
    x0 = x1 = b.coreX();
    y1 = part.colParts - 1;
  }
  int64_t tile = tileBytes(actFormat);
  Idx bytes = b.mul(hCur, sliceTiles * tile);
  reserve(b, act, h * kTiles);
  b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, roomReady, 1});
  ifSender(at, [&] {
    wait(b, own, h * sliceTiles);
    writeBarrier(b); // the last multicast has left the place that is written now
    b.emit(Opcode::CopyRows, {own, 0, 0, act, b.mul(at.col, h * sliceTiles * tile), 0, 1, bytes});
    readBarrier(b);
    pop(b, own, h * sliceTiles);
    b.emit(Opcode::SemWait, {roomReady, b.mul(b.add(ob, 1), part.colParts - 1)});
  });
  Idx before = b.mul(ob, slices);
  b.loop(0, slices, 1, [&](Idx s) {
    Idx count = b.add(b.add(before, s), 1);
    b.ifThen(
        b.cmp(Predicate::Eq, at.col, s),
        [&] {
          b.emit(Opcode::Mcast,
                 {act, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
          b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, sliceValid, 1});
          b.emit(Opcode::SemInc, {b.coreX(), b.coreY(), sliceValid, 1});
        },
        [&] { b.emit(Opcode::SemWait, {sliceValid, count}); });
    push(b, act, h * sliceTiles);
  });
}

void Matmul::weightBlock(Partition::Position at, Idx index, Idx firstTile, Idx kCur, Idx cb) {
  Idx wCur = widthOf(cb);
  int64_t pages = kBlock * w, bytes = pages * tileBytes(op.weightFormat);
  reserve(b, weights, pages);
  broadcast(at, weights, bytes, b.add(index, epilogue->hasBias() ? 2 : 1), [&] {
    b.emit(Opcode::ReadPages, {weights, 0, weightBuffer.id, firstTile,
                               b.add(b.mul(at.col, nt), b.mul(cb, w)), kCur, wCur});
    readBarrier(b);
  });
  push(b, weights, pages);
}

/// Broadcast number `count` to the cores of this column of parts: one of them reads, the others get
/// it by multicast at the same place of their circular buffer.
void Matmul::broadcast(Partition::Position at, Cb cb, int64_t bytes, Idx count,
                       const ProgramBuilder::Body &read) {
  if (groupSize == 1)
    return read();
  // The group is the whole grid (height) or one line of it (block).
  Idx x0 = 0, y0 = 0, x1 = part.gridX - 1, y1 = part.gridY - 1, senderX = 0, senderY = 0;
  if (part.sharding == Sharding::Block && !part.colMajor) {
    x0 = x1 = senderX = b.coreX();
    y1 = part.rowParts - 1;
  } else if (part.sharding == Sharding::Block) {
    y0 = y1 = senderY = b.coreY();
    x1 = part.rowParts - 1;
  }
  b.ifThen(
      b.cmp(Predicate::Eq, at.row, 0),
      [&] {
        read();
        // The previous multicast went on while this one was read; its slot is only written
        // again by the block after this one.
        writeBarrier(b);
        b.emit(Opcode::SemWait, {ready, b.mul(count, groupSize - 1)});
        // The path stays reserved until the semaphore, which takes it to the same cores.
        b.emit(Opcode::Mcast, {cb, 0, bytes, x0, y0, x1, y1, /*linked=*/1});
        b.emit(Opcode::SemMcastInc, {x0, y0, x1, y1, valid, 1});
      },
      [&] {
        b.emit(Opcode::SemInc, {senderX, senderY, ready, 1});
        b.emit(Opcode::SemWait, {valid, count});
      });
}

void Matmul::streamWeights(Partition::Position at, ResultWriter &out) {
  epilogue->readBias(at, [&](Cb cb, int64_t bytes, const ProgramBuilder::Body &read) {
    broadcast(at, cb, bytes, 1, read);
  });
  auto blocks = [&](Idx firstIndex, Idx cb) {
    overK([&](Idx s, Idx j, Idx kCur) {
      weightBlock(at, b.add(firstIndex, b.add(b.mul(s, sliceBlocks), j)),
                  b.add(b.mul(s, sliceTiles), b.mul(j, kBlock)), kCur, cb);
    });
  };
  if (resident)
    b.loop(0, colBlocks, 1, [&](Idx cb) { blocks(b.mul(cb, kBlocks), cb); });
  if (!resident || !out.inPlace())
    b.loop(0, rowBlocks, 1, [&](Idx ob) {
      b.loop(0, colBlocks, 1, [&](Idx cb) {
        if (!resident)
          blocks(b.mul(b.add(b.mul(ob, colBlocks), cb), kBlocks), cb);
        out.write(at, b.mul(ob, h), b.mul(cb, w), heightOf(ob), widthOf(cb));
      });
    });
  if (groupSize > 1)
    writeBarrier(b); // the last multicast
}

/// An output block's activations as tiles of `to`; firstLine: of the group.
void Matmul::tilize(Idx row, Idx firstLine, Cb to, Idx hCur) {
  b.loop(0, chunks, 1, [&](Idx chunk) {
    Idx tile = b.mul(chunk, chunkTiles);
    if (feed == Feed::Lines) {
      b.emit(Opcode::TilizeWindow, {rows, 0, chunkPitch, windowId, firstLine, row, chunk, to, tile,
                                    sliceTiles, hCur, chunkTiles});
      return;
    }
    wait(b, rows, 1);
    b.emit(Opcode::Tilize, {rows, 0, chunkPitch, to, tile, sliceTiles, hCur, chunkTiles});
    pop(b, rows, 1);
  });
}

void Matmul::makeActivations(Partition::Position at, Idx firstLine, Idx ob, Idx hCur) {
  if (feed == Feed::ReadTiles)
    wait(b, act, h * kTiles);
  if (!tilizes())
    return;
  Idx row = b.mul(b.add(b.mul(at.row, mt), b.mul(ob, h)), tileDim);
  if (feed == Feed::Lines)
    row = validRow(row, h * tileDim);
  if (shares()) {
    ifSender(at, [&] {
      reserve(b, own, h * sliceTiles);
      tilize(row, firstLine, own, hCur);
      push(b, own, h * sliceTiles);
    });
    return;
  }
  reserve(b, act, h * kTiles);
  if (feed == Feed::AliasSticks) {
    int64_t pitch = stickPitch(op.input.desc);
    b.emit(Opcode::Tilize, {rows, b.mul(ob, h * tileDim * pitch), pitch, act, 0, kTiles, hCur, kTiles});
  } else {
    tilize(row, firstLine, act, hCur);
  }
  push(b, act, h * kTiles);
  wait(b, act, h * kTiles);
}

void Matmul::computeBlocks(Partition::Position at, ResultWriter &out) {
  out.open();
  epilogue->begin();
  if (feed == Feed::AliasTiles)
    wait(b, act, aliasPages(op.input.desc));
  if (feed == Feed::AliasSticks)
    wait(b, rows, aliasPages(op.input.desc));
  Idx firstLine = 0;
  auto group = [&](Idx ob, Idx) {
    if (feed != Feed::Lines)
      return;
    Idx row = b.mul(b.add(b.mul(at.row, mt), b.mul(ob, h)), tileDim);
    firstLine = paddedLine(validRow(row, groupBlocks * h * tileDim));
    ifSender(at, [&] { wait(b, rows, 1); });
  };
  auto block = [&](Idx ob) {
    Idx hCur = heightOf(ob), rowTile = b.mul(ob, h);
    makeActivations(at, firstLine, ob, hCur);
    b.loop(0, colBlocks, 1, [&](Idx cb) {
      Idx wCur = widthOf(cb), colTile = b.mul(cb, w);
      epilogue->prepare(rowTile, colTile, hCur, wCur); // tilizing uses Dst, so it comes first
      out.reserveBlock();
      inDst(
          b,
          [&] {
            epilogue->start(colTile, hCur, wCur);
            overK([&](Idx s, Idx j, Idx kCur) {
              Idx index = b.add(b.mul(cb, kBlocks), b.add(b.mul(s, sliceBlocks), j));
              Idx offset = resident ? b.mul(index, kBlock * w) : Idx(0);
              wait(b, weights, resident ? b.mul(b.add(index, 1), kBlock * w) : Idx(kBlock * w));
              if (shares())
                wait(b, act, b.mul(b.add(s, 1), h * sliceTiles));
              Idx in0 = b.add(b.mul(s, h * sliceTiles), b.mul(j, kBlock));
              if (feed == Feed::AliasTiles)
                in0 = b.add(in0, b.mul(rowTile, kTiles));
              b.emit(Opcode::MatmulBlock, {act, in0, sliceTiles, weights, offset, wCur, 0, hCur, wCur,
                                           kCur});
              if (!resident)
                pop(b, weights, kBlock * w);
            });
            epilogue->apply(rowTile, colTile, hCur, wCur);
          },
          [&] { out.pack(rowTile, colTile, hCur, wCur); });
      out.pushBlock();
      epilogue->finish();
    });
    if (feed != Feed::AliasTiles)
      pop(b, act, h * kTiles);
  };
  overBlocks(group, block, [&] {
    if (feed == Feed::Lines)
      ifSender(at, [&] { pop(b, rows, 1); });
  });
  if (resident)
    pop(b, weights, kBlocks * colBlocks * kBlock * w);
  epilogue->end();
  if (feed == Feed::AliasTiles)
    pop(b, act, aliasPages(op.input.desc));
  if (feed == Feed::AliasSticks)
    pop(b, rows, aliasPages(op.input.desc));
  out.close();
}

} // namespace

Expected<void> buildMatmul(ProgramBuilder &b, const Target &target, const MatmulProgram &op) {
  Matmul m{b, target, op};
  if (Expected<void> planned = m.plan(); !planned)
    return planned.error();
  m.declare();
  ResultWriter out(b, m.part, op.output, m.h, m.w);
  auto onActive = [&](auto body) {
    return [&m, &b, body] { m.part.onActive(b, body); };
  };
  auto activations = onActive([&](Partition::Position at) { m.readActivations(at); });
  auto weights = onActive([&](Partition::Position at) { m.streamWeights(at, out); });
  // What comes from DRAM goes over NoC 0, where it arrives along the rows: on NoC 1 the reads of all
  // cores of a row share its links (HARDWARE.md 1.2: 190 against 80 GB/s).
  bool dramActivations = op.input.desc.memory == program::Memory::Dram;
  b.reader(dramActivations ? ProgramBuilder::Body(activations) : weights);
  b.compute(onActive([&](Partition::Position at) { m.computeBlocks(at, out); }));
  b.writer(dramActivations ? ProgramBuilder::Body(weights) : activations);
  b.endProgram();
  return {};
}

} // namespace ttc::programs
