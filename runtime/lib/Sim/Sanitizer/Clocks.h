//===- Clocks.h - vector clocks of threads and transfers ---------------------===//
//
// An actor is what can access memory by itself: reader, writer, the two ends of
// the compute thread, and of each data-movement thread its outstanding reads,
// writes and multicasts. An actor's count grows when it lets others know what it
// did. A clock says up to which count of every actor everything has happened.
//
// What a core knows of its own actors is an array; what it knows of others changes
// only through semaphores and is shared between clocks.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_SANITIZER_CLOCKS_H
#define TTC_RUNTIME_SIM_SANITIZER_CLOCKS_H

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace ttc::sim {

enum Actor : unsigned {
  Reader,
  Writer,
  Unpack, ///< compute thread: unpackers and math
  Packer, ///< compute thread
  ReaderReads,
  ReaderWrites,
  ReaderMulticasts,
  WriterReads,
  WriterWrites,
  WriterMulticasts,
  numActors
};
inline bool isTransfer(unsigned actor) { return actor >= ReaderReads; }

/// Counts of all actors of all cores, core by core.
using AllCounts = std::vector<uint32_t>;

struct Clock {
  std::array<uint32_t, numActors> own{};
  std::shared_ptr<const AllCounts> others; ///< null: nothing is known

  bool knows(unsigned core, unsigned ofCore, unsigned actor, uint32_t count) const {
    if (ofCore == core)
      return own[actor] >= count;
    return others && (*others)[size_t(ofCore) * numActors + actor] >= count;
  }

  /// Learns what another clock of the same core knows.
  void join(const Clock &c) {
    for (unsigned a = 0; a < numActors; ++a)
      own[a] = std::max(own[a], c.own[a]);
    if (c.others)
      joinOthers(c.others);
  }
  /// Learns from another core.
  void join(unsigned core, const std::shared_ptr<const AllCounts> &all) {
    if (!all)
      return;
    for (unsigned a = 0; a < numActors; ++a)
      own[a] = std::max(own[a], (*all)[size_t(core) * numActors + a]);
    joinOthers(all);
  }
  /// Everything this clock knows, for another core.
  std::shared_ptr<const AllCounts> everything(unsigned core, size_t cores) const {
    auto all = others ? std::make_shared<AllCounts>(*others)
                      : std::make_shared<AllCounts>(cores * numActors, 0);
    for (unsigned a = 0; a < numActors; ++a) {
      uint32_t &at = (*all)[size_t(core) * numActors + a];
      at = std::max(at, own[a]);
    }
    return all;
  }

private:
  void joinOthers(const std::shared_ptr<const AllCounts> &all) {
    if (all == others)
      return;
    if (!others) {
      others = all;
      return;
    }
    const uint32_t *mine = others->data(), *theirs = all->data();
    size_t n = others->size();
    uint32_t news = 0, old = 0; // bits that differ: no branch in the loop
    for (size_t i = 0; i < n; ++i) {
      news |= uint32_t(theirs[i] > mine[i]);
      old |= uint32_t(mine[i] > theirs[i]);
    }
    if (!news)
      return;
    if (!old) {
      others = all;
      return;
    }
    auto merged = std::make_shared<AllCounts>(n);
    for (size_t i = 0; i < n; ++i)
      (*merged)[i] = std::max(mine[i], theirs[i]);
    others = std::move(merged);
  }
};

} // namespace ttc::sim

#endif
