//===- Fuzz.h - legal random delays ------------------------------------------===//
//
// A program must compute the same bits whatever the machine's timing. With a seed,
// threads start late, hesitate before instructions that meet other cores, transfers
// complete late and their bytes move at any time between issue and barrier.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_FUZZ_H
#define TTC_RUNTIME_SIM_FUZZ_H

#include <cstdint>

namespace ttc::sim {

class Fuzz {
public:
  explicit Fuzz(uint64_t seed) : seed(seed), state(seed << 32) {}
  bool on() const { return seed != 0; }
  bool coin() { return next() & 1; }
  /// Cycles, 0..limit-1.
  int64_t delay(int64_t limit) { return int64_t(next() % uint64_t(limit)); }
  /// 0 half of the time.
  int64_t hesitation(int64_t limit) { return coin() ? 0 : delay(limit); }

private:
  /// splitmix64 (Steele, Lea, Flood 2014).
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t seed, state;
};

} // namespace ttc::sim

#endif
