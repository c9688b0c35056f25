//===- Memory.cpp - accesses against the shadow ------------------------------===//
#include "Sim/Sanitizer/Sanitizer.h"

#include <fmt/format.h>

namespace ttc::sim {

Sanitizer::Access Sanitizer::reading(const Site &s, Actor a, Owner owner) {
  uint32_t count = isTransfer(a) ? thread(s).pending[(a - ReaderReads) % 3] : clockOf(s, a).own[a];
  return {s, a, count, false, owner};
}
Sanitizer::Access Sanitizer::writing(const Site &s, Actor a, Owner owner) {
  Access access = reading(s, a, owner);
  access.write = true;
  return access;
}

bool Sanitizer::ordered(const Access &a, const Epoch &e) {
  return e.count == 0 || clockOf(a.site, a.actor).knows(a.site.core, e.core, e.actor, e.count);
}

void Sanitizer::unordered(const Access &a, const Epoch &before, bool beforeWrites, uint64_t begin,
                          uint64_t end) {
  // Ordered behind the issue of a transfer but not behind its end: a barrier is missing between.
  bool outstanding = isTransfer(before.actor) &&
                     clockOf(a.site, a.actor)
                         .knows(a.site.core, before.core,
                                before.actor < WriterReads ? Reader : Writer, before.issued);
  std::string where = fmt::format("bytes {}..{} of {}", begin, end, ownerName(a.owner, launch));
  const char *verb = a.write ? "writes" : "reads", *did = beforeWrites ? "writes" : "reads";
  found(outstanding ? Check::MissingBarrier : Check::DataRace, a.site,
        outstanding ? fmt::format("{} {}, which a transfer may still {}: no barrier ends it before",
                                  verb, where, beforeWrites ? "write" : "read")
                    : fmt::format("{} {}, unordered with an access that {} them", verb, where, did),
        &before, fmt::format("{} the same bytes", did));
}

bool Sanitizer::nested(Owner a, Owner b) const {
  size_t n = views.buffers.size();
  if (size_t(a) >= n || size_t(b) >= n)
    return false;
  const program::BufferT &x = *file.model().buffers[size_t(a)],
                         &y = *file.model().buffers[size_t(b)];
  auto in = [](const program::BufferT &p, const program::BufferT &q) {
    return p.address >= q.address && p.address + p.size <= q.address + q.size;
  };
  return x.memory == y.memory && (in(x, y) || in(y, x));
}

bool Sanitizer::compatible(Owner writer, uint32_t ofLaunch, Owner owner) const {
  if (writer == owner)
    return size_t(owner) < views.buffers.size() || ofLaunch == launch;
  return nested(writer, owner) && !isFreed[size_t(writer)];
}

Sanitizer::Where Sanitizer::whereIn(Owner owner, bool l1, unsigned number, uint64_t begin,
                                    uint64_t end) const {
  if (size_t(owner) >= views.buffers.size())
    return Where::Data;
  const BufferView &v = views.buffers[size_t(owner)];
  const BufferShape &s = v.shape();
  int64_t page = v.pageBytes();
  int64_t shardCols = s.tiled() ? std::max<int64_t>(1, (s.shardCols + tileDim - 1) / tileDim) : 1;
  int64_t shardRows = s.tiled() ? std::max<int64_t>(1, (s.shardRows + tileDim - 1) / tileDim)
                                : std::max<int64_t>(1, s.shardRows);
  // The shard that lies on this core.
  int64_t i = 0, j = 0;
  if (!s.interleaved()) {
    int64_t ni = (v.pageRows() + shardRows - 1) / shardRows,
            nj = (v.pageCols() + shardCols - 1) / shardCols;
    bool here = false;
    for (int64_t a = 0; a < ni && !here; ++a)
      for (int64_t b = 0; b < nj && !here; ++b)
        if (v.core(a, b) == number) {
          i = a, j = b;
          here = true;
        }
    if (!here)
      return Where::PastRows;
  }
  (void)l1;
  bool pastColumns = false;
  for (int64_t p = int64_t(begin - s.address) / page; int64_t(s.address) + p * page < int64_t(end);
       ++p) {
    int64_t row, col;
    if (s.interleaved()) {
      int64_t global = p * v.units() + number;
      row = global / v.pageCols();
      col = global % v.pageCols();
    } else {
      row = i * shardRows + p / shardCols;
      col = j * shardCols + p % shardCols;
    }
    if (row >= v.pageRows() || (!s.interleaved() && p / shardCols >= shardRows))
      continue;
    if (col >= v.pageCols()) {
      pastColumns = true;
      continue;
    }
    if (s.tiled())
      return Where::Data;
    int64_t columns = s.interleaved() ? s.cols : std::min(s.shardCols, s.cols - col * s.shardCols);
    int64_t data =
        int64_t(s.address) + p * page + columns * int64_t(elementBytes(dataFormat(s.format)));
    if (int64_t(begin) < data)
      return Where::Data;
    pastColumns = true;
  }
  return pastColumns ? Where::PastColumns : Where::PastRows;
}

void Sanitizer::checkRead(const Access &a, const ByteState &s, bool l1, unsigned number,
                          uint64_t begin, uint64_t end) {
  if (!ordered(a, s.write))
    unordered(a, s.write, true, begin, end);
  if (s.writer >= 0 && compatible(s.writer, s.launch, a.owner))
    return;
  Where where = whereIn(a.owner, l1, number, begin, end);
  // Rows past the last stay rows past the last, unless they are summed up.
  if (where == Where::PastRows && !a.reduces)
    return;
  std::string bytes =
      fmt::format("reads bytes {}..{} of {}", begin, end, ownerName(a.owner, launch));
  std::string last = s.writer < 0 ? "which nothing has written"
                                  : "last written by " + ownerName(s.writer, s.launch);
  if (where != Where::Data)
    found(Check::Padding, a.site,
          fmt::format("{}, past the tensor's last {}, {}", bytes,
                      where == Where::PastRows ? "row" : "column", last));
  else if (s.writer < 0 || size_t(a.owner) >= views.buffers.size())
    found(Check::Uninitialised, a.site, fmt::format("{}, {}", bytes, last));
  else
    found(Check::UseAfterFree, a.site, fmt::format("{}, {}", bytes, last));
}

void Sanitizer::checkWrite(const Access &a, const ByteState &s, uint64_t begin, uint64_t end) {
  if (!ordered(a, s.write))
    unordered(a, s.write, true, begin, end);
  if (!ordered(a, s.read))
    unordered(a, s.read, false, begin, end);
  if (s.readers >= 0)
    for (const Epoch &e : readLists[size_t(s.readers)])
      if (!ordered(a, e))
        unordered(a, e, false, begin, end);
  if (s.writer == a.owner || s.writer < 0 || size_t(s.writer) >= views.buffers.size())
    return;
  if (!isFreed[size_t(s.writer)] && lastUse[size_t(s.writer)] >= int64_t(launch) &&
      !nested(s.writer, a.owner))
    found(Check::Ownership, a.site,
          fmt::format("writes bytes {}..{} of {} over {}, which is still to be read", begin, end,
                      ownerName(a.owner, launch), ownerName(s.writer, s.launch)));
}

void Sanitizer::touch(const Access &a, bool l1, unsigned number, uint64_t begin, uint64_t end) {
  if (begin >= end || stop)
    return;
  ++result.accesses;
  ShadowUnit &u = unit(l1, number);
  Epoch now{uint16_t(a.site.core), uint16_t(a.actor), a.count, a.site.instruction,
            uint32_t(a.site.cycle - start)};
  if (isTransfer(a.actor))
    now.issued = thread(a.site).clock.own[a.actor < WriterReads ? Reader : Writer];
  if (a.write) {
    u.visit(begin, end,
            [&](const ByteState &s, uint64_t lo, uint64_t hi) { checkWrite(a, s, lo, hi); });
    ByteState state;
    state.writer = a.owner;
    state.launch = launch;
    state.write = now;
    u.assign(begin, end, state);
    return;
  }
  bool note = false;
  u.visit(begin, end, [&](const ByteState &s, uint64_t lo, uint64_t hi) {
    checkRead(a, s, l1, number, lo, hi);
    note |= !(s.read.core == now.core && s.read.actor == now.actor && s.read.count == now.count);
  });
  if (!note)
    return;
  u.update(begin, end, [&](ByteState &s, uint64_t, uint64_t) {
    if (ordered(a, s.read)) {
      s.read = now;
      return;
    }
    if (s.read.core == now.core && s.read.actor == now.actor) {
      s.read.count = std::max(s.read.count, now.count);
      return;
    }
    if (s.readers < 0) {
      s.readers = int32_t(readLists.size());
      readLists.emplace_back();
    } else {
      // Lists are not shared between segments that may part ways.
      readLists.push_back(readLists[size_t(s.readers)]);
      s.readers = int32_t(readLists.size()) - 1;
    }
    std::vector<Epoch> &list = readLists.back();
    for (Epoch &e : list)
      if (e.core == now.core && e.actor == now.actor) {
        e = now;
        return;
      }
    list.push_back(now);
  });
}

void Sanitizer::touchRows(const Access &a, uint64_t begin, int64_t n, int64_t bytes,
                          int64_t pitch) {
  if (pitch == bytes || n == 1)
    return touchOwn(a, begin, n * bytes);
  for (int64_t i = 0; i < n; ++i)
    touchOwn(a, begin + uint64_t(i * pitch), bytes);
}

void Sanitizer::forEachRun(const BufferView &v,
                           const std::function<void(uint32_t, uint64_t, uint64_t)> &fn) const {
  const BufferShape &s = v.shape();
  uint64_t page = uint64_t(v.pageBytes());
  if (s.interleaved()) {
    uint64_t pages = uint64_t(v.pageRows()) * uint64_t(v.pageCols()), units = v.units();
    for (uint64_t u = 0; u < std::min(units, pages); ++u)
      fn(uint32_t(u), s.address, s.address + (pages - u + units - 1) / units * page);
    return;
  }
  int64_t rows = s.tiled() ? (s.shardRows + tileDim - 1) / tileDim : s.shardRows;
  int64_t cols = s.tiled() ? (s.shardCols + tileDim - 1) / tileDim : 1;
  for (int64_t r = 0; r < v.pageRows(); r += rows)
    for (int64_t c = 0; c < v.pageCols(); c += cols) {
      int64_t nr = std::min(rows, v.pageRows() - r), nc = std::min(cols, v.pageCols() - c);
      BufferView::Place first = v.page(r, c);
      for (int64_t i = 0; i < (nc == cols ? 1 : nr); ++i) {
        uint64_t begin = first.address + uint64_t(i * cols) * page;
        fn(first.unit, begin, begin + uint64_t(nc == cols ? nr * nc : nc) * page);
      }
    }
}
bool Sanitizer::allWritten(Owner owner, bool l1, unsigned number, uint64_t begin, uint64_t end) {
  bool all = true;
  unit(l1, number).visit(begin, end, [&](const ByteState &s, uint64_t, uint64_t) {
    all &= s.writer >= 0 && compatible(s.writer, s.launch, owner);
  });
  return all;
}

Sanitizer::Quiet Sanitizer::quiet(uint32_t buffer) {
  Quiet &q = isQuiet[buffer];
  if (q != Unknown)
    return q;
  q = Busy;
  const program::BufferT &info = *file.model().buffers[buffer];
  const BufferView &v = views.buffers[buffer];
  for (const Range &r : written)
    if (r.l1 == v.inL1() && r.begin < info.address + info.size && info.address < r.end)
      return q;
  bool whole = true, data = true;
  forEachRun(v, [&](uint32_t number, uint64_t begin, uint64_t end) {
    if (allWritten(Owner(buffer), v.inL1(), number, begin, end))
      return;
    whole = false;
    if (v.shape().tiled()) {
      data = false;
      return;
    }
    uint64_t page = uint64_t(v.pageBytes());
    for (uint64_t at = begin; at < end && data; at += page)
      unit(v.inL1(), number)
          .visit(at, at + page, [&](const ByteState &s, uint64_t lo, uint64_t hi) {
            if (s.writer < 0 || !compatible(s.writer, s.launch, Owner(buffer)))
              data &= whereIn(Owner(buffer), v.inL1(), number, lo, hi) != Where::Data;
          });
  });
  return q = whole ? Whole : data ? DataOnly : Busy;
}

} // namespace ttc::sim
