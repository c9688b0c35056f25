//===- Summary.h - figures of a module ---------------------------------------===//
#ifndef TTC_TOOLS_TTC_SUMMARY_H
#define TTC_TOOLS_TTC_SUMMARY_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>

namespace ttc::tool {

/// Ops of @main that compute something.
int64_t countOps(mlir::ModuleOp module);

/// As the compiler priced them.
struct ReshardFigures {
  int64_t count = 0, bytes = 0, cycles = 0;
};

struct ProgramSummary {
  std::string model, device;
  int64_t programs = 0, reshards = 0;
  /// Around tt-minimize-reshards, and what no choice of layouts avoids.
  ReshardFigures before, after, bound;
};

/// Of a module of tile programs.
ProgramSummary summarize(mlir::ModuleOp module);

/// Multiply-adds of an op, 0 for ops without a product of matrices.
int64_t multiplyAdds(mlir::Operation *op);
/// Elements of the op's constant operands.
int64_t parameters(mlir::Operation *op);

} // namespace ttc::tool

#endif
