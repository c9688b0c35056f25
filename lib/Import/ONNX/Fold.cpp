//===- Fold.cpp - arithmetic on constants ----------------------------------===//
#include "Fold.h"

using llvm::ArrayRef;

namespace ttc::onnximport {

Shape broadcastShapes(Node &node, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  size_t rank = std::max(a.size(), b.size());
  Shape shape(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      node.error() << "shapes " << shapeText(a) << " and " << shapeText(b) << " do not broadcast";
      return {};
    }
    shape[rank - 1 - i] = x == 1 ? y : x;
  }
  return shape;
}

bool checkEvaluated(Node &node, ArrayRef<int64_t> shape) {
  std::optional<int64_t> count = countElements(shape);
  if (count && *count <= maxEvaluatedElements)
    return true;
  node.error() << "result of shape " << shapeText(shape)
               << " is too large to evaluate at import time";
  return false;
}

Constant gatherElements(const Constant &c, ArrayRef<int64_t> shape,
                        llvm::function_ref<int64_t(int64_t)> source) {
  if (c.splat)
    return c.withShape(shape);
  int64_t count = *countElements(shape);
  if (c.isInt()) {
    std::vector<int64_t> values(count);
    for (int64_t k = 0; k < count; ++k)
      values[k] = c.ints[source(k)];
    return Constant::fromInts(shape, std::move(values));
  }
  std::vector<float> values(count);
  for (int64_t k = 0; k < count; ++k)
    values[k] = c.floats[source(k)];
  return Constant::fromFloats(shape, std::move(values));
}

namespace {
/// Walks a shape in row-major order and keeps an element offset under the given strides.
class StridedWalk {
public:
  StridedWalk(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides)
      : shape(shape.begin(), shape.end()), strides(strides.begin(), strides.end()),
        index(shape.size(), 0) {}
  /// The offset of the current element; moves to the next.
  int64_t next() {
    int64_t current = offset;
    for (size_t d = shape.size(); d-- > 0;) {
      offset += strides[d];
      if (++index[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      index[d] = 0;
    }
    return current;
  }

private:
  Shape shape, strides, index;
  int64_t offset = 0;
};
} // namespace

Shape rowMajorStrides(ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

Constant gatherStrided(const Constant &c, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides,
                       int64_t base) {
  StridedWalk walk(shape, strides);
  return gatherElements(c, shape, [&](int64_t) { return base + walk.next(); });
}

std::optional<Constant> broadcastTo(Node &node, const Constant &c, ArrayRef<int64_t> shape) {
  if (ArrayRef<int64_t>(c.shape) == shape)
    return c;
  if (c.count() == 1 && !c.splat) {
    Constant one = c;
    one.splat = true;
    return one.withShape(shape);
  }
  if (c.splat)
    return c.withShape(shape);
  if (!checkEvaluated(node, shape))
    return std::nullopt;
  Shape own = rowMajorStrides(c.shape), strides(shape.size(), 0);
  size_t lead = shape.size() - c.shape.size();
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (c.shape[d] != 1)
      strides[lead + d] = own[d];
  return gatherStrided(c, shape, strides);
}

std::optional<Constant> transposeConstant(Node &node, const Constant &c,
                                          ArrayRef<int64_t> permutation) {
  Shape own = rowMajorStrides(c.shape), shape, strides;
  for (int64_t p : permutation) {
    shape.push_back(c.shape[p]);
    strides.push_back(own[p]);
  }
  if (!c.splat && !checkEvaluated(node, shape))
    return std::nullopt;
  return gatherStrided(c, shape, strides);
}

namespace {
/// Two constants brought to one shape.
struct Pair {
  Constant a, b;
  Shape shape;
  /// Both are one value repeated.
  bool splat() const { return a.splat && b.splat; }
  int64_t stored() const { return splat() ? 1 : *countElements(shape); }
};
} // namespace

static std::optional<Pair> bringTogether(Node &node, const Constant &a, const Constant &b) {
  if (a.kind != b.kind) {
    node.error() << "one input holds integers, the other floats";
    return std::nullopt;
  }
  Pair pair;
  pair.shape = broadcastShapes(node, a.shape, b.shape);
  if (node.failed())
    return std::nullopt;
  std::optional<Constant> x = broadcastTo(node, a, pair.shape),
                          y = broadcastTo(node, b, pair.shape);
  if (!x || !y)
    return std::nullopt;
  pair.a = std::move(*x);
  pair.b = std::move(*y);
  if (!pair.splat() && !checkEvaluated(node, pair.shape))
    return std::nullopt;
  return pair;
}

void foldBinary(Node &node, IntBinary ints, FloatBinary floats) {
  Constant result = *node.constant(0);
  for (int i = 1; i < node.numInputs(); ++i) {
    if (!node.hasInput(i))
      continue;
    std::optional<Pair> pair = bringTogether(node, result, *node.constant(i));
    if (!pair)
      return;
    int64_t stored = pair->stored();
    bool splat = pair->splat();
    if (pair->a.isInt()) {
      std::vector<int64_t> values(stored);
      for (int64_t k = 0; k < stored; ++k)
        values[k] = ints(pair->a.intAt(k), pair->b.intAt(k));
      result = Constant::fromInts(pair->shape, std::move(values));
    } else {
      std::vector<float> values(stored);
      for (int64_t k = 0; k < stored; ++k)
        values[k] = floats(pair->a.floatAt(k), pair->b.floatAt(k));
      result = Constant::fromFloats(pair->shape, std::move(values));
    }
    result.splat = splat;
  }
  node.result(std::move(result));
}

void foldCompare(Node &node, bool (*ints)(int64_t, int64_t), bool (*floats)(float, float)) {
  std::optional<Pair> pair = bringTogether(node, *node.constant(0), *node.constant(1));
  if (!pair)
    return;
  std::vector<int64_t> values(pair->stored());
  for (int64_t k = 0; k < int64_t(values.size()); ++k)
    values[k] = pair->a.isInt() ? ints(pair->a.intAt(k), pair->b.intAt(k))
                                : floats(pair->a.floatAt(k), pair->b.floatAt(k));
  Constant result = Constant::fromInts(pair->shape, std::move(values));
  result.splat = pair->splat();
  node.result(std::move(result));
}

void foldUnary(Node &node, int64_t (*ints)(int64_t), float (*floats)(float)) {
  const Constant &c = *node.constant(0);
  if (c.isInt() ? !ints : !floats) {
    node.error() << "is not defined for " << (c.isInt() ? "integers" : "floats");
    return;
  }
  Constant result;
  if (c.isInt()) {
    std::vector<int64_t> values;
    for (int64_t v : c.ints)
      values.push_back(ints(v));
    result = Constant::fromInts(c.shape, std::move(values));
  } else {
    std::vector<float> values;
    for (float v : c.floats)
      values.push_back(floats(v));
    result = Constant::fromFloats(c.shape, std::move(values));
  }
  result.splat = c.splat;
  node.result(std::move(result));
}

} // namespace ttc::onnximport
