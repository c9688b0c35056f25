//===- Pool.cpp - MaxPool, AveragePool and the global pools ----------------===//
#include "Window.h"

namespace ttc::onnximport {

static void convertMaxPool(Node &node) {
  Window w = readWindow(node, {});
  // storage_order only matters for the indices, which are not supported.
  node.result(fromImage(node, node.create<tt::MaxPool2dOp>(
                                  {asImage(node, 0)},
                                  {{"kernel", node.array(w.kernel)},
                                   {"strides", node.array(w.strides)},
                                   {"pads", node.array(w.pads)},
                                   {"dilations", node.array(w.dilations)},
                                   {"ceil_mode", node.flag(node.boolAttr("ceil_mode", false))}})));
}

static void convertAveragePool(Node &node) {
  Window w = readWindow(node, {});
  if (node.failed())
    return;
  if (w.dilations[0] != 1 || w.dilations[1] != 1)
    node.error() << "dilated average pooling is not supported";
  node.result(fromImage(
      node, node.create<tt::AvgPool2dOp>(
                {asImage(node, 0)},
                {{"kernel", node.array(w.kernel)},
                 {"strides", node.array(w.strides)},
                 {"pads", node.array(w.pads)},
                 {"ceil_mode", node.flag(node.boolAttr("ceil_mode", false))},
                 {"count_include_pad", node.flag(node.boolAttr("count_include_pad", false))}})));
}

/// Every spatial dimension down to 1.
template <tt::ReduceKind kind> static void convertGlobalPool(Node &node) {
  if (node.rank(0) < 3) {
    node.error() << "expected an input of rank 3 or more, but got shape "
                 << shapeText(node.shape(0));
    return;
  }
  if (kind == tt::ReduceKind::mean && node.rank(0) == 4)
    return node.result(node.create<tt::GlobalAvgPoolOp>({node.tensor(0)}));
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, node.rank(0)));
  node.result(node.create<tt::ReduceOp>(
      {node.tensor(0)}, {{"kind", tt::ReduceKindAttr::get(node.builder().getContext(), kind)},
                         {"axes", node.array(axes)},
                         {"keep_dims", node.flag(true)}}));
}

llvm::ArrayRef<OpRow> poolOps() {
  static const OpRow rows[] = {
      {"AveragePool", "t", convertAveragePool},
      {"GlobalAveragePool", "t", convertGlobalPool<tt::ReduceKind::mean>},
      {"GlobalMaxPool", "t", convertGlobalPool<tt::ReduceKind::max>},
      {"MaxPool", "t", convertMaxPool},
  };
  return rows;
}

} // namespace ttc::onnximport
