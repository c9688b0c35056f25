//===- Elementwise.h - elementwise functions in float -----------------------===//
#ifndef TTC_REFERENCE_ELEMENTWISE_H
#define TTC_REFERENCE_ELEMENTWISE_H

#include "ttc/Reference/HostTensor.h"

namespace ttc::reference {

enum class UnaryKind {
  relu,
  leakyRelu, ///< p0: slope below 0
  mish,      ///< x * tanh(log(1 + exp(x))); x itself above 20
  silu,
  sigmoid,
  tanh,
  hardswish,   ///< x * clip(x / 6 + 1 / 2, 0, 1)
  hardsigmoid, ///< clip(p0 * x + p1, 0, 1)
  clip,        ///< p0: low, p1: high
  gelu,        ///< with erf
  elu,         ///< p0: alpha
  softplus,
  exp,
  sqrt,
  abs,
  neg,
};

/// A function of one variable with its parameters.
struct Unary {
  UnaryKind kind = UnaryKind::relu;
  double p0 = 0, p1 = 0;
};

/// out[i] = f(in[i]); the spans may be the same.
void applyUnary(const Unary &f, std::span<const float> in, std::span<float> out);

HostTensor unary(const Unary &f, const HostTensor &input);

enum class BinaryKind { add, sub, mul, div, maximum, minimum };

/// lhs op rhs with NumPy's broadcasting; the shapes must be compatible.
HostTensor binary(BinaryKind kind, const HostTensor &lhs, const HostTensor &rhs);

/// target[i] += addend[i]; same shapes, `target` owned.
void addInto(HostTensor &target, const HostTensor &addend);

} // namespace ttc::reference

#endif
