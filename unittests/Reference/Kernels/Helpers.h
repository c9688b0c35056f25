//===- Helpers.h - deterministic tensors and their comparison ---------------===//
#ifndef TTC_UNITTESTS_REFERENCE_KERNELS_HELPERS_H
#define TTC_UNITTESTS_REFERENCE_KERNELS_HELPERS_H

#include "ttc/Reference/HostTensor.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace ttc::reference {

/// Values in [-1, 1) that depend on shape and seed only.
inline HostTensor randomTensor(std::vector<int64_t> shape, unsigned seed = 1) {
  HostTensor t(std::move(shape));
  std::minstd_rand random(seed * 7919 + 17);
  for (int64_t i = 0; i < t.size(); ++i)
    t.mutableData()[i] = float(int64_t(random() % 20001) - 10000) / 10000.0f;
  return t;
}

inline void expectNear(const HostTensor &actual, const HostTensor &expected,
                       double tolerance = 1e-5) {
  ASSERT_EQ(actual.shape(), expected.shape());
  for (int64_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual.data()[i], expected.data()[i],
                tolerance * std::max(1.0, std::abs(double(expected.data()[i]))))
        << "at " << i;
}

/// NCHW to NHWC and back, element by element.
inline HostTensor toLast(const HostTensor &t) {
  int64_t n = t.dim(0), c = t.dim(1), h = t.dim(2), w = t.dim(3);
  HostTensor r({n, h, w, c});
  for (int64_t i = 0; i < r.size(); ++i) {
    int64_t ci = i % c, x = i / c % w, y = i / c / w % h, b = i / c / w / h;
    r.mutableData()[i] = t.data()[((b * c + ci) * h + y) * w + x];
  }
  return r;
}

/// The value at (n, c, y, x) of an NCHW tensor, `outside` beyond its image.
inline double at(const HostTensor &t, int64_t n, int64_t c, int64_t y, int64_t x,
                 double outside = 0) {
  if (y < 0 || x < 0 || y >= t.dim(2) || x >= t.dim(3))
    return outside;
  return t.data()[((n * t.dim(1) + c) * t.dim(2) + y) * t.dim(3) + x];
}

} // namespace ttc::reference

#endif
