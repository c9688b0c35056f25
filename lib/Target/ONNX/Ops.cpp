//===- Ops.cpp - the ONNX form of each tt op -------------------------------===//
#include "Exporter.h"

#include <cmath>
#include <nlohmann/json.hpp>

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace ttc::onnxexport {

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

std::string Exporter::activation(tt::ActivationAttr attr, Operation *op, std::string x) {
  if (!attr)
    return x;
  double p0 = attr.getP0(), p1 = attr.getP1();
  auto plain = [&](const char *type) { return inner(type, op, {x}); };
  switch (attr.getKind()) {
  case tt::ActivationKind::relu:
    return plain("Relu");
  case tt::ActivationKind::leaky_relu:
    return inner("LeakyRelu", op, {x}, [&](onnx::NodeProto &n) { set(n, "alpha", p0); });
  case tt::ActivationKind::mish:
    if (opset < 18)
      return inner("Mul", op, {x, inner("Tanh", op, {plain("Softplus")})});
    return plain("Mish");
  case tt::ActivationKind::silu:
    return inner("Mul", op, {x, plain("Sigmoid")});
  case tt::ActivationKind::sigmoid:
    return plain("Sigmoid");
  case tt::ActivationKind::tanh:
    return plain("Tanh");
  case tt::ActivationKind::hardswish:
    requireOpset(14);
    return plain("HardSwish");
  case tt::ActivationKind::hardsigmoid:
    return inner("HardSigmoid", op, {x}, [&](onnx::NodeProto &n) {
      set(n, "alpha", p0);
      set(n, "beta", p1);
    });
  case tt::ActivationKind::clip: {
    std::string low = scalar("clip_min", float(p0)), high = scalar("clip_max", float(p1));
    return inner("Clip", op, {x, low, high});
  }
  case tt::ActivationKind::gelu:
    requireOpset(20);
    return plain("Gelu");
  case tt::ActivationKind::elu:
    return inner("Elu", op, {x}, [&](onnx::NodeProto &n) { set(n, "alpha", p0); });
  case tt::ActivationKind::softplus:
    return plain("Softplus");
  case tt::ActivationKind::exp:
    return plain("Exp");
  case tt::ActivationKind::sqrt:
    return plain("Sqrt");
  case tt::ActivationKind::abs:
    return plain("Abs");
  case tt::ActivationKind::neg:
    return plain("Neg");
  }
  llvm_unreachable("all kinds are listed");
}

/// The epilogue of a convolution or matmul: activation, residual, activation.
template <typename OpT> static void epilogue(Exporter &e, OpT op, std::string value) {
  value = e.activation(op.getActivationAttr(), op, value);
  if (op.getResidual())
    value = e.inner("Add", op, {value, e.name(op.getResidual())});
  e.finish(op, e.activation(op.getPostActivationAttr(), op, value));
}

template <typename OpT> static LogicalResult requireNchw(OpT op) {
  if (op.getDataFormat() == tt::DataFormat::nchw)
    return success();
  return op.emitError("expected nchw, ONNX has no other order; export before channels-last");
}

static LogicalResult emitActivationOp(Exporter &e, Operation *op) {
  e.finish(op, e.activation(cast<tt::ActivationOpInterface>(op).getActivationAttr(), op,
                            e.name(op->getOperand(0))));
  return success();
}

//===----------------------------------------------------------------------===//
// Convolution, pools, matmul
//===----------------------------------------------------------------------===//

static LogicalResult emitConv(Exporter &e, Operation *operation) {
  auto op = cast<tt::Conv2dOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  SmallVector<std::string> inputs{e.name(op.getInput()), e.name(op.getWeight())};
  if (op.getBias())
    inputs.push_back(e.name(op.getBias()));
  ArrayRef<int64_t> weight = cast<RankedTensorType>(op.getWeight().getType()).getShape();
  epilogue(e, op, e.inner("Conv", op, inputs, [&](onnx::NodeProto &n) {
    e.set(n, "kernel_shape", weight.take_back(2));
    e.set(n, "strides", op.getStrides());
    e.set(n, "pads", op.getPads());
    e.set(n, "dilations", op.getDilations());
    e.set(n, "group", int64_t(op.getGroups()));
  }));
  return success();
}

static LogicalResult emitConvTranspose(Exporter &e, Operation *operation) {
  auto op = cast<tt::ConvTranspose2dOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  SmallVector<std::string> inputs{e.name(op.getInput()), e.name(op.getWeight())};
  if (op.getBias())
    inputs.push_back(e.name(op.getBias()));
  ArrayRef<int64_t> weight = cast<RankedTensorType>(op.getWeight().getType()).getShape();
  std::string value = e.inner("ConvTranspose", op, inputs, [&](onnx::NodeProto &n) {
    e.set(n, "kernel_shape", weight.take_back(2));
    e.set(n, "strides", op.getStrides());
    e.set(n, "pads", op.getPads());
    e.set(n, "dilations", op.getDilations());
    e.set(n, "output_padding", op.getOutputPadding());
    e.set(n, "group", int64_t(op.getGroups()));
  });
  e.finish(op, e.activation(op.getActivationAttr(), op, value));
  return success();
}

static LogicalResult emitMaxPool(Exporter &e, Operation *operation) {
  auto op = cast<tt::MaxPool2dOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  onnx::NodeProto &n = e.node("MaxPool", op, {e.name(op.getInput())});
  e.set(n, "kernel_shape", op.getKernel());
  e.set(n, "strides", op.getStrides());
  e.set(n, "pads", op.getPads());
  e.set(n, "dilations", op.getDilations());
  e.set(n, "ceil_mode", int64_t(op.getCeilMode()));
  return success();
}

static LogicalResult emitAvgPool(Exporter &e, Operation *operation) {
  auto op = cast<tt::AvgPool2dOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  onnx::NodeProto &n = e.node("AveragePool", op, {e.name(op.getInput())});
  e.set(n, "kernel_shape", op.getKernel());
  e.set(n, "strides", op.getStrides());
  e.set(n, "pads", op.getPads());
  e.set(n, "ceil_mode", int64_t(op.getCeilMode()));
  e.set(n, "count_include_pad", int64_t(op.getCountIncludePad()));
  return success();
}

static LogicalResult emitGlobalAvgPool(Exporter &e, Operation *operation) {
  auto op = cast<tt::GlobalAvgPoolOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  e.node("GlobalAveragePool", op, {e.name(op.getInput())});
  return success();
}

static LogicalResult emitBatchNorm(Exporter &e, Operation *operation) {
  auto op = cast<tt::BatchNormOp>(operation);
  if (op.getAxis() != 1)
    return op.emitError("expected the channels at dim 1, ONNX has no other order");
  onnx::NodeProto &n = e.node("BatchNormalization", op,
                              {e.name(op.getInput()), e.name(op.getScale()), e.name(op.getBias()),
                               e.name(op.getMean()), e.name(op.getVariance())});
  e.set(n, "epsilon", op.getEpsilon().convertToDouble());
  return success();
}

static LogicalResult emitSoftmax(Exporter &e, Operation *operation) {
  auto op = cast<tt::SoftmaxOp>(operation);
  e.set(e.node("Softmax", op, {e.name(op.getInput())}), "axis", int64_t(op.getAxis()));
  return success();
}

/// Two matrices become a Gemm, which has the bias and the transposition; a batch needs ops for
/// these.
static LogicalResult emitMatmul(Exporter &e, Operation *operation) {
  auto op = cast<tt::MatmulOp>(operation);
  auto rank = [](Value v) { return cast<RankedTensorType>(v.getType()).getRank(); };
  std::string lhs = e.name(op.getLhs()), rhs = e.name(op.getRhs()), value;
  bool matrices = rank(op.getLhs()) == 2 && rank(op.getRhs()) == 2;
  if (matrices && (op.getBias() || op.getTransposeRhs())) {
    SmallVector<std::string> inputs{lhs, rhs};
    if (op.getBias())
      inputs.push_back(e.name(op.getBias()));
    value = e.inner("Gemm", op, inputs,
                    [&](onnx::NodeProto &n) { e.set(n, "transB", int64_t(op.getTransposeRhs())); });
  } else {
    if (op.getTransposeRhs()) {
      auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, rank(op.getRhs())));
      std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
      rhs = e.inner("Transpose", op, {rhs},
                    [&](onnx::NodeProto &n) { e.set(n, "perm", permutation); });
    }
    value = e.inner("MatMul", op, {lhs, rhs});
    if (op.getBias())
      value = e.inner("Add", op, {value, e.name(op.getBias())});
  }
  epilogue(e, op, value);
  return success();
}

