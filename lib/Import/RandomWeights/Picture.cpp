//===- Picture.cpp - an input that looks like a photo to statistics ---------------------===//
#include "ttc/Import/Picture.h"

#include "Random.h"

namespace ttc {

/// Noise with one random value for each grid point, `cell` pixels apart.
static float smoothNoise(const RandomStream &random, int64_t plane, int64_t y, int64_t x,
                         int64_t cell) {
  auto at = [&](int64_t gy, int64_t gx) {
    return random.uniform(uint64_t(plane << 40 | gy << 20 | gx));
  };
  int64_t gy = y / cell, gx = x / cell;
  float fy = float(y % cell) / float(cell), fx = float(x % cell) / float(cell);
  float top = at(gy, gx) + (at(gy, gx + 1) - at(gy, gx)) * fx;
  float bottom = at(gy + 1, gx) + (at(gy + 1, gx + 1) - at(gy + 1, gx)) * fx;
  return top + (bottom - top) * fy;
}

HostTensor syntheticPicture(std::vector<int64_t> shape, uint64_t seed, uint64_t stream) {
  HostTensor picture(shape);
  int64_t width = shape.empty() ? 1 : shape.back();
  int64_t height = shape.size() < 2 ? 1 : shape[shape.size() - 2];
  int64_t planes = picture.size() / (width * height);
  RandomStream coarse(seed, stream * 3), middle(seed, stream * 3 + 1), fine(seed, stream * 3 + 2);
  float *out = picture.mutableData();
  for (int64_t plane = 0; plane < planes; ++plane)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x)
        *out++ = 0.5f * smoothNoise(coarse, plane, y, x, 48) +
                 0.3f * smoothNoise(middle, plane, y, x, 12) +
                 0.2f * smoothNoise(fine, plane, y, x, 3);
  return picture;
}

} // namespace ttc
