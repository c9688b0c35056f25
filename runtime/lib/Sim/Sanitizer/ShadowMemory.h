//===- ShadowMemory.h - what is known of every byte of L1 and DRAM ----------===//
//
// Bytes with one history are kept as one segment, so cost follows the number of
// accesses and not of bytes. A unit (L1 of a core, a DRAM bank) is cut into slabs
// of 64 KB, each a sorted list of segments; an untouched slab is empty.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_SANITIZER_SHADOWMEMORY_H
#define TTC_RUNTIME_SIM_SANITIZER_SHADOWMEMORY_H

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ttc::sim {

/// An access of the running program: who, at which of his counts, by which instruction. count 0:
/// none, or before the program began.
struct Epoch {
  uint16_t core = 0, actor = 0;
  uint32_t count = 0;
  uint32_t instruction = 0; ///< index into the kernel
  uint32_t cycle = 0;       ///< from the program's start
  uint32_t issued = 0;      ///< of a transfer: its thread's count when it was issued
  bool same(const Epoch &o) const {
    return core == o.core && actor == o.actor && count == o.count && instruction == o.instruction;
  }
};

struct ByteState {
  int32_t writer = -1;  ///< owner who wrote last (Sanitizer.h); -1: nobody
  uint32_t launch = 0;  ///< in which launch
  Epoch write, read;    ///< the last ones of the running program
  int32_t readers = -1; ///< more reads, unordered with `read`: a list of the sanitizer
  bool same(const ByteState &o) const {
    return writer == o.writer && launch == o.launch && readers == o.readers &&
           write.same(o.write) && read.same(o.read);
  }
};

class ShadowUnit {
public:
  /// fn(const ByteState &, begin, end) for the segments of [begin, end).
  template <typename Fn> void visit(uint64_t begin, uint64_t end, Fn fn) {
    static const ByteState untouched;
    forEachSlab(begin, end, [&](size_t index, uint32_t lo, uint32_t hi) {
      uint64_t base = uint64_t(index) << slabBits;
      if (index >= slabs.size() || slabs[index].list.empty())
        return fn(untouched, base + lo, base + hi);
      std::vector<Segment> &list = slabs[index].list;
      for (size_t i = find(list, lo); i < list.size() && list[i].begin < hi; ++i)
        fn(const_cast<const ByteState &>(list[i].state), base + std::max(lo, list[i].begin),
           base + std::min(hi, endOf(list, i)));
    });
  }
  /// fn(ByteState &, begin, end), which may change the state of exactly these bytes.
  template <typename Fn> void update(uint64_t begin, uint64_t end, Fn fn) {
    forEachSlab(begin, end, [&](size_t index, uint32_t lo, uint32_t hi) {
      std::vector<Segment> &list = touch(index);
      uint64_t base = uint64_t(index) << slabBits;
      size_t i = split(list, lo);
      split(list, hi);
      for (; i < list.size() && list[i].begin < hi; ++i)
        fn(list[i].state, base + list[i].begin, base + endOf(list, i));
    });
  }
  void assign(uint64_t begin, uint64_t end, const ByteState &state) {
    forEachSlab(begin, end, [&](size_t index, uint32_t lo, uint32_t hi) {
      std::vector<Segment> &list = touch(index);
      if (lo == 0 && hi == slabBytes) {
        list.assign(1, {0, state});
        return;
      }
      size_t i = split(list, lo), j = split(list, hi);
      list[i].state = state;
      if (j > i + 1)
        list.erase(list.begin() + ptrdiff_t(i) + 1, list.begin() + ptrdiff_t(j));
      // Equal neighbours are one segment.
      if (i > 0 && list[i - 1].state.same(state)) {
        list.erase(list.begin() + ptrdiff_t(i));
        --i;
      }
      if (i + 1 < list.size() && list[i + 1].state.same(state))
        list.erase(list.begin() + ptrdiff_t(i) + 1);
    });
  }
  /// The program is over: only who wrote last is kept.
  void settle() {
    for (size_t index : dirty) {
      std::vector<Segment> &list = slabs[index].list;
      slabs[index].dirty = false;
      size_t n = 0;
      for (size_t i = 0; i < list.size(); ++i) {
        ByteState s;
        s.writer = list[i].state.writer;
        s.launch = list[i].state.launch;
        if (n == 0 || !list[n - 1].state.same(s))
          list[n++] = {list[i].begin, s};
      }
      list.resize(n);
    }
    dirty.clear();
  }

private:
  static constexpr unsigned slabBits = 16;
  static constexpr uint32_t slabBytes = 1u << slabBits;
  struct Segment {
    uint32_t begin; ///< in the slab; it ends where the next begins
    ByteState state;
  };
  struct Slab {
    std::vector<Segment> list;
    bool dirty = false;
  };

  template <typename Fn> static void forEachSlab(uint64_t begin, uint64_t end, Fn fn) {
    while (begin < end) {
      size_t index = size_t(begin >> slabBits);
      uint64_t base = uint64_t(index) << slabBits, stop = std::min(end, base + slabBytes);
      fn(index, uint32_t(begin - base), uint32_t(stop - base));
      begin = stop;
    }
  }
  static uint32_t endOf(const std::vector<Segment> &list, size_t i) {
    return i + 1 < list.size() ? list[i + 1].begin : slabBytes;
  }
  /// The segment that holds byte `at` of a list that is not empty.
  static size_t find(const std::vector<Segment> &list, uint32_t at) {
    size_t lo = 0, hi = list.size();
    while (hi - lo > 1) {
      size_t mid = (lo + hi) / 2;
      (list[mid].begin <= at ? lo : hi) = mid;
    }
    return lo;
  }
  /// The segment that begins at `at`, made if there is none; list.size() at the slab's end.
  static size_t split(std::vector<Segment> &list, uint32_t at) {
    if (at >= slabBytes)
      return list.size();
    size_t i = find(list, at);
    if (list[i].begin == at)
      return i;
    Segment second{at, list[i].state};
    list.insert(list.begin() + ptrdiff_t(i) + 1, second);
    return i + 1;
  }
  std::vector<Segment> &touch(size_t index) {
    if (index >= slabs.size())
      slabs.resize(index + 1);
    Slab &slab = slabs[index];
    if (slab.list.empty())
      slab.list.push_back({0, ByteState()});
    if (!slab.dirty) {
      slab.dirty = true;
      dirty.push_back(index);
    }
    return slab.list;
  }

  std::vector<Slab> slabs;
  std::vector<size_t> dirty;
};

} // namespace ttc::sim

#endif
