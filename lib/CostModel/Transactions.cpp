//===- Transactions.cpp - NoC transactions of an instruction, counted -------===//
#include "Transactions.h"

#include <algorithm>

namespace ttc::cost {
namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Pieces that are looked at one by one before the rest is taken to be like them.
constexpr int64_t samples = 96;
} // namespace

int64_t Transactions::packets() const {
  int64_t n = 0;
  for (const Part &p : parts)
    n += p.packets;
  return n;
}

int64_t Transactions::bytes() const {
  int64_t n = 0;
  for (const Part &p : parts)
    n += p.bytes;
  return n;
}

Route TransactionCounter::route(const BufferView &view, uint32_t unit) const {
  if (!view.inL1())
    return Route::Dram;
  int x = int(unit % uint32_t(spec.grid_x)), y = int(unit / uint32_t(spec.grid_x));
  if (x == here.x && y == here.y)
    return Route::Self;
  return x == here.x || y == here.y ? Route::Axis : Route::Far;
}

/// Adds pieces; remembers the load of each unit.
struct TransactionCounter::Tally {
  const TransactionCounter &counter;
  const BufferView &view;
  Transactions t{};
  std::array<int64_t, 64> load{};

  void add(uint32_t unit, int64_t bytes, int64_t times = 1) {
    Transactions::Part &p = t.at(counter.route(view, unit));
    p.packets += times * timing::packets(counter.spec, bytes);
    p.bytes += times * bytes;
    load[unit % load.size()] += times * bytes;
    if (view.shape().interleaved())
      t.interleaved += times;
  }
  void fill(int64_t bytes, int64_t times = 1) {
    Transactions::Part &p = t.at(Route::Self);
    p.packets += times * timing::packets(counter.spec, bytes);
    p.bytes += times * bytes;
    t.fills = true;
  }
  /// As if `of` pieces had been looked at instead of `seen`; neighbouring interleaved pages, of
  /// which the sample is too regular a choice, lie in different banks.
  Transactions scaled(int64_t of, int64_t seen) {
    t.hottest = *std::max_element(load.begin(), load.end());
    if (of != seen && view.shape().interleaved())
      t.hottest = ceilDiv(t.bytes(), std::min<int64_t>(view.units(), std::max<int64_t>(1, seen)));
    if (of != seen && seen > 0) {
      auto scale = [&](int64_t &v) { v = (v * of + seen / 2) / seen; };
      for (Transactions::Part &p : t.parts) {
        scale(p.packets);
        scale(p.bytes);
      }
      scale(t.interleaved);
      scale(t.hottest);
    }
    return t;
  }
};

Transactions TransactionCounter::pages(const BufferView &view, int64_t row, int64_t col,
                                       int64_t nrows, int64_t ncols, bool read) const {
  Tally tally{*this, view};
  if (nrows <= 0 || ncols <= 0)
    return tally.t;
  int64_t page = view.pageBytes();
  int64_t insideRows = std::clamp<int64_t>(view.pageRows() - row, 0, nrows);
  int64_t insideCols = std::clamp<int64_t>(view.pageCols() - col, 0, ncols);
  int64_t inside = insideRows * insideCols;
  if (int64_t outside = nrows * ncols - inside; read && outside > 0)
    tally.fill(page, outside);
  if (inside == 0)
    return tally.scaled(1, 1);
  if (view.shape().interleaved()) {
    // Every page is looked at: which banks they meet on depends on the tensor's width.
    for (int64_t r = row; r < row + insideRows; ++r)
      for (int64_t c = col; c < col + insideCols; ++c)
        tally.add(view.page(r, c).unit, page);
    return tally.scaled(1, 1);
  }
  const BufferShape &s = view.shape();
  int64_t perRow = s.tiled() ? std::max<int64_t>(1, ceilDiv(s.shardRows, tileDim))
                             : std::max<int64_t>(1, s.shardRows);
  int64_t perCol = s.tiled() ? std::max<int64_t>(1, ceilDiv(s.shardCols, tileDim)) : 1;
  for (int64_t r = row; r < row + insideRows;) {
    int64_t rEnd = std::min(row + insideRows, (r / perRow + 1) * perRow);
    for (int64_t c = col; c < col + insideCols;) {
      int64_t cEnd = std::min(col + insideCols, (c / perCol + 1) * perCol);
      tally.add(view.page(r, c).unit, page, (rEnd - r) * (cEnd - c));
      c = cEnd;
    }
    r = rEnd;
  }
  return tally.scaled(1, 1);
}

