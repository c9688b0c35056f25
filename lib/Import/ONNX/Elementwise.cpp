//===- Elementwise.cpp - arithmetic with broadcasting ----------------------===//
#include "Fold.h"

#include <cmath>

namespace ttc::onnximport {

// Integer arithmetic wraps, as on the exporters' side; shapes are far from that.
static int64_t addInts(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
static int64_t subInts(int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); }
static int64_t mulInts(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
/// Truncates towards zero. The divisor has been checked.
static int64_t divInts(int64_t a, int64_t b) { return b == -1 ? subInts(0, a) : a / b; }

/// The right side of a binary operator. Before opset 7 its dimensions are those of the left side
/// from `axis` on.
static mlir::Value alignedRight(Node &node) {
  mlir::Value rhs = node.tensor(1);
  if (node.opset() >= 7 || !node.hasAttr("axis"))
    return rhs;
  int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  Shape shape(node.shape(1));
  if (axis + node.rank(1) > node.rank(0)) {
    node.error() << "shape " << shapeText(shape) << " does not fit shape "
                 << shapeText(node.shape(0)) << " from axis " << axis << " on";
    return {};
  }
  shape.append(size_t(node.rank(0) - axis - node.rank(1)), 1);
  return node.reshape(rhs, shape);
}

template <typename OpT> static void convertBinary(Node &node) {
  mlir::Value rhs = alignedRight(node);
  node.result(node.create<OpT>({node.tensor(0), rhs}));
}

/// One or more inputs, combined from the left.
template <typename OpT> static mlir::Value chain(Node &node) {
  mlir::Value value = node.tensor(0);
  for (int i = 1; i < node.numInputs(); ++i)
    value = node.create<OpT>({value, node.tensor(i)});
  return value;
}

template <typename OpT> static void convertChain(Node &node) { node.result(chain<OpT>(node)); }

static void convertMean(Node &node) {
  mlir::Value sum = chain<tt::AddOp>(node);
  node.result(node.create<tt::MulOp>({sum, node.number(1.0 / node.numInputs())}));
}

static void foldAdd(Node &node) {
  foldBinary(node, addInts, [](float a, float b) { return a + b; });
}
static void foldSub(Node &node) {
  foldBinary(node, subInts, [](float a, float b) { return a - b; });
}
static void foldMul(Node &node) {
  foldBinary(node, mulInts, [](float a, float b) { return a * b; });
}
static void foldDiv(Node &node) {
  const Constant &divisor = *node.constant(1);
  if (divisor.isInt() && llvm::is_contained(divisor.ints, 0)) {
    node.error() << "integer division by zero";
    return;
  }
  foldBinary(node, divInts, [](float a, float b) { return a / b; });
}
static void foldMod(Node &node) {
  const Constant &divisor = *node.constant(1);
  if (!divisor.isInt() || llvm::is_contained(divisor.ints, 0)) {
    node.error() << "expected a non-zero integer divisor";
    return;
  }
  if (node.boolAttr("fmod", false))
    return foldBinary(node, [](int64_t a, int64_t b) { return b == -1 ? 0 : a % b; }, nullptr);
  foldBinary( // the sign follows the divisor
      node,
      [](int64_t a, int64_t b) {
        int64_t r = b == -1 ? 0 : a % b;
        return r && (r < 0) != (b < 0) ? r + b : r;
      },
      [](float a, float) { return a; });
}
static void foldMax(Node &node) {
  foldBinary(
      node, [](int64_t a, int64_t b) { return std::max(a, b); },
      [](float a, float b) { return std::max(a, b); });
}
static void foldMin(Node &node) {
  foldBinary(
      node, [](int64_t a, int64_t b) { return std::min(a, b); },
      [](float a, float b) { return std::min(a, b); });
}

/// x^2, x^0.5 and x^1 are what models use on tensors.
static void convertPow(Node &node) {
  double exponent = node.scalar(1);
  if (node.rank(1) > node.rank(0))
    node.error() << "exponent of rank " << node.rank(1) << " is not supported";
  if (exponent == 2)
    return node.result(node.create<tt::MulOp>({node.tensor(0), node.tensor(0)}));
  if (exponent == 0.5)
    return node.result(node.create<tt::SqrtOp>({node.tensor(0)}));
  if (exponent == 1)
    return node.result(node.tensor(0));
  node.error() << "exponent " << exponent << " is not supported, only 0.5, 1 and 2 are";
}

static void convertReciprocal(Node &node) {
  node.result(node.create<tt::DivOp>({node.number(1), node.tensor(0)}));
}

template <typename OpT> static void convertUnary(Node &node) {
  node.result(node.create<OpT>({node.tensor(0)}));
}

static void foldAbs(Node &node) {
  foldUnary(
      node, [](int64_t v) { return v < 0 ? subInts(0, v) : v; },
      [](float v) { return std::fabs(v); });
}
static void foldNeg(Node &node) {
  foldUnary(node, [](int64_t v) { return subInts(0, v); }, [](float v) { return -v; });
}
static void foldSqrt(Node &node) {
  foldUnary(node, nullptr, [](float v) { return std::sqrt(v); });
}
static void foldExp(Node &node) {
  foldUnary(node, nullptr, [](float v) { return std::exp(v); });
}
static void foldFloor(Node &node) {
  foldUnary(node, nullptr, [](float v) { return std::floor(v); });
}
static void foldCeil(Node &node) {
  foldUnary(node, nullptr, [](float v) { return std::ceil(v); });
}

llvm::ArrayRef<OpRow> elementwiseOps() {
  static const OpRow rows[] = {
      {"Abs", "t", convertUnary<tt::AbsOp>, foldAbs},
      {"Add", "tt", convertBinary<tt::AddOp>, foldAdd},
      {"Ceil", "t", nullptr, foldCeil},
      {"Div", "tt", convertBinary<tt::DivOp>, foldDiv},
      {"Exp", "t", convertUnary<tt::ExpOp>, foldExp},
      {"Floor", "t", nullptr, foldFloor},
      {"Max", "t*", convertChain<tt::MaximumOp>, foldMax},
      {"Mean", "t*", convertMean},
      {"Min", "t*", convertChain<tt::MinimumOp>, foldMin},
      {"Mod", "tt", nullptr, foldMod},
      {"Mul", "tt", convertBinary<tt::MulOp>, foldMul},
      {"Neg", "t", convertUnary<tt::NegOp>, foldNeg},
      {"Pow", "tc", convertPow},
      {"Reciprocal", "t", convertReciprocal},
      {"Sqrt", "t", convertUnary<tt::SqrtOp>, foldSqrt},
      {"Sub", "tt", convertBinary<tt::SubOp>, foldSub},
      {"Sum", "t*", convertChain<tt::AddOp>, foldAdd},
  };
  return rows;
}

} // namespace ttc::onnximport
