//===- Pool.cpp - pooling in float ------------------------------------------===//
//
// Plain loops, not oneDNN: its pooling counts what a rounded-up last window has beyond the padding
// in the divisor, which ONNX does not.
//
//===----------------------------------------------------------------------===//
#include "ttc/Reference/Pool.h"
#include "Parallel.h"

#include <limits>

namespace ttc::reference {

int64_t pooledExtent(int64_t in, int64_t kernel, int64_t stride, int64_t padBefore,
                     int64_t padAfter, int64_t dilation, bool ceilMode) {
  int64_t room = in + padBefore + padAfter - (kernel - 1) * dilation - 1;
  int64_t out = (room + (ceilMode ? stride - 1 : 0)) / stride + 1;
  if (ceilMode && (out - 1) * stride >= in + padBefore)
    --out;
  return out;
}

namespace {

/// The taps of one window in one dimension that lie inside the input.
struct Window {
  int64_t first;  ///< input coordinate of the first tap inside
  int64_t taps;   ///< how many are inside
  int64_t padded; ///< how many are inside the input or its padding
};

std::vector<Window> windows(int64_t in, int64_t out, int64_t kernel, int64_t stride,
                            int64_t padBefore, int64_t padAfter, int64_t dilation) {
  std::vector<Window> result;
  for (int64_t o = 0; o < out; ++o) {
    Window w = {0, 0, 0};
    for (int64_t k = 0; k < kernel; ++k) {
      int64_t at = o * stride - padBefore + k * dilation;
      w.padded += at < in + padAfter;
      if (at < 0 || at >= in)
        continue;
      if (w.taps++ == 0)
        w.first = at;
    }
    result.push_back(w);
  }
  return result;
}

struct Max {
  static constexpr float start = -std::numeric_limits<float>::infinity();
  static float step(float a, float b) { return a > b ? a : b; }
};
struct Sum {
  static constexpr float start = 0;
  static float step(float a, float b) { return a + b; }
};

/// Combines the windows of every output pixel; `finish(window y, window x)` scales the result.
template <typename Op, typename Finish>
HostTensor pool(const HostTensor &input, const PoolParams &p, const Finish &finish) {
  bool last = p.format == ImageFormat::nhwc;
  int64_t n = input.dim(0), c = input.dim(last ? 3 : 1), h = input.dim(last ? 1 : 2),
          w = input.dim(last ? 2 : 3);
  int64_t oh =
      pooledExtent(h, p.kernel[0], p.strides[0], p.pads[0], p.pads[2], p.dilations[0], p.ceilMode);
  int64_t ow =
      pooledExtent(w, p.kernel[1], p.strides[1], p.pads[1], p.pads[3], p.dilations[1], p.ceilMode);
  std::vector<Window> rows =
      windows(h, oh, p.kernel[0], p.strides[0], p.pads[0], p.pads[2], p.dilations[0]);
  std::vector<Window> columns =
      windows(w, ow, p.kernel[1], p.strides[1], p.pads[1], p.pads[3], p.dilations[1]);
  const float *in = input.data();
  if (last) {
    HostTensor result({n, oh, ow, c});
    float *out = result.mutableData();
    parallelFor(
        n * oh, rowGrain(ow * c * p.kernel[0] * p.kernel[1]), [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const Window &wy = rows[size_t(row % oh)];
            const float *image = in + row / oh * h * w * c;
            for (int64_t x = 0; x < ow; ++x) {
              const Window &wx = columns[size_t(x)];
              float *to = out + (row * ow + x) * c;
              std::fill(to, to + c, Op::start);
              for (int64_t ky = 0; ky < wy.taps; ++ky)
                for (int64_t kx = 0; kx < wx.taps; ++kx) {
                  const float *from =
                      image +
                      ((wy.first + ky * p.dilations[0]) * w + wx.first + kx * p.dilations[1]) * c;
                  for (int64_t i = 0; i < c; ++i)
                    to[i] = Op::step(to[i], from[i]);
                }
              float scale = finish(wy, wx);
              if (scale != 1.0f)
                for (int64_t i = 0; i < c; ++i)
                  to[i] *= scale;
            }
          }
        });
    return result;
  }
  HostTensor result({n, c, oh, ow});
  float *out = result.mutableData();
  parallelFor(n * c, rowGrain(oh * ow * p.kernel[0] * p.kernel[1]),
              [&](int64_t begin, int64_t end) {
                for (int64_t plane = begin; plane < end; ++plane)
                  for (int64_t y = 0; y < oh; ++y) {
                    const Window &wy = rows[size_t(y)];
                    for (int64_t x = 0; x < ow; ++x) {
                      const Window &wx = columns[size_t(x)];
                      float value = Op::start;
                      for (int64_t ky = 0; ky < wy.taps; ++ky) {
                        const float *from =
                            in + (plane * h + wy.first + ky * p.dilations[0]) * w + wx.first;
                        for (int64_t kx = 0; kx < wx.taps; ++kx)
                          value = Op::step(value, from[kx * p.dilations[1]]);
                      }
                      out[(plane * oh + y) * ow + x] = value * finish(wy, wx);
                    }
                  }
              });
  return result;
}

} // namespace

HostTensor maxPool2d(const HostTensor &input, const PoolParams &params) {
  return pool<Max>(input, params, [](const Window &, const Window &) { return 1.0f; });
}

HostTensor avgPool2d(const HostTensor &input, const PoolParams &params) {
  return pool<Sum>(input, params, [&](const Window &y, const Window &x) {
    int64_t count = params.countIncludePad ? y.padded * x.padded : y.taps * x.taps;
    return count ? 1.0f / float(count) : 0.0f;
  });
}

} // namespace ttc::reference
