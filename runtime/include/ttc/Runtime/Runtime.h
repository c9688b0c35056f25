//===- Runtime.h - the host's side of a device ------------------------------===//
//
// Loads a program file into a simulated device, moves tensors in and out and runs
// it. Neither MLIR nor LLVM. Errors are returned with what was expected and found.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_RUNTIME_H
#define TTC_RUNTIME_RUNTIME_H

#include "ttc/Program/ProgramFile.h"
#include "ttc/Runtime/Report.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ttc::runtime {

struct RunOptions {
  bool values = true;       ///< compute the outputs
  bool time = true;         ///< count cycles
  bool exact = false;       ///< the matrix engine bit for bit; else bf16 products with f32 sums
  bool precisePack = false; ///< pack block formats from the full Dst value
  bool trace = true;        ///< the command stream is replayed from DRAM; else the host enqueues
  bool clocks = false;      ///< with time: ProgramReport::contentionFree and busiest as well
  unsigned threads = 0; ///< host threads; 0: as many as the host has. Results do not depend on it
  CheckSet sanitize; ///< what to watch for (Sanitizer.h)
  /// Collects distinct findings instead of ending at the first. The report is then invalid.
  bool keepGoing = false;
  /// Not 0: random legal delays, which must not change any bit of the outputs.
  uint64_t fuzzSeed = 0;
  /// Instructions of one thread in one program after which it counts as running for ever.
  uint64_t maxInstructions = 1'000'000'000;
  /// After each program of the command stream: its number in launch order, how many there are, its
  /// report. Buffers may be read then (Device::readBuffer). Return false to stop the run.
  std::function<bool(size_t index, size_t count, const ProgramReport &report)> afterProgram;
};

/// Instruction sets that the kernels of this build can use on this host, worst first ("scalar", "avx2",
/// "avx512", "amx"). The best one is used unless selectSimd() names another; results are the same.
std::vector<std::string> simdNames();
/// For tests and measurements. Not while a device runs. Empty: the best.
Expected<void> selectSimd(const std::string &name);

class Device {
public:
  /// Opens a program file for the device it names, or for `spec`.
  static Expected<std::unique_ptr<Device>> open(const std::string &path,
                                                const DeviceSpec *spec = nullptr);
  static Expected<std::unique_ptr<Device>> create(std::shared_ptr<ProgramFile> file);
  ~Device();

  const ProgramFile &file() const;
  const program::ModelT &model() const;
  const DeviceSpec &spec() const;

  /// Number of the input (output) called `name`; an error that lists the names there are.
  Expected<size_t> findInput(const std::string &name) const;
  Expected<size_t> findOutput(const std::string &name) const;

  /// Elements of input `index` in C order of its shape: permuted, converted as the host packs
  /// (DataFormat.h) and laid out as its buffer is.
  Expected<void> writeInput(size_t index, std::span<const float> values);
  /// The inverse: elements of output `index` in C order of its shape.
  Expected<std::vector<float>> readOutput(size_t index) const;

  /// A buffer as its 2-D view, rows x cols floats, at this point of a run.
  Expected<std::vector<float>> readBuffer(uint32_t buffer) const;
  Expected<void> writeBuffer(uint32_t buffer, std::span<const float> values);

  /// Buffers that the program of launch number `launch` writes, in order.
  std::vector<uint32_t> results(size_t launch) const;
  std::shared_ptr<ProgramFile> sharedFile() const;

  /// Runs the whole command stream once.
  Expected<void> run(const RunOptions &options);
  /// Of the last run.
  const Report &report() const;

private:
  Device();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace ttc::runtime

#endif