//===----------------------------------------------------------------------===//
// Elementwise and reductions
//===----------------------------------------------------------------------===//

template <typename OpT>
static LogicalResult emitBinary(Exporter &e, Operation *operation, const char *type) {
  auto op = cast<OpT>(operation);
  SmallVector<std::string> inputs{e.name(op.getLhs()), e.name(op.getRhs())};
  if (op.getActivationAttr())
    e.finish(op, e.activation(op.getActivationAttr(), op, e.inner(type, op, inputs)));
  else
    e.node(type, op, inputs);
  return success();
}

static LogicalResult emitReduce(Exporter &e, Operation *operation) {
  auto op = cast<tt::ReduceOp>(operation);
  const char *type = op.getKind() == tt::ReduceKind::sum    ? "ReduceSum"
                     : op.getKind() == tt::ReduceKind::mean ? "ReduceMean"
                                                            : "ReduceMax";
  // The axes are an input since opset 13 (sum) or 18 (the others), before an attribute.
  bool axesInput = e.opsetVersion() >= 18 || op.getKind() == tt::ReduceKind::sum;
  SmallVector<std::string> inputs{e.name(op.getInput())};
  if (axesInput)
    inputs.push_back(e.ints("axes", op.getAxes()));
  onnx::NodeProto &n = e.node(type, op, inputs);
  if (!axesInput)
    e.set(n, "axes", op.getAxes());
  e.set(n, "keepdims", int64_t(op.getKeepDims()));
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static LogicalResult emitConcat(Exporter &e, Operation *operation) {
  auto op = cast<tt::ConcatOp>(operation);
  SmallVector<std::string> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(e.name(input));
  e.set(e.node("Concat", op, inputs), "axis", int64_t(op.getAxis()));
  return success();
}

static LogicalResult emitSlice(Exporter &e, Operation *operation) {
  auto op = cast<tt::SliceOp>(operation);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, int64_t(op.getStarts().size())));
  e.node("Slice", op,
         {e.name(op.getInput()), e.ints("starts", op.getStarts()), e.ints("ends", op.getEnds()),
          e.ints("axes", axes), e.ints("steps", op.getSteps())});
  return success();
}

