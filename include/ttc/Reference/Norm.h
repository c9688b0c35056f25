//===- Norm.h - normalisation and reduction in float ------------------------===//
#ifndef TTC_REFERENCE_NORM_H
#define TTC_REFERENCE_NORM_H

#include "ttc/Reference/HostTensor.h"

namespace ttc::reference {

/// scale[c] * (x - mean[c]) / sqrt(variance[c] + epsilon) + bias[c], c the index of dimension
/// `axis`.
HostTensor batchNorm(const HostTensor &input, const HostTensor &scale, const HostTensor &bias,
                     const HostTensor &mean, const HostTensor &variance, double epsilon,
                     int64_t axis);

/// exp(x - max) / sum of it, along dimension `axis`.
HostTensor softmax(const HostTensor &input, int64_t axis);

enum class ReduceKind { sum, mean, max };

/// Over the dimensions `axes`, which stay with extent 1 (`keepDims`) or leave the shape. Sums and
/// means accumulate in double.
HostTensor reduce(ReduceKind kind, const HostTensor &input, std::span<const int64_t> axes,
                  bool keepDims);

/// Mean and variance (of the population) of each index of dimension `axis`, in double.
struct Moments {
  std::vector<double> mean, variance;
};
Moments moments(const HostTensor &input, int64_t axis);

} // namespace ttc::reference

#endif
