//===- Evaluator.h - a whole graph in float on the host ---------------------===//
//
// Runs a function through EvaluateOpInterface, op by op in block order, and
// frees every value after its last use.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_REFERENCE_EVALUATOR_H
#define TTC_REFERENCE_EVALUATOR_H

#include "ttc/Reference/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <vector>

namespace ttc::reference {

struct EvaluateOptions {
  /// Called before each op that is not a constant. It may exchange operands for this evaluation,
  /// and change the constants in the IR that they came from. Failure stops the evaluation (the
  /// callback has emitted the error).
  std::function<llvm::LogicalResult(mlir::Operation *op,
                                    llvm::MutableArrayRef<HostTensor> operands)>
      before;

  /// Called after each op that is not a constant; a tensor that is kept stays alive.
  std::function<llvm::LogicalResult(mlir::Operation *op, llvm::ArrayRef<HostTensor> operands,
                                    llvm::ArrayRef<HostTensor> results)>
      after;

  /// Called after each op with the number of ops done and their total.
  std::function<void(size_t done, size_t total)> progress;
};

/// Results of `function` on `inputs`, one tensor per argument in the argument's shape. Constants
/// are borrowed from where their bytes are. Emits an error if an input does not fit, if the
/// function has more than one block, or at an op that cannot be evaluated.
mlir::FailureOr<std::vector<HostTensor>> evaluateFunction(mlir::func::FuncOp function,
                                                          llvm::ArrayRef<HostTensor> inputs,
                                                          const EvaluateOptions &options = {});

/// Results of one op. Emits an error if the op has no meaning on the host.
mlir::FailureOr<std::vector<HostTensor>> evaluateOp(mlir::Operation *op,
                                                    llvm::ArrayRef<HostTensor> operands);

} // namespace ttc::reference

#endif
