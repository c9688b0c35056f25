//===- Pipelines.h - the compiler's stages as pipelines ---------------------===//
#ifndef TTC_PASSES_PIPELINES_H
#define TTC_PASSES_PIPELINES_H

#include "dialects/TT/TT.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace ttc {

/// What a user may set of a compilation; the options of `--ttc-pipeline`.
struct CompileOptions : public mlir::PassPipelineOptions<CompileOptions> {
  Option<std::string> device{*this, "device", llvm::cl::desc("device file or name"),
                             llvm::cl::init("n150")};
  Option<tt::StorageType> activation{*this, "activation", llvm::cl::desc("storage of activations"),
                                     llvm::cl::init(tt::StorageType::bf16), storageValues()};
  Option<tt::StorageType> weights{*this, "weights", llvm::cl::desc("storage of weights"),
                                  llvm::cl::init(tt::StorageType::bfp8_b), storageValues()};
  Option<tt::Fidelity> fidelity{
      *this, "fidelity", llvm::cl::desc("multiplier passes"), llvm::cl::init(tt::Fidelity::hifi2),
      llvm::cl::values(clEnumValN(tt::Fidelity::lofi, "lofi", ""),
                       clEnumValN(tt::Fidelity::hifi2, "hifi2", ""),
                       clEnumValN(tt::Fidelity::hifi3, "hifi3", ""),
                       clEnumValN(tt::Fidelity::hifi4, "hifi4", ""))};
  Option<bool> fp32Dest{*this, "fp32-dest", llvm::cl::desc("accumulate in 32-bit floats"),
                        llvm::cl::init(false)};
  Option<bool> fuseActivation{*this, "fuse-activation", llvm::cl::desc("fuse activations"),
                              llvm::cl::init(true)};
  Option<bool> fuseResidual{*this, "fuse-residual", llvm::cl::desc("fuse residual additions"),
                            llvm::cl::init(true)};
  Option<std::string> overrides{*this, "overrides",
                                llvm::cl::desc("JSON file of layouts by layer name"),
                                llvm::cl::init("")};
  Option<std::string> policy{*this, "policy", llvm::cl::desc("layout policy"),
                             llvm::cl::init("optimal")};
  Option<std::string> layoutTrace{
      *this, "layout-trace", llvm::cl::desc("JSON file for what choose-layouts considered"),
      llvm::cl::init("")};
  Option<std::string> objective{*this, "objective",
                                llvm::cl::desc("what layouts are chosen for: latency, l1, dram-bytes"),
                                llvm::cl::init("latency")};

  Option<bool> orderOps{*this, "order-ops", llvm::cl::desc("put ops in an order that keeps less alive at once"),
                        llvm::cl::init(true)};
  Option<bool> recompute{*this, "recompute", llvm::cl::desc("make tensors again instead of keeping them in DRAM"),
                         llvm::cl::init(true)};
  Option<bool> makeViews{*this, "make-views", llvm::cl::desc("read parts of tensors where they lie"),
                          llvm::cl::init(true)};
  Option<bool> fusePrograms{*this, "fuse-programs",
                            llvm::cl::desc("let products go on in the launch of the op before them "
                                           "(policies optimal and greedy)"),
                            llvm::cl::init(true)};
  Option<bool> prefetch{*this, "prefetch",
                        llvm::cl::desc("bring weights to L1 while earlier programs run (policies "
                                       "optimal and greedy)"),
                        llvm::cl::init(true)};
  Option<std::string> handTuned{
      *this, "hand-tuned",
      llvm::cl::desc("JSON file of a hand-tuned configuration: its data types, shardings and "
                     "conversions are taken, and nothing is fused"),
      llvm::cl::init("")};

  static llvm::cl::ValuesClass storageValues() {
    return llvm::cl::values(clEnumValN(tt::StorageType::f32, "f32", ""),
                            clEnumValN(tt::StorageType::bf16, "bf16", ""),
                            clEnumValN(tt::StorageType::bfp8_b, "bfp8_b", ""),
                            clEnumValN(tt::StorageType::bfp4_b, "bfp4_b", ""));
  }
};

/// Whole-tensor rewrites: channels-last, folding, fusion, data types.
void buildGraphPipeline(mlir::OpPassManager &pm, const CompileOptions &options);
/// Layouts and addresses.
void buildLayoutPipeline(mlir::OpPassManager &pm, const CompileOptions &options);
/// Tile programs and their circular buffers.
void buildTilePipeline(mlir::OpPassManager &pm, const CompileOptions &options);
/// All three: from an imported model to what is written to a program file.
void buildCompilePipeline(mlir::OpPassManager &pm, const CompileOptions &options);

/// --ttc-graph-pipeline, --ttc-layout-pipeline, --ttc-tile-pipeline, --ttc-pipeline.
void registerPipelines();

} // namespace ttc

#endif
