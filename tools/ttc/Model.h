//===- Model.h - the model a command works on --------------------------------===//
#ifndef TTC_TOOLS_TTC_MODEL_H
#define TTC_TOOLS_TTC_MODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/Pipelines.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ttc::tool {

/// The options that name a model: shared by compile, check and info.
struct ModelOptions {
  std::string model; ///< .cfg, .onnx, .mlir or zoo:NAME
  std::string weights;
  std::optional<uint64_t> randomWeights;
  std::string inputSize;                ///< "320" or "480x640" (height x width)
  std::vector<std::string> inputShapes; ///< NAME=1x3x320x320

  void addTo(CLI::App &app);
};

/// The options of a compilation, and how they become pipeline options.
struct TargetOptions {
  std::string device = "n150", fidelity = "hifi2", weightsType = "bfp8_b", activationType = "bf16";
  std::string policy = "optimal", objective = "latency", overrides, handTuned;
  std::string layoutTrace;
  bool fp32Dest = false, noOrder = false, noRecompute = false, noViews = false, noFusePrograms = false, noPrefetch = false, noFuse = false;

  void addTo(CLI::App &app);
  /// Empty on success, else what is wrong.
  std::string apply(CompileOptions &options) const;
};

/// Says on stderr what goes on, once that has taken two seconds and only on a terminal.
class Progress {
public:
  Progress();
  ~Progress();
  void show(const std::string &what);

private:
  std::chrono::steady_clock::time_point start;
  bool terminal, shown = false;
};

/// A context with ttc's dialects; diagnostics go to stderr with source layer names.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Imports the model and gives it weights. Null after an error that was reported.
/// With `needWeights` a model without any is an error.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(mlir::MLIRContext &context,
                                            const ModelOptions &options, bool needWeights = true);

/// Shows every pass that starts.
void showPasses(mlir::PassManager &pm, Progress &progress);

/// Runs the compile pipeline; with `emitDir` writes the IR after every pass to DIR/NN-pass.mlir.
mlir::LogicalResult compileModule(mlir::ModuleOp module, const TargetOptions &target,
                                  const std::string &emitDir, Progress &progress);

} // namespace ttc::tool

#endif
