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
// they would each gather sticks or read tiles, they share the work: core s brings
// slice s of the channels and multicasts its tiles, one core after the other, while
// the slices that have come are multiplied. Where a line has more cores than slices,
// several bring a slice, some of its rows each.
//
//===----------------------------------------------------------------------===//
#include "Matmul.h"
#include "WeightRounding.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <tuple>

namespace ttc::programs {
using isa::Opcode;
using isa::Predicate;
using program::Sharding;

namespace {

/// Weight blocks are an eighth of what is streamed, within these bytes: one DRAM read and one multicast
/// carry enough to hide their latency, and the first is there early.
constexpr int64_t minWeightBlock = 24 * 1024, maxWeightBlock = 40 * 1024;
/// Cores that send weights when all of the grid need the same: a read of a tile takes as long to issue
/// as to multicast. Cores of a column share its links: there one sends, without going round the ring.
constexpr int64_t maxSenders = 8;
/// Weights that are read ahead while the first activations are gathered.
constexpr int64_t weightAheadBytes = 384 * 1024;
/// Senders of slices take turns, which costs each the latency of a multicast.
constexpr int64_t maxSlices = 8;
/// Products of tiles that a second line of cores takes over: as long as a multicast's latency and more.
constexpr int64_t minSplitProducts = 64;
/// Sticks of a slice that both data-movement threads gather.
constexpr int64_t minSharedSticks = 256;
/// A page that says something by being there.
constexpr int64_t tokenBytes = 16;
/// Row-major staging of one chunk, of which there are two.
constexpr int64_t maxChunkBytes = 96 * 1024;
/// Of a group's lines; where those of one row of tiles are more, they may take most of what there is.
constexpr int64_t maxLineBytes = 192 * 1024;
int64_t lineLimit(const Target &target) { return target.l1Budget * 7 / 8; }

} // namespace

/// May kernel rows be read as one piece from lines of the padded image?
bool Matmul::denseTaps() const {
  const WindowDesc &w = op.window;
  return taps > 1 && w.dilationW == 1 && w.inDilationH == 1 && w.inDilationW == 1 &&
         w.inRepeatH == 1 && w.inRepeatW == 1;
}

/// Do the cores of a row hold the rows' activations between them, a slice of the channels each?
bool Matmul::slicesInShards() const {
  const BufferDesc &in = op.input.desc;
  int64_t n = in.sharded() ? in.cols / in.shardCols : 1;
  return op.pointwise && part.sameShardRows(in) && in.shardRows % tileDim == 0 &&
         in.shardCols % tileDim == 0 && in.cols == n * in.shardCols && n > 1 &&
         n <= std::min(part.lineCores(), maxSlices);
}

/// Is each slice as long as the others, whole tiles, and of one piece?
bool Matmul::slicesFit() const {
  int64_t n = slices * part.kLines, begin = 0;
  if (stick / tileDim % n)
    return false;
  for (const BufferPart &piece : inputs()) {
    if (begin % (stick / n))
      return false;
    begin += piece.cols;
  }
  return true;
}

void Matmul::chooseSlices() {
  slices = 1;
  if (ownSlices)
    slices = stick / op.input.desc.shardCols;
  else if ((feed == Feed::ReadTiles || (gathers() && stick % tileDim == 0 && dense())) &&
           part.sharding != Sharding::Height)
    for (slices = std::min(part.lineCores(), maxSlices); slices > 1 && !slicesFit();)
      --slices;
  slice = stick / (slices * part.kLines);
  slicePieces = takesOwn() || (feed == Feed::ReadTiles && !shares()) ? pieces : 1;
  units = slices * slicePieces;
  sliceTiles = feed == Feed::Lines
                   ? op.window.kernelH * ceilDiv(op.window.kernelW * slice, tileDim)
                   : ceilDiv(taps * slice, tileDim);
  unitTiles = sliceTiles / slicePieces;
  kTiles = slices * sliceTiles;
}

/// Row of the weights that meets input channel `ic` of `tap`: slice by slice, in a slice piece by piece of the
/// input or tap by tap, in lines with each kernel row padded to whole tiles.
int64_t Matmul::kRow(int64_t tap, int64_t ic) const {
  int64_t ofPiece = stick / slicePieces, ofUnit = slice / slicePieces, kw = op.window.kernelW;
  int64_t unit = ic % ofPiece / ofUnit * slicePieces + ic / ofPiece;
  int64_t at = feed == Feed::Lines ? tap / kw * chunkTiles * tileDim + tap % kw * slice : tap * slice;
  return unit * unitTiles * tileDim + at + ic % ofUnit;
}

/// The most lines a group of blocks, or a core's share of one, takes on any core.
int64_t Matmul::groupLines() const {
  int64_t total = view.positions(), most = 0;
  for (int64_t i = 0; i < part.rowParts; ++i)
    for (int64_t g = 0; g < groups * rowShares; ++g) {
      int64_t height = groupBlocks * h / rowShares;
      int64_t first = (i * mt + g * height) * tileDim;
      int64_t rows = std::min(height, mt - g * height) * tileDim;
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
  int64_t lineBlocks = ceilDiv(view.outW, h * tileDim);
  for (int64_t n = 1;; ++n) {
    groupBlocks = ceilDiv(rowBlocks, n);
    groups = ceilDiv(rowBlocks, groupBlocks);
    rowsPages = groups > 1 ? linePages : 1;
    // Lines that the next group has too are not read again, and while one is read, another one is multiplied: many
    // lines come in small groups.
    if (groups > 1 && groupBlocks > lineBlocks)
      continue;
    // The last stick's kernel row is read to the end of its tiles.
    rowsBytes = roundUp(groupLines() * view.lineSticks() * chunkPitch +
                            chunkTiles * tileDim * element - op.window.kernelW * chunkPitch, 64);
    if (rowsPages * rowsBytes <= limit && (groups > 1 || groupBlocks == 1 || rowsBytes <= maxLineBytes))
      return true;
    if (groupBlocks == 1)
      return false;
  }
}

/// Cores of a line that have no slice of their own to bring take rows of the others'.
void Matmul::chooseRowShares() {
  rowShares = 1;
  if (feed == Feed::Lines && shares() && rowBlocks == 1 && h == mt)
    for (rowShares = std::min(h, part.lineCores() / slices); h % rowShares;)
      --rowShares;
}

/// Blocks of at most `most` tiles of K: whole units, or parts of one.
void Matmul::cutK(int64_t most) {
  for (blockUnits = std::clamp<int64_t>(most / unitTiles, 1, units); units % blockUnits;)
    --blockUnits;
  if (inPlace() && blockUnits < units) // each has a circular buffer of its own
    blockUnits = 1;
  unitBlocks = ceilDiv(unitTiles, most);
  kBlock = ceilDiv(unitTiles, unitBlocks);
  unitBlocks = ceilDiv(unitTiles, kBlock);
  kBlock *= blockUnits;
  kBlocks = units / blockUnits * unitBlocks;
}

/// Weights that are used again are kept when they fit beside everything else; others are read ahead as
/// far as there is room, for a multiple of what the senders send in a round.
void Matmul::placeWeights() {
  weightBlocks = weightSlots = kBlocks * colBlocks;
  senders = part.sharding == Sharding::Height
                ? std::min({maxSenders, groupSize, weightBlocks, int64_t(part.colMajor ? part.gridY : part.gridX)})
                : 1;
  resident = rowBlocks > 1;
  if (prefetched() || (resident && !tooLarge()))
    return;
  resident = false;
  weightBlocks = kBlocks * colBlocks * rowBlocks;
  int64_t ahead = std::max(2 * senders, weightAheadBytes / weightBlockSize());
  for (weightSlots = std::min(weightBlocks, ahead); weightSlots > 2 && tooLarge();)
    --weightSlots;
  if (weightSlots < weightBlocks) {
    senders = std::min(senders, weightSlots / 2);
    weightSlots -= weightSlots % senders;
  }
  while (kBlock > 1 && tooLarge()) {
    cutK(ceilDiv(kBlock, 2));
    weightBlocks = kBlocks * colBlocks * rowBlocks;
  }
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
  if (!inPlace())
    bytes += blocksAhead * h * kTiles * actTile * (feed == Feed::ReadTiles && !shares() ? 2 : 1);
  if (gathers())
    bytes += rowsPages * rowsBytes;
  if (!prefetched())
    bytes += weightSlots * weightBlockSize();
  bytes += epilogue->l1Bytes(h * w);
  if (splits())
    bytes += partialPages() * tileBytes(partialFormat());
  if (!part.local)
    bytes += 2 * h * w * tileBytes(op.output.desc.format == program::Format::Fp32
                                       ? program::Format::Fp32
                                       : program::Format::Bf16);
  return bytes;
}

/// How the input comes, and K in slices.
void Matmul::chooseFeed() {
  const BufferDesc &in = op.input.desc;
  bool ownRows = part.sameShards(in) && in.sharding == Sharding::Height;
  ownSlices = !splits() && part.fold == 1 && slicesInShards();
  if (in.tiled()) {
    stick = roundUp(op.inChannels, tileDim);
    feed = ownSlices || ownRows ? Feed::AliasTiles : Feed::ReadTiles;
  } else {
    stick = stickChannels(op.inChannels);
    stickBytes = stick * 2;
    // Every tap of a row must land where a read from DRAM may.
    if (in.memory == program::Memory::Dram && taps > 1)
      stick = roundUp(stickBytes, target.dramAlignment) / 2;
    feed = ownSlices || (op.pointwise && ownRows && in.shardCols % tileDim == 0) ? Feed::AliasSticks
           : denseTaps() && dense()                                               ? Feed::Lines
                                                                                  : Feed::Gather;
    if (feed == Feed::AliasSticks && !ownSlices)
      stick = in.shardCols; // pad channels meet zero weights
  }
  if (feed == Feed::Lines) {
    view = viewOf(op.window);
    h = 1; // the lines of one tile row have to fit
    rowBlocks = mt;
    chooseSlices();
    const std::pair<int64_t, int64_t> ways[] = {{2, maxLineBytes}, {2, lineLimit(target)}, {1, lineLimit(target)}};
    for (;; ++wayOfLines) {
      if (wayOfLines == std::size(ways)) {
        feed = Feed::Gather;
        break;
      }
      std::tie(linePages, mostLines) = ways[wayOfLines];
      if (chooseLines(mostLines))
        break;
    }
  }
  chooseSlices();
}

bool Matmul::equalParts() const {
  return std::all_of(op.input.parts.begin(), op.input.parts.end(),
                     [&](const BufferPart &p) { return p.cols == op.input.parts.front().cols; });
}

/// Pieces are read as they lie; where the input's shards are said to be theirs, all are sharded alike.
Expected<void> Matmul::checkPieces() const {
  const BufferDesc &in = op.input.desc;
  int64_t cols = 0;
  for (const BufferPart &piece : op.input.parts) {
    const BufferDesc &d = piece.desc;
    cols += piece.cols;
    if (piece.cols % tileDim || piece.firstCol % tileDim || d.order != in.order || d.format != in.format)
      return Error{fmt::format("parts of a tensor that is a view have whole tiles of {} columns, and its order and format",
                               tileDim)};
    bool repeats = piece.repeatH != 1 || piece.repeatW != 1;
    if (d.rows * piece.repeatH * piece.repeatW != in.rows || (repeats && in.tiled()))
      return Error{fmt::format("a part of a tensor that is a view has {} rows of {}", d.rows, in.rows)};
    if (in.sharded() && (!piece.whole() || d.sharding != in.sharding || d.shardRows != in.shardRows ||
                         d.shardCols * pieces != in.shardCols || d.shardCols % tileDim || d.gridX != in.gridX ||
                         d.gridY != in.gridY || d.colMajor != in.colMajor))
      return Error{"the parts of a tensor that is a view lie otherwise than it is said to"};
  }
  if (!op.input.parts.empty() && (cols != in.cols || cols != op.inChannels))
    return Error{fmt::format("the parts of a tensor that is a view have {} columns, expected {}", cols, op.inChannels)};
  return {};
}

Expected<void> Matmul::plan() {
  const BufferDesc &in = op.input.desc;
  pieces = std::max<int64_t>(1, int64_t(op.input.parts.size()));
  if (Expected<void> possible = checkPieces(); !possible)
    return possible.error();
  auto inDram = [](const BufferDesc &d) { return d.memory == program::Memory::Dram; };
  std::vector<BufferPart> from = inputs();
  if (inDram(op.output.desc) && (!op.residual || inDram(op.residual.desc)) &&
      std::all_of(from.begin(), from.end(), [&](const BufferPart &p) { return inDram(p.desc); }))
    target.l1Budget = std::max(target.l1Budget, target.l1Alone);
  if (in.tiled() && !op.pointwise)
    return Error{fmt::format("a {}x{} window reads row-major sticks, but the input is in tile order",
                             op.window.kernelH, op.window.kernelW)};
  taps = op.window.kernelH * op.window.kernelW;
  Partition plain = Partition::of(op.output.desc, target);
  part = plain.folded(op.output.desc, target);
  if (part.fold == 1)
    part = plain.splitInner(target);
  mt = part.tileRows();
  nt = part.tileCols();
  chooseFeed();
  // Half of K has to take longer than the sums of the other half take to come.
  if (splits() && (!shares() || stick / tileDim % (slices * part.kLines) || kTiles * mt * nt < minSplitProducts)) {
    part = plain;
    chooseFeed();
  }
  if (slicePieces > 1 && !equalParts())
    return Error{"parts of a view that lie in one slice of channels are equally wide"};
  groupSize = part.sharding == Sharding::Width ? 1 : part.rowParts;
  // The matrix engine reads 7 bits of an activation in its first two phases (NUMERICS.md): tiles that
  // are made of several taps hold no more, in half of the bytes.
  actFormat = in.tiled()                                      ? in.format
              : taps > 1 && target.fidelity <= program::Fidelity::HiFi2 ? program::Format::Bfp8B
                                                            : program::Format::Bf16;
  epilogue.emplace(b, part, op.residual, op.bias, op.outChannels, op.activation, op.postActivation,
                   target);
  if (prefetched())
    epilogue->prefetchedTo(op.prefetched->bias);

  // The widest block of columns that divides the part, then as many rows as Dst and L1 allow.
  int64_t dst = target.dstTiles();
  w = std::min(nt, dst);
  while (nt % w && w > dst / 2)
    --w;
  if (nt % w)
    w = std::min(nt, dst);
  if (op.subblockCols)
    w = std::min(w, op.subblockCols);
  int64_t maxH = std::max<int64_t>(1, dst / w);
  for (int64_t limit : {op.blockRows, op.subblockRows})
    if (limit)
      maxH = std::min(maxH, limit);
  colBlocks = ceilDiv(nt, w);
  int64_t step = w * tileBytes(op.weightFormat);
  int64_t blockBytes = std::clamp(kTiles * colBlocks * step / 8, minWeightBlock, maxWeightBlock);
  cutK(std::clamp<int64_t>(blockBytes / step, 1, kTiles));

  for (h = std::min(maxH, mt);; --h) {
    rowBlocks = groupBlocks = ceilDiv(mt, h);
    groups = 1; // but for lines that do not fit
    chooseRowShares();
    if (feed == Feed::Lines && !chooseLines(mostLines))
      continue;
    if (feed == Feed::Gather || feed == Feed::AliasSticks)
      chooseChunk();
    placeWeights();
    while (feed == Feed::Lines && groupBlocks > 1 && tooLarge() && chooseLines(rowsPages * rowsBytes - 1)) {
    }
    if (!tooLarge()) {
      for (blocksAhead = makesAhead() ? std::clamp<int64_t>(op.blockRows / h, 1, rowBlocks) : 1;
           blocksAhead > 1 && (tooLarge() || (shares() && blocksAhead < rowBlocks));)
        --blocksAhead;
      break;
    }
    if (h == 1 && feed == Feed::Lines) {
      ++wayOfLines;
      return plan();
    }
    if (h == 1)
      return Error{fmt::format("needs {} bytes of L1 per core for circular buffers, limit is {} "
                               "(K = {} tiles, {} columns of tiles a core)",
                               l1Bytes(), target.l1Budget, kTiles, nt)};
  }
  // Lines of later groups are gathered when all weights have come and before results are moved, so not
  // where the results of a group need moving for the next one to begin. Short slices of sticks take long
  // to ask for, but weights have the other NoC first.
  bool worthwhile = shares() ? groupLines() * view.lineSticks() >= minSharedSticks : groupSize > 2;
  bothGather = feed == Feed::Lines && in.memory == program::Memory::L1 && worthwhile &&
               (groups == 1 || (resident && part.local && !splits()));
  return {};
}

void Matmul::declareWeights() {
  ConstantSpec spec;
  spec.name = "weights";
  spec.format = op.weightFormat;
  int64_t kRows = part.kLines * kTiles * tileDim;
  spec.rows = kRows;
  spec.cols = op.outChannels;
  spec.fill = [this, kRows] {
    std::vector<float> data(size_t(kRows * op.outChannels), 0.0f);
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t ic = 0; ic < op.inChannels; ++ic) {
        float *row = data.data() + kRow(tap, ic) * op.outChannels;
        for (int64_t oc = 0; oc < op.outChannels; ++oc)
          row[oc] = op.weight(tap, ic, oc);
      }
    roundWithFeedback(data, kRows, op.outChannels, op.weightFormat);
    return data;
  };
  weightBuffer = b.constant(spec);
}

void Matmul::declare() {
  if (!prefetched())
    declareWeights();
  epilogue->declareConstants();
  if (feed == Feed::Lines)
    tilizeWindowId = b.window(op.window);
  for (const BufferPart &piece : inputs()) {
    if (!gathers())
      break;
    WindowDesc seen = op.window;
    if (feed == Feed::Lines) {
      seen = WindowDesc();
      seen.n = op.window.n;
      seen.outH = view.lines();
      seen.outW = view.lineSticks();
      seen.inH = op.window.inH;
      seen.inW = op.window.inW;
      seen.padTop = op.window.padTop;
      seen.padLeft = op.window.padLeft;
    }
    seen.inH /= piece.repeatH;
    seen.inW /= piece.repeatW;
    seen.inRepeatH *= piece.repeatH;
    seen.inRepeatW *= piece.repeatW;
    windowIds.push_back(b.window(seen));
  }

  ProgramSpec spec2 = programSpec(op.kind, part, target);
  spec2.macs = uint64_t(op.output.desc.rows) * uint64_t(op.outChannels) *
               uint64_t(taps * op.inChannels);
  b.beginProgram(spec2);
  for (const BufferPart &piece : inputs())
    if (auto before = takesOwn() ? b.takeMade(whole(piece), false) : b.madeBefore(whole(piece)))
      made.push_back({*before, piece.desc});
  if (!part.local)
    written = b.willWrite(op.output, part.rowParts * part.colParts);

  if (takesOwn())
    for (const BufferPart &piece : inputs())
      own.push_back(aliasCb(b, whole(piece), inPlace() ? "act" : feed == Feed::AliasTiles ? "act_slice" : "rows"));
  switch (feed) {
  case Feed::AliasTiles:
    if (!inPlace())
      act = tileCb(b, "act", actFormat, h * kTiles);
    break;
  case Feed::ReadTiles:
    act = tileCb(b, "act", actFormat, (shares() ? 1 : 2) * h * kTiles);
    break;
  case Feed::AliasSticks:
    act = tileCb(b, "act", actFormat, blocksAhead * h * kTiles);
    break;
  case Feed::Lines:
  case Feed::Gather:
    rows = stickCb(b, feed == Feed::Lines ? "lines" : "rows", rowsBytes, rowsPages);
    act = tileCb(b, "act", actFormat, blocksAhead * h * kTiles);
    break;
  }
  if (shares() && !op.input.desc.tiled()) {
    sliceRoom = stickCb(b, "slice_room", tokenBytes, 1);
    sliceMade = stickCb(b, "slice_made", tokenBytes, 1);
  }
  if (splits()) {
    partials = tileCb(b, "partials", partialFormat(), partialPages());
    partialRoom = stickCb(b, "partial_room", tokenBytes, 1);
    partialMade = stickCb(b, "partial_made", tokenBytes, rowBlocks * colBlocks);
    partialValid = counter("partial", rowBlocks * colBlocks);
  }
  weights = prefetched() ? aliasCb(b, op.prefetched->weights, "weights")
                         : tileCb(b, "weights", op.weightFormat, weightSlots * kBlock * w);
  epilogue->declareBuffers(h, w, rowBlocks * colBlocks > 1);
  if (groupSize > 1 && !prefetched()) {
    if (!allAhead())
      ready = b.semaphore();
    valid = counter(fmt::format("weights of {} senders", senders), weightBlocks);
    if (epilogue->hasBias())
      biasValid = counter("bias", 1);
  }
  if (bothGather) {
    std::string who = fmt::format("{} helped, {} bias", shares() ? "all" : "some", epilogue->hasBias() ? "with" : "no");
    linesRoom = counter("room for lines, " + who, groups);
    linesDone = counter("lines done, " + who, groups);
  }
  declareMeeting();
  if (shares()) {
    if (signalsRoom())
      roomReady = counter("room", (rowBlocks - 1) * (part.lineCores() - 1));
    int64_t counters = std::min(turns(), maxSlices);
    for (int64_t i = 0; i < counters; ++i) {
      int64_t increments = rowBlocks * ((turns() - i + counters - 1) / counters);
      std::string what = fmt::format("slice {}", i);
      sliceValid.push_back(linesCoverGrid() ? b.counter(what, increments) : counter(what, increments));
    }
  }
}

/// Counted by products that are cut alike, which send to the same cores.
Matmul::Counter Matmul::counter(const std::string &what, int64_t increments) {
  return b.counter(fmt::format("{}; cut {} {}x{} on {}x{}, {} {} {}", what, int(part.sharding), part.rowParts,
                               part.colParts, part.gridX, part.gridY, part.colMajor, part.fold, part.kLines),
                   increments);
}

/// Adds the products of weight block `index`: units from `unit` on, kCur tiles of each from tile
/// `first` of it on.
void Matmul::multiplyBlock(Idx index, Idx unit, Idx first, Idx kCur, Idx rowTile, Idx hCur, Idx wCur) {
  Idx offset = resident ? b.mul(index, kBlock * w) : Idx(0);
  wait(b, weights, resident ? b.mul(b.add(index, 1), kBlock * w) : Idx(kBlock * w));
  auto add = [&](Cb cb, Idx tile, Idx i) {
    b.emit(Opcode::MatmulBlock, {cb, b.add(tile, first), unitTiles, weights,
                                 b.add(offset, b.mul(i, b.mul(unitTiles, wCur))), wCur, 0, hCur, wCur, kCur});
  };
  if (inPlace())
    for (int64_t i = 0; i < blockUnits; ++i)
      add(own[size_t(unit.constant + i)], b.mul(rowTile, unitTiles), i);
  else
    b.loop(0, blockUnits, 1, [&](Idx i) {
      Idx u = b.add(unit, i);
      if (shares())
        wait(b, act, b.mul(b.add(b.div(u, slicePieces), 1), h * sliceTiles));
      add(act, b.mul(u, h * unitTiles), i);
    });
  if (!resident)
    pop(b, weights, kBlock * w);
}

/// All of K of a block, in Dst.
void Matmul::multiply(Idx cb, Idx rowTile, Idx hCur, Idx wCur) {
  auto multiplyUnits = [&](Idx i) {
    b.loop(0, unitBlocks, 1, [&](Idx j) {
      Idx kCur = unitTiles % kBlock && blockUnits == 1 ? b.min(kBlock, b.sub(unitTiles, b.mul(j, kBlock)))
                                                       : Idx(kBlock / blockUnits);
      multiplyBlock(b.add(b.mul(cb, kBlocks), b.add(b.mul(i, unitBlocks), j)), b.mul(i, blockUnits),
                    b.mul(j, kBlock), kCur, rowTile, hCur, wCur);
    });
  };
  if (inPlace()) // each has a circular buffer of its own
    for (int64_t i = 0; i < units / blockUnits; ++i)
      multiplyUnits(i);
  else
    b.loop(0, units / blockUnits, 1, multiplyUnits);
}

void Matmul::computeBlocks(Partition::Position at, ResultWriter &out) {
  byLine(
      at,
      [&] {
        out.open();
        epilogue->begin();
      },
      [&] { wait(b, partialRoom, 1); });
  bool fromOwn = inPlace() || feed == Feed::AliasSticks;
  if (fromOwn)
    onOwn(Opcode::CbWait);
  Idx firstLine = 0;
  auto group = [&](Idx ob, Idx) {
    if (feed != Feed::Lines)
      return;
    firstLine = linesOf(at, ob, h).first;
    ifSender(at, [&] { wait(b, rows, 1); });
  };
  auto result = [&](Idx cb, Idx rowTile, Idx hCur) {
    Idx wCur = widthOf(cb), colTile = b.mul(cb, w);
    epilogue->prepare(rowTile, colTile, hCur, wCur); // tilizing uses Dst, so it comes first
    out.reserveBlock();
    inDst(
        b,
        [&] {
          epilogue->start(colTile, hCur, wCur);
          multiply(cb, rowTile, hCur, wCur);
          if (splits()) {
            wait(b, partials, h * w);
            b.emit(Opcode::EltwiseDst, {isa::EltwiseKind::Add, partials, 0, 1, 0, b.mul(hCur, wCur),
                                        isa::Broadcast::None});
          }
          epilogue->apply(rowTile, colTile, hCur, wCur);
        },
        [&] {
          epilogue->applyPacking(hCur, wCur);
          out.pack(rowTile, colTile, hCur, wCur);
        });
    out.pushBlock();
    epilogue->finish();
    if (splits())
      pop(b, partials, h * w);
  };
  // Of a core of the second line: sums.
  auto partial = [&](Idx block, Idx cb, Idx rowTile, Idx hCur) {
    Idx wCur = widthOf(cb);
    reserve(b, partialMade, 1);
    inDst(
        b, [&] { multiply(cb, rowTile, hCur, wCur); },
        [&] { b.emit(Opcode::PackTiles, {0, b.mul(hCur, wCur), partials, b.mul(block, h * w), 1, 0}); });
    push(b, partialMade, 1);
  };
  auto make = [&](Idx ob) { makeActivations(at, firstLine, ob, heightOf(ob)); };
  auto block = [&](Idx ob) {
    Idx hCur = heightOf(ob), rowTile = b.mul(ob, h);
    takeActivations();
    b.loop(0, colBlocks, 1, [&](Idx cb) {
      byLine(
          at, [&] { result(cb, rowTile, hCur); },
          [&] { partial(b.add(b.mul(ob, colBlocks), cb), cb, rowTile, hCur); });
    });
    if (!inPlace())
      pop(b, act, h * kTiles);
  };
  auto done = [&](Idx g) {
    if (feed != Feed::Lines)
      return;
    ifSender(at, [&] {
      // The next group takes over lines of this one (gatherLines).
      if (keepsLines())
        b.ifThen(b.cmp(Predicate::Lt, g, groups - 1), [&] { wait(b, rows, 2); });
      pop(b, rows, 1);
    });
  };
  overBlocks(group, block, done, make);
  if (resident)
    pop(b, weights, kBlocks * colBlocks * kBlock * w);
  byLine(at, [&] { epilogue->end(); }, [&] { pop(b, partialRoom, 1); });
  if (fromOwn)
    onOwn(Opcode::CbPop);
  byLine(at, [&] { out.close(); });
}

/// Where a program is open, does this one wait for what it needs of it?
Expected<void> Matmul::mayGoOn() const {
  if (!b.goesOn())
    return {};
  int64_t toMeetFor = 0, written = 0;
  for (const BufferPart &piece : inputs()) {
    std::optional<ProgramBuilder::Made> before = b.madeBefore(whole(piece));
    toMeetFor += before && meetsFor(*before);
    written += before && before->cb < 0 && meetsFor(*before);
    if (b.writesBefore(whole(piece)))
      return Error{"an operand is written to other cores or DRAM in the same launch"};
  }
  // Cores say once that they have made their shards.
  if (toMeetFor > 1 && (written || !op.input.desc.sharded()))
    return Error{"several parts of the input are made in the same launch, by different cores"};
  if (op.residual && b.writesBefore(op.residual))
    return Error{"an operand is written to other cores or DRAM in the same launch"};
  std::optional<ProgramBuilder::Made> added = op.residual ? b.madeBefore(op.residual) : std::nullopt;
  if (!added || added->met || (added->cb >= 0 && !epilogue->readsResidual()))
    return {}; // all cores made it, or this one what it takes
  // Others' parts are there where the residual was made before the input, which all cores have.
  std::vector<BufferPart> pieces = inputs();
  auto later = [&](const BufferPart &piece) { return b.madeInOrder(op.residual, whole(piece)); };
  if (takesOwn() || added->cb < 0 || std::none_of(pieces.begin(), pieces.end(), later))
    return Error{"other cores' parts of its residual are made in the same launch"};
  return {};
}

Expected<void> buildMatmul(ProgramBuilder &b, const Target &target, const MatmulProgram &op) {
  auto m = std::make_shared<Matmul>(b, target, op);
  if (Expected<void> planned = m->plan(); !planned)
    return planned.error();
  if (Expected<void> may = m->mayGoOn(); !may)
    return may.error();
  m->declare();
  auto out = std::make_shared<ResultWriter>(b, m->part, op.output, m->h, m->w);
  auto onActive = [&](auto body) {
    return [m, out, &b, body] {
      m->part.onActive(b, [&](Partition::Position at) { body(*m, *out, at); });
    };
  };
  auto activations = [m, gather = onActive([](Matmul &m, ResultWriter &out, Partition::Position at) {
                        m.readActivations(at, out);
                      })] {
    m->meet();
    gather();
  };
  auto weights =
      onActive([](Matmul &m, ResultWriter &out, Partition::Position at) { m.streamWeights(at, out); });
  b.reader(m->gathersOnNoc0() ? ProgramBuilder::Body(activations) : weights);
  b.compute(
      onActive([](Matmul &m, ResultWriter &out, Partition::Position at) { m.computeBlocks(at, out); }));
  b.writer(m->gathersOnNoc0() ? ProgramBuilder::Body(weights) : activations);
  b.endProgram();
  return {};
}

} // namespace ttc::programs
