//===- Norm.cpp - what normalisation and reductions compute -----------------===//
#include "ttc/Reference/Norm.h"
#include "dialects/TT/Evaluate/Evaluate.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

LogicalResult BatchNormOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results) {
  results[0] = reference::batchNorm(operands[0], operands[1], operands[2], operands[3], operands[4],
                                    getEpsilon().convertToDouble(), int64_t(getAxis()));
  return success();
}

LogicalResult SoftmaxOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results) {
  results[0] = reference::softmax(operands[0], int64_t(getAxis()));
  return success();
}

LogicalResult ReduceOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results) {
  auto kind = [&] {
    switch (getKind()) {
    case ReduceKind::sum:
      return reference::ReduceKind::sum;
    case ReduceKind::mean:
      return reference::ReduceKind::mean;
    case ReduceKind::max:
      return reference::ReduceKind::max;
    }
    llvm_unreachable("unknown reduction");
  };
  results[0] = reference::reduce(kind(), operands[0], getAxes(), getKeepDims());
  return success();
}
