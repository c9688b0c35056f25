//===- Conv.cpp - tile programs of convolutions and matmul ------------------===//
#include "dialects/TT/Lowering/Lowering.h"
#include "ttc/TilePrograms/BlockMatmul.h"

namespace ttc::tt {
using mlir::Value;

namespace {

bool isPointwise(const WindowDesc &w) {
  return w.kernelH == 1 && w.kernelW == 1 && w.strideH == 1 && w.strideW == 1 && w.padTop == 0 &&
         w.padLeft == 0 && w.outH == w.inH && w.outW == w.inW;
}

/// A constant bias as a function, none for no bias.
Expected<std::function<float(int64_t)>> biasOf(Value bias) {
  if (!bias)
    return std::function<float(int64_t)>();
  Expected<FloatValues> values = constantOperand(bias, "bias");
  if (!values)
    return values.error();
  return std::function<float(int64_t)>(
      [v = *values](int64_t oc) { return v[v.isSplat() ? 0 : size_t(oc)]; });
}

/// What both kinds of convolution are made of.
struct ConvOperands {
  Image in, out;
  FloatValues weight;
  std::function<float(int64_t)> bias;
  llvm::ArrayRef<int64_t> shape; ///< of the weight
};

template <typename Conv> Expected<ConvOperands> convOperands(Conv op) {
  Expected<Image> in = Image::of(op.getInput(), op.getDataFormat());
  if (!in)
    return in.error();
  Expected<Image> out = Image::of(op.getResult(), op.getDataFormat());
  if (!out)
    return out.error();
  Expected<FloatValues> weight = constantOperand(op.getWeight(), "weight");
  if (!weight)
    return weight.error();
  auto bias = biasOf(op.getBias());
  if (!bias)
    return bias.error();
  auto type = llvm::cast<mlir::RankedTensorType>(op.getWeight().getType());
  return ConvOperands{*in, *out, *weight, *bias, type.getShape()};
}

} // namespace

/// Writes the program of an op that is a product.
static Expected<void> lowerProductOp(ProgramBuilder &builder,
                                     Expected<std::optional<programs::Product>> product) {
  if (!product)
    return product.error();
  return programs::buildMatmul(builder, (*product)->target, (*product)->program);
}

template <typename Conv> bool isDepthwise(Conv op, const ConvOperands &parts) {
  int64_t groups = op.getGroups();
  return groups == parts.in.c && groups == parts.out.c && groups > 1;
}

static WindowDesc windowOf(Conv2dOp op, const ConvOperands &parts) {
  return slidingWindow(parts.in, parts.out, parts.shape.drop_front(2), op.getStrides(), op.getPads(),
                       op.getDilations());
}

Expected<void> Conv2dOp::lowerToTile(ProgramBuilder &builder, const programs::Target &base,
                                     llvm::ArrayRef<BufferRef> operands,
                                     llvm::ArrayRef<BufferRef> results) {
  Expected<ConvOperands> parts = convOperands(*this);
  if (!parts)
    return parts.error();
  if (!isDepthwise(*this, *parts))
    return lowerProductOp(builder, product(base, operands, results));
  int64_t taps = parts->shape[2] * parts->shape[3];
  programs::DepthwiseProgram op;
  op.input = operands[0];
  op.residual = bufferOf(*this, getResidual(), operands);
  op.output = results[0];
  op.window = windowOf(*this, *parts);
  op.channels = parts->out.c;
  op.weight = [v = parts->weight, taps](int64_t tap, int64_t c) { return v[size_t(c * taps + tap)]; };
  op.bias = parts->bias;
  op.activation = toActivation(getActivationAttr());
  op.postActivation = toActivation(getPostActivationAttr());
  return programs::buildDepthwise(builder, withCompute(base, getComputeAttr()), op);
}

Expected<std::optional<programs::Product>> Conv2dOp::product(const programs::Target &base,
                                                             llvm::ArrayRef<BufferRef> operands,
                                                             llvm::ArrayRef<BufferRef> results) {
  Expected<ConvOperands> parts = convOperands(*this);
  if (!parts)
    return parts.error();
  if (isDepthwise(*this, *parts))
    return std::optional<programs::Product>();
  auto &[in, out, weight, bias, shape] = *parts;
  int64_t taps = shape[2] * shape[3], perGroup = shape[1], groups = getGroups();
  WindowDesc window = windowOf(*this, *parts);
  programs::MatmulProgram op;
  op.input = operands[0];
  op.residual = bufferOf(*this, getResidual(), operands);
  op.output = results[0];
  op.window = window;
  op.pointwise = isPointwise(window);
  op.inChannels = in.c;
  op.outChannels = out.c;
  op.weightFormat = toFormat(weightStorage(getWeight()));
  // Groups become a block-diagonal matrix: the engine multiplies zeros for the other groups.
  int64_t groupOut = out.c / groups;
  op.weight = [v = weight, taps, perGroup, groups, groupOut](int64_t tap, int64_t ic, int64_t oc) {
    if (groups > 1 && ic / perGroup != oc / groupOut)
      return 0.0f;
    return v[size_t((oc * perGroup + ic % perGroup) * taps + tap)];
  };
  op.bias = bias;
  op.activation = toActivation(getActivationAttr());
  op.postActivation = toActivation(getPostActivationAttr());
  auto tiles = [&](llvm::StringRef name) {
    auto elements = getOperation()->getAttrOfType<mlir::IntegerAttr>(name);
    return elements ? elements.getInt() / tileDim : 0;
  };
  op.blockRows = tiles("act_block_h");
  op.subblockRows = tiles("out_subblock_h");
  op.subblockCols = tiles("out_subblock_w");
  return std::optional(programs::Product{withCompute(base, getComputeAttr()), op});
}

Expected<void> ConvTranspose2dOp::lowerToTile(ProgramBuilder &builder,
                                              const programs::Target &base,
                                              llvm::ArrayRef<BufferRef> operands,
                                              llvm::ArrayRef<BufferRef> results) {
  return lowerProductOp(builder, product(base, operands, results));
}

Expected<std::optional<programs::Product>>
ConvTranspose2dOp::product(const programs::Target &base, llvm::ArrayRef<BufferRef> operands,
                           llvm::ArrayRef<BufferRef> results) {
  Expected<ConvOperands> parts = convOperands(*this);
  if (!parts)
    return parts.error();
  auto &[in, out, weight, bias, shape] = *parts;
  int64_t kh = shape[2], kw = shape[3], perGroup = shape[1], groups = getGroups();
  llvm::ArrayRef<int64_t> pads = getPads(), dilations = getDilations();
  // A transposed convolution is a convolution with the flipped kernel over the input spread out by
  // its stride: pad' = dilation * (k - 1) - pad.
  int64_t newPads[] = {dilations[0] * (kh - 1) - pads[0], dilations[1] * (kw - 1) - pads[1], 0, 0};
  programs::MatmulProgram op;
  op.kind = "conv_transpose2d";
  op.input = operands[0];
  op.output = results[0];
  op.window = slidingWindow(in, out, {kh, kw}, {1, 1}, newPads, dilations);
  op.window.inDilationH = getStrides()[0];
  op.window.inDilationW = getStrides()[1];
  op.inChannels = in.c;
  op.outChannels = out.c;
  op.weightFormat = toFormat(weightStorage(getWeight()));
  int64_t taps = kh * kw, groupIn = in.c / groups;
  op.weight = [v = weight, taps, perGroup, groups, groupIn](int64_t tap, int64_t ic, int64_t oc) {
    if (groups > 1 && ic / groupIn != oc / perGroup)
      return 0.0f;
    return v[size_t((ic * perGroup + oc % perGroup) * taps + (taps - 1 - tap))];
  };
  op.bias = bias;
  op.activation = toActivation(getActivationAttr());
  return std::optional(programs::Product{withCompute(base, getComputeAttr()), op});
}

/// Both operands are made on the device.
static Expected<void> lowerProduct(MatmulOp op, ProgramBuilder &builder,
                                   const programs::Target &base, llvm::ArrayRef<BufferRef> operands,
                                   llvm::ArrayRef<BufferRef> results) {
  auto rhs = llvm::cast<mlir::RankedTensorType>(op.getRhs().getType());
  if (op.getTransposeRhs())
    return Error{"a product with a transposed right operand made on the device has no tile program"};
  if (rhs.getRank() != 2)
    return Error{"a batched product of two tensors made on the device has no tile program"};
  auto bias = biasOf(op.getBias());
  if (!bias)
    return bias.error();
  programs::BlockMatmulProgram program;
  program.in0 = operands[0];
  program.in1 = operands[1];
  program.residual = bufferOf(op, op.getResidual(), operands);
  program.output = results[0];
  program.bias = *bias;
  program.activation = toActivation(op.getActivationAttr());
  program.postActivation = toActivation(op.getPostActivationAttr());
  return programs::buildBlockMatmul(builder, withCompute(base, op.getComputeAttr()), program);
}

Expected<void> MatmulOp::lowerToTile(ProgramBuilder &builder, const programs::Target &base,
                                     llvm::ArrayRef<BufferRef> operands,
                                     llvm::ArrayRef<BufferRef> results) {
  if (operands[1])
    return lowerProduct(*this, builder, base, operands, results);
  return lowerProductOp(builder, product(base, operands, results));
}

Expected<std::optional<programs::Product>> MatmulOp::product(const programs::Target &base,
                                                             llvm::ArrayRef<BufferRef> operands,
                                                             llvm::ArrayRef<BufferRef> results) {
  if (operands[1])
    return std::optional<programs::Product>();
  auto rhsType = llvm::cast<mlir::RankedTensorType>(getRhs().getType());
  if (rhsType.getRank() != 2)
    return Error{"expected a rank-2 right operand"};
  Expected<FloatValues> weight = constantOperand(getRhs(), "right operand");
  if (!weight)
    return weight.error();
  auto bias = biasOf(getBias());
  if (!bias)
    return bias.error();
  bool transposed = getTransposeRhs();
  int64_t k = rhsType.getDimSize(transposed ? 1 : 0), n = rhsType.getDimSize(transposed ? 0 : 1);
  programs::MatmulProgram op;
  op.kind = "matmul";
  op.input = operands[0];
  op.residual = bufferOf(*this, getResidual(), operands);
  op.output = results[0];
  op.window.outW = op.window.inW = operands[0].desc.rows;
  op.pointwise = true;
  op.inChannels = k;
  op.outChannels = n;
  op.weightFormat = toFormat(weightStorage(getRhs()));
  op.weight = [v = *weight, transposed, k, n](int64_t, int64_t ic, int64_t oc) {
    return v[size_t(transposed ? oc * k + ic : ic * n + oc)];
  };
  op.bias = *bias;
  op.activation = toActivation(getActivationAttr());
  op.postActivation = toActivation(getPostActivationAttr());
  return std::optional(programs::Product{withCompute(base, getComputeAttr()), op});
}

} // namespace ttc::tt
