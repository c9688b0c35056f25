//===- ScheduleFuzz.h - the same bits under any legal timing ------------------===//
#ifndef TTC_RUNTIME_SCHEDULEFUZZ_H
#define TTC_RUNTIME_SCHEDULEFUZZ_H

#include "ttc/Runtime/Runtime.h"

#include <functional>
#include <vector>

namespace ttc::runtime {

/// Compares runs under random legal delays (RunOptions::fuzzSeed) with the plain run, buffer by
/// buffer after each program.
class ScheduleFuzz {
public:
  /// A device with the program loaded and the inputs written.
  using MakeDevice = std::function<Expected<std::unique_ptr<Device>>()>;

  /// To be called in the plain run after each program (RunOptions::afterProgram).
  Expected<void> reference(const Device &device, size_t launch);
  /// Runs seeds 1..n. An error names the seed and the first buffer, program and layer that differ,
  /// or is the run's own. `progress` is told the seed that begins.
  Expected<void> run(const MakeDevice &make, RunOptions options, unsigned seeds,
                     const std::function<void(unsigned)> &progress = {}) const;

private:
  std::vector<std::vector<uint64_t>> digests; ///< by launch, of the buffers it writes
};

} // namespace ttc::runtime

#endif
