//===- Reduce.cpp - ReduceMean, ReduceSum, ReduceMax -----------------------===//
#include "Fold.h"

namespace ttc::onnximport {

/// Which dimensions are reduced: an attribute, later an input (ReduceSum since opset 13, the others
/// since 18). None means all, unless noop_with_empty_axes says that it means none.
static llvm::SmallVector<int64_t> reducedAxes(Node &node) {
  llvm::SmallVector<int64_t> list = node.hasInput(1) ? node.ints(1) : node.intsAttr("axes");
  llvm::SmallVector<int64_t> axes = node.axes(list, node.rank(0));
  if (axes.empty() && !node.boolAttr("noop_with_empty_axes", false))
    for (int64_t a = 0; a < node.rank(0); ++a)
      axes.push_back(a);
  return axes;
}

template <tt::ReduceKind kind> static void convertReduce(Node &node) {
  llvm::SmallVector<int64_t> axes = reducedAxes(node);
  bool keep = node.boolAttr("keepdims", true);
  if (axes.empty())
    return node.result(node.tensor(0));
  node.result(node.create<tt::ReduceOp>(
      {node.tensor(0)}, {{"kind", tt::ReduceKindAttr::get(node.builder().getContext(), kind)},
                         {"axes", node.array(axes)},
                         {"keep_dims", node.flag(keep)}}));
}

/// -max(-x)
static void convertReduceMin(Node &node) {
  llvm::SmallVector<int64_t> axes = reducedAxes(node);
  if (axes.empty())
    return node.result(node.tensor(0));
  auto kind = tt::ReduceKindAttr::get(node.builder().getContext(), tt::ReduceKind::max);
  mlir::Value negative = node.create<tt::NegOp>({node.tensor(0)});
  mlir::Value max = node.create<tt::ReduceOp>(
      {negative}, {{"kind", kind},
                   {"axes", node.array(axes)},
                   {"keep_dims", node.flag(node.boolAttr("keepdims", true))}});
  node.result(node.create<tt::NegOp>({max}));
}

/// The number of elements of a shape, as exporters compute it.
static void foldReduceProd(Node &node) {
  const Constant &c = *node.constant(0);
  if (int64_t(reducedAxes(node).size()) != c.rank()) {
    node.error() << "is supported over all dimensions only";
    return;
  }
  uint64_t product = 1;
  for (int64_t v : node.ints(0))
    product *= uint64_t(v);
  Shape shape(node.boolAttr("keepdims", true) ? c.rank() : 0, 1);
  node.result(Constant::fromInts(shape, {int64_t(product)}));
}

llvm::ArrayRef<OpRow> reduceOps() {
  static const OpRow rows[] = {
      {"ReduceMax", "tc?", convertReduce<tt::ReduceKind::max>},
      {"ReduceMean", "tc?", convertReduce<tt::ReduceKind::mean>},
      {"ReduceMin", "tc?", convertReduceMin},
      {"ReduceProd", "tc?", nullptr, foldReduceProd},
      {"ReduceSum", "tc?", convertReduce<tt::ReduceKind::sum>},
  };
  return rows;
}

} // namespace ttc::onnximport
