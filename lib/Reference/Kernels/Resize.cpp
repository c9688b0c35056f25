//===- Resize.cpp - upsampling in float -------------------------------------===//
#include "Parallel.h"
#include "ttc/Reference/Pool.h"

#include <cmath>

namespace ttc::reference {

namespace {

/// One output coordinate: the two input coordinates it lies between, and the weight of the second.
struct Tap {
  int64_t low, high;
  float weight;
};

std::vector<Tap> nearestTaps(int64_t in, int64_t scale) {
  std::vector<Tap> taps;
  for (int64_t o = 0; o < in * scale; ++o)
    taps.push_back({o / scale, o / scale, 0});
  return taps;
}

std::vector<Tap> bilinearTaps(int64_t in, int64_t scale, Coordinates coordinates) {
  std::vector<Tap> taps;
  int64_t out = in * scale;
  for (int64_t o = 0; o < out; ++o) {
    double at = 0;
    switch (coordinates) {
    case Coordinates::asymmetric:
      at = double(o) / double(scale);
      break;
    case Coordinates::halfPixel:
      at = (double(o) + 0.5) / double(scale) - 0.5;
      break;
    case Coordinates::alignCorners:
      at = out == 1 ? 0 : double(o) * double(in - 1) / double(out - 1);
      break;
    }
    at = std::clamp(at, 0.0, double(in - 1));
    int64_t low = int64_t(std::floor(at));
    taps.push_back({low, std::min(low + 1, in - 1), float(at - double(low))});
  }
  return taps;
}

/// `unit` values lie together at each pixel (channels of NHWC, one for NCHW planes).
void resizeRow(const float *top, const float *bottom, float weightY, const std::vector<Tap> &taps,
               int64_t unit, float *out) {
  for (const Tap &tap : taps) {
    const float *a = top + tap.low * unit, *b = top + tap.high * unit;
    const float *c = bottom + tap.low * unit, *d = bottom + tap.high * unit;
    float wx = tap.weight;
    if (wx == 0 && weightY == 0) {
      std::memcpy(out, a, size_t(unit) * sizeof(float));
    } else {
      for (int64_t i = 0; i < unit; ++i) {
        float upper = a[i] + (b[i] - a[i]) * wx, lower = c[i] + (d[i] - c[i]) * wx;
        out[i] = upper + (lower - upper) * weightY;
      }
    }
    out += unit;
  }
}

HostTensor resize(const HostTensor &input, const std::vector<Tap> &rows,
                  const std::vector<Tap> &columns, ImageFormat format) {
  bool last = format == ImageFormat::nhwc;
  int64_t h = input.dim(last ? 1 : 2), w = input.dim(last ? 2 : 3);
  int64_t oh = int64_t(rows.size()), ow = int64_t(columns.size());
  int64_t unit = last ? input.dim(3) : 1;
  int64_t planes = last ? input.dim(0) : input.dim(0) * input.dim(1);
  HostTensor result(last ? std::vector<int64_t>{input.dim(0), oh, ow, unit}
                         : std::vector<int64_t>{input.dim(0), input.dim(1), oh, ow});
  const float *in = input.data();
  float *out = result.mutableData();
  parallelFor(planes * oh, rowGrain(ow * unit), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const Tap &tap = rows[size_t(row % oh)];
      const float *plane = in + row / oh * h * w * unit;
      resizeRow(plane + tap.low * w * unit, plane + tap.high * w * unit, tap.weight, columns, unit,
                out + row * ow * unit);
    }
  });
  return result;
}

} // namespace

HostTensor upsampleNearest(const HostTensor &input, std::array<int64_t, 2> scales,
                           ImageFormat format) {
  bool last = format == ImageFormat::nhwc;
  return resize(input, nearestTaps(input.dim(last ? 1 : 2), scales[0]),
                nearestTaps(input.dim(last ? 2 : 3), scales[1]), format);
}

HostTensor upsampleBilinear(const HostTensor &input, std::array<int64_t, 2> scales,
                            Coordinates coordinates, ImageFormat format) {
  bool last = format == ImageFormat::nhwc;
  return resize(input, bilinearTaps(input.dim(last ? 1 : 2), scales[0], coordinates),
                bilinearTaps(input.dim(last ? 2 : 3), scales[1], coordinates), format);
}

} // namespace ttc::reference
