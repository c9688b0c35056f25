//===- Slice.cpp - parts of tensors: Slice, Split, Gather, Concat, Pad -----===//
#include "Fold.h"

namespace ttc::onnximport {

namespace {
/// A slice of every dimension; `size` elements from `start` on, `step` apart. A negative step runs
/// backwards.
struct Bounds {
  Shape start, step, size;
};
} // namespace

/// All of `shape`.
static Bounds wholeOf(llvm::ArrayRef<int64_t> shape) {
  return {Shape(shape.size(), 0), Shape(shape.size(), 1), Shape(shape)};
}

/// The part of input 0 within `bounds`, now if it is known.
static void giveSlice(Node &node, const Bounds &bounds) {
  if (node.failed())
    return;
  if (const Constant *known = node.constant(0)) {
    Shape strides = rowMajorStrides(known->shape);
    int64_t base = 0;
    for (size_t d = 0; d < strides.size(); ++d) {
      base += bounds.start[d] * strides[d];
      strides[d] *= bounds.step[d];
    }
    return node.result(gatherStrided(*known, bounds.size, strides, base));
  }
  if (node.shape(0) == llvm::ArrayRef<int64_t>(bounds.size) &&
      llvm::all_of(bounds.step, [](int64_t s) { return s > 0; }))
    return node.result(node.tensor(0));
  Shape ends;
  for (size_t d = 0; d < bounds.size.size(); ++d) {
    if (bounds.step[d] < 0) {
      node.error() << "a negative step is supported on constants only";
      return;
    }
    if (bounds.size[d] == 0) {
      node.error() << "the slice of dimension " << d << " of shape " << shapeText(node.shape(0))
                   << " is empty";
      return;
    }
    ends.push_back(bounds.start[d] + (bounds.size[d] - 1) * bounds.step[d] + 1);
  }
  node.result(node.create<tt::SliceOp>({node.tensor(0)}, {{"starts", node.array(bounds.start)},
                                                          {"ends", node.array(ends)},
                                                          {"steps", node.array(bounds.step)}}));
}

/// Starts, ends and axes are attributes, since opset 10 inputs.
static void convertSlice(Node &node) {
  bool attributes = node.opset() < 10;
  auto list = [&](int input, llvm::StringRef name) {
    return attributes ? node.intsAttr(name) : node.ints(input);
  };
  llvm::SmallVector<int64_t> starts = list(1, "starts"), ends = list(2, "ends"),
                             axes = list(3, "axes"), steps;
  if (!attributes)
    steps = node.ints(4);
  if (axes.empty())
    for (size_t i = 0; i < starts.size(); ++i)
      axes.push_back(int64_t(i));
  if (steps.empty())
    steps.assign(starts.size(), 1);
  if (node.failed())
    return;
  if (starts.empty() || starts.size() != ends.size() || starts.size() != axes.size() ||
      starts.size() != steps.size()) {
    node.error() << "expected as many ends, axes and steps as starts, but got " << starts.size()
                 << " starts, " << ends.size() << " ends, " << axes.size() << " axes, "
                 << steps.size() << " steps";
    return;
  }
  llvm::ArrayRef<int64_t> in = node.shape(0);
  Bounds bounds = wholeOf(in);
  node.axes(axes, node.rank(0)); // none out of range or twice
  for (size_t i = 0; i < axes.size() && !node.failed(); ++i) {
    int64_t d = node.axis(axes[i], node.rank(0)), extent = in[d], step = steps[i];
    if (step == 0 || step < -maxElements) {
      node.error() << "step " << step << " is not possible";
      return;
    }
    step = std::min(step, maxElements);
    bool back = step < 0;
    auto bound = [&](int64_t v, int64_t low, int64_t high) {
      return std::clamp(v < 0 ? v + extent : v, low, high);
    };
    int64_t start = back ? bound(starts[i], 0, extent - 1) : bound(starts[i], 0, extent);
    int64_t end = back ? bound(ends[i], -1, extent - 1) : bound(ends[i], 0, extent);
    int64_t distance = back ? start - end : end - start, stride = back ? -step : step;
    bounds.start[d] = start;
    bounds.step[d] = step;
    bounds.size[d] = extent == 0 || distance <= 0 ? 0 : (distance - 1) / stride + 1;
    if (bounds.size[d] <= 1) // one element: the step is without meaning
      bounds.step[d] = 1;
  }
  giveSlice(node, bounds);
}

/// Sizes are an attribute, since opset 13 an input; without them the parts are equal but for the
/// last.
static void convertSplit(Node &node) {
  if (node.rank(0) == 0) {
    node.error() << "expected an input of rank 1 or more, but got a scalar";
    return;
  }
  int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  int64_t extent = node.shape(0)[axis], parts = node.numOutputs();
  llvm::SmallVector<int64_t> sizes = node.hasInput(1) ? node.ints(1) : node.intsAttr("split");
  if (node.failed())
    return;
  if (int64_t given = node.intAttr("num_outputs", parts); given != parts) {
    node.error() << "num_outputs is " << given << ", but the node has " << parts << " outputs";
    return;
  }
  if (sizes.empty()) {
    int64_t size = (extent + parts - 1) / parts;
    for (int64_t k = 0; k < parts; ++k)
      sizes.push_back(std::min(size, extent - k * size));
  }
  int64_t sum = 0;
  for (int64_t size : sizes) {
    if (size <= 0 || size > extent) {
      node.error() << "dimension " << axis << " of shape " << shapeText(node.shape(0))
                   << " does not split into " << parts << " parts of " << shapeText(sizes);
      return;
    }
    sum += size;
  }
  if (int64_t(sizes.size()) != parts || sum != extent) {
    node.error() << "expected " << parts << " sizes that sum to " << extent << ", but got "
                 << shapeText(sizes);
    return;
  }
  if (node.constant(0)) {
    Bounds bounds = wholeOf(node.shape(0));
    for (int64_t size : sizes) {
      bounds.size[axis] = size;
      giveSlice(node, bounds);
      bounds.start[axis] += size;
    }
    return;
  }
  tt::SplitOp op = node.createOp<tt::SplitOp>(
      {node.tensor(0)}, {{"axis", node.i64(axis)}, {"sizes", node.array(sizes)}});
  if (op)
    for (mlir::Value part : op->getResults())
      node.result(part);
}

/// Takes constant indices along an axis. At run time that is a slice for each run of evenly spaced
/// indices.
static void convertGather(Node &node) {
  if (node.rank(0) == 0) {
    node.error() << "expected an input of rank 1 or more, but got a scalar";
    return;
  }
  int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  llvm::ArrayRef<int64_t> in = node.shape(0);
  llvm::SmallVector<int64_t> indices = node.ints(1);
  for (int64_t &i : indices) {
    if (i < -in[axis] || i >= in[axis]) {
      node.error() << "index " << i << " is out of range for dimension " << axis << " of shape "
                   << shapeText(in);
      return;
    }
    i += i < 0 ? in[axis] : 0;
  }
  if (node.failed())
    return;
  Shape shape(in.take_front(axis));
  shape.append(node.shape(1).begin(), node.shape(1).end());
  shape.append(in.begin() + axis + 1, in.end());
  if (const Constant *known = node.constant(0)) {
    int64_t count = int64_t(indices.size()), inner = *countElements(in.drop_front(axis + 1));
    if (known->splat)
      return node.result(known->withShape(shape));
    if (!checkEvaluated(node, shape))
      return;
    return node.result(gatherElements(*known, shape, [&](int64_t k) {
      int64_t outer = k / (count * inner);
      return (outer * in[axis] + indices[k / inner % count]) * inner + k % inner;
    }));
  }
  llvm::SmallVector<mlir::Value> parts;
  for (size_t i = 0; i < indices.size() && !node.failed();) {
    size_t end = i + 1; // of the run of evenly spaced indices that starts at i
    int64_t step = end < indices.size() ? indices[end] - indices[i] : 1;
    while (step > 0 && end < indices.size() && indices[end] - indices[end - 1] == step)
      ++end;
    Shape starts(in.size(), 0), ends(in), steps(in.size(), 1);
    starts[axis] = indices[i];
    ends[axis] = indices[end - 1] + 1;
    steps[axis] = std::max<int64_t>(step, 1);
    parts.push_back(node.create<tt::SliceOp>({node.tensor(0)}, {{"starts", node.array(starts)},
                                                                {"ends", node.array(ends)},
                                                                {"steps", node.array(steps)}}));
    i = end;
  }
  if (parts.empty()) {
    node.error() << "has no indices, the result is empty";
    return;
  }
  mlir::Value all = parts[0];
  if (parts.size() > 1)
    all = node.create<tt::ConcatOp>(parts, {{"axis", node.i64(axis)}});
  node.result(node.reshape(all, shape));
}

static void convertConcat(Node &node) {
  llvm::SmallVector<mlir::Value> parts;
  if (!node.hasAttr("axis"))
    node.error() << "attribute 'axis' is missing";
  int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  for (int i = 0; i < node.numInputs(); ++i)
    parts.push_back(node.value(i));
  node.result(node.create<tt::ConcatOp>(parts, {{"axis", node.i64(axis)}}));
}

static void foldConcat(Node &node) {
  int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  if (node.failed())
    return;
  Shape shape(node.shape(0));
  shape[axis] = 0;
  for (int i = 0; i < node.numInputs(); ++i) {
    Shape part(node.shape(i));
    if (part.size() == shape.size())
      shape[axis] += std::exchange(part[axis], shape[axis]);
    if (part.size() != shape.size() || node.constant(i)->kind != node.constant(0)->kind ||
        llvm::any_of(llvm::seq<size_t>(0, part.size()),
                     [&](size_t d) { return int64_t(d) != axis && part[d] != shape[d]; })) {
      node.error() << "input " << i << " of shape " << shapeText(node.shape(i))
                   << " does not fit input 0 of shape " << shapeText(node.shape(0))
                   << " along axis " << axis;
      return;
    }
  }
  if (!checkEvaluated(node, shape))
    return;
  int64_t outer = *countElements(llvm::ArrayRef<int64_t>(shape).take_front(axis));
  std::vector<int64_t> ints;
  std::vector<float> floats;
  for (int64_t o = 0; o < outer; ++o)
    for (int i = 0; i < node.numInputs(); ++i) {
      const Constant &c = *node.constant(i);
      int64_t run = outer ? c.count() / outer : 0;
      for (int64_t k = 0; k < run; ++k)
        if (c.isInt())
          ints.push_back(c.intAt(o * run + k));
        else
          floats.push_back(c.floatAt(o * run + k));
    }
  node.result(node.constant(0)->isInt() ? Constant::fromInts(shape, std::move(ints))
                                        : Constant::fromFloats(shape, std::move(floats)));
}

/// Constant padding; a negative amount cuts off. Amounts are an attribute, since opset 11 an input.
static void convertPad(Node &node) {
  std::string mode = node.stringAttr("mode", "constant");
  if (mode != "constant") {
    node.error() << "mode '" << mode << "' is not supported, only 'constant' is";
    return;
  }
  bool attributes = node.opset() < 11;
  llvm::SmallVector<int64_t> pads = attributes ? node.intsAttr("pads") : node.ints(1), axes;
  double value = attributes ? node.floatAttr("value", 0) : 0;
  if (!attributes && node.hasInput(2) && *countElements(node.shape(2)) > 0)
    value = node.scalar(2);
  int64_t rank = node.rank(0);
  if (node.hasInput(3)) {
    for (int64_t a : node.ints(3))
      axes.push_back(node.axis(a, rank));
  } else {
    for (int64_t d = 0; d < rank; ++d)
      axes.push_back(d);
  }
  node.axes(axes, rank);
  if (node.failed())
    return;
  if (pads.size() != 2 * axes.size()) {
    node.error() << "expected " << 2 * axes.size() << " pads, but got " << pads.size();
    return;
  }
  llvm::ArrayRef<int64_t> in = node.shape(0);
  Shape low(rank, 0), high(rank, 0), starts(rank, 0), ends(in);
  bool cut = false, grow = false;
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t d = axes[i], before = pads[i], after = pads[axes.size() + i];
    if (std::max(before, after) > std::numeric_limits<int32_t>::max() ||
        std::min(before, after) < -in[d] ||
        std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0) <= -in[d]) {
      node.error() << "pads " << before << " and " << after << " are not possible for dimension "
                   << d << " of shape " << shapeText(in);
      return;
    }
    low[d] = std::max<int64_t>(before, 0);
    high[d] = std::max<int64_t>(after, 0);
    starts[d] = std::max<int64_t>(-before, 0);
    ends[d] = in[d] + std::min<int64_t>(after, 0);
    grow |= before > 0 || after > 0;
    cut |= before < 0 || after < 0;
  }
  mlir::Value x = node.tensor(0);
  if (cut)
    x = node.create<tt::SliceOp>({x}, {{"starts", node.array(starts)},
                                       {"ends", node.array(ends)},
                                       {"steps", node.array(Shape(rank, 1))}});
  if (grow)
    x = node.create<tt::PadOp>(
        {x}, {{"low", node.array(low)}, {"high", node.array(high)}, {"value", node.f64(value)}});
  node.result(x);
}

llvm::ArrayRef<OpRow> sliceOps() {
  static const OpRow rows[] = {
      {"Concat", "v*", convertConcat, foldConcat},
      {"Gather", "vc", convertGather},
      {"Pad", "tc?c?c?", convertPad},
      {"Slice", "vc?c?c?c?", convertSlice},
      {"Split", "vc?", convertSplit},
  };
  return rows;
}

} // namespace ttc::onnximport
