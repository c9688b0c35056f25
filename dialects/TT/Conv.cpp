//===- Conv.cpp - convolutions ----------------------------------------------===//
//
// Shapes and verifiers of tt.conv2d and tt.conv_transpose2d.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Conv.cpp.inc"

void TTDialect::registerConvOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Conv.cpp.inc"
      >();
}

/// The lengths of the attributes both convolutions have.
template <typename Adaptor>
static LogicalResult checkConvAttributes(std::optional<Location> loc, StringRef name,
                                         Adaptor &adaptor) {
  return success(succeeded(checkCount(loc, name, "strides", adaptor.getStrides(), 2)) &&
                 succeeded(checkCount(loc, name, "pads", adaptor.getPads(), 4)) &&
                 succeeded(checkCount(loc, name, "dilations", adaptor.getDilations(), 2)));
}

//===----------------------------------------------------------------------===//
// conv2d
//===----------------------------------------------------------------------===//

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  if (failed(checkConvAttributes(loc, name, adaptor)))
    return failure();
  ArrayRef<int64_t> in = shapeOf(adaptor.getInput()), weight = shapeOf(adaptor.getWeight());
  ImageDims dims(adaptor.getDataFormat());
  ArrayRef<int64_t> pads = adaptor.getPads();
  auto height = windowPositions(loc, name, // C4
                                {in[dims.height], pads[0], pads[2], weight[2],
                                 adaptor.getStrides()[0], adaptor.getDilations()[0]});
  auto width = windowPositions(loc, name,
                               {in[dims.width], pads[1], pads[3], weight[3],
                                adaptor.getStrides()[1], adaptor.getDilations()[1]});
  if (failed(height) || failed(width))
    return failure();
  SmallVector<int64_t> shape(4);
  shape[dims.batch] = in[dims.batch];
  shape[dims.channel] = weight[0];
  shape[dims.height] = *height;
  shape[dims.width] = *width;
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

LogicalResult Conv2dOp::verify() {
  int64_t channels = shapeOf(getInput())[ImageDims(getDataFormat()).channel];
  ArrayRef<int64_t> weight = shapeOf(getWeight());
  int64_t groups = getGroups();
  if (channels % groups != 0 || weight[0] % groups != 0) // C1
    return emitOpError("expected groups to divide ")
           << channels << " input and " << weight[0] << " output channels, but got " << groups;
  if (weight[1] != channels / groups) // C2
    return emitOpError("expected ")
           << channels / groups << " input channels per group in the weight, but got " << weight[1];
  if (getBias() && shapeOf(getBias())[0] != weight[0]) // C3
    return emitOpError("expected a bias of ")
           << weight[0] << " elements, but got " << shapeOf(getBias())[0];
  return verifyEpilogue(*this, getResidual(), getPostActivation().has_value()); // C5, C6
}

//===----------------------------------------------------------------------===//
// conv_transpose2d
//===----------------------------------------------------------------------===//

LogicalResult ConvTranspose2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                  Adaptor adaptor, SmallVectorImpl<Type> &types) {
  StringRef name = getOperationName();
  if (failed(checkConvAttributes(loc, name, adaptor)) ||
      failed(checkCount(loc, name, "output_padding", adaptor.getOutputPadding(), 2)))
    return failure();
  ArrayRef<int64_t> in = shapeOf(adaptor.getInput()), weight = shapeOf(adaptor.getWeight());
  ImageDims dims(adaptor.getDataFormat());
  auto extent = [&](unsigned dim, int i) {
    return (in[dim] - 1) * adaptor.getStrides()[i] - adaptor.getPads()[i] -
           adaptor.getPads()[i + 2] + adaptor.getDilations()[i] * (weight[2 + i] - 1) + 1 +
           adaptor.getOutputPadding()[i];
  };
  SmallVector<int64_t> shape(4);
  shape[dims.batch] = in[dims.batch];
  shape[dims.channel] = weight[1] * int64_t(adaptor.getGroups());
  shape[dims.height] = extent(dims.height, 0);
  shape[dims.width] = extent(dims.width, 1);
  if (shape[dims.height] < 1 || shape[dims.width] < 1) { // C3
    inferError(loc, name) << "expected positive result extents, but got " << shape[dims.height]
                          << "x" << shape[dims.width];
    return failure();
  }
  types.push_back(inferredLike(adaptor.getInput(), shape));
  return success();
}

LogicalResult ConvTranspose2dOp::verify() {
  int64_t channels = shapeOf(getInput())[ImageDims(getDataFormat()).channel];
  ArrayRef<int64_t> weight = shapeOf(getWeight());
  int64_t groups = getGroups(), outputs = weight[1] * groups;
  if (weight[0] != channels || channels % groups != 0) // C1
    return emitOpError("expected a weight for ")
           << channels << " input channels in " << groups << " groups, but got " << weight[0];
  if (getBias() && shapeOf(getBias())[0] != outputs) // C2
    return emitOpError("expected a bias of ")
           << outputs << " elements, but got " << shapeOf(getBias())[0];
  for (int i = 0; i < 2; ++i) // C4
    if (getOutputPadding()[i] >= std::max(getStrides()[i], getDilations()[i]))
      return emitOpError("expected output_padding below stride ")
             << getStrides()[i] << " or dilation " << getDilations()[i] << ", but got "
             << getOutputPadding()[i];
  return success();
}
