//===- Halo.cpp - verifier, meaning and program of tt.halo ------------------===//
#include "dialects/TT/Halo.h"

#include "dialects/TT/Evaluate/Evaluate.h"
#include "dialects/TT/Lowering/Lowering.h"
#include "ttc/TilePrograms/Unfused.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Halo.cpp.inc"

LogicalResult HaloOp::verify() {
  if (getInput().getType().getShape() != getType().getShape()) // C1
    return emitOpError("expected a result of shape [")
           << getInput().getType().getShape() << "], but got [" << getType().getShape() << "]";
  LayoutAttr from = getLayout(getInput().getType()), to = getLayout(getType());
  if (to && to.isTiled()) // C2
    return emitOpError("expected a row-major result, but got ") << getType();
  if (bool(from) != bool(to)) // C3
    return emitOpError("expected layouts on both types or on neither, but got ")
           << getInput().getType() << " and " << getType();
  return success();
}

LogicalResult HaloOp::evaluate(ArrayRef<HostTensor> operands, MutableArrayRef<HostTensor> results) {
  results[0] = share(operands[0]);
  return success();
}

OrderSet HaloOp::operandOrders(unsigned, TileOrder) { return OrderSet::any(); }
OrderSet HaloOp::resultOrders() { return OrderSet::onlyRowMajor(); }
bool HaloOp::isView() { return false; }

Expected<void> HaloOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                   ArrayRef<BufferRef> operands, ArrayRef<BufferRef> results) {
  programs::ConvertProgram program;
  program.kind = "halo";
  program.input = operands[0];
  program.output = results[0];
  return programs::buildConvert(builder, target, program);
}

//===----------------------------------------------------------------------===//
// tt.halo_sticks, tt.halo_conv2d
//===----------------------------------------------------------------------===//

namespace {

/// Window of an op over an image of n, h, w; none if it does not fit.
template <typename OpT>
std::optional<WindowDesc> windowOf(OpT op, ArrayRef<int64_t> image, ArrayRef<int64_t> kernel) {
  ArrayRef<int64_t> pads = op.getPads();
  int64_t out[2];
  for (int d : {0, 1}) {
    int64_t reach = (kernel[d] - 1) * op.getDilations()[d] + 1;
    int64_t extent = image[1 + d] + pads[d] + pads[d + 2];
    if (reach > extent)
      return std::nullopt;
    out[d] = (extent - reach) / op.getStrides()[d] + 1;
  }
  return slidingWindow({image[0], image[1], image[2], 0}, {image[0], out[0], out[1], 0}, kernel,
                       op.getStrides(), pads, op.getDilations());
}

int64_t partsOf(const WindowDesc &w, int64_t partRows) {
  return (w.n * w.outH * w.outW + partRows - 1) / partRows;
}

ArrayRef<int64_t> dims(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }

LogicalResult verifySticks(Operation *op, const std::optional<WindowDesc> &w, int64_t partRows,
                           Value sticks, int64_t channels) {
  if (!w) // C1
    return op->emitOpError("expected a window that fits the padded image");
  int64_t rows = partsOf(*w, partRows) * programs::haloSticks(*w, partRows);
  if (dims(sticks) != ArrayRef<int64_t>({rows, channels})) // C2
    return op->emitOpError("expected sticks of ")
           << rows << "x" << channels << ", but got " << sticks.getType();
  return success();
}

/// Calls fn(row of the sticks, pixel of the image) for every stick that is no padding.
template <typename Fn> void forEachStick(const WindowDesc &w, int64_t partRows, Fn fn) {
  int64_t perPart = programs::haloSticks(w, partRows), outRows = w.n * w.outH * w.outW;
  int64_t height = std::max((w.outH - 1) * w.strideH + (w.kernelH - 1) * w.dilationH + 1,
                            w.inH + w.padTop);
  int64_t width = std::max((w.outW - 1) * w.strideW + (w.kernelW - 1) * w.dilationW + 1,
                           w.inW + w.padLeft);
  for (int64_t part = 0; part * partRows < outRows; ++part) {
    int64_t row = part * partRows, x0 = row % w.outW, y0 = row / w.outW % w.outH,
            n0 = row / (w.outW * w.outH);
    int64_t first = (n0 * height + y0 * w.strideH) * width + x0 * w.strideW;
    for (int64_t j = 0; j < perPart; ++j) {
      int64_t p = first + j, n = p / (height * width), y = p / width % height - w.padTop,
              x = p % width - w.padLeft;
      if (n < w.n && y >= 0 && y < w.inH && x >= 0 && x < w.inW)
        fn(part * perPart + j, (n * w.inH + y) * w.inW + x);
    }
  }
}

} // namespace

LogicalResult HaloSticksOp::verify() {
  return verifySticks(*this, windowOf(*this, dims(getInput()), getKernel()),
                      int64_t(getPartRows()), getResult(), dims(getInput())[3]);
}

