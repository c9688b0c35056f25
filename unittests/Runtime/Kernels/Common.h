//===- Common.h - shared by the kernel tests --------------------------------===//
#ifndef TTC_UNITTESTS_RUNTIME_KERNELS_COMMON_H
#define TTC_UNITTESTS_RUNTIME_KERNELS_COMMON_H

#include "Kernels/Bits.h"
#include "Kernels/Kernels.h"

#include <cmath>
#include <random>
#include <vector>

namespace ttc::sim::test {

using Tile = std::vector<float>;

inline float bf16Of(float x) { return fromBf16(toBf16(x)); }

/// `tiles` tiles of normally distributed bf16 values.
inline Tile normalTiles(size_t tiles, unsigned seed, float scale = 1) {
  Tile v(tiles * tileElements);
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0, scale);
  for (float &x : v)
    x = bf16Of(normal(rng));
  return v;
}

/// Tiles of random bf16 patterns with exponents in [low, high], one in eight zero.
inline Tile patternTiles(size_t tiles, unsigned seed, int low, int high) {
  Tile v(tiles * tileElements);
  std::mt19937 rng(seed);
  for (float &x : v) {
    uint32_t r = uint32_t(rng());
    uint32_t e = uint32_t(low) + r % uint32_t(high - low + 1);
    uint32_t u = (uint32_t(rng()) & 0x807f0000u) | e << 23;
    x = floatOf((r >> 28) < 2 ? u & signBit : u);
  }
  return v;
}

/// Root mean square of the difference over that of `want`.
inline double nrmse(const Tile &got, const Tile &want) {
  double difference = 0, power = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += (double(got[i]) - want[i]) * (double(got[i]) - want[i]);
    power += double(want[i]) * want[i];
  }
  return std::sqrt(difference / power);
}

} // namespace ttc::sim::test

#endif
