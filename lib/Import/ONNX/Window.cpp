//===- Window.cpp - strides, padding and dilation of Conv and the pools ----===//
#include "Window.h"

namespace ttc::onnximport {

void splitPadding(int64_t total, bool upper, int64_t &begin, int64_t &end) {
  begin = upper ? total / 2 : total - total / 2;
  end = total - begin;
}

Shape imageShape(llvm::ArrayRef<int64_t> shape) {
  Shape image(shape);
  if (image.size() == 3)
    image.insert(image.begin() + 2, 1);
  return image;
}

mlir::Value asImage(Node &node, int i) {
  if (node.rank(i) != 3)
    return node.value(i);
  if (const Constant *known = node.constant(i))
    return node.materialize(known->withShape(imageShape(known->shape)));
  return node.reshape(node.tensor(i), imageShape(node.shape(i)));
}

mlir::Value fromImage(Node &node, mlir::Value image) {
  if (node.failed() || node.rank(0) != 3)
    return image;
  Shape shape(mlir::cast<mlir::RankedTensorType>(image.getType()).getShape());
  shape.erase(shape.begin() + 2);
  return node.reshape(image, shape);
}

llvm::SmallVector<int64_t> spatialAttr(Node &node, llvm::StringRef name, int64_t fallback,
                                       int64_t low, int64_t fill) {
  if (node.rank(0) != 3)
    return node.intsAttr(name, 2, fallback, low);
  return {fill, node.intsAttr(name, 1, fallback, low)[0]};
}

Window readWindow(Node &node, llvm::ArrayRef<int64_t> kernel) {
  Window w;
  bool line = node.rank(0) == 3;
  if (!line && node.rank(0) != 4) {
    node.error() << "expected an input of one or two spatial dimensions, but got shape "
                 << shapeText(node.shape(0));
    return w;
  }
  if (kernel.empty() && !node.hasAttr("kernel_shape"))
    node.error() << "attribute 'kernel_shape' is missing";
  w.kernel = spatialAttr(node, "kernel_shape", 1, 1, 1);
  if (!kernel.empty()) {
    if (node.hasAttr("kernel_shape") && llvm::ArrayRef<int64_t>(w.kernel) != kernel)
      node.error() << "kernel_shape " << shapeText(w.kernel) << " does not match weights of "
                   << shapeText(kernel);
    w.kernel.assign(kernel.begin(), kernel.end());
  }
  w.strides = spatialAttr(node, "strides", 1, 1, 1);
  w.dilations = spatialAttr(node, "dilations", 1, 1, 1);
  w.pads = node.intsAttr("pads", line ? 2 : 4, 0, 0);
  if (line)
    w.pads = {0, w.pads[0], 0, w.pads[1]};

  std::string automatic = node.stringAttr("auto_pad", "NOTSET");
  if (automatic == "NOTSET")
    return w;
  if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER" && automatic != "VALID") {
    node.error() << "auto_pad '" << automatic
                 << "' is not one of NOTSET, SAME_UPPER, SAME_LOWER, VALID";
    return w;
  }
  w.pads.assign(4, 0);
  if (automatic == "VALID" || node.opType() == "ConvTranspose")
    return w;
  for (int d = 0; d < 2; ++d) {
    int64_t in = imageShape(node.shape(0))[2 + d];
    int64_t out = (in + w.strides[d] - 1) / w.strides[d];
    int64_t need = (out - 1) * w.strides[d] + (w.kernel[d] - 1) * w.dilations[d] + 1;
    splitPadding(std::max<int64_t>(need - in, 0), automatic == "SAME_UPPER", w.pads[d],
                 w.pads[2 + d]);
  }
  return w;
}

} // namespace ttc::onnximport
