//===- Layout.cpp - what layout ops and detection heads compute -------------===//
//
// Values stay what they are: the reference has neither layouts nor narrow
// formats, so what differs on the device is the device's error.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Evaluate/Evaluate.h"
#include "ttc/Reference/Shape.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

static HostTensor transfer(const HostTensor &input, std::optional<ArrayRef<int64_t>> permutation) {
  return permutation ? reference::transpose(input, *permutation) : share(input);
}

LogicalResult ReshardOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results) {
  results[0] = share(operands[0]);
  return success();
}

LogicalResult ToDeviceOp::evaluate(ArrayRef<HostTensor> operands,
                                   MutableArrayRef<HostTensor> results) {
  results[0] = transfer(operands[0], getPermutation());
  return success();
}

LogicalResult FromDeviceOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results) {
  results[0] = transfer(operands[0], getPermutation());
  return success();
}

LogicalResult DeallocateOp::evaluate(ArrayRef<HostTensor>, MutableArrayRef<HostTensor>) {
  return success(); // the evaluator frees by itself
}

LogicalResult YoloHeadOp::evaluate(ArrayRef<HostTensor> operands,
                                   MutableArrayRef<HostTensor> results) {
  results[0] = share(operands[0]);
  return success();
}
