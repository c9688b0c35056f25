//===- EngineReport.cpp - what a program's cycles and bytes went to ---------===//
#include "Sim/Engine.h"

#include <algorithm>
#include <numeric>

namespace ttc::sim {

using runtime::Bucket;

/// The NoC's resources by their share of the bytes that they could have carried.
std::vector<runtime::Use> Engine::uses(const std::vector<int64_t> &before, Cycles cycles) const {
  constexpr size_t most = 4;
  std::vector<int64_t> carried = noc.carried();
  std::vector<std::pair<double, uint32_t>> shares;
  for (uint32_t r = 0; r < carried.size(); ++r)
    if (int64_t bytes = carried[r] - (before.empty() ? 0 : before[r]))
      shares.emplace_back(double(bytes) / (noc.capacity(r) * double(cycles)), r);
  std::sort(shares.begin(), shares.end(), [](const auto &a, const auto &b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  shares.resize(std::min(shares.size(), most));
  std::vector<runtime::Use> result;
  for (auto [share, r] : shares)
    result.push_back({noc.name(r), share});
  return result;
}

std::vector<runtime::Use> Engine::uses() const {
  return options.uses && now ? uses({}, now) : std::vector<runtime::Use>();
}

void Engine::finishReport() {
  Cycles end = kernelStart;
  for (const Thread &t : threads)
    if (!t.code->empty())
      end = std::max(end, std::max(t.time, t.packTime));
  for (Thread &t : threads) {
    if (t.code->empty())
      continue;
    result.hasThread[t.kind] = true;
    result.threadEnds[t.kind].push_back(t.time);
    t.buckets[size_t(Bucket::Idle)] += end - t.time;
    for (size_t b = 0; b < runtime::numBuckets; ++b) {
      result.buckets[t.kind][b] += t.buckets[b];
      coreReports[deviceCore(t.core)].buckets[t.kind][b] += t.buckets[b];
    }
  }
  // Threads that had nothing to run idled.
  for (runtime::CoreReport &core : coreReports)
    for (runtime::Buckets &buckets : core.buckets)
      buckets[size_t(Bucket::Idle)] += end - std::accumulate(buckets.begin(), buckets.end(), int64_t(0));
  if (options.time)
    result.roofline =
        timing::roofline(file.device(), int64_t(result.macs), int(program->source->fidelity),
                         result.dramReadBytes + result.dramWriteBytes);
  if (options.uses && options.time) {
    result.busiest = uses(carriedBefore, end - kernelStart);
    carriedBefore = noc.carried();
  }
  result.start = programStart;
  result.kernelStart = kernelStart;
  result.end = end;
  now = end;
}

} // namespace ttc::sim
