//===- Trace.h - what tt-choose-layouts considered, as JSON ------------------===//
#ifndef TTC_PASSES_LAYOUT_TRACE_H
#define TTC_PASSES_LAYOUT_TRACE_H

#include "passes/Layout/LayoutGraph.h"

#include <nlohmann/json.hpp>

namespace ttc {

/// The whole decision: {"format": "ttc-layout-trace", "version": 1, "device", "objective", "cost",
/// "lower_bound", "capacity", "widest", "priced", "ops": [{"layer", "op", "shape", "chosen", "choices":
/// [{"layout", "cycles", "dram_bytes", "working_l1", "l1", "instead", "dominated_by"}], "rejected":
/// [{"candidate", "reason"}], "operands": [{"layer", "layout", "extra", "reshard": {"to", "cycles"}}],
/// "spilled_before": [LAYER]}]}. Units: cycles, bytes a core; costs are the objective's. `instead`: what the
/// whole would cost more with this choice and everything else as it is, null where that is not possible;
/// `extra`: what reading the operand as it lies costs more than as the choice likes it best.
nlohmann::ordered_json layoutTrace(const LayoutGraph &graph, const ChoiceProblem &problem,
                                   const ChoiceResult &result,
                                   const std::vector<std::vector<int>> &dominated,
                                   const DeviceSpec &spec, llvm::StringRef objective);

/// What became of the ops of a planned graph: {"launches": [{"cycles", "alone", "working_l1", "ops": [{"layer", "layout",
/// "blocking": {"act_block_h", ...}, "prefetched": [LAUNCH]}], "brings": [LAYER]}], "views": [LAYER]}. `cycles`: as
/// priced; `alone`: of its ops, each launched by itself with its weights where it has them. `prefetched`: the launches
/// that bring its weights; `brings`: whose weights the launch brings. LAUNCH: place in "launches".
mlir::FailureOr<nlohmann::ordered_json> launchTrace(mlir::func::FuncOp func, const DeviceSpec &spec);

} // namespace ttc

#endif
