//===- Strided.h - walks over several tensors at once -----------------------===//
//
// Broadcasting, reductions, slices, pads and transposes are all one walk over
// an index space in which each tensor has its own step per dimension.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_REFERENCE_KERNELS_STRIDED_H
#define TTC_LIB_REFERENCE_KERNELS_STRIDED_H

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ttc::reference {

/// Steps of the dimensions of a dense row-major tensor, in elements.
inline std::vector<int64_t> denseSteps(std::span<const int64_t> shape) {
  std::vector<int64_t> steps(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0; step *= shape[d])
    steps[d] = step;
  return steps;
}

/// An index space with N tensors' steps. Dimensions that all tensors walk as one are merged.
template <size_t N> struct Walk {
  using Offsets = std::array<int64_t, N>;

  std::vector<int64_t> extents;
  std::vector<Offsets> steps;

  /// Adds the next inner dimension.
  void add(int64_t extent, Offsets step) {
    if (extent == 1)
      return;
    if (!extents.empty()) {
      bool merge = true;
      for (size_t i = 0; i < N; ++i)
        merge &= steps.back()[i] == step[i] * extent;
      if (merge) {
        extents.back() *= extent;
        steps.back() = step;
        return;
      }
    }
    extents.push_back(extent);
    steps.push_back(step);
  }

  /// Extent and steps of the innermost dimension.
  int64_t innerExtent() const { return extents.empty() ? 1 : extents.back(); }
  Offsets innerSteps() const { return steps.empty() ? Offsets{} : steps.back(); }

  /// Number of runs along the innermost dimension.
  int64_t runs() const {
    int64_t n = 1;
    for (size_t d = 0; d + 1 < extents.size(); ++d)
      n *= extents[d];
    return n;
  }

  /// Calls body(offsets) with the tensors' offsets of the runs [begin, end), in row-major order.
  template <typename Body> void forRuns(int64_t begin, int64_t end, const Body &body) const {
    size_t outer = extents.empty() ? 0 : extents.size() - 1;
    std::vector<int64_t> index(outer);
    Offsets offsets{};
    int64_t rest = begin;
    for (size_t d = outer; d-- > 0;) {
      index[d] = rest % extents[d];
      rest /= extents[d];
      for (size_t i = 0; i < N; ++i)
        offsets[i] += index[d] * steps[d][i];
    }
    for (int64_t run = begin; run < end; ++run) {
      body(offsets);
      for (size_t d = outer; d-- > 0;) {
        for (size_t i = 0; i < N; ++i)
          offsets[i] += steps[d][i];
        if (++index[d] < extents[d])
          break;
        for (size_t i = 0; i < N; ++i)
          offsets[i] -= extents[d] * steps[d][i];
        index[d] = 0;
      }
    }
  }
};

} // namespace ttc::reference

#endif
