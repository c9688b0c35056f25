//===- PoolTest.cpp - pooling and resizing against the definition -----------===//
#include "ttc/Reference/Pool.h"
#include "Helpers.h"

#include <limits>

using namespace ttc;
using namespace ttc::reference;

namespace {

enum class Kind { max, average, averageWithPad };

/// The definition, one output at a time.
HostTensor naivePool(const HostTensor &x, const PoolParams &p, int64_t oh, int64_t ow, Kind kind) {
  HostTensor r({x.dim(0), x.dim(1), oh, ow});
  float *out = r.mutableData();
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t c = 0; c < x.dim(1); ++c)
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t z = 0; z < ow; ++z) {
          double highest = -std::numeric_limits<double>::infinity(), sum = 0;
          int64_t count = 0;
          for (int64_t i = 0; i < p.kernel[0]; ++i)
            for (int64_t j = 0; j < p.kernel[1]; ++j) {
              int64_t iy = y * p.strides[0] - p.pads[0] + i * p.dilations[0];
              int64_t ix = z * p.strides[1] - p.pads[1] + j * p.dilations[1];
              bool inside = iy >= 0 && ix >= 0 && iy < x.dim(2) && ix < x.dim(3);
              bool padded = iy < x.dim(2) + p.pads[2] && ix < x.dim(3) + p.pads[3];
              count += kind == Kind::averageWithPad ? padded : inside;
              if (inside) {
                highest = std::max(highest, at(x, n, c, iy, ix));
                sum += at(x, n, c, iy, ix);
              }
            }
          *out++ = float(kind == Kind::max ? highest : sum / double(count));
        }
  return r;
}

void check(PoolParams p, int64_t h, int64_t w, int64_t oh, int64_t ow) {
  HostTensor x = randomTensor({2, 5, h, w});
  expectNear(maxPool2d(x, p), naivePool(x, p, oh, ow, Kind::max), 0);
  expectNear(avgPool2d(x, p), naivePool(x, p, oh, ow, Kind::average));
  PoolParams q = p;
  q.countIncludePad = true;
  expectNear(avgPool2d(x, q), naivePool(x, p, oh, ow, Kind::averageWithPad));
  PoolParams last = p;
  last.format = q.format = ImageFormat::nhwc;
  expectNear(maxPool2d(toLast(x), last), toLast(naivePool(x, p, oh, ow, Kind::max)), 0);
  expectNear(avgPool2d(toLast(x), last), toLast(naivePool(x, p, oh, ow, Kind::average)));
  expectNear(avgPool2d(toLast(x), q), toLast(naivePool(x, p, oh, ow, Kind::averageWithPad)));
}

TEST(Pool, MatchesDefinition) {
  check({.kernel = {2, 2}, .strides = {2, 2}}, 8, 6, 4, 3);
  check({.kernel = {3, 3}, .strides = {2, 2}, .pads = {1, 1, 1, 1}}, 9, 8, 5, 4);
  check({.kernel = {13, 13}, .pads = {6, 6, 6, 6}}, 10, 10, 10, 10);
  check({.kernel = {2, 2}, .pads = {0, 0, 1, 1}}, 5, 5, 5, 5); // Darknet's 2x2 stride 1
  check({.kernel = {3, 2}, .strides = {1, 2}, .pads = {2, 0, 1, 1}}, 5, 7, 6, 4);
}

TEST(Pool, Dilated) {
  PoolParams p{.kernel = {2, 3}, .strides = {1, 2}, .pads = {1, 2, 0, 1}, .dilations = {2, 2}};
  HostTensor x = randomTensor({1, 4, 6, 9});
  expectNear(maxPool2d(x, p), naivePool(x, p, 5, 4, Kind::max), 0);
}

TEST(Pool, CeilModeRoundsUpButDropsWindowsInPadding) {
  check({.kernel = {2, 2}, .strides = {2, 2}, .ceilMode = true}, 5, 7, 3, 4);
  check({.kernel = {3, 3}, .strides = {2, 2}, .pads = {1, 1, 1, 1}, .ceilMode = true}, 6, 6, 4, 4);
  // (4 + 2 - 1) / 2 rounded up + 1 = 4, but the fourth window would begin at 5 = input + padding.
  EXPECT_EQ(pooledExtent(4, 1, 2, 1, 1, 1, true), 3);
  EXPECT_EQ(pooledExtent(4, 1, 2, 0, 0, 1, true), 2);
  EXPECT_EQ(pooledExtent(5, 2, 2, 0, 0, 1, true), 3);
}

TEST(Resize, Nearest) {
  HostTensor x = randomTensor({2, 3, 4, 5});
  HostTensor expected({2, 3, 8, 15});
  for (int64_t i = 0; i < expected.size(); ++i)
    expected.mutableData()[i] =
        float(at(x, i / (3 * 8 * 15), i / (8 * 15) % 3, i / 15 % 8 / 2, i % 15 / 3));
  expectNear(upsampleNearest(x, {2, 3}, ImageFormat::nchw), expected, 0);
  expectNear(upsampleNearest(toLast(x), {2, 3}, ImageFormat::nhwc), toLast(expected), 0);
}

TEST(Resize, Bilinear) {
  HostTensor x = randomTensor({1, 2, 3, 4});
  for (Coordinates mode :
       {Coordinates::asymmetric, Coordinates::halfPixel, Coordinates::alignCorners}) {
    auto source = [&](int64_t o, int64_t in, int64_t scale) {
      double s = mode == Coordinates::asymmetric ? double(o) / double(scale)
                 : mode == Coordinates::halfPixel
                     ? (double(o) + 0.5) / double(scale) - 0.5
                     : double(o) * double(in - 1) / double(in * scale - 1);
      return std::min(std::max(s, 0.0), double(in - 1));
    };
    HostTensor expected({1, 2, 6, 12});
    for (int64_t i = 0; i < expected.size(); ++i) {
      int64_t c = i / 72;
      double y = source(i / 12 % 6, 3, 2), z = source(i % 12, 4, 3);
      double value = 0; // a sum over hat functions
      for (int64_t a = 0; a < 3; ++a)
        for (int64_t b = 0; b < 4; ++b)
          value += at(x, 0, c, a, b) * std::max(0.0, 1 - std::abs(y - double(a))) *
                   std::max(0.0, 1 - std::abs(z - double(b)));
      expected.mutableData()[i] = float(value);
    }
    expectNear(upsampleBilinear(x, {2, 3}, mode, ImageFormat::nchw), expected);
    expectNear(upsampleBilinear(toLast(x), {2, 3}, mode, ImageFormat::nhwc), toLast(expected));
  }
}

} // namespace
