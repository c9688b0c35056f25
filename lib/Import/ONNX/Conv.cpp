//===- Conv.cpp - Conv and ConvTranspose -----------------------------------===//
#include "Window.h"

namespace ttc::onnximport {

/// The weights' spatial extents, or an error if they are not of rank 4.
static llvm::ArrayRef<int64_t> kernelOf(Node &node) {
  if (node.rank(1) == 4)
    return node.shape(1).take_back(2);
  node.error() << "expected weights of rank 4 (two spatial dimensions), but got shape "
               << shapeText(node.shape(1));
  return {};
}

static void convertConv(Node &node) {
  llvm::ArrayRef<int64_t> kernel = kernelOf(node);
  if (node.failed())
    return;
  Window w = readWindow(node, kernel);
  node.result(node.create<tt::Conv2dOp>({node.tensor(0), node.tensor(1), node.tensor(2)},
                                        {{"strides", node.array(w.strides)},
                                         {"pads", node.array(w.pads)},
                                         {"dilations", node.array(w.dilations)},
                                         {"groups", node.i64(node.intAttr("group", 1))}}));
}

/// auto_pad and output_shape leave the padding to be found such that the result has a given extent.
static void padForOutput(Node &node, Window &w, llvm::SmallVectorImpl<int64_t> &outputPadding) {
  std::string automatic = node.stringAttr("auto_pad", "NOTSET");
  bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!node.hasAttr("output_shape") && !same)
    return;
  llvm::SmallVector<int64_t> wanted;
  if (node.hasAttr("output_shape")) {
    wanted = node.intsAttr("output_shape");
    if (wanted.size() == 4) // some exporters give the full shape
      wanted.erase(wanted.begin(), wanted.begin() + 2);
    if (wanted.size() != 2) {
      node.error() << "attribute 'output_shape' has " << wanted.size() << " values, expected 2";
      return;
    }
  } else {
    for (int d = 0; d < 2; ++d)
      wanted.push_back(node.shape(0)[2 + d] * w.strides[d]);
  }
  for (int d = 0; d < 2; ++d) {
    if (wanted[d] < 1 || wanted[d] > std::numeric_limits<int32_t>::max()) {
      node.error() << "output extent " << wanted[d] << " is out of range";
      return;
    }
    int64_t full = w.strides[d] * (node.shape(0)[2 + d] - 1) + outputPadding[d] +
                   (w.kernel[d] - 1) * w.dilations[d] + 1;
    int64_t total = full - wanted[d];
    if (total < 0) { // larger than what the kernel reaches: zeros at the end
      outputPadding[d] -= total;
      total = 0;
    }
    splitPadding(total, automatic == "SAME_UPPER", w.pads[d], w.pads[2 + d]);
  }
}

static void convertConvTranspose(Node &node) {
  llvm::ArrayRef<int64_t> kernel = kernelOf(node);
  if (node.failed())
    return;
  Window w = readWindow(node, kernel);
  llvm::SmallVector<int64_t> outputPadding = node.intsAttr("output_padding", 2, 0, 0);
  if (node.failed())
    return;
  padForOutput(node, w, outputPadding);
  node.result(node.create<tt::ConvTranspose2dOp>({node.tensor(0), node.tensor(1), node.tensor(2)},
                                                 {{"strides", node.array(w.strides)},
                                                  {"pads", node.array(w.pads)},
                                                  {"dilations", node.array(w.dilations)},
                                                  {"output_padding", node.array(outputPadding)},
                                                  {"groups", node.i64(node.intAttr("group", 1))}}));
}

llvm::ArrayRef<OpRow> convOps() {
  static const OpRow rows[] = {
      {"Conv", "ttt?", convertConv},
      {"ConvTranspose", "ttt?", convertConvTranspose},
  };
  return rows;
}

} // namespace ttc::onnximport
