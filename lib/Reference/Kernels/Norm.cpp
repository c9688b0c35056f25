//===- Norm.cpp - normalisation and reduction in float ----------------------===//
#include "ttc/Reference/Norm.h"
#include "Parallel.h"
#include "Strided.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ttc::reference {

namespace {

/// A tensor seen as outer x extent(axis) x inner.
struct AxisView {
  int64_t outer = 1, extent = 1, inner = 1;
};

AxisView viewAround(const std::vector<int64_t> &shape, int64_t axis) {
  AxisView view;
  for (int64_t d = 0; d < int64_t(shape.size()); ++d)
    (d < axis ? view.outer : d == axis ? view.extent : view.inner) *= shape[size_t(d)];
  return view;
}

} // namespace

HostTensor batchNorm(const HostTensor &input, const HostTensor &scale, const HostTensor &bias,
                     const HostTensor &mean, const HostTensor &variance, double epsilon,
                     int64_t axis) {
  AxisView view = viewAround(input.shape(), axis);
  std::vector<float> factor(static_cast<size_t>(view.extent));
  for (size_t c = 0; c < factor.size(); ++c)
    factor[c] = float(scale.data()[c] / std::sqrt(double(variance.data()[c]) + epsilon));
  HostTensor result(input.shape());
  const float *in = input.data(), *m = mean.data(), *b = bias.data(), *f = factor.data();
  float *out = result.mutableData();
  if (view.inner == 1) { // channels last
    int64_t n = view.extent;
    parallelFor(view.outer, rowGrain(n), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        for (int64_t c = 0; c < n; ++c)
          out[row * n + c] = (in[row * n + c] - m[c]) * f[c] + b[c];
    });
    return result;
  }
  parallelFor(view.outer * view.extent, rowGrain(view.inner), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t c = row % view.extent;
      float mc = m[c], fc = f[c], bc = b[c];
      for (int64_t i = row * view.inner; i < (row + 1) * view.inner; ++i)
        out[i] = (in[i] - mc) * fc + bc;
    }
  });
  return result;
}

HostTensor softmax(const HostTensor &input, int64_t axis) {
  AxisView view = viewAround(input.shape(), axis);
  HostTensor result(input.shape());
  const float *in = input.data();
  float *out = result.mutableData();
  parallelFor(view.outer * view.inner, rowGrain(view.extent), [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      int64_t base = line / view.inner * view.extent * view.inner + line % view.inner;
      float highest = -std::numeric_limits<float>::infinity();
      for (int64_t i = 0; i < view.extent; ++i)
        highest = std::max(highest, in[base + i * view.inner]);
      double sum = 0;
      for (int64_t i = 0; i < view.extent; ++i) {
        float e = std::exp(in[base + i * view.inner] - highest);
        out[base + i * view.inner] = e;
        sum += e;
      }
      for (int64_t i = 0; i < view.extent; ++i)
        out[base + i * view.inner] = float(out[base + i * view.inner] / sum);
    }
  });
  return result;
}

HostTensor reduce(ReduceKind kind, const HostTensor &input, std::span<const int64_t> axes,
                  bool keepDims) {
  std::vector<int64_t> kept, shape; // with extent 1 in place of a reduced dimension; result
  int64_t reduced = 1;
  for (int64_t d = 0; d < input.rank(); ++d) {
    bool gone = std::find(axes.begin(), axes.end(), d) != axes.end();
    kept.push_back(gone ? 1 : input.dim(d));
    if (!gone || keepDims)
      shape.push_back(kept.back());
    if (gone)
      reduced *= input.dim(d);
  }
  std::vector<int64_t> inSteps = denseSteps(input.shape()), outSteps = denseSteps(kept);
  Walk<2> walk;
  for (int64_t d = 0; d < input.rank(); ++d)
    walk.add(input.dim(d),
             {inSteps[size_t(d)], kept[size_t(d)] == input.dim(d) ? outSteps[size_t(d)] : 0});
  bool isMax = kind == ReduceKind::max;
  HostTensor result(shape);
  std::vector<double> sums(size_t(result.size()),
                           isMax ? -std::numeric_limits<double>::infinity() : 0.0);
  const float *in = input.data();
  int64_t n = input.size() ? walk.innerExtent() : 0;
  int64_t step = walk.innerSteps()[1];
  walk.forRuns(0, n ? walk.runs() : 0, [&](const std::array<int64_t, 2> &at) {
    const float *from = in + at[0];
    double *to = sums.data() + at[1];
    if (step == 0) {
      if (isMax) {
        float highest = -std::numeric_limits<float>::infinity();
        for (int64_t i = 0; i < n; ++i)
          highest = from[i] > highest ? from[i] : highest;
        *to = std::max(*to, double(highest));
      } else {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i)
          sum += from[i];
        *to += sum;
      }
      return;
    }
    for (int64_t i = 0; i < n; ++i)
      to[i] = isMax ? std::max(to[i], double(from[i])) : to[i] + from[i];
  });
  double divisor = kind == ReduceKind::mean ? double(reduced) : 1.0;
  float *out = result.mutableData();
  for (size_t i = 0; i < sums.size(); ++i)
    out[i] = float(sums[i] / divisor);
  return result;
}

Moments moments(const HostTensor &input, int64_t axis) {
  AxisView view = viewAround(input.shape(), axis);
  size_t channels = size_t(view.extent);
  double count = double(view.outer * view.inner);
  Moments result{std::vector<double>(channels), std::vector<double>(channels)};
  // Visits every value with its channel, in memory order.
  auto visit = [&](auto &&body) {
    const float *p = input.data();
    for (int64_t o = 0; o < view.outer; ++o)
      for (size_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < view.inner; ++i)
          body(c, double(*p++));
  };
  visit([&](size_t c, double x) { result.mean[c] += x; });
  for (double &m : result.mean)
    m /= count;
  visit([&](size_t c, double x) {
    double d = x - result.mean[c];
    result.variance[c] += d * d;
  });
  for (double &v : result.variance)
    v /= count;
  return result;
}

} // namespace ttc::reference
