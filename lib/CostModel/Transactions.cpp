//===- Transactions.cpp - NoC transactions of an instruction, counted -------===//
#include "Transactions.h"

#include <algorithm>

namespace ttc::cost {
namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }


/// Are sticks whole rows of shards, so that those that follow each other are one piece?
bool wholePages(const BufferView &view, int64_t pitch, int64_t colByte, int64_t nbytes) {
  return !view.shape().interleaved() && nbytes == view.pageBytes() && colByte % nbytes == 0 &&
         pitch == nbytes;
}
} // namespace

void TransactionCounter::start(unsigned c, int64_t n) {
  core = c;
  samples = n;
  lastUnit = -1;
}

/// Adds pieces in the order in which they are issued.
struct TransactionCounter::Tally {
  TransactionCounter &counter;
  bool read;
  bool dram = false; ///< where the buffer is
  Transactions t{};
  int64_t before = -1, bytesBefore = -1; ///< place and size of the last piece
  bool dramBefore = false;
  int64_t filled = 0; ///< bytes on the wire that are zeros

  Tally(TransactionCounter &counter, const BufferView &view, bool read)
      : counter(counter), read(read), dram(!view.inL1()) {
    counter.flows.clear();
  }
  explicit Tally(TransactionCounter &counter) : counter(counter), read(true) {
    counter.flows.clear();
  }

  /// alternating: between any two of them come pieces of other places.
  void add(uint32_t unit, int64_t bytes, int64_t times = 1, bool alternating = false) {
    put(dram, unit, bytes, times, alternating);
  }
  /// Zeros come from a prepared page of the core's own L1.
  void fill(int64_t bytes, int64_t times = 1) {
    put(false, counter.core, bytes, times);
    filled += times * timing::wireBytes(counter.spec, bytes);
  }

  void put(bool inDram, uint32_t unit, int64_t bytes, int64_t times, bool alternating = false) {
    const DeviceSpec &d = counter.spec;
    int64_t n = timing::packets(d, bytes);
    timing::Issue kind;
    kind.read = read;
    kind.dram = inDram;
    kind.local = !inDram && unit == counter.core;
    kind.elsewhere = counter.lastUnit >= 0 && counter.lastUnit != int64_t(unit);
    kind.repeat = n == 1 && before == int64_t(unit) && dramBefore == inDram && bytesBefore == bytes;
    t.issue += t.lastIssue = timing::issue(d, kind, n);
    if (times > 1) {
      kind.elsewhere = alternating;
      kind.repeat = n == 1 && !alternating;
      t.lastIssue = timing::issue(d, kind, n);
      t.issue += (times - 1) * t.lastIssue;
    }
    counter.lastUnit = before = unit;
    bytesBefore = bytes;
    dramBefore = inDram;
    t.packets += times * n;
    t.bytes += times * bytes;
    if (inDram)
      t.dramBytes += times * bytes;
    int64_t wire = times * timing::wireBytes(d, bytes);
    std::vector<Flow> &flows = counter.flows;
    for (size_t i = flows.size(); i-- > 0;)
      if (flows[i].unit == unit && flows[i].dram == inDram) {
        flows[i].bytes += wire;
        return;
      }
    flows.push_back({unit, inDram, wire});
  }

  Transactions done() {
    t.flows = counter.flows;
    return t;
  }

  /// As if `of` pieces had been looked at instead of `seen`; neighbouring interleaved pages, of
  /// which the sample is too regular a choice, lie in all places alike. Zeros, which cross no link, do not.
  Transactions scaled(const BufferView &view, int64_t of, int64_t seen) {
    if (of == seen || seen <= 0)
      return done();
    auto scale = [&](int64_t &v) { v = (v * of + seen / 2) / seen; };
    for (int64_t *v : {&t.packets, &t.bytes, &t.dramBytes, &t.issue, &filled})
      scale(*v);
    int64_t wire = 0;
    for (Flow &f : counter.flows) {
      scale(f.bytes);
      wire += f.bytes;
    }
    if (view.shape().interleaved() && wire > filled) {
      counter.flows.clear();
      for (uint32_t u = 0; u < view.units(); ++u)
        counter.flows.push_back({u, dram, std::max<int64_t>(1, (wire - filled) / int64_t(view.units()))});
    }
    return done();
  }
};

Transactions TransactionCounter::pages(const BufferView &view, int64_t row, int64_t col,
                                       int64_t nrows, int64_t ncols, bool read) {
  Tally tally(*this, view, read);
  if (nrows <= 0 || ncols <= 0)
    return tally.done();
  int64_t page = view.pageBytes();
  int64_t insideRows = std::clamp<int64_t>(view.pageRows() - row, 0, nrows);
  int64_t insideCols = std::clamp<int64_t>(view.pageCols() - col, 0, ncols);
  int64_t inside = insideRows * insideCols;
  if (int64_t outside = nrows * ncols - inside; read && outside > 0)
    tally.fill(page, outside);
  if (inside == 0)
    return tally.done();
  if (view.shape().interleaved()) {
    // Every page is looked at: which banks they meet on depends on the tensor's width.
    for (int64_t r = row; r < row + insideRows; ++r)
      for (int64_t c = col; c < col + insideCols; ++c)
        tally.add(view.page(r, c).unit, page);
    return tally.done();
  }
  const BufferShape &s = view.shape();
  int64_t perRow = s.tiled() ? std::max<int64_t>(1, ceilDiv(s.shardRows, tileDim))
                             : std::max<int64_t>(1, s.shardRows);
  int64_t perCol = s.tiled() ? std::max<int64_t>(1, ceilDiv(s.shardCols, tileDim)) : 1;
  for (int64_t r = row; r < row + insideRows;) {
    int64_t rEnd = std::min(row + insideRows, (r / perRow + 1) * perRow);
    for (int64_t c = col; c < col + insideCols;) {
      int64_t cEnd = std::min(col + insideCols, (c / perCol + 1) * perCol);
      bool across = (c > col || cEnd < col + insideCols) && cEnd == c + 1;
      tally.add(view.page(r, c).unit, page, (rEnd - r) * (cEnd - c), across);
      c = cEnd;
    }
    r = rEnd;
  }
  return tally.done();
}

