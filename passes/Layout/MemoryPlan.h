//===- MemoryPlan.h - addresses for a graph with layouts ---------------------===//
#ifndef TTC_PASSES_LAYOUT_MEMORYPLAN_H
#define TTC_PASSES_LAYOUT_MEMORYPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "ttc/Device/Timing.h"

namespace ttc {

struct MemoryPlan {
  int64_t spills = 0; ///< tensors moved to DRAM because L1 had no room
  int64_t peak = 0;   ///< bytes of L1 taken at most on a core, circular buffers included
};

/// Writes addresses and deallocations into the graph; see tt-plan-memory. `remarks`: says what was
/// spilled.
mlir::FailureOr<MemoryPlan> planMemory(mlir::func::FuncOp func, const DeviceSpec &spec,
                                       bool remarks);

/// The predicted cycles of all programs of a graph with layouts; an op that has no program under its
/// layouts is an error.
mlir::FailureOr<Cycles> predictedCycles(mlir::func::FuncOp func, const DeviceSpec &spec);

/// The same once memory is planned, of a copy; none where no plan is found.
std::optional<Cycles> plannedCycles(mlir::func::FuncOp func, const DeviceSpec &spec);

/// Of L1, for the tensors, prefetched weights and circular buffers of a launch that is made to need more than
/// it must: the rest is for the gaps between buffers of different lifetimes.
inline int64_t prefetchBudget(const DeviceSpec &spec) { return spec.l1Bytes() * 29 / 32; }

/// Bytes of L1 a core that tensors take while each op's programs run.
llvm::DenseMap<mlir::Operation *, int64_t> liveL1Bytes(mlir::func::FuncOp func, const DeviceSpec &spec);

} // namespace ttc

#endif
