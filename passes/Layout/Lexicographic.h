//===- Lexicographic.h - a peer's way to choose layouts ----------------------===//
#ifndef TTC_PASSES_LAYOUT_LEXICOGRAPHIC_H
#define TTC_PASSES_LAYOUT_LEXICOGRAPHIC_H

#include "passes/Layout/Overrides.h"
#include "passes/Layout/Pricing.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ttc {

struct LexicographicStats {
  int64_t reshards = 0, validated = 0;
};

/// Gives every device value a layout as tt-mlir's optimizer would: a beam of eight layouts an op, scored
/// by the op alone and without time - L1 before DRAM, sharded before interleaved, fewer DRAM bytes read,
/// no reshard, more cores, less L1 - then from results to arguments the layouts that the most readers
/// asked for. Programs, fusions and orders are ours, which favours the peer; README.md says more.
mlir::LogicalResult chooseLexicographic(mlir::func::FuncOp func, const DeviceSpec &spec,
                                        LayoutOverrides &overrides, LexicographicStats &stats);

} // namespace ttc

#endif
