//===- Conv.h - convolutions and matrix products in float -------------------===//
//
// Run by oneDNN. Shapes must already agree (the tt dialect's verifiers see to
// it); an error is one of oneDNN itself, say an exhausted memory.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_REFERENCE_CONV_H
#define TTC_REFERENCE_CONV_H

#include "ttc/Reference/HostTensor.h"
#include "ttc/Support/Expected.h"

#include <array>

namespace ttc::reference {

/// Order of the dimensions of an image tensor.
enum class ImageFormat { nchw, nhwc };

struct ConvParams {
  std::array<int64_t, 2> strides = {1, 1};
  std::array<int64_t, 4> pads = {0, 0, 0, 0}; ///< top, left, bottom, right; not negative
  std::array<int64_t, 2> dilations = {1, 1};
  int64_t groups = 1;
  ImageFormat format = ImageFormat::nchw;
  std::array<int64_t, 2> outputPadding = {0, 0}; ///< convTranspose2d only
};

/// Cross-correlation. weight: [out, in / groups, kh, kw]; bias: [out] or null.
Expected<HostTensor> conv2d(const HostTensor &input, const HostTensor &weight,
                            const HostTensor *bias, const ConvParams &params);

/// The gradient of conv2d by its input. weight: [in, out / groups, kh, kw]; bias: [out] or null.
/// Extent: (in - 1) * stride + (k - 1) * dilation + 1 - pads + outputPadding.
Expected<HostTensor> convTranspose2d(const HostTensor &input, const HostTensor &weight,
                                     const HostTensor *bias, const ConvParams &params);

/// lhs [..., m, k] times rhs [..., k, n] ([..., n, k] if `transposeRhs`); both of rank 2 or more,
/// the dimensions before the last two broadcast. bias: [n] or null.
Expected<HostTensor> matmul(const HostTensor &lhs, const HostTensor &rhs, const HostTensor *bias,
                            bool transposeRhs);

} // namespace ttc::reference

#endif
