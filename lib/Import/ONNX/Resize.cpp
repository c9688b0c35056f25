//===- Resize.cpp - Resize and Upsample ------------------------------------===//
//
// tt.upsample repeats or interpolates by integer factors. ONNX has a grid of
// coordinate and rounding modes; rather than list which of them mean the same, the
// source index of every output index is computed as ONNX defines it and compared.
//
//===----------------------------------------------------------------------===//
#include "Node.h"

#include <cmath>

namespace ttc::onnximport {

namespace {
struct ResizeSpec {
  Shape in, out;
  llvm::SmallVector<double> scale; ///< out / in, as given
  std::string mode, coordinates, rounding;
};
} // namespace

/// Extents above this are no picture.
static constexpr int64_t maxExtent = 1 << 20;

/// Where output index `i` of dimension `d` lies in the input; NaN for a mode that is not known.
static double sourceCoordinate(const ResizeSpec &spec, size_t d, int64_t i) {
  double scale = spec.scale[d], out = double(spec.out[d]), in = double(spec.in[d]);
  if (spec.coordinates == "asymmetric")
    return i / scale;
  if (spec.coordinates == "half_pixel")
    return (i + 0.5) / scale - 0.5;
  if (spec.coordinates == "pytorch_half_pixel")
    return out > 1 ? (i + 0.5) / scale - 0.5 : 0;
  if (spec.coordinates == "align_corners")
    return out > 1 ? i * (in - 1) / (out - 1) : 0;
  if (spec.coordinates == "tf_half_pixel_for_nn")
    return (i + 0.5) / scale;
  if (spec.coordinates == "half_pixel_symmetric") {
    double adjustment = out / (in * scale);
    return in / 2 * (1 - adjustment) + (i + 0.5) / scale - 0.5;
  }
  return NAN;
}

static int64_t nearestSource(const ResizeSpec &spec, size_t d, int64_t i) {
  double x = sourceCoordinate(spec, d, i), index = NAN;
  if (spec.rounding == "floor")
    index = std::floor(x);
  else if (spec.rounding == "ceil")
    index = std::ceil(x);
  else if (spec.rounding == "round_prefer_floor")
    index = std::ceil(x - 0.5);
  else if (spec.rounding == "round_prefer_ceil")
    index = std::floor(x + 0.5);
  return std::isnan(index) ? -1 : int64_t(std::clamp(index, 0.0, double(spec.in[d] - 1)));
}

static void resize(Node &node, const ResizeSpec &spec) {
  std::string what = shapeText(spec.in) + " to " + shapeText(spec.out);
  if (spec.in == spec.out && (spec.mode == "nearest" || spec.mode == "linear"))
    return node.result(node.tensor(0));
  if (spec.in.size() != 4 || spec.in[0] != spec.out[0] || spec.in[1] != spec.out[1]) {
    node.error() << "resizing " << what
                 << " is not supported, expected rank 4 with batch and channels unchanged";
    return;
  }
  if (std::isnan(sourceCoordinate(spec, 2, 0))) {
    node.error() << "coordinate_transformation_mode '" << spec.coordinates << "' is not supported";
    return;
  }
  if (nearestSource(spec, 2, 0) < 0) {
    node.error() << "nearest_mode '" << spec.rounding << "' is not supported";
    return;
  }
  llvm::SmallVector<int64_t> factors;
  for (size_t d : {2, 3})
    factors.push_back(spec.out[d] % spec.in[d] ? 0 : spec.out[d] / spec.in[d]);
  bool whole = factors[0] && factors[1] && spec.scale[2] == double(factors[0]) &&
               spec.scale[3] == double(factors[1]);
  auto upsample = [&](tt::ResizeMode mode, bool alignCorners, bool halfPixel) {
    node.result(node.create<tt::UpsampleOp>(
        {node.tensor(0)}, {{"mode", tt::ResizeModeAttr::get(node.builder().getContext(), mode)},
                           {"scales", node.array(factors)},
                           {"align_corners", node.flag(alignCorners)},
                           {"half_pixel", node.flag(halfPixel)}}));
  };

  if (spec.mode == "linear") {
    bool half = spec.coordinates == "half_pixel" || spec.coordinates == "pytorch_half_pixel" ||
                spec.coordinates == "half_pixel_symmetric";
    bool corners = spec.coordinates == "align_corners";
    if (whole && (half || corners || spec.coordinates == "asymmetric"))
      return upsample(tt::ResizeMode::bilinear, corners, half);
    node.error() << "linear resizing of " << what << " with " << spec.coordinates
                 << " coordinates is not supported, expected integer factors";
    return;
  }
  if (spec.mode != "nearest") {
    node.error() << "mode '" << spec.mode << "' is not supported, only 'nearest' and 'linear' are";
    return;
  }
  bool repeats = whole, strided = true;
  Shape starts(4, 0), steps(4, 1), ends(spec.in);
  for (size_t d : {2, 3}) {
    starts[d] = nearestSource(spec, d, 0);
    if (spec.out[d] > 1)
      steps[d] = nearestSource(spec, d, 1) - starts[d];
    ends[d] = starts[d] + (spec.out[d] - 1) * steps[d] + 1;
    for (int64_t i = 0; i < spec.out[d]; ++i) {
      int64_t source = nearestSource(spec, d, i);
      repeats = repeats && source == i / factors[d - 2];
      strided = strided && steps[d] > 0 && source == starts[d] + i * steps[d];
    }
  }
  if (repeats)
    return upsample(tt::ResizeMode::nearest, false, false);
  if (strided)
    return node.result(node.create<tt::SliceOp>({node.tensor(0)}, {{"starts", node.array(starts)},
                                                                   {"ends", node.array(ends)},
                                                                   {"steps", node.array(steps)}}));
  node.error() << "nearest resizing of " << what << " with " << spec.coordinates
               << " coordinates and " << spec.rounding
               << " neither repeats nor drops whole rows and columns, which is not supported";
}

/// Sets one dimension from a scale or, if `scale` is 0, from a size.
static bool setExtent(Node &node, ResizeSpec &spec, size_t d, double scale, int64_t size) {
  if (scale == 0 && size > 0 && size <= maxExtent) {
    spec.out[d] = size;
    spec.scale[d] = double(size) / double(spec.in[d]);
    return true;
  }
  if (scale > 0 && scale <= double(maxExtent) && double(spec.in[d]) * scale <= double(maxExtent) &&
      double(spec.in[d]) * scale >= 1) {
    spec.out[d] = int64_t(std::floor(double(spec.in[d]) * scale));
    spec.scale[d] = scale;
    return true;
  }
  if (scale == 0)
    node.error() << "size " << size << " of dimension " << d << " is out of range";
  else
    node.error() << "scale " << scale << " of dimension " << d << " is out of range";
  return false;
}

static ResizeSpec unchanged(Node &node) {
  Shape shape(node.shape(0));
  return {shape, shape, llvm::SmallVector<double>(shape.size(), 1.0), "", "asymmetric", "floor"};
}

/// Applies the float constant `scales`, one per axis in `axes`.
static bool applyScales(Node &node, ResizeSpec &spec, const Constant &scales,
                        llvm::ArrayRef<int64_t> axes) {
  if (scales.isInt() || scales.count() != int64_t(axes.size())) {
    node.error() << "expected " << axes.size() << " float scales, but got "
                 << (scales.isInt() ? "integers" : shapeText(scales.shape));
    return false;
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    double scale = scales.floatAt(int64_t(i));
    if (!setExtent(node, spec, size_t(axes[i]), scale == 0 ? -1 : scale, 0))
      return false;
  }
  return true;
}

static llvm::SmallVector<int64_t> allAxes(Node &node) {
  llvm::SmallVector<int64_t> axes;
  for (int64_t d = 0; d < node.rank(0); ++d)
    axes.push_back(d);
  return axes;
}

/// Scales are an attribute (opset 7) or input 1 (opset 9).
static void convertUpsample(Node &node) {
  ResizeSpec spec = unchanged(node);
  spec.mode = node.stringAttr("mode", "nearest");
  Constant scales;
  if (const Constant *input = node.constant(1)) {
    scales = *input;
  } else {
    std::vector<float> values;
    for (double s : node.floatsAttr("scales"))
      values.push_back(float(s));
    int64_t count = int64_t(values.size());
    scales = Constant::fromFloats({count}, std::move(values));
  }
  if (applyScales(node, spec, scales, allAxes(node)))
    resize(node, spec);
}

/// Opset 10 has scales as input 1 and one rule, floor of an asymmetric coordinate; opset 11 has
/// roi, scales or sizes.
static void convertResize(Node &node) {
  ResizeSpec spec = unchanged(node);
  spec.mode = node.stringAttr("mode", "nearest");
  llvm::SmallVector<int64_t> axes = allAxes(node);
  auto given = [&](int i) { return node.constant(i) && node.constant(i)->count() > 0; };
  if (node.opset() < 11) {
    if (!given(1)) {
      node.error() << "scales are computed at run time, expected a constant";
      return;
    }
    if (applyScales(node, spec, *node.constant(1), axes))
      resize(node, spec);
    return;
  }
  spec.coordinates = node.stringAttr("coordinate_transformation_mode", "half_pixel");
  spec.rounding = node.stringAttr("nearest_mode", "round_prefer_floor");
  if (node.hasAttr("axes")) {
    axes.clear();
    for (int64_t a : node.intsAttr("axes"))
      axes.push_back(node.axis(a, node.rank(0)));
    node.axes(axes, node.rank(0));
  }
  if (node.stringAttr("keep_aspect_ratio_policy", "stretch") != "stretch")
    node.error() << "keep_aspect_ratio_policy other than 'stretch' is not supported";
  if (node.failed())
    return;
  if (given(3)) {
    llvm::SmallVector<int64_t> sizes = node.ints(3);
    if (sizes.size() != axes.size()) {
      node.error() << "expected " << axes.size() << " sizes, but got " << sizes.size();
      return;
    }
    for (size_t i = 0; i < axes.size(); ++i)
      if (!setExtent(node, spec, size_t(axes[i]), 0, sizes[i]))
        return;
  } else if (!given(2)) {
    node.error() << "has neither scales nor sizes";
    return;
  } else if (!applyScales(node, spec, *node.constant(2), axes)) {
    return;
  }
  if (node.boolAttr("antialias", false) && spec.mode != "nearest" &&
      llvm::any_of(spec.scale, [](double s) { return s < 1; })) {
    node.error() << "antialias is not supported when shrinking";
    return;
  }
  resize(node, spec);
}

llvm::ArrayRef<OpRow> resizeOps() {
  static const OpRow rows[] = {
      {"Resize", "tv?c?c?", convertResize},
      {"Upsample", "tc?", convertUpsample},
  };
  return rows;
}

} // namespace ttc::onnximport
