//===- Check.h - a device's numbers against the reference -------------------===//
//
// What `ttc check` shows: how far each output, and each op's result, is from
// the float reference.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_REFERENCE_CHECK_H
#define TTC_REFERENCE_CHECK_H

#include "ttc/Reference/Compare.h"
#include "ttc/Reference/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ttc::reference {

struct CheckOptions {
  /// The graph's inputs in float, one per argument.
  std::vector<HostTensor> inputs;

  /// What the device gave, one per result of the function in the result's own shape. Empty where
  /// there is none to compare; the list may be shorter than the results.
  std::vector<HostTensor> deviceOutputs;

  /// What the device had for a value of the function, in the value's own shape and dim order; an
  /// empty tensor if it kept none. Without this there are no rows per op.
  std::function<HostTensor(mlir::Value)> deviceValue;

  /// Called after each op with the number of ops done and their total.
  std::function<void(size_t done, size_t total)> progress;
};

/// One tensor compared.
struct CheckRow {
  std::string
      name; ///< an output's name; for an op the source layer, ".1", ".2" ... for later results
  std::string op; ///< the op's name without dialect; for an output "output"
  std::vector<int64_t> shape;

  /// Against the reference run from the graph's inputs: the error accumulated so far.
  Comparison accumulated;

  /// Against the reference of this op alone on the operands that the device had: the op's own
  /// error. Nothing if the device kept no tensor for an operand.
  std::optional<Comparison> isolated;
};

struct CheckReport {
  std::vector<CheckRow> outputs, ops;

  /// The reference's outputs, one per result of the function.
  std::vector<HostTensor> reference;

  /// True if every output correlates with the reference by at least `minimum`.
  bool passes(double minimum) const;
};

/// Evaluates `function`, the graph with float weights in the form whose values the device computed
/// (after fusions), and compares. Emits an error if the graph cannot be evaluated or a device
/// tensor has another shape than its value.
mlir::FailureOr<CheckReport> checkFunction(mlir::func::FuncOp function,
                                           const CheckOptions &options);

/// The report as text: a table of the ops if there are any, then one of the outputs.
std::string checkTable(const CheckReport &report);

/// {"outputs": [ROW], "ops": [ROW]} with ROW = {"name", "op", "shape", "pcc", "max_abs",
/// "mean_abs", "relative"} and, for ops, "isolated": {"pcc", "max_abs", "mean_abs", "relative"} or
/// null. A correlation that is not defined is null and "pcc_reason" says why; "non_finite" counts
/// broken values where there are any.
nlohmann::json checkJson(const CheckReport &report);

} // namespace ttc::reference

#endif
