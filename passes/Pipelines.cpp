//===- Pipelines.cpp - the compiler's stages as pipelines -------------------===//
#include "passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Layout/HandTunedFile.h"
#include "passes/Layout/Passes.h"
#include "passes/TT/Passes.h"
#include "passes/TTToTile/Passes.h"
#include "passes/Tile/Passes.h"

namespace ttc {
using mlir::OpPassManager;

void buildGraphPipeline(OpPassManager &pm, const CompileOptions &options) {
  OpPassManager &func = pm.nest<mlir::func::FuncOp>();
  func.addPass(tt::createFoldConstants());
  func.addPass(tt::createChannelsLast());
  func.addPass(mlir::createCanonicalizerPass());
  func.addPass(tt::createFusePatterns());
  func.addPass(tt::createFoldBatchNorm());
  // What could not be folded into a neighbour becomes a product and a sum.
  func.addPass(tt::createDecomposeBatchNorm());
  func.addPass(tt::createFusePatterns());
  func.addPass(tt::createFoldConstants());
  // A hand-tuned file brings its data types and fuses nothing. tt-apply-hand-tuned reports what is
  // wrong with the file.
  std::optional<HandTunedCommon> common = handTunedCommon(options.handTuned);
  tt::FuseEpilogueOptions epilogue;
  epilogue.activation = options.fuseActivation && !common;
  epilogue.residual = options.fuseResidual && !common;
  func.addPass(tt::createFuseEpilogue(epilogue));
  if (!common)
    func.addPass(tt::createCascadePools());
  func.addPass(mlir::createCanonicalizerPass());
  tt::LowerDtypesOptions dtypes;
  dtypes.activation = options.activation;
  dtypes.weights = options.weights;
  dtypes.fidelity = options.fidelity;
  dtypes.fp32Dest = options.fp32Dest;
  if (common) {
    dtypes.activation = common->activation;
    dtypes.weights = common->weights;
    dtypes.fidelity = common->fidelity;
    dtypes.fp32Dest = common->fp32Dest;
  }
  func.addPass(tt::createLowerDtypes(dtypes));
}

void buildLayoutPipeline(OpPassManager &pm, const CompileOptions &options) {
  OpPassManager &func = pm.nest<mlir::func::FuncOp>();
  if (!options.handTuned.empty())
    func.addPass(createTTApplyHandTuned({options.handTuned}));
  // A hand-tuned file's order is part of what is compared.
  if (options.handTuned.empty() && options.orderOps)
    func.addPass(createTTOrderOps({options.device}));
  TTChooseLayoutsOptions layouts;
  layouts.device = options.device;
  layouts.overrides = options.overrides;
  layouts.policy = options.policy;
  layouts.objective = options.objective;
  layouts.trace = options.layoutTrace;
  func.addPass(createTTChooseLayouts(layouts));
  // A peer's or a hand's reshards are part of what is compared.
  TTMinimizeReshardsOptions reshards;
  reshards.device = options.device;
  reshards.measureOnly = !options.handTuned.empty() || options.policy == "lexicographic";
  func.addPass(createTTMinimizeReshards(reshards));
  // The other policies are how peers compile, who do neither.
  bool own = options.handTuned.empty() && options.objective != "l1" &&
             (options.policy == "optimal" || options.policy == "greedy");
  if (own && options.recompute)
    func.addPass(createTTRecompute({options.device, options.overrides}));
  if (own && options.makeViews)
    func.addPass(createTTMakeViews({options.device}));
  if (own && options.fusePrograms)
    func.addPass(createTTFusePrograms({options.device, options.prefetch}));
  if (own && options.prefetch)
    func.addPass(createTTPrefetchWeights({options.device}));
  TTPlanMemoryOptions memory;
  memory.device = options.device;
  memory.trace = options.layoutTrace;
  func.addPass(createTTPlanMemory(memory));
}

void buildTilePipeline(OpPassManager &pm, const CompileOptions &options) {
  ConvertTTToTileOptions convert;
  convert.device = options.device;
  pm.addPass(createConvertTTToTile(convert));
  pm.addPass(tile::createAllocateDram());
  pm.addPass(tile::createAllocateCbs());
  pm.addPass(tile::createVerifyResources());
}

void buildCompilePipeline(OpPassManager &pm, const CompileOptions &options) {
  buildGraphPipeline(pm, options);
  buildLayoutPipeline(pm, options);
  buildTilePipeline(pm, options);
}

void registerPipelines() {
  using Registration = mlir::PassPipelineRegistration<CompileOptions>;
  Registration("ttc-graph-pipeline", "whole-tensor rewrites of an imported model",
               buildGraphPipeline);
  Registration("ttc-layout-pipeline", "layouts and addresses", buildLayoutPipeline);
  Registration("ttc-tile-pipeline", "tile programs of a planned graph", buildTilePipeline);
  Registration("ttc-pipeline", "everything `ttc compile` runs between import and program file",
               buildCompilePipeline);
}

} // namespace ttc