static LogicalResult emitSplit(Exporter &e, Operation *operation) {
  auto op = cast<tt::SplitOp>(operation);
  e.set(e.node("Split", op, {e.name(op.getInput()), e.ints("split", op.getSizes())}), "axis",
        int64_t(op.getAxis()));
  return success();
}

static LogicalResult emitPad(Exporter &e, Operation *operation) {
  auto op = cast<tt::PadOp>(operation);
  SmallVector<int64_t> pads(op.getLow());
  llvm::append_range(pads, op.getHigh());
  e.node("Pad", op,
         {e.name(op.getInput()), e.ints("pads", pads),
          e.scalar("pad_value", float(op.getValue().convertToDouble()))});
  return success();
}

static LogicalResult emitReshape(Exporter &e, Operation *op) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  e.node("Reshape", op, {e.name(op->getOperand(0)), e.ints("shape", shape)});
  return success();
}

static LogicalResult emitTranspose(Exporter &e, Operation *operation) {
  auto op = cast<tt::TransposeOp>(operation);
  e.set(e.node("Transpose", op, {e.name(op.getInput())}), "perm", op.getPermutation());
  return success();
}

static LogicalResult emitUpsample(Exporter &e, Operation *operation) {
  auto op = cast<tt::UpsampleOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  float scales[4] = {1, 1, float(op.getScales()[0]), float(op.getScales()[1])};
  bool nearest = op.getMode() == tt::ResizeMode::nearest;
  onnx::NodeProto &n =
      e.node("Resize", op, {e.name(op.getInput()), "", e.floats("scales", scales)});
  e.set(n, "mode", llvm::StringRef(nearest ? "nearest" : "linear"));
  e.set(n, "coordinate_transformation_mode",
        llvm::StringRef(op.getAlignCorners() ? "align_corners"
                        : op.getHalfPixel()  ? "half_pixel"
                                             : "asymmetric"));
  if (nearest)
    e.set(n, "nearest_mode", llvm::StringRef("floor"));
  return success();
}

