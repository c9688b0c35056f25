//===- Bench.h - a model compiled, priced and simulated ----------------------===//
#ifndef TTC_TOOLS_TTC_BENCH_H
#define TTC_TOOLS_TTC_BENCH_H

#include "Model.h"
#include "ttc/Device/Timing.h"
#include "ttc/Runtime/Runtime.h"

namespace ttc::tool {

/// One compilation of a model: what the compiler expected of each program, and a device to run it on.
struct Planned {
  mlir::OwningOpRef<mlir::ModuleOp> graph; ///< with layouts and addresses
  std::vector<Cycles> predicted;           ///< of each program in launch order
  std::unique_ptr<runtime::Device> device;
  double seconds = 0; ///< of the layout passes
};

/// Compiles a copy of `module`. Errors were reported.
std::optional<Planned> plan(mlir::ModuleOp module, const CompileOptions &options,
                            Progress &progress);

/// How well predictions meet what was simulated.
struct PricingError {
  double mean = 0, worst = 0; ///< of |predicted - simulated| / simulated
  double tau = 1;             ///< Kendall's: agreeing minus disagreeing pairs, over all that differ
  double total = 0;           ///< (sum predicted - sum simulated) / sum simulated
};
/// `ttc bench layouts`.
void addBenchLayouts(CLI::App &bench, int &exitCode);

PricingError compareCycles(const std::vector<Cycles> &predicted,
                           const std::vector<Cycles> &simulated);

} // namespace ttc::tool

#endif
