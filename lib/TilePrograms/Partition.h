//===- Partition.h - how a result is cut over the cores ---------------------===//
#ifndef TTC_TILEPROGRAMS_PARTITION_H
#define TTC_TILEPROGRAMS_PARTITION_H

#include "ttc/Device/DataFormat.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc::programs {

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

constexpr int64_t tileDim = ttc::tileDim;

/// Bytes of a tile, and of one element of a row-major stick (include/ttc/Device/DataFormat.h).
inline int64_t tileBytes(program::Format f) { return int64_t(ttc::tileBytes(DataFormat(f))); }
inline int64_t elementBytes(program::Format f) { return int64_t(ttc::elementBytes(DataFormat(f))); }
/// Bytes from one row to the next on a core of a row-major sharded buffer.
int64_t stickPitch(const BufferDesc &desc);
/// Channels of a stick as data movement sees them: a multiple of 8 (16 bytes of bf16).
inline int64_t stickChannels(int64_t channels) { return roundUp(channels, 8); }

/// The window that reads row r for row r.
WindowDesc identityWindow(int64_t rows);

/// Parts rowPart x colPart of shardRows x shardCols elements; part (i, j) is one core's work. A
/// sharded result is cut as it is sharded, so that results never leave their core; an interleaved
/// one by rows over the device, or in blocks when it has few rows.
struct Partition {
  int gridX = 1, gridY = 1;
  int64_t rowParts = 1, colParts = 1;
  int64_t shardRows = 0, shardCols = 0;
  bool local = false; ///< parts are the result's own shards
  program::Sharding sharding = program::Sharding::Height;
  bool colMajor = false;
  /// Cut in blocks only: the cores that share the columns of one shard, on as many lines of the grid.
  int64_t fold = 1;
  /// Lines of cores, each as large as the result's grid, that share K: line 0 has the parts.
  int64_t kLines = 1;

  static Partition of(const BufferDesc &output, const Target &target);
  /// For work that reads whole rows and columns of two operands: an interleaved result is cut in
  /// blocks unless it is much longer one way, as then one operand needs no second reader. `cut` says
  /// how instead.
  static Partition ofProduct(const BufferDesc &output, const Target &target,
                             std::optional<program::Sharding> cut = std::nullopt);

  /// Cut by single rows and tiles of columns, so that the largest part is as small as this grid allows,
  /// however the result is sharded; of equal cuts the one of longest rows.
  static Partition evenly(const BufferDesc &output, const Target &target);

  /// This cut in blocks, each shard's columns dealt to its own core and to cores of lines that have
  /// none: as many as there are. The results of all then go to the shards over the NoC. Itself where no
  /// lines are left or columns do not divide.
  Partition folded(const BufferDesc &output, const Target &target) const;

  /// This with a second line of cores for half of K. Itself where the grid has no room for one.
  Partition splitInner(const Target &target) const;

  int64_t tileRows() const { return ceilDiv(shardRows, tileDim); }
  int64_t tileCols() const { return ceilDiv(shardCols, tileDim); }

  /// This core's part, and whether it has one; its place in the line of cores that make the same rows,
  /// and which of the `fold` or `kLines` lines that is.
  struct Position {
    Idx row, col, active, place = 0, line = 0;
  };
  /// Cores in such a line, and lines.
  int64_t lineCores() const { return colParts / fold; }
  Position position(ProgramBuilder &b) const;
  /// Runs `body` on the cores that have a part.
  void onActive(ProgramBuilder &b, const std::function<void(Position)> &body) const;
  /// Does `desc` place part (i, j) of its own, equally cut view on the same core?
  bool sameShards(const BufferDesc &desc) const;
  /// Is `desc` cut in blocks whose rows lie on the same lines of cores as the parts' rows?
  bool sameShardRows(const BufferDesc &desc) const;
};

// One line an instruction that many programs use.
inline void reserve(ProgramBuilder &b, Cb cb, Idx n) { b.emit(isa::Opcode::CbReserve, {cb, n}); }
inline void push(ProgramBuilder &b, Cb cb, Idx n) { b.emit(isa::Opcode::CbPush, {cb, n}); }
inline void wait(ProgramBuilder &b, Cb cb, Idx n) { b.emit(isa::Opcode::CbWait, {cb, n}); }
inline void pop(ProgramBuilder &b, Cb cb, Idx n) { b.emit(isa::Opcode::CbPop, {cb, n}); }
inline void readBarrier(ProgramBuilder &b) { b.emit(isa::Opcode::ReadBarrier, {}); }
inline void writeBarrier(ProgramBuilder &b) { b.emit(isa::Opcode::WriteBarrier, {}); }
inline void sfpu(ProgramBuilder &b, const Activation &a, Idx dst, Idx count) {
  b.emit(isa::Opcode::Sfpu, {a.function, dst, count, Idx::bits(a.p0), Idx::bits(a.p1)});
}
/// Math of one Dst half, handed to the packer and packed.
void inDst(ProgramBuilder &b, const ProgramBuilder::Body &math, const ProgramBuilder::Body &pack);

/// A CB of tiles, and one of pages of row-major bf16 sticks.
Cb tileCb(ProgramBuilder &b, std::string name, program::Format format, int64_t pages);
Cb stickCb(ProgramBuilder &b, std::string name, int64_t pageBytes, int64_t pages = 2);
/// A CB over this core's shard of a sharded buffer: the whole shard is one window of `pages`.
Cb aliasCb(ProgramBuilder &b, const BufferRef &buffer, std::string name);
/// Pages of an aliased CB: tiles (tile order); groups of 32 sticks, or all of them if they are no
/// multiple of 32 (row-major).
int64_t aliasPages(const BufferDesc &desc);
ProgramSpec programSpec(const std::string &kind, const Partition &p, const Target &t);

/// 1 on a core that holds a shard of the sharded buffer.
Idx holdsShard(ProgramBuilder &b, const BufferDesc &desc);

/// The result of a program: either its own shard, packed in place, or a staging CB that the writer
/// thread empties into an interleaved buffer block by block.
class ResultWriter {
public:
  ResultWriter(ProgramBuilder &b, const Partition &part, const BufferRef &output, int64_t blockRows,
               int64_t blockCols);
  /// Compute thread, around everything: takes hold of the in-place window, gives it up.
  void open();
  void close();
  /// Compute thread: make room for a block, pack rows x cols tiles from dst 0 on (row r at r*cols),
  /// hand it on. rowTile, colTile: position of the block in the part, tiles.
  void reserveBlock();
  void pack(Idx rowTile, Idx colTile, Idx rows, Idx cols, int flags = 0);
  void pushBlock();
  /// Writer thread: move one finished block out. Emits nothing for in-place results.
  void write(Partition::Position at, Idx rowTile, Idx colTile, Idx rows, Idx cols);
  bool inPlace() const { return part.local; }
  Cb buffer() const { return cb; }
  int64_t pitch() const { return rowPitch; }

private:
  ProgramBuilder &b;
  const Partition &part;
  BufferRef output;
  int64_t blockPages = 0, rowPitch = 0;
  Cb cb = -1;
};

} // namespace ttc::programs

#endif
