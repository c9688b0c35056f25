//===- Pool.cpp - MaxPool, AveragePool and the global pools ----------------===//
#include "Window.h"

namespace ttc::onnximport {

static void convertMaxPool(Node &node) {
  Window w = readWindow(node, {});
  // storage_order only matters for the indices, which are not supported.
  node.result(node.create<tt::MaxPool2dOp>(
      {node.tensor(0)}, {{"kernel", node.array(w.kernel)},
                         {"strides", node.array(w.strides)},
                         {"pads", node.array(w.pads)},
                         {"dilations", node.array(w.dilations)},
                         {"ceil_mode", node.flag(node.boolAttr("ceil_mode", false))}}));
}

static void convertAveragePool(Node &node) {
  Window w = readWindow(node, {});
  if (node.failed())
    return;
  if (w.dilations[0] != 1 || w.dilations[1] != 1)
    node.error() << "dilated average pooling is not supported";
  node.result(node.create<tt::AvgPool2dOp>(
      {node.tensor(0)},
      {{"kernel", node.array(w.kernel)},
       {"strides", node.array(w.strides)},
       {"pads", node.array(w.pads)},
       {"ceil_mode", node.flag(node.boolAttr("ceil_mode", false))},
       {"count_include_pad", node.flag(node.boolAttr("count_include_pad", false))}}));
}

static void convertGlobalAveragePool(Node &node) {
  if (node.rank(0) == 4)
    return node.result(node.create<tt::GlobalAvgPoolOp>({node.tensor(0)}));
  node.error() << "expected an input of rank 4, but got shape " << shapeText(node.shape(0));
}

static void convertGlobalMaxPool(Node &node) {
  if (node.rank(0) < 3) {
    node.error() << "expected an input of rank 3 or more, but got shape "
                 << shapeText(node.shape(0));
    return;
  }
  llvm::SmallVector<int64_t> axes;
  for (int64_t a = 2; a < node.rank(0); ++a)
    axes.push_back(a);
  node.result(node.create<tt::ReduceOp>(
      {node.tensor(0)},
      {{"kind", tt::ReduceKindAttr::get(node.builder().getContext(), tt::ReduceKind::max)},
       {"axes", node.array(axes)},
       {"keep_dims", node.flag(true)}}));
}

llvm::ArrayRef<OpRow> poolOps() {
  static const OpRow rows[] = {
      {"AveragePool", "t", convertAveragePool},
      {"GlobalAveragePool", "t", convertGlobalAveragePool},
      {"GlobalMaxPool", "t", convertGlobalMaxPool},
      {"MaxPool", "t", convertMaxPool},
  };
  return rows;
}

} // namespace ttc::onnximport
