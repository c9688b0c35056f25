//===- Shape.cpp - ops that rename dimensions, and casts -------------------===//
#include "Fold.h"

#include <onnx/onnx_pb.h>

#include "Tensor.h"

namespace ttc::onnximport {

/// Input 0 under another shape, now if it is known.
static void giveShape(Node &node, llvm::ArrayRef<int64_t> shape) {
  if (node.failed())
    return;
  if (countElements(shape) != countElements(node.shape(0))) {
    node.error() << "shape " << shapeText(node.shape(0)) << " does not reshape to "
                 << shapeText(shape);
    return;
  }
  if (const Constant *known = node.constant(0))
    node.result(known->withShape(shape));
  else
    node.result(node.reshape(node.tensor(0), shape));
}

/// 0 keeps the input's dimension (unless allowzero), -1 is what remains.
static void convertReshape(Node &node) {
  Shape shape(node.ints(1));
  bool allowZero = node.boolAttr("allowzero", false);
  llvm::ArrayRef<int64_t> in = node.shape(0);
  int64_t known = 1, unknown = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !allowZero && i < in.size())
      shape[i] = in[i];
    if (shape[i] == -1 && unknown < 0) {
      unknown = int64_t(i);
    } else if (shape[i] < 0 || shape[i] > maxElements ||
               (shape[i] && known > maxElements / shape[i])) {
      node.error() << "impossible target shape " << shapeText(shape);
      return;
    } else {
      known *= shape[i];
    }
  }
  if (unknown >= 0) {
    int64_t count = *countElements(in);
    if (known == 0 || count % known) {
      node.error() << "shape " << shapeText(in) << " does not reshape to " << shapeText(shape);
      return;
    }
    shape[unknown] = count / known;
  }
  giveShape(node, shape);
}

static void convertFlatten(Node &node) {
  llvm::ArrayRef<int64_t> in = node.shape(0);
  int64_t axis = node.intAttr("axis", 1), rank = node.rank(0);
  if (axis < -rank || axis > rank) {
    node.error() << "axis " << axis << " is out of range for rank " << rank;
    return;
  }
  if (axis < 0)
    axis += rank;
  giveShape(node, {*countElements(in.take_front(axis)), *countElements(in.drop_front(axis))});
}

/// Axes are an attribute, since opset 13 an input.
static llvm::SmallVector<int64_t> givenAxes(Node &node) {
  return node.hasInput(1) ? node.ints(1) : node.intsAttr("axes");
}

static void convertSqueeze(Node &node) {
  llvm::ArrayRef<int64_t> in = node.shape(0);
  llvm::SmallVector<int64_t> axes = node.axes(givenAxes(node), node.rank(0));
  Shape shape;
  for (int64_t i = 0; i < int64_t(in.size()); ++i) {
    bool named = llvm::is_contained(axes, i);
    if (named && in[i] != 1)
      node.error() << "dimension " << i << " of shape " << shapeText(in) << " is not 1";
    if (!(named || (axes.empty() && in[i] == 1)))
      shape.push_back(in[i]);
  }
  giveShape(node, shape);
}

static void convertUnsqueeze(Node &node) {
  llvm::SmallVector<int64_t> list = givenAxes(node);
  Shape shape(node.shape(0));
  for (int64_t axis : node.axes(list, node.rank(0) + int64_t(list.size())))
    shape.insert(shape.begin() + axis, 1);
  giveShape(node, shape);
}

static void convertTranspose(Node &node) {
  int64_t rank = node.rank(0);
  llvm::SmallVector<int64_t> permutation = node.intsAttr("perm");
  if (permutation.empty())
    for (int64_t i = rank; i-- > 0;)
      permutation.push_back(i);
  if (int64_t(permutation.size()) != rank || int64_t(node.axes(permutation, rank).size()) != rank ||
      node.failed()) {
    if (!node.failed())
      node.error() << "attribute 'perm' has " << permutation.size() << " values for rank " << rank;
    return;
  }
  for (int64_t &p : permutation)
    p = node.axis(p, rank);
  const Constant *known = node.constant(0);
  if (!known)
    return node.result(node.transpose(node.tensor(0), permutation));
  if (std::optional<Constant> result = transposeConstant(node, *known, permutation))
    node.result(std::move(*result));
}

static void passThrough(Node &node) {
  if (const Constant *known = node.constant(0))
    node.result(*known);
  else
    node.result(node.tensor(0));
}

static void convertDropout(Node &node) {
  if (node.hasInput(2) && node.scalar(2) != 0)
    node.error() << "training_mode is not supported";
  passThrough(node);
}

/// Saturates; NaN becomes 0.
static int64_t toInt(float v) {
  if (!(v > -0x1p63f))
    return v != v ? 0 : std::numeric_limits<int64_t>::min();
  return v >= 0x1p63f ? std::numeric_limits<int64_t>::max() : int64_t(v);
}

