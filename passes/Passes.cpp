//===- Passes.cpp - every pass and pipeline of ttc --------------------------===//
//
// One line per folder of passes, and the upstream passes that pipelines use.
//
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"

#include "passes/TT/Passes.h"

#include "mlir/Transforms/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/Pipelines.h"
#include "passes/TT/Passes.h"
#include "passes/TTToTile/Passes.h"
#include "passes/Tile/Passes.h"

void ttc::registerAllPasses() {
  ttc::tt::registerTTPasses();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  ttc::registerLayoutPasses();
  ttc::registerTTToTilePasses();
  ttc::tile::registerTilePasses();
  ttc::registerPipelines();
}
