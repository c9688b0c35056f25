//===- Elementwise.cpp - what activations and binary ops compute ------------===//
#include "dialects/TT/Evaluate/Evaluate.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;
using reference::UnaryKind;

reference::Unary tt::toUnary(ActivationAttr activation) {
  auto kind = [&] {
    switch (activation.getKind()) {
    case ActivationKind::relu:
      return UnaryKind::relu;
    case ActivationKind::leaky_relu:
      return UnaryKind::leakyRelu;
    case ActivationKind::mish:
      return UnaryKind::mish;
    case ActivationKind::silu:
      return UnaryKind::silu;
    case ActivationKind::sigmoid:
      return UnaryKind::sigmoid;
    case ActivationKind::tanh:
      return UnaryKind::tanh;
    case ActivationKind::hardswish:
      return UnaryKind::hardswish;
    case ActivationKind::hardsigmoid:
      return UnaryKind::hardsigmoid;
    case ActivationKind::clip:
      return UnaryKind::clip;
    case ActivationKind::gelu:
      return UnaryKind::gelu;
    case ActivationKind::elu:
      return UnaryKind::elu;
    case ActivationKind::softplus:
      return UnaryKind::softplus;
    case ActivationKind::exp:
      return UnaryKind::exp;
    case ActivationKind::sqrt:
      return UnaryKind::sqrt;
    case ActivationKind::abs:
      return UnaryKind::abs;
    case ActivationKind::neg:
      return UnaryKind::neg;
    }
    llvm_unreachable("unknown activation kind");
  };
  return {kind(), activation.getP0(), activation.getP1()};
}

void tt::activate(HostTensor &tensor, ActivationAttr activation) {
  if (activation)
    reference::applyUnary(toUnary(activation), tensor.span(),
                          {tensor.mutableData(), size_t(tensor.size())});
}

LogicalResult tt::evaluateActivation(ActivationAttr activation, ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results) {
  results[0] = reference::unary(toUnary(activation), operands[0]);
  return success();
}

LogicalResult tt::evaluateBinary(reference::BinaryKind kind, ActivationAttr activation,
                                 ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results) {
  results[0] = reference::binary(kind, operands[0], operands[1]);
  activate(results[0], activation);
  return success();
}
