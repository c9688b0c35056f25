//===- Conv.cpp - Conv and ConvTranspose -----------------------------------===//
#include "Window.h"

namespace ttc::onnximport {

/// The weights' spatial extents as an image has them, or an error if there are not as many as the
/// input has.
static Shape kernelOf(Node &node) {
  if (node.rank(1) == node.rank(0) && (node.rank(1) == 3 || node.rank(1) == 4)) {
    Shape image = imageShape(node.shape(1));
    return Shape(llvm::ArrayRef<int64_t>(image).take_back(2));
  }
  node.error() << "expected input and weights of one or two spatial dimensions, but got shapes "
               << shapeText(node.shape(0)) << " and " << shapeText(node.shape(1));
  return {};
}

static void convertConv(Node &node) {
  Shape kernel = kernelOf(node);
  if (node.failed())
    return;
  Window w = readWindow(node, kernel);
  node.result(fromImage(
      node, node.create<tt::Conv2dOp>({asImage(node, 0), asImage(node, 1), node.tensor(2)},
                                      {{"strides", node.array(w.strides)},
                                       {"pads", node.array(w.pads)},
                                       {"dilations", node.array(w.dilations)},
                                       {"groups", node.i64(node.intAttr("group", 1))}})));
}

/// auto_pad and output_shape leave the padding to be found such that the result has a given extent.
static void padForOutput(Node &node, Window &w, llvm::SmallVectorImpl<int64_t> &outputPadding) {
  std::string automatic = node.stringAttr("auto_pad", "NOTSET");
  bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!node.hasAttr("output_shape") && !same)
    return;
  llvm::SmallVector<int64_t> wanted;
  Shape image = imageShape(node.shape(0));
  if (node.hasAttr("output_shape")) {
    wanted = node.intsAttr("output_shape");
    if (int64_t(wanted.size()) == node.rank(0)) // some exporters give the full shape
      wanted.erase(wanted.begin(), wanted.begin() + 2);
    if (int64_t(wanted.size()) != node.rank(0) - 2) {
      node.error() << "attribute 'output_shape' has " << wanted.size() << " values, expected "
                   << node.rank(0) - 2;
      return;
    }
    if (wanted.size() == 1)
      wanted.insert(wanted.begin(), 1);
  } else {
    for (int d = 0; d < 2; ++d)
      wanted.push_back(image[2 + d] * w.strides[d]);
  }
  for (int d = 0; d < 2; ++d) {
    if (wanted[d] < 1 || wanted[d] > std::numeric_limits<int32_t>::max()) {
      node.error() << "output extent " << wanted[d] << " is out of range";
      return;
    }
    int64_t full = w.strides[d] * (image[2 + d] - 1) + outputPadding[d] +
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
  Shape kernel = kernelOf(node);
  if (node.failed())
    return;
  Window w = readWindow(node, kernel);
  llvm::SmallVector<int64_t> outputPadding = spatialAttr(node, "output_padding", 0, 0, 0);
  if (node.failed())
    return;
  padForOutput(node, w, outputPadding);
  node.result(fromImage(
      node, node.create<tt::ConvTranspose2dOp>({asImage(node, 0), asImage(node, 1), node.tensor(2)},
                                               {{"strides", node.array(w.strides)},
                                                {"pads", node.array(w.pads)},
                                                {"dilations", node.array(w.dilations)},
                                                {"output_padding", node.array(outputPadding)},
                                                {"groups", node.i64(node.intAttr("group", 1))}})));
}

llvm::ArrayRef<OpRow> convOps() {
  static const OpRow rows[] = {
      {"Conv", "tvt?", convertConv},
      {"ConvTranspose", "tvt?", convertConvTranspose},
  };
  return rows;
}

} // namespace ttc::onnximport
