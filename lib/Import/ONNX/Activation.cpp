//===- Activation.cpp - activations and softmax ----------------------------===//
#include "Node.h"

#include <cfloat>
#include <cmath>

namespace ttc::onnximport {

template <typename OpT> static void convertPlain(Node &node) {
  node.result(node.create<OpT>({node.tensor(0)}));
}

/// For an op with one parameter.
template <typename OpT, int defaultPercent> static void convertAlpha(Node &node) {
  node.result(node.create<OpT>(
      {node.tensor(0)}, {{"alpha", node.f64(node.floatAttr("alpha", defaultPercent / 100.0))}}));
}

static void convertHardSigmoid(Node &node) {
  node.result(node.create<tt::HardsigmoidOp>({node.tensor(0)},
                                             {{"alpha", node.f64(node.floatAttr("alpha", 0.2))},
                                              {"beta", node.f64(node.floatAttr("beta", 0.5))}}));
}

/// The bounds are attributes up to opset 10, then inputs. A missing bound is the largest float.
static void convertClip(Node &node) {
  double low = node.floatAttr("min", -double(FLT_MAX)),
         high = node.floatAttr("max", double(FLT_MAX));
  if (node.hasInput(1))
    low = node.scalar(1);
  if (node.hasInput(2))
    high = node.scalar(2);
  node.result(
      node.create<tt::ClipOp>({node.tensor(0)}, {{"min", node.f64(low)}, {"max", node.f64(high)}}));
}

/// gamma * elu(x)
static void convertSelu(Node &node) {
  mlir::Value elu = node.create<tt::EluOp>(
      {node.tensor(0)}, {{"alpha", node.f64(node.floatAttr("alpha", 1.67326319217681884765625))}});
  mlir::Value gamma = node.number(node.floatAttr("gamma", 1.05070102214813232421875));
  node.result(node.create<tt::MulOp>({elu, gamma}));
}

/// alpha * elu(x / alpha)
static void convertCelu(Node &node) {
  double alpha = node.floatAttr("alpha", 1);
  mlir::Value scaled = node.create<tt::MulOp>({node.tensor(0), node.number(1 / alpha)});
  mlir::Value elu = node.create<tt::EluOp>({scaled}, {{"alpha", node.f64(1)}});
  node.result(node.create<tt::MulOp>({elu, node.number(alpha)}));
}

/// One slope for all is a leaky relu; else max(x, 0) + slope * min(x, 0).
static void convertPRelu(Node &node) {
  const Constant *slope = node.constant(1);
  if (slope && !slope->isInt() && slope->count() == 1)
    return node.result(
        node.create<tt::LeakyReluOp>({node.tensor(0)}, {{"alpha", node.f64(slope->floatAt(0))}}));
  mlir::Value slopes = node.value(1);
  if (node.opset() < 7 && node.rank(1) == 1) { // one per channel
    Shape shape(size_t(std::max<int64_t>(node.rank(0) - 1, 1)), 1);
    shape[0] = node.shape(1)[0];
    slopes = node.reshape(slopes, shape);
  }
  mlir::Value negative = node.create<tt::MinimumOp>({node.tensor(0), node.number(0)});
  mlir::Value scaled = node.create<tt::MulOp>({negative, slopes});
  mlir::Value positive = node.create<tt::ReluOp>({node.tensor(0)});
  node.result(node.create<tt::AddOp>({positive, scaled}));
}

/// The tanh form differs from the erf form by up to 5e-4, so it is spelled out.
static void convertGelu(Node &node) {
  std::string form = node.stringAttr("approximate", "none");
  mlir::Value x = node.tensor(0);
  if (form == "none")
    return node.result(node.create<tt::GeluOp>({x}));
  if (form != "tanh") {
    node.error() << "attribute 'approximate' is '" << form << "', expected 'none' or 'tanh'";
    return;
  }
  mlir::Value cube = node.create<tt::MulOp>({node.create<tt::MulOp>({x, x}), x});
  mlir::Value inner =
      node.create<tt::AddOp>({x, node.create<tt::MulOp>({cube, node.number(0.044715)})});
  mlir::Value t =
      node.create<tt::TanhOp>({node.create<tt::MulOp>({inner, node.number(std::sqrt(2 / M_PI))})});
  mlir::Value half = node.create<tt::MulOp>({x, node.number(0.5)});
  node.result(node.create<tt::MulOp>({half, node.create<tt::AddOp>({t, node.number(1)})}));
}

/// Since opset 13 along one axis; before over all dimensions from `axis` on, taken as one.
static void convertSoftmax(Node &node) {
  bool oneAxis = node.opset() >= 13;
  int64_t rank = node.rank(0);
  if (rank == 0) {
    node.error() << "expected an input of rank 1 or more, but got a scalar";
    return;
  }
  int64_t axis = node.axis(node.intAttr("axis", oneAxis ? -1 : 1), rank);
  if (node.failed())
    return;
  Shape shape(node.shape(0));
  mlir::Value x = node.tensor(0);
  int64_t inner = 1;
  for (int64_t d = axis + 1; d < rank; ++d)
    inner *= shape[d];
  if (oneAxis || inner == 1)
    return node.result(node.create<tt::SoftmaxOp>({x}, {{"axis", node.i64(axis)}}));
  int64_t outer = 1;
  for (int64_t d = 0; d < axis; ++d)
    outer *= shape[d];
  mlir::Value flat = node.reshape(x, {outer, shape[axis] * inner});
  node.result(node.reshape(node.create<tt::SoftmaxOp>({flat}, {{"axis", node.i64(1)}}), shape));
}

llvm::ArrayRef<OpRow> activationOps() {
  static const OpRow rows[] = {
      {"Celu", "t", convertCelu},
      {"Clip", "tc?c", convertClip},
      {"Elu", "t", convertAlpha<tt::EluOp, 100>},
      {"Gelu", "t", convertGelu},
      {"HardSigmoid", "t", convertHardSigmoid},
      {"HardSwish", "t", convertPlain<tt::HardswishOp>},
      {"LeakyRelu", "t", convertAlpha<tt::LeakyReluOp, 1>},
      {"Mish", "t", convertPlain<tt::MishOp>},
      {"PRelu", "tv", convertPRelu},
      {"Relu", "t", convertPlain<tt::ReluOp>},
      {"Selu", "t", convertSelu},
      {"Sigmoid", "t", convertPlain<tt::SigmoidOp>},
      {"Softmax", "t", convertSoftmax},
      {"Softplus", "t", convertPlain<tt::SoftplusOp>},
      {"Tanh", "t", convertPlain<tt::TanhOp>},
  };
  return rows;
}

} // namespace ttc::onnximport
