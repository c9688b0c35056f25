//===- Conv.cpp - what convolutions and matmul compute ----------------------===//
#include "dialects/TT/Evaluate/Evaluate.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

LogicalResult tt::finish(Operation *op, Expected<HostTensor> computed, ActivationAttr activation,
                         const HostTensor *residual, ActivationAttr postActivation,
                         HostTensor &result) {
  if (!computed)
    return op->emitOpError("cannot be evaluated: ") << computed.error().message;
  result = std::move(*computed);
  activate(result, activation);
  if (residual)
    reference::addInto(result, *residual);
  activate(result, postActivation);
  return success();
}

LogicalResult Conv2dOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results) {
  size_t next = 2;
  const HostTensor *bias = getBias() ? &operands[next++] : nullptr;
  const HostTensor *residual = getResidual() ? &operands[next++] : nullptr;
  reference::ConvParams params;
  params.strides = toArray<2>(getStrides());
  params.pads = toArray<4>(getPads());
  params.dilations = toArray<2>(getDilations());
  params.groups = int64_t(getGroups());
  params.format = toFormat(getDataFormat());
  return finish(*this, reference::conv2d(operands[0], operands[1], bias, params),
                getActivationAttr(), residual, getPostActivationAttr(), results[0]);
}

LogicalResult ConvTranspose2dOp::evaluate(ArrayRef<HostTensor> operands,
                                          MutableArrayRef<HostTensor> results) {
  reference::ConvParams params;
  params.strides = toArray<2>(getStrides());
  params.pads = toArray<4>(getPads());
  params.dilations = toArray<2>(getDilations());
  params.groups = int64_t(getGroups());
  params.format = toFormat(getDataFormat());
  params.outputPadding = toArray<2>(getOutputPadding());
  const HostTensor *bias = getBias() ? &operands[2] : nullptr;
  return finish(*this, reference::convTranspose2d(operands[0], operands[1], bias, params),
                getActivationAttr(), nullptr, {}, results[0]);
}

LogicalResult MatmulOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results) {
  size_t next = 2;
  const HostTensor *bias = getBias() ? &operands[next++] : nullptr;
  const HostTensor *residual = getResidual() ? &operands[next++] : nullptr;
  return finish(*this, reference::matmul(operands[0], operands[1], bias, getTransposeRhs()),
                getActivationAttr(), residual, getPostActivationAttr(), results[0]);
}
