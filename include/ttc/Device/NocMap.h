//===- NocMap.h - what transfers share, and what each of them crosses -------===//
//
// The resources of a device that data movement shares, numbered: three ports a core
// and NoC, DRAM channels, the links between routers. The simulator's flows and the
// pricing builder's sums follow the same routes through them: dimension order on a
// torus, NoC 0 right, then down; NoC 1 up, then left (HARDWARE.md 1.3).
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DEVICE_NOCMAP_H
#define TTC_DEVICE_NOCMAP_H

#include "ttc/Device/Timing.h"

#include <string>
#include <vector>

namespace ttc {

class NocMap {
public:
  explicit NocMap(const DeviceSpec &spec);

  /// Of a core on a NoC: `out` injects, `in` absorbs, `answer` is the L1 port that reads go through.
  enum class Port : uint8_t { out, in, answer };
  uint32_t port(unsigned core, unsigned noc, Port which) const {
    return (core * 2 + noc) * 3 + uint32_t(which);
  }
  uint32_t channel(unsigned bank) const { return firstChannel + bank; }
  /// The link that leaves the router at `at`, along the column if `vertical`.
  uint32_t link(unsigned noc, timing::Place at, bool vertical) const {
    return firstLink + ((noc * uint32_t(sizeY) + uint32_t(at.y)) * uint32_t(sizeX) + uint32_t(at.x)) * 2 +
           vertical;
  }
  uint32_t numResources() const { return firstLink + uint32_t(sizeX * sizeY) * 4; }

  /// What a resource carries at most, and what it carries when several threads use it at once.
  Milli bandwidth(uint32_t resource) const;
  Milli sharedBandwidth(uint32_t resource) const;
  /// "core (3, 1) noc 0 in", "dram 4", "noc 1 router (2, 8) x".
  std::string name(uint32_t resource) const;

  timing::Place core(unsigned core) const { return cores[core]; }
  timing::Place bank(unsigned bank) const { return banks[bank]; }

  /// fn(resource) for the links from router to router.
  template <typename Fn>
  void eachLink(unsigned noc, timing::Place from, timing::Place to, Fn fn) const {
    auto alongX = [&] {
      for (; from.x != to.x; from.x = next(from.x, sizeX, noc))
        fn(link(noc, from, false));
    };
    if (noc == 0)
      alongX();
    for (; from.y != to.y; from.y = next(from.y, sizeY, noc))
      fn(link(noc, from, true));
    alongX();
  }
  /// fn(resource) for all that a read or write of `mine` to or from `unit` (a DRAM bank or a core)
  /// crosses, each once. A read's data comes back over the NoC it was asked on.
  template <typename Fn>
  void eachResource(unsigned noc, unsigned mine, bool read, bool dram, unsigned unit, Fn fn) const {
    timing::Place here = cores[mine], there = dram ? banks[unit] : cores[unit];
    if (read) {
      fn(dram ? channel(unit) : port(unit, noc, Port::answer));
      if (!dram)
        fn(port(unit, noc, Port::out));
      eachLink(noc, there, here, fn);
      fn(port(mine, noc, Port::in));
    } else {
      fn(port(mine, noc, Port::out));
      eachLink(noc, here, there, fn);
      fn(dram ? channel(unit) : port(unit, noc, Port::in));
    }
  }

private:
  static int next(int at, int size, unsigned noc) {
    return noc == 0 ? (at + 1 == size ? 0 : at + 1) : (at == 0 ? size - 1 : at - 1);
  }

  const DeviceSpec &d;
  int sizeX, sizeY;
  uint32_t firstChannel, firstLink;
  std::vector<timing::Place> cores, banks;
};

} // namespace ttc

#endif
