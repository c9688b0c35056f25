//===- Norm.cpp - BatchNormalization ---------------------------------------===//
#include "Node.h"

namespace ttc::onnximport {

static void convertBatchNormalization(Node &node) {
  bool training =
      node.opset() < 7 ? !node.boolAttr("is_test", false) : node.boolAttr("training_mode", false);
  if (training)
    node.error() << "training mode is not supported";
  if (node.intAttr("spatial", 1) != 1)
    node.error() << "spatial = 0 (statistics per position) is not supported";
  if (node.rank(0) < 2)
    node.error() << "expected an input of rank 2 or more, but got shape "
                 << shapeText(node.shape(0));
  node.result(node.create<tt::BatchNormOp>(
      {node.tensor(0), node.tensor(1), node.tensor(2), node.tensor(3), node.tensor(4)},
      {{"epsilon", node.f64(node.floatAttr("epsilon", 1e-5))}, {"axis", node.i64(1)}}));
}

llvm::ArrayRef<OpRow> normOps() {
  static const OpRow rows[] = {
      {"BatchNormalization", "ttttt", convertBatchNormalization},
  };
  return rows;
}

} // namespace ttc::onnximport