Transactions TransactionCounter::window(const BufferView &view, const WindowView &window,
                                        int64_t pitch, int64_t row, int64_t nrows, int64_t tap,
                                        int64_t ntaps, int64_t colByte, int64_t nbytes) {
  Tally tally(*this, view, true);
  if (nrows <= 0 || ntaps <= 0 || nbytes <= 0)
    return tally.done();
  int64_t positions = window.positions(), allTaps = window.taps();
  auto source = [&](int64_t r, int64_t t) -> int64_t {
    int64_t s = r >= 0 && r < positions && t < allTaps ? window.sourceRow(r, t) : -1;
    return s < view.pageRows() ? s : -1;
  };
  bool identity = allTaps == 1 && window.strideH == 1 && window.strideW == 1 &&
                  window.padTop == 0 && window.padLeft == 0 && window.inRepeatH == 1 &&
                  window.inRepeatW == 1 && window.inDilationH == 1 && window.inDilationW == 1 &&
                  window.outW == window.inW && window.outH == window.inH;
  bool dense = wholePages(view, pitch, colByte, nbytes);
  if (identity && dense) {
    // Whole rows that follow each other: one run a shard.
    int64_t per = std::max<int64_t>(1, view.shape().shardRows);
    int64_t end = std::min(row + nrows, view.pageRows());
    for (int64_t r = row; r < end;) {
      int64_t rEnd = std::min(end, (r / per + 1) * per);
      tally.add(view.page(r, colByte / nbytes).unit, (rEnd - r) * nbytes);
      r = rEnd;
    }
    if (end < row + nrows)
      tally.fill((row + nrows - std::max(end, row)) * nbytes);
    return tally.done();
  }
  if (ntaps == 1 && window.strideW == 1 && window.inDilationW == 1 && window.inRepeatW == 1 &&
      !view.shape().interleaved())
    return lines(view, window, dense, row, nrows, tap, colByte, nbytes);
  // Rows are looked at in a few places, some after each other: pieces that follow each other in memory
  // on both sides are one transaction.
  int64_t seen = std::min(nrows, std::max<int64_t>(4, samples / ntaps));
  int64_t together = seen == nrows ? nrows : std::min<int64_t>(seen, 8), places = seen / together;
  seen = places * together;
  for (int64_t k = 0; k < places; ++k) {
    int64_t first = row + (places == 1 ? (nrows - together) / 2 : k * (nrows - together) / (places - 1));
    uint32_t unit = 0;
    uint64_t next = 0;
    int64_t run = 0;
    bool filling = false;
    auto flush = [&] {
      if (run)
        filling ? tally.fill(run) : tally.add(unit, run);
      run = 0;
    };
    for (int64_t piece = 0; piece < together * ntaps; ++piece) {
      if (piece % ntaps == 0 && pitch != ntaps * nbytes)
        flush();
      int64_t s = source(first + piece / ntaps, tap + piece % ntaps);
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
  return tally.scaled(view, nrows, seen);
}

/// One stick an output row: runs along the lines of the image, exactly.
Transactions TransactionCounter::lines(const BufferView &view, const WindowView &window, bool dense,
                                       int64_t row, int64_t nrows, int64_t tap, int64_t colByte,
                                       int64_t nbytes) {
  Tally tally(*this, view, true);
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
      uint32_t unit = view.page(source, colByte / nbytes).unit;
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
        tally.add(segment.place.unit, segment.bytes, n, segment.bytes < nbytes);
        byte += segment.bytes;
        rest -= segment.bytes;
      }
    }
    r += n;
  }
  flush();
  return tally.done();
}

Transactions TransactionCounter::rows(const BufferView &view, int64_t pitch, int64_t row,
                                      int64_t nrows, int64_t colByte, int64_t nbytes) {
  Tally tally(*this, view, false);
  int64_t inside = std::clamp<int64_t>(view.pageRows() - row, 0, std::max<int64_t>(nrows, 0));
  if (inside == 0 || nbytes <= 0)
    return tally.done();
  bool dense = wholePages(view, pitch, colByte, nbytes);
  if (dense) {
    int64_t per = std::max<int64_t>(1, view.shape().shardRows);
    for (int64_t r = row; r < row + inside;) {
      int64_t rEnd = std::min(row + inside, (r / per + 1) * per);
      tally.add(view.page(r, colByte / nbytes).unit, (rEnd - r) * nbytes);
      r = rEnd;
    }
    return tally.done();
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
  return tally.scaled(view, inside, seen);
}

Transactions TransactionCounter::local(int64_t count, int64_t bytes) {
  Tally tally(*this);
  if (count > 0 && bytes > 0)
    tally.fill(ceilDiv(bytes, count), count);
  return tally.done();
}

} // namespace ttc::cost
