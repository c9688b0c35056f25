//===- Evaluator.cpp - a whole graph in float on the host -------------------===//
#include "ttc/Reference/Evaluator.h"

#include "dialects/Interfaces/EvaluateOpInterface.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;
using namespace ttc;

static bool hasShapeOf(const HostTensor &tensor, Type type) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  return ranked && !tensor.empty() && ranked.getShape() == ArrayRef(tensor.shape());
}

FailureOr<std::vector<HostTensor>> reference::evaluateOp(Operation *op,
                                                         ArrayRef<HostTensor> operands) {
  auto evaluable = dyn_cast<EvaluateOpInterface>(op);
  if (!evaluable)
    return op->emitOpError("expected an op that can be evaluated on the host");
  std::vector<HostTensor> results(op->getNumResults());
  if (failed(evaluable.evaluate(operands, results)))
    return failure();
  for (auto [result, type] : llvm::zip_equal(results, op->getResultTypes()))
    if (!hasShapeOf(result, type))
      return op->emitOpError("evaluated to a shape [")
             << ArrayRef(result.shape()) << "] that is not its type's, " << type;
  return results;
}

namespace {

/// Values that are alive while a block is run.
class Values {
public:
  explicit Values(Block &block) {
    for (Operation &op : block)
      for (Value operand : op.getOperands())
        ++uses[operand];
  }

  void define(Value value, HostTensor tensor) {
    if (uses.contains(value))
      tensors[value] = std::move(tensor);
  }

  SmallVector<HostTensor> operandsOf(Operation *op) const {
    SmallVector<HostTensor> operands;
    for (Value operand : op->getOperands())
      operands.push_back(tensors.at(operand));
    return operands;
  }

  /// Frees what `op` was the last to use.
  void release(Operation *op) {
    for (Value operand : op->getOperands())
      if (--uses[operand] == 0)
        tensors.erase(operand);
  }

private:
  llvm::DenseMap<Value, size_t> uses; // still to come
  llvm::DenseMap<Value, HostTensor> tensors;
};

} // namespace

static LogicalResult checkInputs(func::FuncOp function, ArrayRef<HostTensor> inputs) {
  if (!function.getBody().hasOneBlock())
    return function.emitError("expected a function with one block, but got ")
           << function.getBody().getBlocks().size();
  if (inputs.size() != function.getNumArguments())
    return function.emitError("expected ")
           << function.getNumArguments() << " inputs, but got " << inputs.size();
  for (auto [i, input] : llvm::enumerate(inputs))
    if (!hasShapeOf(input, function.getArgumentTypes()[i]))
      return function.emitError("expected input ")
             << i << " of type " << function.getArgumentTypes()[i] << ", but got the shape ["
             << ArrayRef(input.shape()) << "]";
  return success();
}

FailureOr<std::vector<HostTensor>> reference::evaluateFunction(func::FuncOp function,
                                                               ArrayRef<HostTensor> inputs,
                                                               const EvaluateOptions &options) {
  if (failed(checkInputs(function, inputs)))
    return failure();
  Block &block = function.getBody().front();
  Values values(block);
  for (auto [argument, input] : llvm::zip_equal(block.getArguments(), inputs))
    values.define(argument, input);

  size_t done = 0, total = block.getOperations().size() - 1;
  for (Operation &op : block.without_terminator()) {
    bool observed = !op.hasTrait<OpTrait::ConstantLike>();
    SmallVector<HostTensor> operands = values.operandsOf(&op);
    if (observed && options.before && failed(options.before(&op, operands)))
      return failure();
    FailureOr<std::vector<HostTensor>> results = evaluateOp(&op, operands);
    if (failed(results))
      return failure();
    if (observed && options.after && failed(options.after(&op, operands, *results)))
      return failure();
    for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *results))
      values.define(value, std::move(tensor));
    operands.clear();
    values.release(&op);
    ++done;
    if (options.progress)
      options.progress(done, total);
  }

  std::vector<HostTensor> outputs;
  for (HostTensor &tensor : values.operandsOf(block.getTerminator()))
    // Borrowed values belong to the caller's inputs or to the IR, which may go before the outputs.
    outputs.push_back(tensor.isOwned() ? tensor : tensor.clone());
  return outputs;
}
