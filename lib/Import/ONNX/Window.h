//===- Window.h - strides, padding and dilation of Conv and the pools ------===//
#ifndef TTC_LIB_IMPORT_ONNX_WINDOW_H
#define TTC_LIB_IMPORT_ONNX_WINDOW_H

#include "Node.h"

namespace ttc::onnximport {

/// The attributes that Conv, ConvTranspose and the pools share, for two spatial dimensions.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  /// top, left, bottom, right
  llvm::SmallVector<int64_t> pads;
};

/// Reads the window of `node`, whose input 0 must have rank 4. `kernel` is the extent of the
/// weights, or null if `kernel_shape` is required. auto_pad is resolved for a convolution or pool;
/// ConvTranspose resolves it itself.
Window readWindow(Node &node, llvm::ArrayRef<int64_t> kernel);

/// Splits `total` padding of a dimension: SAME_UPPER puts the odd one at the end, SAME_LOWER at the
/// beginning.
void splitPadding(int64_t total, bool upper, int64_t &begin, int64_t &end);

} // namespace ttc::onnximport

#endif
