//===- Window.cpp - strides, padding and dilation of Conv and the pools ----===//
#include "Window.h"

namespace ttc::onnximport {

void splitPadding(int64_t total, bool upper, int64_t &begin, int64_t &end) {
  begin = upper ? total / 2 : total - total / 2;
  end = total - begin;
}

Window readWindow(Node &node, llvm::ArrayRef<int64_t> kernel) {
  Window w;
  if (node.rank(0) != 4) {
    node.error() << "expected an input of rank 4 (two spatial dimensions), but got shape "
                 << shapeText(node.shape(0));
    return w;
  }
  if (kernel.empty() && !node.hasAttr("kernel_shape"))
    node.error() << "attribute 'kernel_shape' is missing";
  w.kernel = node.intsAttr("kernel_shape", 2, 1, 1);
  if (!kernel.empty()) {
    if (node.hasAttr("kernel_shape") && llvm::ArrayRef<int64_t>(w.kernel) != kernel)
      node.error() << "kernel_shape " << shapeText(w.kernel) << " does not match weights of "
                   << shapeText(kernel);
    w.kernel.assign(kernel.begin(), kernel.end());
  }
  w.strides = node.intsAttr("strides", 2, 1, 1);
  w.dilations = node.intsAttr("dilations", 2, 1, 1);
  w.pads = node.intsAttr("pads", 4, 0, 0);

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
    int64_t in = node.shape(0)[2 + d];
    int64_t out = (in + w.strides[d] - 1) / w.strides[d];
    int64_t need = (out - 1) * w.strides[d] + (w.kernel[d] - 1) * w.dilations[d] + 1;
    splitPadding(std::max<int64_t>(need - in, 0), automatic == "SAME_UPPER", w.pads[d],
                 w.pads[2 + d]);
  }
  return w;
}

} // namespace ttc::onnximport
