//===- Parallel.h - loops over host threads ---------------------------------===//
#ifndef TTC_LIB_REFERENCE_KERNELS_PARALLEL_H
#define TTC_LIB_REFERENCE_KERNELS_PARALLEL_H

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace ttc::reference {

/// Calls body(begin, end) on disjoint ranges that cover [0, count), on as many threads as the
/// machine has but never on fewer than `grain` indices each. The cut never changes a result: no
/// body accumulates across its range's border.
template <typename Body> void parallelFor(int64_t count, int64_t grain, const Body &body) {
  int64_t threads = std::min<int64_t>(std::max(1u, std::thread::hardware_concurrency()),
                                      count / std::max<int64_t>(grain, 1));
  if (threads <= 1) {
    if (count > 0)
      body(int64_t(0), count);
    return;
  }
  std::vector<std::jthread> others;
  for (int64_t t = 1; t < threads; ++t)
    others.emplace_back([&, t] { body(count * t / threads, count * (t + 1) / threads); });
  body(int64_t(0), count / threads);
}

/// Elements that are worth a thread of their own.
constexpr int64_t elementGrain = 1 << 17;

/// Rows of `work` elements each that are worth a thread.
constexpr int64_t rowGrain(int64_t work) {
  return std::max<int64_t>(1, elementGrain / std::max<int64_t>(work, 1));
}

} // namespace ttc::reference

#endif
