//===- FusePatterns.h - parts of tt-fuse-patterns ----------------------------===//
#ifndef TTC_PASSES_TT_FUSEPATTERNS_H
#define TTC_PASSES_TT_FUSEPATTERNS_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

namespace ttc::tt {

/// Patterns for activations spelled out in elementwise ops; `count` counts their uses.
void addActivationPatterns(mlir::RewritePatternSet &patterns, mlir::Pass::Statistic &count);

} // namespace ttc::tt

#endif
