//===- Conv.cpp - layers with weights: convolutional, connected ---------------------===//
#include "Importer.h"

using namespace mlir;

namespace ttc::darknet {

/// Added to variances by every Darknet version that writes 0.2 weights.
static constexpr double epsilon = 1e-5;

Value Importer::constant(ArrayRef<int64_t> shape, StringRef role, float placeholder) {
  return builder.create<tt::ConstantOp>(loc, weights.take(shape, name, role, cfgLoc, placeholder));
}

LogicalResult Importer::checkSize(OptionReader &options, int64_t count, StringRef what) {
  if (count <= maxElements)
    return success();
  return options.error("") << "expected at most " << maxElements << " " << what << ", but got "
                           << count;
}

Value Importer::normalize(Value value, const Norm &norm) {
  return builder.create<tt::BatchNormOp>(loc, value, norm.scale, norm.bias, norm.mean,
                                         norm.variance, builder.getF64FloatAttr(epsilon),
                                         builder.getI64IntegerAttr(1), nullptr);
}

FailureOr<Value> Importer::convolutional(OptionReader &options) {
  int64_t filters = options.integer("filters", 1, 1, maxExtent);
  int64_t groups = options.integer("groups", 1, 1, maxExtent);
  int64_t size = options.integer("size", 1, 1, maxWindow);
  int64_t stride = options.integer("stride", 1, 1, maxWindow);
  int64_t strideX = options.integer("stride_x", stride, 1, maxWindow);
  int64_t strideY = options.integer("stride_y", stride, 1, maxWindow);
  int64_t dilation = options.integer("dilation", 1, 1, maxWindow);
  if (size == 1)
    dilation = 1;
  int64_t padding = options.integer("padding", 0, 0, maxWindow);
  if (options.flag("pad"))
    padding = size / 2;
  std::string activation = options.text("activation", "logistic");
  // `cbn` averages statistics over iterations while training; at inference it is the same.
  bool batchNorm = options.flag("batch_normalize");
  batchNorm |= options.flag("cbn");
  options.ignore({"angle", "assisted_excitation", "dot", "stream", "temperature", "wait_stream",
                  "grad_centr", "embedding", "flipped_grad"});
  for (StringRef key : {"antialiasing", "binary", "bin_output", "coordconv", "deform", "dontload",
                        "dontloadscales", "flipped", "reverse", "rotate", "stretch", "stretch_sway",
                        "sway", "use_bin_output", "xnor"})
    options.unsupported(key);
  options.unsupported("share_index", "-1000000000");
  checkActivation(options, "activation", activation);
  if (failed(options.finish()))
    return failure();

  ArrayRef<int64_t> in = shape(input);
  if (in[1] % groups || filters % groups)
    return options.error("groups")
           << "expected 'groups' to divide the " << in[1] << " input channels and the " << filters
           << " filters, but got " << groups;
  // Darknet computes the extent without the dilation and reads with it; both agree when the
  // padding is that of `pad=1` and the kernel is odd.
  int64_t pad = padding * dilation, span = dilation * (size - 1) + 1;
  for (auto [extent, step] : {std::pair(in[2], strideY), {in[3], strideX}}) {
    if (extent + 2 * pad < span)
      return options.error("size") << "expected a kernel within the padded input of "
                                   << extent + 2 * pad << ", but got " << span;
    if ((extent + 2 * padding - size) / step != (extent + 2 * pad - span) / step)
      return options.error("dilation")
             << "dilation " << dilation << " is supported with 'pad=1' and odd 'size' only";
  }
  int64_t perFilter = in[1] / groups * size * size;
  if (failed(checkSize(options, perFilter * filters, "weights")))
    return failure();

  // File order: biases, then statistics, then weights.
  Norm norm;
  norm.bias = constant({filters}, "bias");
  if (batchNorm) {
    norm.scale = constant({filters}, "scale", 1);
    norm.mean = constant({filters}, "mean");
    norm.variance = constant({filters}, "variance", 1);
  }
  Value weight = constant({filters, in[1] / groups, size, size}, "weight");
  auto conv = tt::createChecked<tt::Conv2dOp>(
      builder, loc, input, weight, batchNorm ? Value() : norm.bias, Value(),
      ArrayRef<int64_t>{strideY, strideX}, ArrayRef<int64_t>{pad, pad, pad, pad},
      ArrayRef<int64_t>{dilation, dilation}, uint64_t(groups), tt::DataFormat::nchw, nullptr,
      nullptr, nullptr);
  if (failed(conv))
    return failure();
  Value value = *conv;
  if (batchNorm)
    value = normalize(value, norm);
  return activate(value, activation);
}

FailureOr<Value> Importer::connected(OptionReader &options) {
  int64_t outputs = options.integer("output", 1, 1, maxExtent);
  std::string activation = options.text("activation", "logistic");
  bool batchNorm = options.flag("batch_normalize");
  for (StringRef key : {"dontload", "dontloadscales"})
    options.unsupported(key);
  checkActivation(options, "activation", activation);
  if (failed(options.finish()))
    return failure();

  int64_t inputs = cast<RankedTensorType>(input.getType()).getNumElements();
  if (failed(checkSize(options, inputs > maxElements ? inputs : inputs * outputs, "weights")))
    return failure();
  // File order: biases, weights, then statistics.
  Norm norm;
  norm.bias = constant({outputs}, "bias");
  bool transposed = weights.transposed();
  SmallVector<int64_t> weightShape = {outputs, inputs};
  if (transposed)
    std::swap(weightShape[0], weightShape[1]);
  Value weight = constant(weightShape, "weight");
  if (batchNorm) {
    norm.scale = constant({outputs}, "scale", 1);
    norm.mean = constant({outputs}, "mean");
    norm.variance = constant({outputs}, "variance", 1);
  }
  Value flat = builder.create<tt::ReshapeOp>(loc, input, ArrayRef<int64_t>{1, inputs});
  Value value = builder.create<tt::MatmulOp>(loc, flat, weight, batchNorm ? Value() : norm.bias,
                                             Value(), !transposed, nullptr, nullptr, nullptr);
  if (batchNorm)
    value = normalize(value, norm);
  value = activate(value, activation);
  return Value(builder.create<tt::ReshapeOp>(loc, value, ArrayRef<int64_t>{1, outputs, 1, 1}));
}

} // namespace ttc::darknet
