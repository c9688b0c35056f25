//===- Shape.h - moving values without computing ----------------------------===//
#ifndef TTC_REFERENCE_SHAPE_H
#define TTC_REFERENCE_SHAPE_H

#include "ttc/Reference/HostTensor.h"

namespace ttc::reference {

/// The inputs one after the other along dimension `axis`.
HostTensor concat(std::span<const HostTensor> inputs, int64_t axis);

/// result[i...] = input[starts[d] + i * steps[d] ...], for a result of `shape`. Steps may be
/// negative.
HostTensor slice(const HostTensor &input, std::span<const int64_t> starts,
                 std::span<const int64_t> steps, std::vector<int64_t> shape);

/// Parts of `sizes` along dimension `axis`, which they must fill.
std::vector<HostTensor> split(const HostTensor &input, int64_t axis,
                              std::span<const int64_t> sizes);

/// `low` and `high` more indices before and after each dimension, filled with `value`.
HostTensor pad(const HostTensor &input, std::span<const int64_t> low, std::span<const int64_t> high,
               float value);

/// Dimension i of the result is dimension permutation[i] of the input.
HostTensor transpose(const HostTensor &input, std::span<const int64_t> permutation);

} // namespace ttc::reference

#endif
