//===- Constants.cpp - Constant and what is computed on constants only -----===//
#include "Fold.h"

#include <cmath>

namespace ttc::onnximport {

static void foldConstant(Node &node) {
  if (std::optional<Constant> tensor = node.tensorAttr("value"))
    return node.result(std::move(*tensor));
  if (node.hasAttr("value_float"))
    return node.result(Constant::fromFloats({}, {float(node.floatAttr("value_float", 0))}));
  if (node.hasAttr("value_int"))
    return node.result(Constant::fromInts({}, {node.intAttr("value_int", 0)}));
  if (node.hasAttr("value_floats")) {
    std::vector<float> values;
    for (double v : node.floatsAttr("value_floats"))
      values.push_back(float(v));
    int64_t count = int64_t(values.size());
    return node.result(Constant::fromFloats({count}, std::move(values)));
  }
  if (node.hasAttr("value_ints")) {
    llvm::SmallVector<int64_t> values = node.intsAttr("value_ints");
    return node.result(
        Constant::fromInts({int64_t(values.size())}, {values.begin(), values.end()}));
  }
  if (!node.failed())
    node.error() << "has no value that is a float or integer tensor";
}

static void foldConstantOfShape(Node &node) {
  llvm::SmallVector<int64_t> shape = node.ints(0);
  std::optional<Constant> value = node.tensorAttr("value");
  if (node.failed())
    return;
  if (!countElements(shape)) {
    node.error() << "impossible shape " << shapeText(shape);
    return;
  }
  if (!value)
    return node.result(Constant::splatFloat(shape, 0));
  if (value->count() != 1) {
    node.error() << "attribute 'value' has shape " << shapeText(value->shape)
                 << ", expected one element";
    return;
  }
  value->splat = true;
  node.result(value->withShape(shape));
}

static void foldRange(Node &node) {
  double count = 0;
  bool ints = node.constant(0)->isInt();
  double start = node.scalar(0), limit = node.scalar(1), delta = node.scalar(2);
  if (!node.failed())
    count = std::ceil((limit - start) / delta);
  if (node.failed() || !(count < double(maxEvaluatedElements))) {
    if (!node.failed())
      node.error() << "range from " << start << " to " << limit << " by " << delta
                   << " is not possible";
    return;
  }
  int64_t n = std::max<int64_t>(int64_t(std::max(count, 0.0)), 0);
  if (ints) {
    if (!node.constant(1)->isInt() || !node.constant(2)->isInt()) {
      node.error() << "start, limit and delta are of different types";
      return;
    }
    uint64_t first = uint64_t(node.constant(0)->intAt(0)),
             step = uint64_t(node.constant(2)->intAt(0));
    std::vector<int64_t> values(n);
    for (int64_t i = 0; i < n; ++i)
      values[i] = int64_t(first + uint64_t(i) * step);
    return node.result(Constant::fromInts({n}, std::move(values)));
  }
  std::vector<float> values(n);
  for (int64_t i = 0; i < n; ++i)
    values[i] = float(start + double(i) * delta);
  node.result(Constant::fromFloats({n}, std::move(values)));
}

static void foldEqual(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a == b; }, [](float a, float b) { return a == b; });
}
static void foldLess(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a < b; }, [](float a, float b) { return a < b; });
}
static void foldLessOrEqual(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a <= b; }, [](float a, float b) { return a <= b; });
}
static void foldGreater(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a > b; }, [](float a, float b) { return a > b; });
}
static void foldGreaterOrEqual(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a >= b; }, [](float a, float b) { return a >= b; });
}
static void foldAnd(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a && b; },
      [](float a, float b) { return a != 0 && b != 0; });
}
static void foldOr(Node &node) {
  foldCompare(
      node, [](int64_t a, int64_t b) { return a || b; },
      [](float a, float b) { return a != 0 || b != 0; });
}
static void foldNot(Node &node) {
  foldUnary(node, [](int64_t v) { return int64_t(v == 0); }, nullptr);
}

static void foldWhere(Node &node) {
  const Constant &condition = *node.constant(0), &a = *node.constant(1), &b = *node.constant(2);
  if (!condition.isInt() || a.kind != b.kind) {
    node.error() << "expected a bool condition and two values of one type";
    return;
  }
  Shape shape = broadcastShapes(node, condition.shape, broadcastShapes(node, a.shape, b.shape));
  if (node.failed() || !checkEvaluated(node, shape))
    return;
  std::optional<Constant> c = broadcastTo(node, condition, shape), x = broadcastTo(node, a, shape),
                          y = broadcastTo(node, b, shape);
  if (!c || !x || !y)
    return;
  int64_t count = *countElements(shape);
  if (a.isInt()) {
    std::vector<int64_t> values(count);
    for (int64_t k = 0; k < count; ++k)
      values[k] = c->intAt(k) ? x->intAt(k) : y->intAt(k);
    return node.result(Constant::fromInts(shape, std::move(values)));
  }
  std::vector<float> values(count);
  for (int64_t k = 0; k < count; ++k)
    values[k] = c->intAt(k) ? x->floatAt(k) : y->floatAt(k);
  node.result(Constant::fromFloats(shape, std::move(values)));
}

llvm::ArrayRef<OpRow> constantOps() {
  static const OpRow rows[] = {
      {"And", "vv", nullptr, foldAnd},
      {"Constant", "", nullptr, foldConstant},
      {"ConstantOfShape", "c", nullptr, foldConstantOfShape},
      {"Equal", "vv", nullptr, foldEqual},
      {"Greater", "vv", nullptr, foldGreater},
      {"GreaterOrEqual", "vv", nullptr, foldGreaterOrEqual},
      {"Less", "vv", nullptr, foldLess},
      {"LessOrEqual", "vv", nullptr, foldLessOrEqual},
      {"Not", "v", nullptr, foldNot},
      {"Or", "vv", nullptr, foldOr},
      {"Range", "ccc", nullptr, foldRange},
      {"Where", "vvv", nullptr, foldWhere},
  };
  return rows;
}

} // namespace ttc::onnximport
