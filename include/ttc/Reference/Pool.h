//===- Pool.h - pooling and resizing in float -------------------------------===//
#ifndef TTC_REFERENCE_POOL_H
#define TTC_REFERENCE_POOL_H

#include "ttc/Reference/Conv.h"
#include "ttc/Reference/HostTensor.h"

#include <array>

namespace ttc::reference {

struct PoolParams {
  std::array<int64_t, 2> kernel = {1, 1};
  std::array<int64_t, 2> strides = {1, 1};
  std::array<int64_t, 4> pads = {0, 0, 0, 0}; ///< top, left, bottom, right
  std::array<int64_t, 2> dilations = {1, 1};
  bool ceilMode = false;        ///< round the extent of the result up
  bool countIncludePad = false; ///< average only: padding counts in the divisor
  ImageFormat format = ImageFormat::nchw;
};

/// Extent of a pooled dimension. With `ceilMode` a last window that would begin in the padding
/// after the input is dropped, as ONNX and PyTorch do.
int64_t pooledExtent(int64_t in, int64_t kernel, int64_t stride, int64_t padBefore,
                     int64_t padAfter, int64_t dilation, bool ceilMode);

/// Maximum over each window; padding is -infinity.
HostTensor maxPool2d(const HostTensor &input, const PoolParams &params);

/// Mean over each window, of the values inside the input; with `countIncludePad` padding counts as
/// zeros, but never what a rounded-up last window has beyond the padding.
HostTensor avgPool2d(const HostTensor &input, const PoolParams &params);

/// How an output coordinate maps to the input in `upsampleBilinear`.
enum class Coordinates {
  asymmetric,   ///< y / scale
  halfPixel,    ///< (y + 0.5) / scale - 0.5
  alignCorners, ///< y * (in - 1) / (out - 1)
};

/// Repeats every pixel `scales` = {vertical, horizontal} times.
HostTensor upsampleNearest(const HostTensor &input, std::array<int64_t, 2> scales,
                           ImageFormat format);

/// Bilinear; coordinates outside the image take its edge.
HostTensor upsampleBilinear(const HostTensor &input, std::array<int64_t, 2> scales,
                            Coordinates coordinates, ImageFormat format);

} // namespace ttc::reference

#endif
