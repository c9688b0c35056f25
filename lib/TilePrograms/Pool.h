//===- Pool.h - pools over strips of dense windows --------------------------===//
#ifndef TTC_TILEPROGRAMS_POOL_H
#define TTC_TILEPROGRAMS_POOL_H

#include "Partition.h"

#include <optional>

namespace ttc::programs {

/// A pool of dense windows. An output line is cut in segments of equal length; the strip of input
/// under a segment is gathered once, column by column, so that each of its windows is one run of
/// sticks, which is what the matrix engine reduces at once (PoolRows). Lines and columns outside the
/// image are left out: a window that sees the image has its maximum, and its sum, there.
class PoolStrips {
public:
  /// None where windows are dilated or leave columns of a line out, where one may lie outside the image,
  /// where a line has one position, and where a strip would be too large.
  static std::optional<PoolStrips> plan(const Target &target, const PoolProgram &op);
  void build(ProgramBuilder &b, const Target &target);

private:
  explicit PoolStrips(const PoolProgram &op) : op(op) {}
  /// Output positions of a line [x, x + n), the first at row `row` of the output, and their strip:
  /// kernel rows from `top` on in columns from `column` on.
  struct Segment {
    Idx row, x, n, line, top, height, column, columns;
  };
  struct Range {
    Idx begin, end;
  };
  /// Of this core, counted over all output lines.
  Range segmentsOf(ProgramBuilder &b, Partition::Position at) const;
  Segment segment(ProgramBuilder &b, Partition::Position at, Idx g) const;
  Idx firstRow(ProgramBuilder &b, Partition::Position at) const;
  Range columnsOf(ProgramBuilder &b, Idx x, Idx n) const;
  void gather(ProgramBuilder &b, Partition::Position at, Cb rows, Idx g) const;
  void gatherAll(ProgramBuilder &b, Partition::Position at, int64_t thread) const;
  void reduce(ProgramBuilder &b, const Target &target, Partition::Position at, Cb rows, Idx g) const;

  const PoolProgram &op;
  std::vector<BufferPart> pieces; ///< of the input
  Partition part;
  int64_t length = 0; ///< of a segment, positions
  int64_t stick = 0;     ///< bytes of this part's
  int64_t pageBytes = 0; ///< of a strip
  int64_t pitch = 0;     ///< of the result in its circular buffer
  int threads = 1;       ///< that gather: segments go to them in turn
  int columnWindow = -1;
  Cb rows[2] = {-1, -1}, result = -1;
};

} // namespace ttc::programs

#endif
