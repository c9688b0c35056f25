//===- Pool.cpp - what pools and upsampling compute -------------------------===//
#include "ttc/Reference/Pool.h"
#include "dialects/TT/Evaluate/Evaluate.h"
#include "ttc/Reference/Norm.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

LogicalResult MaxPool2dOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results) {
  reference::PoolParams params;
  params.kernel = toArray<2>(getKernel());
  params.strides = toArray<2>(getStrides());
  params.pads = toArray<4>(getPads());
  params.dilations = toArray<2>(getDilations());
  params.ceilMode = getCeilMode();
  params.format = toFormat(getDataFormat());
  results[0] = reference::maxPool2d(operands[0], params);
  return success();
}

LogicalResult AvgPool2dOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results) {
  reference::PoolParams params;
  params.kernel = toArray<2>(getKernel());
  params.strides = toArray<2>(getStrides());
  params.pads = toArray<4>(getPads());
  params.ceilMode = getCeilMode();
  params.countIncludePad = getCountIncludePad();
  params.format = toFormat(getDataFormat());
  results[0] = reference::avgPool2d(operands[0], params);
  return success();
}

LogicalResult GlobalAvgPoolOp::evaluate(ArrayRef<HostTensor> operands,
                                        MutableArrayRef<HostTensor> results) {
  ImageDims dims(getDataFormat());
  int64_t axes[] = {dims.height, dims.width};
  results[0] = reference::reduce(reference::ReduceKind::mean, operands[0], axes, /*keepDims=*/true);
  return success();
}

LogicalResult UpsampleOp::evaluate(ArrayRef<HostTensor> operands,
                                   MutableArrayRef<HostTensor> results) {
  std::array<int64_t, 2> scales = toArray<2>(getScales());
  reference::ImageFormat format = toFormat(getDataFormat());
  if (getMode() == ResizeMode::nearest) {
    results[0] = reference::upsampleNearest(operands[0], scales, format);
    return success();
  }
  auto coordinates = getAlignCorners() ? reference::Coordinates::alignCorners
                     : getHalfPixel()  ? reference::Coordinates::halfPixel
                                       : reference::Coordinates::asymmetric;
  results[0] = reference::upsampleBilinear(operands[0], scales, coordinates, format);
  return success();
}
