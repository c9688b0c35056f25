//===- Binary.cpp - functions of two variables in float ---------------------===//
#include "Parallel.h"
#include "Strided.h"
#include "ttc/Reference/Elementwise.h"

namespace ttc::reference {

namespace {

/// One run: steps are 1, or 0 for an operand that broadcasts along it.
template <typename F>
void run(const float *a, int64_t stepA, const float *b, int64_t stepB, float *out, int64_t n,
         const F &f) {
  if (stepA && stepB) {
    for (int64_t i = 0; i < n; ++i)
      out[i] = f(a[i], b[i]);
  } else if (stepA) {
    float y = *b;
    for (int64_t i = 0; i < n; ++i)
      out[i] = f(a[i], y);
  } else {
    float x = *a;
    for (int64_t i = 0; i < n; ++i)
      out[i] = f(x, b[i * stepB]);
  }
}

template <typename F>
HostTensor broadcast(const HostTensor &lhs, const HostTensor &rhs, const F &f) {
  int64_t rank = std::max(lhs.rank(), rhs.rank());
  std::vector<int64_t> shape(static_cast<size_t>(rank));
  auto extent = [&](const HostTensor &t, int64_t d) {
    int64_t i = d - (rank - t.rank());
    return i < 0 ? int64_t(1) : t.dim(i);
  };
  for (int64_t d = 0; d < rank; ++d)
    shape[size_t(d)] = extent(lhs, d) == 1 ? extent(rhs, d) : extent(lhs, d);
  std::vector<int64_t> outSteps = denseSteps(shape), lhsSteps = denseSteps(lhs.shape()),
                       rhsSteps = denseSteps(rhs.shape());
  auto step = [&](const HostTensor &t, const std::vector<int64_t> &steps, int64_t d) {
    return extent(t, d) == 1 ? int64_t(0) : steps[size_t(d - (rank - t.rank()))];
  };
  Walk<3> walk;
  for (int64_t d = 0; d < rank; ++d)
    walk.add(shape[size_t(d)],
             {outSteps[size_t(d)], step(lhs, lhsSteps, d), step(rhs, rhsSteps, d)});
  HostTensor result(shape);
  if (result.size() == 0)
    return result;
  float *out = result.mutableData();
  const float *a = lhs.data(), *b = rhs.data();
  int64_t n = walk.innerExtent();
  std::array<int64_t, 3> steps = walk.innerSteps();
  if (walk.runs() == 1) {
    parallelFor(n, elementGrain, [&](int64_t begin, int64_t end) {
      run(a + begin * steps[1], steps[1], b + begin * steps[2], steps[2], out + begin, end - begin,
          f);
    });
    return result;
  }
  parallelFor(walk.runs(), rowGrain(n), [&](int64_t begin, int64_t end) {
    walk.forRuns(begin, end, [&](const std::array<int64_t, 3> &at) {
      run(a + at[1], steps[1], b + at[2], steps[2], out + at[0], n, f);
    });
  });
  return result;
}

} // namespace

HostTensor binary(BinaryKind kind, const HostTensor &lhs, const HostTensor &rhs) {
  switch (kind) {
  case BinaryKind::add:
    return broadcast(lhs, rhs, [](float a, float b) { return a + b; });
  case BinaryKind::sub:
    return broadcast(lhs, rhs, [](float a, float b) { return a - b; });
  case BinaryKind::mul:
    return broadcast(lhs, rhs, [](float a, float b) { return a * b; });
  case BinaryKind::div:
    return broadcast(lhs, rhs, [](float a, float b) { return a / b; });
  case BinaryKind::maximum:
    return broadcast(lhs, rhs, [](float a, float b) { return a > b ? a : b; });
  case BinaryKind::minimum:
    break;
  }
  return broadcast(lhs, rhs, [](float a, float b) { return a < b ? a : b; });
}

void addInto(HostTensor &target, const HostTensor &addend) {
  assert(target.shape() == addend.shape() && "a residual has the shape of what it is added to");
  float *to = target.mutableData();
  const float *from = addend.data();
  parallelFor(target.size(), elementGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      to[i] += from[i];
  });
}

} // namespace ttc::reference