LogicalResult HaloSticksOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results) {
  int64_t channels = dims(getInput())[3];
  results[0] = HostTensor::filled(dims(getResult()).vec(), 0);
  const float *from = operands[0].data();
  float *to = results[0].mutableData();
  forEachStick(*windowOf(*this, dims(getInput()), getKernel()), int64_t(getPartRows()),
               [&](int64_t stick, int64_t pixel) {
                 std::copy_n(from + pixel * channels, channels, to + stick * channels);
               });
  return success();
}

OrderSet HaloSticksOp::operandOrders(unsigned, TileOrder) { return OrderSet::any(); }
OrderSet HaloSticksOp::resultOrders() { return OrderSet::onlyRowMajor(); }
bool HaloSticksOp::isView() { return false; }

Expected<void> HaloSticksOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                         ArrayRef<BufferRef> operands,
                                         ArrayRef<BufferRef> results) {
  programs::HaloProgram program;
  program.input = operands[0];
  program.output = results[0];
  program.window = *windowOf(*this, dims(getInput()), getKernel());
  program.resultPartRows = int64_t(getPartRows());
  return programs::buildHalo(builder, target, program);
}

LogicalResult HaloConv2dOp::verify() {
  ArrayRef<int64_t> weight = dims(getWeight());
  std::optional<WindowDesc> w = windowOf(*this, getImage(), weight.drop_front(2));
  if (failed(verifySticks(*this, w, int64_t(getPartRows()), getSticks(), weight[1])))
    return failure();
  if (dims(getResult()) != ArrayRef<int64_t>({w->n, w->outH, w->outW, weight[0]})) // C3
    return emitOpError("expected a result of ")
           << w->n << "x" << w->outH << "x" << w->outW << "x" << weight[0] << ", but got "
           << getResult().getType();
  if (getBias() && dims(getBias())[0] != weight[0]) // C4
    return emitOpError("expected a bias of ")
           << weight[0] << " elements, but got " << dims(getBias())[0];
  return success();
}

LogicalResult HaloConv2dOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results) {
  ArrayRef<int64_t> image = getImage(), weight = dims(getWeight());
  int64_t channels = weight[1];
  HostTensor input = HostTensor::filled({image[0], image[1], image[2], channels}, 0);
  float *to = input.mutableData();
  forEachStick(*windowOf(*this, image, weight.drop_front(2)), int64_t(getPartRows()),
               [&](int64_t stick, int64_t pixel) {
                 std::copy_n(operands[0].data() + stick * channels, channels,
                             to + pixel * channels);
               });
  reference::ConvParams params;
  params.strides = toArray<2>(getStrides());
  params.pads = toArray<4>(getPads());
  params.dilations = toArray<2>(getDilations());
  params.format = reference::ImageFormat::nhwc;
  const HostTensor *bias = getBias() ? &operands[2] : nullptr;
  return finish(*this, reference::conv2d(input, operands[1], bias, params), {}, nullptr, {},
                results[0]);
}

OrderSet HaloConv2dOp::operandOrders(unsigned index, TileOrder) {
  return index == 0 ? OrderSet::onlyRowMajor() : OrderSet::any();
}
OrderSet HaloConv2dOp::resultOrders() { return OrderSet::any(); }
bool HaloConv2dOp::isView() { return false; }

Expected<void> HaloConv2dOp::lowerToTile(ProgramBuilder &builder, const programs::Target &base,
                                         ArrayRef<BufferRef> operands,
                                         ArrayRef<BufferRef> results) {
  Expected<FloatValues> weight = constantOperand(getWeight(), "weight");
  if (!weight)
    return weight.error();
  ArrayRef<int64_t> shape = dims(getWeight());
  programs::HaloConvProgram program;
  program.input = operands[0];
  program.output = results[0];
  program.window = *windowOf(*this, getImage(), shape.drop_front(2));
  if (results[0].desc.sharding != program::Sharding::Width &&
      results[0].desc.shardRows != int64_t(getPartRows()))
    return Error{"the result's shards are not the parts that the sticks were made for"};
  program.inChannels = shape[1];
  program.outChannels = shape[0];
  program.weightFormat = toFormat(weightStorage(getWeight()));
  int64_t channels = shape[1], taps = shape[2] * shape[3];
  program.weight = [v = *weight, channels, taps](int64_t tap, int64_t ic, int64_t oc) {
    return v[size_t((oc * channels + ic) * taps + tap)];
  };
  if (getBias()) {
    Expected<FloatValues> bias = constantOperand(getBias(), "bias");
    if (!bias)
      return bias.error();
    program.bias = [v = *bias](int64_t oc) { return v[v.isSplat() ? 0 : size_t(oc)]; };
  }
  if (auto rows = getOperation()->getAttrOfType<IntegerAttr>("act_block_h"))
    program.blockRows = rows.getInt() / 32;
  return programs::buildHaloConv(builder, withCompute(base, getComputeAttr()), program);
}
