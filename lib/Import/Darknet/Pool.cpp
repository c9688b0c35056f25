//===- Pool.cpp - layers that change the resolution: maxpool, avgpool, upsample ---------===//
#include "Importer.h"

#include "dialects/TT/Weights.h"

using namespace mlir;

namespace ttc::darknet {

Value Importer::scalar(float value) {
  auto type = RankedTensorType::get({1, 1, 1, 1}, builder.getF32Type());
  return builder.create<tt::ConstantOp>(loc, tt::makeConstant(type, {value}, name + ".scalar"));
}

FailureOr<Value> Importer::maxpool(OptionReader &options) {
  int64_t stride = options.integer("stride", 1, 1, maxWindow);
  int64_t strideX = options.integer("stride_x", stride, 1, maxWindow);
  int64_t strideY = options.integer("stride_y", stride, 1, maxWindow);
  int64_t size = options.integer("size", stride, 1, maxWindow);
  int64_t padding = options.integer("padding", size - 1, 0, 2 * maxWindow);
  for (StringRef key : {"antialiasing", "maxpool_depth", "maxpool_zero_nonmax"})
    options.unsupported(key);
  options.ignore({"out_channels"}); // of maxpool_depth
  if (failed(options.finish()))
    return failure();

  // `padding` is the sum of both sides; the smaller half is above and left.
  int64_t low = padding / 2, high = padding - low;
  if (high >= size)
    return options.error("padding") << "expected 'padding' below " << 2 * size - 1
                                    << " for windows of " << size << ", but got " << padding;
  auto pool = tt::createChecked<tt::MaxPool2dOp>(
      builder, loc, input, ArrayRef<int64_t>{size, size}, ArrayRef<int64_t>{strideY, strideX},
      ArrayRef<int64_t>{low, low, high, high}, ArrayRef<int64_t>{1, 1}, false, tt::DataFormat::nchw,
      nullptr);
  if (failed(pool))
    return failure();
  return Value(*pool);
}

FailureOr<Value> Importer::avgpool(OptionReader &options) {
  if (failed(options.finish()))
    return failure();
  return Value(builder.create<tt::GlobalAvgPoolOp>(loc, input, tt::DataFormat::nchw, nullptr));
}

FailureOr<Value> Importer::upsample(OptionReader &options) {
  int64_t stride = options.integer("stride", 2, 1, maxWindow);
  double scale = options.real("scale", 1);
  if (failed(options.finish()))
    return failure();
  if (shape(input)[2] * stride > maxExtent || shape(input)[3] * stride > maxExtent)
    return options.error("stride") << "expected at most " << maxExtent
                                   << " rows and columns after upsampling by " << stride;
  Value value = builder.create<tt::UpsampleOp>(loc, input, tt::ResizeMode::nearest,
                                               ArrayRef<int64_t>{stride, stride},
                                               tt::DataFormat::nchw, false, false);
  if (scale != 1)
    value = builder.create<tt::MulOp>(loc, value, scalar(float(scale)), nullptr, nullptr);
  return value;
}

} // namespace ttc::darknet
