//===- ScheduleFuzz.cpp - the same bits under any legal timing ----------------===//
#include "ttc/Runtime/ScheduleFuzz.h"

#include <bit>
#include <fmt/format.h>

namespace ttc::runtime {
namespace {

/// FNV-1a over the values' bits.
uint64_t digest(std::span<const float> values) {
  uint64_t h = 0xcbf29ce484222325u;
  for (float v : values)
    h = (h ^ std::bit_cast<uint32_t>(v)) * 0x100000001b3u;
  return h;
}

Expected<std::vector<uint64_t>> digestResults(const Device &device, size_t launch) {
  std::vector<uint64_t> list;
  for (uint32_t buffer : device.results(launch)) {
    Expected<std::vector<float>> values = device.readBuffer(buffer);
    if (!values)
      return values.error();
    list.push_back(digest(*values));
  }
  return list;
}
} // namespace

Expected<void> ScheduleFuzz::reference(const Device &device, size_t launch) {
  Expected<std::vector<uint64_t>> list = digestResults(device, launch);
  if (!list)
    return list.error();
  digests.resize(std::max(digests.size(), launch + 1));
  digests[launch] = std::move(*list);
  return {};
}

Expected<void> ScheduleFuzz::run(const MakeDevice &make, RunOptions options, unsigned seeds,
                                 const std::function<void(unsigned)> &progress) const {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    if (progress)
      progress(seed);
    Expected<std::unique_ptr<Device>> device = make();
    if (!device)
      return device.error();
    Device &d = **device;
    options.fuzzSeed = seed;
    options.values = options.time = true; // delays need a clock
    Expected<void> same;
    options.afterProgram = [&](size_t launch, size_t, const ProgramReport &p) {
      Expected<std::vector<uint64_t>> list = digestResults(d, launch);
      if (!list) {
        same = list.error();
        return false;
      }
      for (size_t i = 0; i < list->size(); ++i)
        if ((*list)[i] != digests[launch][i]) {
          same =
              Error{fmt::format("{}: program '{}'{}: buffer '{}' depends on the schedule: under "
                                "the delays of seed {} "
                                "it differs from the plain run, the first to do so [fuzz-schedule]",
                                d.file().path(), p.name,
                                p.location.empty() ? "" : fmt::format(" (layer '{}')", p.location),
                                d.model().buffers[d.results(launch)[i]]->name, seed)};
          return false;
        }
      return true;
    };
    Expected<void> ran = d.run(options);
    if (!same)
      return same;
    if (!ran)
      return Error{fmt::format("under the delays of seed {}: {}", seed, ran.error().message)};
  }
  return {};
}

} // namespace ttc::runtime
