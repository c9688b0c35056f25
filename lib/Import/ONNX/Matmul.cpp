//===- Matmul.cpp - MatMul and Gemm ----------------------------------------===//
#include "Fold.h"

namespace ttc::onnximport {

/// numpy semantics: a vector on either side is a matrix whose extra dimension is dropped from the
/// result.
static void convertMatMul(Node &node) {
  Shape a(node.shape(0)), b(node.shape(1));
  if (a.empty() || b.empty()) {
    node.error() << "expected inputs of rank 1 or more, but got " << shapeText(a) << " and "
                 << shapeText(b);
    return;
  }
  mlir::Value lhs = node.tensor(0), rhs = node.tensor(1);
  if (a.size() == 1)
    lhs = node.reshape(lhs, {1, a[0]});
  if (b.size() == 1)
    rhs = node.reshape(rhs, {b[0], 1});
  mlir::Value product = node.create<tt::MatmulOp>({lhs, rhs});
  if (!product)
    return;
  Shape shape(mlir::cast<mlir::RankedTensorType>(product.getType()).getShape());
  if (b.size() == 1)
    shape.pop_back();
  if (a.size() == 1)
    shape.erase(shape.end() - (b.size() == 1 ? 1 : 2));
  node.result(node.reshape(product, shape));
}

/// `c` times `factor`.
static Constant scaled(const Constant &c, double factor) {
  std::vector<float> values;
  values.reserve(c.floats.size());
  for (float v : c.floats)
    values.push_back(float(v * factor));
  Constant result = Constant::fromFloats(c.shape, std::move(values));
  result.splat = c.splat;
  return result;
}

/// An operand times `factor`: a constant is scaled here, anything else by a multiplication.
static mlir::Value scaledOperand(Node &node, int i, double factor) {
  if (factor == 1)
    return node.value(i);
  const Constant *known = node.constant(i);
  if (known && !known->isInt())
    return node.materialize(scaled(*known, factor));
  return node.create<tt::MulOp>({node.value(i), node.number(factor)});
}

/// alpha * A' B' + beta * C. B and C are constants in practice: then the factors are folded into
/// them and C, if it has one value per column, becomes the bias.
static void convertGemm(Node &node) {
  if (node.rank(0) != 2 || node.rank(1) != 2) {
    node.error() << "expected two matrices, but got shapes " << shapeText(node.shape(0)) << " and "
                 << shapeText(node.shape(1));
    return;
  }
  double alpha = node.floatAttr("alpha", 1), beta = node.floatAttr("beta", 1);
  bool transB = node.boolAttr("transB", false);
  int64_t columns = node.shape(1)[transB ? 0 : 1];

  mlir::Value a = node.value(0);
  if (node.boolAttr("transA", false))
    a = node.transpose(a, {1, 0});
  mlir::Value b = scaledOperand(node, 1, alpha);

  mlir::Value bias, addend;
  const Constant *c = node.constant(2);
  bool perColumn =
      c && !c->isInt() && c->rank() >= 1 && c->shape.back() == columns && c->count() == columns;
  bool single = c && !c->isInt() && c->count() == 1;
  if (single)
    bias = node.materialize(Constant::splatFloat({columns}, float(c->floatAt(0) * beta)));
  else if (perColumn && (beta != 1 || c->rank() > 1))
    bias = node.materialize(scaled(*c, beta).withShape({columns}));
  else if (node.hasInput(2))
    (perColumn ? bias : addend) = scaledOperand(node, 2, beta);
  mlir::Value result =
      node.create<tt::MatmulOp>({a, b, bias}, {{"transpose_rhs", node.flag(transB)}});
  if (addend)
    result = node.create<tt::AddOp>({result, addend});
  node.result(result);
}

llvm::ArrayRef<OpRow> matmulOps() {
  static const OpRow rows[] = {
      {"Gemm", "vvv?", convertGemm},
      {"MatMul", "tt", convertMatMul},
  };
  return rows;
}

} // namespace ttc::onnximport
