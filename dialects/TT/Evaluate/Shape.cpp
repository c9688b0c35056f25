//===- Shape.cpp - what ops that only move values compute -------------------===//
#include "ttc/Reference/Shape.h"
#include "dialects/TT/Evaluate/Evaluate.h"
#include "dialects/TT/Weights.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

static std::vector<int64_t> shapeOf(Type type) {
  return cast<RankedTensorType>(type).getShape().vec();
}

LogicalResult ConstantOp::evaluate(ArrayRef<HostTensor>, MutableArrayRef<HostTensor> results) {
  std::optional<FloatValues> values = FloatValues::get(getValue());
  if (!values)
    return emitOpError("expected a value whose bytes are loaded, but got ") << getValue();
  std::vector<int64_t> shape = shapeOf(getType());
  std::vector<float> storage;
  if (values->isSplat())
    results[0] = HostTensor::filled(std::move(shape), (*values)[0]);
  else
    results[0] = HostTensor::borrow(std::move(shape), values->expand(storage).data());
  return success();
}

LogicalResult ConcatOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results) {
  results[0] = reference::concat(operands, int64_t(getAxis()));
  return success();
}

LogicalResult SliceOp::evaluate(ArrayRef<HostTensor> operands,
                                MutableArrayRef<HostTensor> results) {
  results[0] = reference::slice(operands[0], getStarts(), getSteps(), shapeOf(getType()));
  return success();
}

LogicalResult SplitOp::evaluate(ArrayRef<HostTensor> operands,
                                MutableArrayRef<HostTensor> results) {
  std::vector<HostTensor> parts = reference::split(operands[0], int64_t(getAxis()), getSizes());
  std::move(parts.begin(), parts.end(), results.begin());
  return success();
}

LogicalResult PadOp::evaluate(ArrayRef<HostTensor> operands, MutableArrayRef<HostTensor> results) {
  results[0] =
      reference::pad(operands[0], getLow(), getHigh(), float(getValue().convertToDouble()));
  return success();
}

LogicalResult ReshapeOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results) {
  results[0] = share(operands[0]).reshaped(shapeOf(getType()));
  return success();
}

LogicalResult TransposeOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results) {
  results[0] = reference::transpose(operands[0], getPermutation());
  return success();
}