static void convertCast(Node &node) {
  int to = int(node.intAttr("to", 0));
  const Constant *known = node.constant(0);
  if (!isFloatDataType(to) && !isIntDataType(to)) {
    node.error() << "element type " << dataTypeName(to) << " is not supported";
  } else if (!known) {
    if (!isFloatDataType(to))
      node.error() << "a tensor computed at run time cannot become " << dataTypeName(to);
    passThrough(node);
  } else if (known->isInt() && isFloatDataType(to)) {
    std::vector<float> values;
    for (int64_t v : known->ints)
      values.push_back(float(v));
    Constant result = Constant::fromFloats(known->shape, std::move(values));
    result.splat = known->splat;
    node.result(std::move(result));
  } else if (!isFloatDataType(to)) {
    bool toBool = to == onnx::TensorProto::BOOL;
    std::vector<int64_t> values;
    for (size_t i = 0, e = known->isInt() ? known->ints.size() : known->floats.size(); i < e; ++i) {
      bool nonZero = known->isInt() ? known->ints[i] != 0 : known->floats[i] != 0;
      values.push_back(toBool           ? int64_t(nonZero)
                       : known->isInt() ? known->ints[i]
                                        : toInt(known->floats[i]));
    }
    Constant result = Constant::fromInts(known->shape, std::move(values));
    result.splat = known->splat;
    node.result(std::move(result));
  } else {
    node.result(*known);
  }
}

/// Shapes are static, so that the result is known whatever the input is.
static void convertShape(Node &node) {
  int64_t rank = node.rank(0);
  auto bound = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + rank : v, 0, rank); };
  int64_t start = bound(node.intAttr("start", 0)), end = bound(node.intAttr("end", rank));
  llvm::ArrayRef<int64_t> part = node.shape(0).slice(start, std::max<int64_t>(end - start, 0));
  node.result(Constant::fromInts({int64_t(part.size())}, part.vec()));
}

static void convertSize(Node &node) {
  node.result(Constant::fromInts({}, {*countElements(node.shape(0))}));
}

static void convertExpand(Node &node) {
  llvm::SmallVector<int64_t> wanted = node.ints(1);
  if (node.failed())
    return;
  if (!countElements(wanted)) {
    node.error() << "impossible target shape " << shapeText(wanted);
    return;
  }
  Shape shape = broadcastShapes(node, node.shape(0), wanted);
  if (node.failed())
    return;
  if (!countElements(shape)) {
    node.error() << "impossible target shape " << shapeText(shape);
    return;
  }
  if (const Constant *known = node.constant(0)) {
    if (std::optional<Constant> result = broadcastTo(node, *known, shape))
      node.result(std::move(*result));
    return;
  }
  if (node.shape(0) == llvm::ArrayRef<int64_t>(shape))
    return node.result(node.tensor(0));
  node.result(
      node.create<tt::AddOp>({node.tensor(0), node.materialize(Constant::splatFloat(shape, 0))}));
}

/// Blocks of b x b pixels become channels or the other way round: reshape, transpose, reshape.
static void convertDepthSpace(Node &node) {
  llvm::ArrayRef<int64_t> in = node.shape(0);
  int64_t b = node.intAttr("blocksize", 0);
  bool toSpace = node.opType() == "DepthToSpace";
  std::string mode = node.stringAttr("mode", "DCR");
  if (in.size() != 4 || b < 1 || b > 4096 || (mode != "DCR" && mode != "CRD") ||
      (toSpace ? in[1] % (b * b) : (in[2] % b) | (in[3] % b))) {
    node.error() << "shape " << shapeText(in) << " has no blocks of size " << b << " in mode "
                 << mode;
    return;
  }
  mlir::Value x = node.tensor(0);
  if (toSpace) {
    int64_t c = in[1] / (b * b);
    bool depthFirst = mode == "DCR";
    x = depthFirst ? node.reshape(x, {in[0], b, b, c, in[2], in[3]})
                   : node.reshape(x, {in[0], c, b, b, in[2], in[3]});
    x = depthFirst ? node.transpose(x, {0, 3, 4, 1, 5, 2}) : node.transpose(x, {0, 1, 4, 2, 5, 3});
    return node.result(node.reshape(x, {in[0], c, in[2] * b, in[3] * b}));
  }
  x = node.reshape(x, {in[0], in[1], in[2] / b, b, in[3] / b, b});
  x = node.transpose(x, {0, 3, 5, 1, 2, 4});
  node.result(node.reshape(x, {in[0], in[1] * b * b, in[2] / b, in[3] / b}));
}

llvm::ArrayRef<OpRow> shapeOps() {
  static const OpRow rows[] = {
      {"Cast", "v", convertCast},
      {"DepthToSpace", "t", convertDepthSpace},
      {"Dropout", "vx?c", convertDropout},
      {"Expand", "vc", convertExpand},
      {"Flatten", "v", convertFlatten},
      {"Identity", "v", passThrough},
      {"Reshape", "vc", convertReshape},
      {"Shape", "v", convertShape},
      {"Size", "v", convertSize},
      {"SpaceToDepth", "t", convertDepthSpace},
      {"Squeeze", "vc?", convertSqueeze},
      {"Transpose", "v", convertTranspose},
      {"Unsqueeze", "vc?", convertUnsqueeze},
  };
  return rows;
}

} // namespace ttc::onnximport
