//===- Window.h - strides, padding and dilation of Conv and the pools ------===//
#ifndef TTC_LIB_IMPORT_ONNX_WINDOW_H
#define TTC_LIB_IMPORT_ONNX_WINDOW_H

#include "Node.h"

namespace ttc::onnximport {

/// The attributes that Conv, ConvTranspose and the pools share, for two spatial dimensions. One
/// spatial dimension is seen as an image of height 1.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  /// top, left, bottom, right
  llvm::SmallVector<int64_t> pads;
};

/// Reads the window of `node`. `kernel` is the extent of the weights, or empty if `kernel_shape` is
/// required. auto_pad is resolved for a convolution or pool; ConvTranspose resolves it itself. An
/// error unless input 0 has rank 3 or 4.
Window readWindow(Node &node, llvm::ArrayRef<int64_t> kernel);

/// N x C x L as N x C x 1 x L; any other shape as it is.
Shape imageShape(llvm::ArrayRef<int64_t> shape);
/// Input `i` under its imageShape.
mlir::Value asImage(Node &node, int i);
/// A result of image shape as the node has it: without the height if input 0 has rank 3.
mlir::Value fromImage(Node &node, mlir::Value image);
/// One value per spatial dimension of input 0, made two: `fill` stands for the height.
llvm::SmallVector<int64_t> spatialAttr(Node &node, llvm::StringRef name, int64_t fallback,
                                       int64_t low, int64_t fill);

/// Splits `total` padding of a dimension: SAME_UPPER puts the odd one at the end, SAME_LOWER at the
/// beginning.
void splitPadding(int64_t total, bool upper, int64_t &begin, int64_t &end);

} // namespace ttc::onnximport

#endif
