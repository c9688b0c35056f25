//===- Transfers.h - which bytes a data-movement instruction moves ----------===//
//
// The one enumeration of an instruction's contiguous pieces. The value side copies
// each piece, the time side counts each as a NoC transaction.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_TRANSFERS_H
#define TTC_RUNTIME_SIM_TRANSFERS_H

#include "ttc/Program/BufferAccess.h"

#include <cstdint>

namespace ttc::sim {

/// A piece of an instruction: `bytes` between `place` of the buffer and `offset` from the
/// instruction's first byte in its circular buffer. fill: there is no place, a pattern is stored.
struct Piece {
  BufferView::Place place;
  int64_t offset = 0;
  int64_t bytes = 0;
  bool fill = false;
};

/// Joins pieces that follow each other on both sides, up to any length.
template <typename Fn> class PieceMerger {
public:
  explicit PieceMerger(Fn &fn) : fn(fn) {}
  ~PieceMerger() { flush(); }
  void add(const Piece &p) {
    if (current.bytes && p.fill == current.fill && p.offset == current.offset + current.bytes &&
        (p.fill || (p.place.unit == current.place.unit &&
                    p.place.address == current.place.address + uint64_t(current.bytes)))) {
      current.bytes += p.bytes;
      return;
    }
    flush();
    current = p;
  }
  void flush() {
    if (current.bytes)
      fn(current);
    current.bytes = 0;
  }

private:
  Fn &fn;
  Piece current;
};

/// Pages [row, row+nrows) x [col, col+ncols), densely. Pages outside the buffer's page grid are
/// fills (reads: zeros; writes: nothing). One transaction a page.
template <typename Fn>
void forEachPage(const BufferView &view, int64_t row, int64_t col, int64_t nrows, int64_t ncols,
                 Fn fn) {
  int64_t page = view.pageBytes(), offset = 0;
  for (int64_t r = row; r < row + nrows; ++r)
    for (int64_t c = col; c < col + ncols; ++c, offset += page) {
      bool inside = r >= 0 && c >= 0 && r < view.pageRows() && c < view.pageCols();
      fn(Piece{inside ? view.page(r, c) : BufferView::Place{}, offset, page, !inside});
    }
}

/// Bytes [byte, byte + bytes) of a row, shard by shard. Bytes past the row's end are fills.
template <typename Add>
void addRow(const BufferView &view, int64_t row, int64_t byte, int64_t bytes, int64_t offset,
            Add add) {
  while (bytes > 0) {
    if (byte >= view.rowBytes())
      return add(Piece{{}, offset, bytes, true});
    BufferView::Segment s = view.rowSegment(row, byte, bytes);
    add(Piece{s.place, offset, s.bytes, false});
    byte += s.bytes;
    offset += s.bytes;
    bytes -= s.bytes;
  }
}

struct WindowRange {
  int64_t pitch, row, nrows, tap, ntaps, colByte, bytes;
};

/// The sticks of read_window (Isa.def), joined into runs.
template <typename Fn>
void forEachStick(const BufferView &view, const WindowView &window, const WindowRange &w, Fn fn) {
  PieceMerger<Fn> merger(fn);
  auto add = [&](const Piece &p) { merger.add(p); };
  int64_t positions = window.positions(), taps = window.taps();
  for (int64_t i = 0; i < w.nrows; ++i) {
    int64_t r = w.row + i, offset = i * w.pitch;
    for (int64_t t = w.tap; t < w.tap + w.ntaps; ++t, offset += w.bytes) {
      int64_t source = r >= 0 && r < positions && t < taps ? window.sourceRow(r, t) : -1;
      if (source < 0 || source >= view.pageRows())
        add(Piece{{}, offset, w.bytes, true});
      else
        addRow(view, source, w.colByte, w.bytes, offset, add);
    }
  }
}

/// The sticks of write_rows, joined into runs; rows past the last are dropped.
template <typename Fn>
void forEachRow(const BufferView &view, int64_t pitch, int64_t row, int64_t nrows, int64_t colByte,
                int64_t bytes, Fn fn) {
  PieceMerger<Fn> merger(fn);
  auto add = [&](const Piece &p) {
    if (!p.fill)
      merger.add(p);
  };
  for (int64_t i = 0; i < nrows; ++i)
    if (row + i >= 0 && row + i < view.pageRows())
      addRow(view, row + i, colByte, bytes, i * pitch, add);
}

} // namespace ttc::sim

#endif
