//===- Random.h - numbers that depend on nothing but a seed and an index -----------------===//
//
// Value i of a stream is a hash of the stream and i, in integer and plain float
// arithmetic: the same on every machine, in any order.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_RANDOMWEIGHTS_RANDOM_H
#define TTC_LIB_IMPORT_RANDOMWEIGHTS_RANDOM_H

#include <cstdint>
#include <vector>

namespace ttc {

class RandomStream {
public:
  RandomStream(uint64_t seed, uint64_t stream) : key(mix(mix(seed) ^ mix(~stream))) {}

  /// Uniform in 0 <= x < 1.
  float uniform(uint64_t index) const { return float(bits(index) >> 40) * 0x1p-24f; }

  /// Nearly normal with mean 0 and deviation 1: the sum of four uniform numbers of 16 bits (bounded
  /// by 3.5, which keeps single huge weights away).
  float normal(uint64_t index) const {
    uint64_t b = bits(index);
    auto sum = int64_t((b & 0xffff) + (b >> 16 & 0xffff) + (b >> 32 & 0xffff) + (b >> 48));
    constexpr float deviation = 37837.23f; // 2^16 * sqrt(4 / 12)
    return float(sum - 131070) / deviation;
  }

  std::vector<float> uniforms(size_t count, float low, float high) const {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = low + (high - low) * uniform(i);
    return values;
  }

  std::vector<float> normals(size_t count, float mean, float deviation) const {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = mean + deviation * normal(i);
    return values;
  }

private:
  /// The finalizer of SplitMix64.
  static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  }
  uint64_t bits(uint64_t index) const { return mix(key + (index + 1) * 0x9e3779b97f4a7c15); }

  uint64_t key;
};

} // namespace ttc

#endif