Transactions TransactionCounter::window(const BufferView &view, const WindowView &window,
                                        int64_t pitch, int64_t row, int64_t nrows, int64_t tap,
                                        int64_t ntaps, int64_t colByte, int64_t nbytes) const {
  Tally tally{*this, view};
  if (nrows <= 0 || ntaps <= 0 || nbytes <= 0)
    return tally.t;
  int64_t positions = window.positions(), allTaps = window.taps();
  auto source = [&](int64_t r, int64_t t) -> int64_t {
    int64_t s = r >= 0 && r < positions && t < allTaps ? window.sourceRow(r, t) : -1;
    return s < view.pageRows() ? s : -1;
  };
  bool identity = allTaps == 1 && window.strideH == 1 && window.strideW == 1 &&
                  window.padTop == 0 && window.padLeft == 0 && window.inRepeatH == 1 &&
                  window.inRepeatW == 1 && window.inDilationH == 1 && window.inDilationW == 1 &&
                  window.outW == window.inW && window.outH == window.inH;
  bool dense = !view.shape().interleaved() && colByte == 0 && nbytes == view.pageBytes() &&
               pitch == nbytes;
  if (identity && dense) {
    // Whole rows that follow each other: one run a shard.
    int64_t per = std::max<int64_t>(1, view.shape().shardRows);
    int64_t end = std::min(row + nrows, view.pageRows());
    for (int64_t r = row; r < end;) {
      int64_t rEnd = std::min(end, (r / per + 1) * per);
      tally.add(view.page(r, 0).unit, (rEnd - r) * nbytes);
      r = rEnd;
    }
    if (end < row + nrows)
      tally.fill((row + nrows - std::max(end, row)) * nbytes);
    return tally.scaled(1, 1);
  }
  if (ntaps == 1 && window.strideW == 1 && window.inDilationW == 1 && window.inRepeatW == 1 &&
      !view.shape().interleaved())
    return lines(view, window, dense, row, nrows, tap, colByte, nbytes);
  int64_t seen = std::clamp<int64_t>(samples / ntaps, 4, nrows);
  seen = std::min(seen, nrows);
  for (int64_t k = 0; k < seen; ++k) {
    int64_t r = row + (2 * k + 1) * nrows / (2 * seen);
    // Pieces of one output row that follow each other in memory are one transaction.
    uint32_t unit = 0;
    uint64_t next = 0;
    int64_t run = 0;
    bool filling = false;
    auto flush = [&] {
      if (run)
        filling ? tally.fill(run) : tally.add(unit, run);
      run = 0;
    };
    for (int64_t t = tap; t < tap + ntaps; ++t) {
      int64_t s = source(r, t);
      if (s < 0) {
        if (!filling)
          flush();
        filling = true;
        run += nbytes;
        continue;
      }
      for (int64_t byte = colByte, left = nbytes; left > 0;) {
        if (byte >= view.rowBytes()) {
          if (!filling)
            flush();
          filling = true;
          run += left;
          break;
        }
        BufferView::Segment segment = view.rowSegment(s, byte, left);
        if (filling || !run || segment.place.unit != unit || segment.place.address != next) {
          flush();
          filling = false;
          unit = segment.place.unit;
        }
        run += segment.bytes;
        next = segment.place.address + uint64_t(segment.bytes);
        byte += segment.bytes;
        left -= segment.bytes;
      }
    }
    flush();
  }
  return tally.scaled(nrows, seen);
}

