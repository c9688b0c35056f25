//===- Shape.cpp - moving values without computing --------------------------===//
#include "ttc/Reference/Shape.h"
#include "Parallel.h"
#include "Strided.h"

#include <algorithm>

namespace ttc::reference {

namespace {

/// Copies along a walk over (destination, source).
void copy(const Walk<2> &walk, const float *from, float *to) {
  int64_t n = walk.innerExtent();
  auto [toStep, fromStep] = walk.innerSteps();
  parallelFor(walk.runs(), rowGrain(n),
              [&, toStep = toStep, fromStep = fromStep](int64_t begin, int64_t end) {
                walk.forRuns(begin, end, [&](const std::array<int64_t, 2> &at) {
                  float *d = to + at[0];
                  const float *s = from + at[1];
                  if (toStep == 1 && fromStep == 1) {
                    std::memcpy(d, s, size_t(n) * sizeof(float));
                    return;
                  }
                  for (int64_t i = 0; i < n; ++i)
                    d[i * toStep] = s[i * fromStep];
                });
              });
}

/// `rows` x `columns` values to `columns` x `rows`, by blocks that stay in the first-level cache.
void transposeMatrix(const float *from, float *to, int64_t rows, int64_t columns) {
  constexpr int64_t block = 32;
  parallelFor((columns + block - 1) / block, rowGrain(block * rows),
              [&](int64_t begin, int64_t end) {
                for (int64_t c0 = begin * block; c0 < std::min(columns, end * block); c0 += block)
                  for (int64_t r0 = 0; r0 < rows; r0 += block)
                    for (int64_t c = c0; c < std::min(columns, c0 + block); ++c)
                      for (int64_t r = r0; r < std::min(rows, r0 + block); ++r)
                        to[c * rows + r] = from[r * columns + c];
              });
}

} // namespace

HostTensor concat(std::span<const HostTensor> inputs, int64_t axis) {
  std::vector<int64_t> shape = inputs.front().shape();
  shape[size_t(axis)] = 0;
  for (const HostTensor &t : inputs)
    shape[size_t(axis)] += t.dim(axis);
  HostTensor result(shape);
  std::vector<int64_t> steps = denseSteps(shape);
  float *to = result.mutableData();
  for (const HostTensor &t : inputs) {
    std::vector<int64_t> from = denseSteps(t.shape());
    Walk<2> walk;
    for (size_t d = 0; d < shape.size(); ++d)
      walk.add(t.dim(int64_t(d)), {steps[d], from[d]});
    if (t.size())
      copy(walk, t.data(), to);
    to += t.dim(axis) * steps[size_t(axis)];
  }
  return result;
}

HostTensor slice(const HostTensor &input, std::span<const int64_t> starts,
                 std::span<const int64_t> steps, std::vector<int64_t> shape) {
  HostTensor result(std::move(shape));
  if (result.size() == 0)
    return result;
  std::vector<int64_t> to = denseSteps(result.shape()), from = denseSteps(input.shape());
  Walk<2> walk;
  int64_t offset = 0;
  for (size_t d = 0; d < from.size(); ++d) {
    offset += starts[d] * from[d];
    walk.add(result.dim(int64_t(d)), {to[d], from[d] * steps[d]});
  }
  copy(walk, input.data() + offset, result.mutableData());
  return result;
}

std::vector<HostTensor> split(const HostTensor &input, int64_t axis,
                              std::span<const int64_t> sizes) {
  std::vector<int64_t> starts(size_t(input.rank()), 0), steps(size_t(input.rank()), 1);
  std::vector<HostTensor> results;
  for (int64_t size : sizes) {
    std::vector<int64_t> shape = input.shape();
    shape[size_t(axis)] = size;
    results.push_back(slice(input, starts, steps, shape));
    starts[size_t(axis)] += size;
  }
  return results;
}

HostTensor pad(const HostTensor &input, std::span<const int64_t> low, std::span<const int64_t> high,
               float value) {
  std::vector<int64_t> shape = input.shape();
  for (size_t d = 0; d < shape.size(); ++d)
    shape[d] += low[d] + high[d];
  HostTensor result = HostTensor::filled(shape, value);
  std::vector<int64_t> to = denseSteps(shape), from = denseSteps(input.shape());
  Walk<2> walk;
  int64_t offset = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    offset += low[d] * to[d];
    walk.add(input.dim(int64_t(d)), {to[d], from[d]});
  }
  if (input.size())
    copy(walk, input.data(), result.mutableData() + offset);
  return result;
}

HostTensor transpose(const HostTensor &input, std::span<const int64_t> permutation) {
  std::vector<int64_t> shape, inSteps = denseSteps(input.shape());
  for (int64_t d : permutation)
    shape.push_back(input.dim(d));
  HostTensor result(shape);
  if (result.size() == 0)
    return result;
  std::vector<int64_t> outSteps = denseSteps(shape);
  Walk<2> walk;
  for (size_t d = 0; d < shape.size(); ++d)
    walk.add(shape[d], {outSteps[d], inSteps[size_t(permutation[d])]});
  size_t dims = walk.extents.size();
  // The common exchange of channels and pixels: after merging a batch of matrices.
  if (dims >= 2 && walk.steps[dims - 2][1] == 1 &&
      walk.steps[dims - 1][1] == walk.extents[dims - 2]) {
    int64_t columns = walk.extents[dims - 2], rows = walk.extents[dims - 1];
    Walk<2> batches;
    for (size_t d = 0; d + 2 < dims; ++d)
      batches.add(walk.extents[d], walk.steps[d]);
    batches.extents.push_back(1); // one matrix per run
    batches.steps.push_back({0, 0});
    batches.forRuns(0, batches.runs(), [&](const std::array<int64_t, 2> &at) {
      transposeMatrix(input.data() + at[1], result.mutableData() + at[0], rows, columns);
    });
    return result;
  }
  copy(walk, input.data(), result.mutableData());
  return result;
}

} // namespace ttc::reference
