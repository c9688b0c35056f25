//===- Partition.cpp - how a result is cut over the cores -------------------===//
#include "Partition.h"

namespace ttc::programs {
using isa::Opcode;
using program::Sharding;

int64_t stickPitch(const BufferDesc &d) { return d.shardCols * elementBytes(d.format); }

WindowDesc identityWindow(int64_t rows) {
  WindowDesc w;
  w.outW = w.inW = rows;
  return w;
}

Partition Partition::of(const BufferDesc &out, const Target &target) {
  Partition p;
  if (out.sharded()) {
    p.gridX = out.gridX;
    p.gridY = out.gridY;
    p.shardRows = out.shardRows;
    p.shardCols = out.shardCols;
    p.sharding = out.sharding;
    p.colMajor = out.colMajor;
    p.local = true;
  } else {
    int64_t cores = int64_t(target.gridX) * target.gridY;
    int64_t tileRows = ceilDiv(out.rows, tileDim), tileCols = ceilDiv(out.cols, tileDim);
    p.gridX = target.gridX;
    p.gridY = target.gridY;
    if (tileRows >= cores / 2 || tileCols == 1) {
      p.sharding = Sharding::Height;
      p.shardRows = ceilDiv(tileRows, cores) * tileDim;
      p.shardCols = tileCols * tileDim;
    } else if (tileRows == 1) {
      p.sharding = Sharding::Width;
      p.shardRows = tileDim;
      p.shardCols = ceilDiv(tileCols, cores) * tileDim;
    } else {
      p.sharding = Sharding::Block;
      p.shardRows = ceilDiv(tileRows, target.gridY) * tileDim;
      p.shardCols = ceilDiv(tileCols, target.gridX) * tileDim;
    }
  }
  p.rowParts = p.sharding == Sharding::Width ? 1 : ceilDiv(out.rows, p.shardRows);
  p.colParts = p.sharding == Sharding::Height ? 1 : ceilDiv(out.cols, p.shardCols);
  return p;
}

Partition Partition::ofProduct(const BufferDesc &out, const Target &target,
                               std::optional<Sharding> cut) {
  Partition p = of(out, target);
  int64_t rows = ceilDiv(out.rows, tileDim), cols = ceilDiv(out.cols, tileDim);
  constexpr int64_t oblong = 8;
  if (out.sharded() || (!cut && (rows > oblong * cols || cols > oblong * rows)))
    return p;
  int64_t cores = int64_t(target.gridX) * target.gridY;
  p.sharding = cut.value_or(Sharding::Block);
  bool block = p.sharding == Sharding::Block;
  int64_t rowCores = block ? target.gridY : p.sharding == Sharding::Height ? cores : 1;
  int64_t colCores = block ? target.gridX : p.sharding == Sharding::Width ? cores : 1;
  p.shardRows = ceilDiv(rows, rowCores) * tileDim;
  p.shardCols = ceilDiv(cols, colCores) * tileDim;
  p.rowParts = ceilDiv(out.rows, p.shardRows);
  p.colParts = ceilDiv(out.cols, p.shardCols);
  return p;
}

Partition Partition::evenly(const BufferDesc &out, const Target &target) {
  Partition best;
  int64_t tileCols = ceilDiv(out.cols, tileDim), least = -1;
  auto offer = [&](Sharding sharding, int64_t rowCores, int64_t colCores) {
    Partition p;
    p.gridX = target.gridX;
    p.gridY = target.gridY;
    p.sharding = sharding;
    p.shardRows = ceilDiv(out.rows, rowCores);
    p.shardCols = ceilDiv(tileCols, colCores) * tileDim;
    p.rowParts = ceilDiv(out.rows, p.shardRows);
    p.colParts = ceilDiv(out.cols, p.shardCols);
    int64_t size = p.shardRows * p.shardCols;
    if (least < 0 || size < least) {
      least = size;
      best = p;
    }
  };
  int64_t cores = int64_t(target.gridX) * target.gridY;
  offer(Sharding::Height, cores, 1);
  for (int64_t c = 1; c <= target.gridX; ++c)
    offer(Sharding::Block, target.gridY, c);
  offer(Sharding::Width, 1, cores);
  return best;
}

Partition Partition::folded(const BufferDesc &out, const Target &target) const {
  if (sharding != Sharding::Block || shardCols % tileDim || out.cols % shardCols)
    return *this;
  Partition p = *this;
  int &lines = colMajor ? p.gridX : p.gridY;
  int64_t n = (colMajor ? target.gridX : target.gridY) / rowParts;
  while (n > 1 && tileCols() % n)
    --n;
  if (n < 2 || (local && lines != rowParts))
    return *this;
  p.fold = n;
  p.local = false;
  p.shardCols /= n;
  p.colParts *= n;
  lines = int(rowParts * n);
  return p;
}

Partition Partition::splitInner(const Target &target) const {
  Partition p = *this;
  int &lines = colMajor ? p.gridX : p.gridY;
  if (!local || sharding == Sharding::Height || 2 * lines > (colMajor ? target.gridX : target.gridY) ||
      (sharding == Sharding::Block && lines != rowParts))
    return *this;
  p.kLines = 2;
  lines *= 2;
  return p;
}

Partition::Position Partition::position(ProgramBuilder &b) const {
  if (sharding == Sharding::Block) {
    Idx i = colMajor ? b.coreX() : b.coreY(), j = colMajor ? b.coreY() : b.coreX();
    if (fold > 1) {
      Idx line = b.div(i, rowParts);
      int64_t cores = colMajor ? gridY : gridX;
      return {b.rem(i, rowParts), b.add(b.mul(j, fold), line),
              lineCores() < cores ? b.cmp(isa::Predicate::Lt, j, lineCores()) : Idx(1), j, line};
    }
    int64_t maxRows = colMajor ? gridX : gridY, maxCols = colMajor ? gridY : gridX;
    Idx line = 0;
    if (kLines > 1) {
      line = b.div(i, rowParts);
      i = b.rem(i, rowParts);
      maxRows = rowParts;
    }
    Idx active = 1;
    if (rowParts < maxRows)
      active = b.cmp(isa::Predicate::Lt, i, rowParts);
    if (colParts < maxCols) {
      Idx inCols = b.cmp(isa::Predicate::Lt, j, colParts);
      active = active.isConstant() ? inCols : b.mul(active, inCols);
    }
    return {i, j, active, j, line};
  }
  Idx k = colMajor ? b.add(b.mul(b.coreX(), gridY), b.coreY()) : b.coreIndex();
  int64_t parts = rowParts * colParts, cores = int64_t(gridX) * gridY / kLines;
  Idx line = 0;
  if (kLines > 1) {
    line = b.div(k, cores);
    k = b.rem(k, cores);
  }
  Idx active = parts < cores ? b.cmp(isa::Predicate::Lt, k, parts) : Idx(1);
  if (sharding == Sharding::Height)
    return {k, 0, active};
  return {0, k, active, k, line};
}

void Partition::onActive(ProgramBuilder &b, const std::function<void(Position)> &body) const {
  Position at = position(b);
  b.ifThen(at.active, [&] { body(at); });
}

bool Partition::sameShards(const BufferDesc &d) const {
  int64_t linesX = colMajor ? kLines : 1, linesY = colMajor ? 1 : kLines;
  if (!local || !d.sharded() || d.sharding != sharding || d.gridX * linesX != gridX ||
      d.gridY * linesY != gridY || d.colMajor != colMajor)
    return false;
  bool rowsAgree = sharding == Sharding::Width || d.shardRows == shardRows;
  bool colsAgree = sharding == Sharding::Height || d.shardCols == shardCols;
  return rowsAgree && colsAgree;
}

bool Partition::sameShardRows(const BufferDesc &d) const {
  return d.sharding == Sharding::Block && sharding == Sharding::Block && d.colMajor == colMajor &&
         d.shardRows == shardRows && (colMajor ? d.gridX : d.gridY) >= rowParts;
}

void inDst(ProgramBuilder &b, const ProgramBuilder::Body &math, const ProgramBuilder::Body &pack) {
  b.emit(Opcode::DstAcquire, {});
  math();
  b.emit(Opcode::DstCommit, {});
  b.emit(Opcode::DstWait, {});
  pack();
  b.emit(Opcode::DstRelease, {});
}

Cb tileCb(ProgramBuilder &b, std::string name, program::Format format, int64_t pages) {
  CbSpec spec;
  spec.name = std::move(name);
  spec.format = format;
  spec.pageBytes = tileBytes(format);
  spec.pages = pages;
  return b.cb(spec);
}

Cb stickCb(ProgramBuilder &b, std::string name, int64_t pageBytes, int64_t pages) {
  CbSpec spec;
  spec.name = std::move(name);
  spec.format = program::Format::Bf16;
  spec.pageBytes = pageBytes;
  spec.pages = pages;
  return b.cb(spec);
}

int64_t aliasPages(const BufferDesc &d) {
  return d.tiled() ? ceilDiv(d.shardRows, tileDim) * ceilDiv(d.shardCols, tileDim)
                   : d.shardRows % tileDim ? 1 : d.shardRows / tileDim;
}

Cb aliasCb(ProgramBuilder &b, const BufferRef &buffer, std::string name) {
  const BufferDesc &d = buffer.desc;
  CbSpec spec;
  spec.name = std::move(name);
  spec.format = d.format;
  spec.pages = aliasPages(d);
  spec.pageBytes = d.tiled() ? tileBytes(d.format) : d.shardRows * stickPitch(d) / spec.pages;
  spec.aliasBuffer = buffer.id;
  return b.cb(spec);
}

Idx holdsShard(ProgramBuilder &b, const BufferDesc &d) {
  using isa::Predicate;
  Idx inGrid = b.mul(b.cmp(Predicate::Lt, b.coreX(), d.gridX), b.cmp(Predicate::Lt, b.coreY(), d.gridY));
  int64_t rowParts = d.sharding == Sharding::Width ? 1 : ceilDiv(d.rows, d.shardRows);
  int64_t colParts = d.sharding == Sharding::Height ? 1 : ceilDiv(d.cols, d.shardCols);
  if (d.sharding == Sharding::Block) {
    Idx i = d.colMajor ? b.coreX() : b.coreY(), j = d.colMajor ? b.coreY() : b.coreX();
    return b.mul(inGrid, b.mul(b.cmp(Predicate::Lt, i, rowParts), b.cmp(Predicate::Lt, j, colParts)));
  }
  Idx k = d.colMajor ? b.add(b.mul(b.coreX(), d.gridY), b.coreY())
                     : b.add(b.mul(b.coreY(), d.gridX), b.coreX());
  return b.mul(inGrid, b.cmp(Predicate::Lt, k, rowParts * colParts));
}

ProgramSpec programSpec(const std::string &kind, const Partition &p, const Target &t) {
  ProgramSpec spec;
  spec.kind = kind;
  spec.gridX = p.gridX;
  spec.gridY = p.gridY;
  spec.fidelity = t.fidelity;
  spec.fp32Dest = t.fp32Dest;
  return spec;
}

ResultWriter::ResultWriter(ProgramBuilder &b, const Partition &part, const BufferRef &output,
                           int64_t blockRows, int64_t blockCols)
    : b(b), part(part), output(output) {
  if (part.local) {
    cb = aliasCb(b, output, "out");
    blockPages = aliasPages(output.desc);
    rowPitch = output.desc.tiled() ? 0 : stickPitch(output.desc);
    return;
  }
  CbSpec spec;
  spec.name = "out";
  spec.format = output.desc.format;
  if (output.desc.tiled()) {
    blockPages = blockRows * blockCols;
    spec.pageBytes = tileBytes(output.desc.format);
  } else {
    blockPages = 1;
    rowPitch = blockCols * tileDim * elementBytes(output.desc.format);
    spec.pageBytes = blockRows * tileDim * rowPitch;
  }
  spec.pages = 2 * blockPages;
  cb = b.cb(spec);
}

void ResultWriter::open() {
  if (part.local)
    reserve(b, cb, blockPages);
}

void ResultWriter::close() {
  if (part.local)
    push(b, cb, blockPages);
}

void ResultWriter::reserveBlock() {
  if (!part.local)
    reserve(b, cb, blockPages);
}

void ResultWriter::pushBlock() {
  if (!part.local)
    push(b, cb, blockPages);
}

void ResultWriter::pack(Idx rowTile, Idx colTile, Idx rows, Idx cols, int flags) {
  if (output.desc.tiled()) {
    Idx pitch = part.local ? Idx(part.tileCols()) : cols;
    Idx first = part.local ? b.add(b.mul(rowTile, pitch), colTile) : Idx(0);
    b.loop(0, rows, 1, [&](Idx r) {
      b.emit(Opcode::PackTiles,
             {b.mul(r, cols), cols, cb, b.add(first, b.mul(r, pitch)), 1, flags});
    });
    return;
  }
  int64_t element = elementBytes(output.desc.format);
  Idx off = part.local ? b.add(b.mul(rowTile, tileDim * rowPitch), b.mul(colTile, tileDim * element))
                       : Idx(0);
  b.emit(Opcode::PackRows, {0, rows, cols, b.mul(rows, tileDim), cb, off, rowPitch, flags});
}

void ResultWriter::write(Partition::Position at, Idx rowTile, Idx colTile, Idx rows, Idx cols) {
  if (part.local)
    return;
  wait(b, cb, blockPages);
  Idx row = b.add(b.mul(at.row, part.tileRows()), rowTile);
  Idx col = b.add(b.mul(at.col, part.tileCols()), colTile);
  if (output.desc.tiled()) {
    b.emit(Opcode::WritePages, {cb, 0, output.id, row, col, rows, cols});
  } else {
    int64_t element = elementBytes(output.desc.format);
    Idx colByte = b.mul(col, tileDim * element);
    Idx bytes = b.min(b.mul(cols, tileDim * element),
                      b.sub(stickChannels(output.desc.cols) * element, colByte));
    b.emit(Opcode::WriteRows, {cb, 0, rowPitch, output.id, b.mul(row, tileDim),
                               b.mul(rows, tileDim), colByte, bytes});
  }
  writeBarrier(b);
  pop(b, cb, blockPages);
}

} // namespace ttc::programs