/// One stick an output row: runs along the lines of the image, exactly.
Transactions TransactionCounter::lines(const BufferView &view, const WindowView &window, bool dense,
                                       int64_t row, int64_t nrows, int64_t tap, int64_t colByte,
                                       int64_t nbytes) const {
  Tally tally{*this, view};
  int64_t perShard = std::max<int64_t>(1, view.shape().shardRows);
  int64_t runFill = 0, runRows = 0, runNext = -1; // what was begun: zeros, or sticks up to a row
  uint32_t runUnit = 0;
  auto flush = [&] {
    if (runFill)
      tally.fill(runFill * nbytes);
    if (runRows)
      tally.add(runUnit, runRows * nbytes);
    runFill = runRows = 0;
  };
  int64_t kx = tap % window.kernelW;
  for (int64_t r = row, end = row + nrows; r < end;) {
    int64_t ox = r % window.outW, ix = ox + kx * window.dilationW - window.padLeft;
    int64_t left = std::min(window.outW - ox, end - r);
    int64_t source = r >= 0 && r < window.positions() ? window.sourceRow(r, tap) : -1;
    if (source < 0 || source >= view.pageRows()) {
      // Zeros: before the image's line begins, or for the rest of this one.
      int64_t n = ix < 0 ? std::min(left, -ix) : left;
      if (!dense)
        tally.fill(nbytes, n);
      else {
        if (runRows)
          flush();
        runFill += n;
      }
      r += n;
      continue;
    }
    int64_t n = std::min({left, window.inW - ix, (source / perShard + 1) * perShard - source});
    if (dense) {
      uint32_t unit = view.page(source, 0).unit;
      if (runFill || unit != runUnit || source != runNext)
        flush();
      runUnit = unit;
      runRows += n;
      runNext = source + n;
    } else {
      for (int64_t byte = colByte, rest = nbytes; rest > 0;) {
        if (byte >= view.rowBytes()) {
          tally.fill(rest, n);
          break;
        }
        BufferView::Segment segment = view.rowSegment(source, byte, rest);
        tally.add(segment.place.unit, segment.bytes, n);
        byte += segment.bytes;
        rest -= segment.bytes;
      }
    }
    r += n;
  }
  flush();
  return tally.scaled(1, 1);
}

Transactions TransactionCounter::rows(const BufferView &view, int64_t pitch, int64_t row,
                                      int64_t nrows, int64_t colByte, int64_t nbytes) const {
  Tally tally{*this, view};
  int64_t inside = std::clamp<int64_t>(view.pageRows() - row, 0, std::max<int64_t>(nrows, 0));
  if (inside == 0 || nbytes <= 0)
    return tally.t;
  bool dense = !view.shape().interleaved() && colByte == 0 && nbytes == view.pageBytes() &&
               pitch == nbytes;
  if (dense) {
    int64_t per = std::max<int64_t>(1, view.shape().shardRows);
    for (int64_t r = row; r < row + inside;) {
      int64_t rEnd = std::min(row + inside, (r / per + 1) * per);
      tally.add(view.page(r, 0).unit, (rEnd - r) * nbytes);
      r = rEnd;
    }
    return tally.scaled(1, 1);
  }
  int64_t seen = std::min(inside, samples);
  for (int64_t k = 0; k < seen; ++k) {
    int64_t r = row + (2 * k + 1) * inside / (2 * seen);
    for (int64_t byte = colByte, left = nbytes; left > 0 && byte < view.rowBytes();) {
      BufferView::Segment segment = view.rowSegment(r, byte, left);
      tally.add(segment.place.unit, segment.bytes);
      byte += segment.bytes;
      left -= segment.bytes;
    }
  }
  return tally.scaled(inside, seen);
}

Transactions TransactionCounter::local(int64_t count, int64_t bytes) const {
  Transactions t;
  if (count > 0 && bytes > 0)
    t.at(Route::Self) = {count * timing::packets(spec, ceilDiv(bytes, count)), bytes};
  return t;
}

} // namespace ttc::cost
