//===- Check.cpp - a device's numbers against the reference -----------------===//
#include "ttc/Reference/Check.h"

#include "dialects/TT/LayerName.h"
#include "ttc/Reference/Evaluator.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::reference;

/// An error unless the device's tensor has the reference's shape.
static LogicalResult checkShape(Operation *op, StringRef what, const HostTensor &expected,
                                const HostTensor &actual) {
  if (expected.shape() == actual.shape())
    return success();
  return op->emitError("expected the device's tensor for ")
         << what << " to have the shape [" << ArrayRef(expected.shape()) << "], but got ["
         << ArrayRef(actual.shape()) << "]";
}

static std::string rowName(Operation *op, size_t result) {
  StringRef layer = tt::getLayerName(op->getLoc());
  std::string name = (layer.empty() ? op->getName().stripDialect() : layer).str();
  return result ? name + "." + std::to_string(result) : name;
}

static std::string outputName(func::FuncOp function, unsigned result) {
  if (auto name = function.getResultAttrOfType<StringAttr>(result, "tt.name"))
    return name.str();
  return "output" + std::to_string(result);
}

namespace {

/// Adds a row for every result that the device kept.
class OpChecker {
public:
  OpChecker(const CheckOptions &options, std::vector<CheckRow> &rows)
      : options(options), rows(rows) {}

  LogicalResult check(Operation *op, ArrayRef<HostTensor> operands, ArrayRef<HostTensor> results) {
    SmallVector<HostTensor> device;
    bool any = false;
    for (Value result : op->getResults()) {
      device.push_back(options.deviceValue(result));
      any |= !device.back().empty();
    }
    if (!any)
      return success();
    std::optional<std::vector<HostTensor>> isolated;
    if (std::optional<SmallVector<HostTensor>> had = deviceOperands(op, operands)) {
      FailureOr<std::vector<HostTensor>> computed = evaluateOp(op, *had);
      if (failed(computed))
        return failure();
      isolated = std::move(*computed);
    }
    for (size_t i = 0; i < device.size(); ++i) {
      if (device[i].empty())
        continue;
      CheckRow row;
      row.name = rowName(op, i);
      row.op = op->getName().stripDialect().str();
      row.shape = results[i].shape();
      if (failed(checkShape(op, row.name, results[i], device[i])))
        return failure();
      row.accumulated = compare(results[i].span(), device[i].span());
      if (isolated)
        row.isolated = compare((*isolated)[i].span(), device[i].span());
      rows.push_back(std::move(row));
    }
    return success();
  }

private:
  /// What the device had for the operands: constants and graph inputs stay the reference's unless
  /// the device kept its own. Nothing if one is missing or of another shape.
  std::optional<SmallVector<HostTensor>> deviceOperands(Operation *op,
                                                        ArrayRef<HostTensor> operands) {
    SmallVector<HostTensor> had;
    for (auto [value, reference] : llvm::zip_equal(op->getOperands(), operands)) {
      HostTensor tensor = options.deviceValue(value);
      Operation *definition = value.getDefiningOp();
      bool given = !definition || definition->hasTrait<OpTrait::ConstantLike>();
      if (tensor.empty() && given)
        tensor = reference;
      if (tensor.empty() || tensor.shape() != reference.shape())
        return std::nullopt;
      had.push_back(std::move(tensor));
    }
    return had;
  }

  const CheckOptions &options;
  std::vector<CheckRow> &rows;
};

} // namespace

bool CheckReport::passes(double minimum) const {
  for (const CheckRow &row : outputs)
    if (!row.accumulated.passes(minimum))
      return false;
  return true;
}

FailureOr<CheckReport> reference::checkFunction(func::FuncOp function,
                                                const CheckOptions &options) {
  CheckReport report;
  OpChecker checker(options, report.ops);
  EvaluateOptions evaluate;
  evaluate.progress = options.progress;
  if (options.deviceValue)
    evaluate.after = [&](Operation *op, ArrayRef<HostTensor> operands,
                         ArrayRef<HostTensor> results) {
      return checker.check(op, operands, results);
    };
  FailureOr<std::vector<HostTensor>> outputs = evaluateFunction(function, options.inputs, evaluate);
  if (failed(outputs))
    return failure();
  report.reference = std::move(*outputs);
  if (options.deviceOutputs.size() > report.reference.size())
    return function.emitError("expected at most ")
           << report.reference.size() << " outputs of the device, but got "
           << options.deviceOutputs.size();
  for (auto [i, device] : llvm::enumerate(options.deviceOutputs)) {
    if (device.empty())
      continue;
    CheckRow row;
    row.name = outputName(function, unsigned(i));
    row.op = "output";
    row.shape = device.shape();
    if (failed(checkShape(function, row.name, report.reference[i], device)))
      return failure();
    row.accumulated = compare(report.reference[i].span(), device.span());
    report.outputs.push_back(std::move(row));
  }
  return report;
}