/// The value is the input's; how to decode it goes into the metadata.
static LogicalResult emitYoloHead(Exporter &e, Operation *operation) {
  auto op = cast<tt::YoloHeadOp>(operation);
  if (failed(requireNchw(op)))
    return failure();
  if (!e.isOutput(op.getResult()))
    return op.emitError("expected a detection head to be an output of the model");
  e.node("Identity", op, {e.name(op.getInput())});
  nlohmann::json json;
  json["classes"] = int64_t(op.getClasses());
  json["anchors"] = std::vector<double>(op.getAnchors().begin(), op.getAnchors().end());
  json["scale_x_y"] = op.getScaleXY().convertToDouble();
  json["new_coords"] = bool(op.getNewCoords());
  json["input_size"] = std::vector<int64_t>(op.getInputSize().begin(), op.getInputSize().end());
  e.metadata("ttc.yolo_head." + e.name(op.getResult()), json.dump());
  return success();
}

Emit findEmitter(Operation *op) {
  static const llvm::StringMap<Emit> table = {
      {tt::AddOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::AddOp>(e, o, "Add"); }},
      {tt::SubOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::SubOp>(e, o, "Sub"); }},
      {tt::MulOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::MulOp>(e, o, "Mul"); }},
      {tt::DivOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::DivOp>(e, o, "Div"); }},
      {tt::MaximumOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::MaximumOp>(e, o, "Max"); }},
      {tt::MinimumOp::getOperationName(),
       [](Exporter &e, Operation *o) { return emitBinary<tt::MinimumOp>(e, o, "Min"); }},
      {tt::AvgPool2dOp::getOperationName(), emitAvgPool},
      {tt::BatchNormOp::getOperationName(), emitBatchNorm},
      {tt::ConcatOp::getOperationName(), emitConcat},
      {tt::Conv2dOp::getOperationName(), emitConv},
      {tt::ConvTranspose2dOp::getOperationName(), emitConvTranspose},
      {tt::GlobalAvgPoolOp::getOperationName(), emitGlobalAvgPool},
      {tt::MatmulOp::getOperationName(), emitMatmul},
      {tt::MaxPool2dOp::getOperationName(), emitMaxPool},
      {tt::PadOp::getOperationName(), emitPad},
      {tt::ReduceOp::getOperationName(), emitReduce},
      {tt::ReshapeOp::getOperationName(), emitReshape},
      {tt::SliceOp::getOperationName(), emitSlice},
      {tt::SoftmaxOp::getOperationName(), emitSoftmax},
      {tt::SplitOp::getOperationName(), emitSplit},
      {tt::TransposeOp::getOperationName(), emitTranspose},
      {tt::UpsampleOp::getOperationName(), emitUpsample},
      {tt::YoloHeadOp::getOperationName(), emitYoloHead},
  };
  if (Emit emit = table.lookup(op->getName().getStringRef()))
    return emit;
  return llvm::isa<tt::ActivationOpInterface>(op) ? emitActivationOp : nullptr;
}

} // namespace ttc::onnxexport
