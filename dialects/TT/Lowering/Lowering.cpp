//===- Lowering.cpp - from ops to tile programs: shared pieces --------------===//
#include "dialects/TT/Lowering/Lowering.h"

#include "llvm/ADT/TypeSwitch.h"

namespace ttc::tt {

program::Format toFormat(StorageType storage) {
  switch (storage) {
  case StorageType::f32: return program::Format::Fp32;
  case StorageType::bf16: return program::Format::Bf16;
  case StorageType::bfp8_b: return program::Format::Bfp8B;
  case StorageType::bfp4_b: return program::Format::Bfp4B;
  }
  llvm_unreachable("unknown storage type");
}

program::Fidelity toFidelity(Fidelity fidelity) {
  switch (fidelity) {
  case Fidelity::lofi: return program::Fidelity::LoFi;
  case Fidelity::hifi2: return program::Fidelity::HiFi2;
  case Fidelity::hifi3: return program::Fidelity::HiFi3;
  case Fidelity::hifi4: return program::Fidelity::HiFi4;
  }
  llvm_unreachable("unknown fidelity");
}

BufferDesc describe(mlir::RankedTensorType type, LayoutAttr layout) {
  BufferDesc d;
  LayoutAttr::Extents matrix = LayoutAttr::getRowsCols(type), shard = layout.paddedShard(type);
  d.memory = layout.isInL1() ? program::Memory::L1 : program::Memory::Dram;
  switch (layout.getSharding()) {
  case Sharding::interleaved: d.sharding = program::Sharding::Interleaved; break;
  case Sharding::height: d.sharding = program::Sharding::Height; break;
  case Sharding::width: d.sharding = program::Sharding::Width; break;
  case Sharding::block: d.sharding = program::Sharding::Block; break;
  }
  d.order = layout.isTiled() ? program::Order::Tile : program::Order::RowMajor;
  d.format = toFormat(layout.getStorage());
  d.rows = matrix.rows;
  d.cols = matrix.cols;
  d.shardRows = shard.rows;
  d.shardCols = shard.cols;
  d.gridX = int(layout.getGridX());
  d.gridY = int(layout.getGridY());
  d.colMajor = layout.getColMajor();
  return d;
}

BufferDesc describe(mlir::RankedTensorType type) { return describe(type, getLayout(type)); }

std::optional<programs::Activation> toActivation(ActivationAttr attr) {
  if (!attr)
    return std::nullopt;
  auto function = [&] {
    using F = isa::SfpuFunction;
    switch (attr.getKind()) {
    case ActivationKind::relu: return F::Relu;
    case ActivationKind::leaky_relu: return F::LeakyRelu;
    case ActivationKind::mish: return F::Mish;
    case ActivationKind::silu: return F::Silu;
    case ActivationKind::sigmoid: return F::Sigmoid;
    case ActivationKind::tanh: return F::Tanh;
    case ActivationKind::hardswish: return F::HardSwish;
    case ActivationKind::hardsigmoid: return F::HardSigmoid;
    case ActivationKind::clip: return F::Clip;
    case ActivationKind::gelu: return F::Gelu;
    case ActivationKind::elu: return F::Elu;
    case ActivationKind::softplus: return F::Softplus;
    case ActivationKind::exp: return F::Exp;
    case ActivationKind::sqrt: return F::Sqrt;
    case ActivationKind::abs: return F::Abs;
    case ActivationKind::neg: return F::Neg;
    }
    llvm_unreachable("unknown activation");
  }();
  return programs::Activation{function, float(attr.getP0()), float(attr.getP1())};
}

bool mayOverwrite(mlir::OpOperand &operand) {
  return llvm::TypeSwitch<mlir::Operation *, bool>(operand.getOwner())
    .Case<Conv2dOp, MatmulOp>([&](auto op) {
      // Not what the product reads everywhere.
      return op.getResidual() == operand.get() && !llvm::is_contained(op->getOperands().take_front(2), operand.get());
    })
    .Case<AddOp, SubOp, MulOp, DivOp, MaximumOp, MinimumOp>([](auto) { return true; })
    .Default([](mlir::Operation *op) { return llvm::isa<ActivationOpInterface>(op); });
}

BufferRef bufferOf(mlir::Operation *op, mlir::Value value, llvm::ArrayRef<BufferRef> operands) {
  if (value)
    for (auto [operand, buffer] : llvm::zip(op->getOperands(), operands))
      if (operand == value)
        return buffer;
  return {};
}

Expected<FloatValues> constantOperand(mlir::Value value, llvm::StringRef role) {
  mlir::Attribute attr;
  if (auto constant = value.getDefiningOp<ConstantOp>())
    attr = constant.getValue();
  if (!attr)
    return Error{("expected the " + role + " to be a constant").str()};
  std::optional<FloatValues> values = FloatValues::get(attr);
  if (!values)
    return Error{("the " + role + " constant has no loaded values").str()};
  return *values;
}

programs::Target withCompute(const programs::Target &target, ComputeAttr compute) {
  programs::Target t = target;
  if (compute) {
    t.fidelity = toFidelity(compute.getFidelity());
    t.fp32Dest = compute.getFp32Dest();
  }
  return t;
}

Expected<Image> Image::of(mlir::Value value, DataFormat format) {
  auto shape = llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  if (shape.size() != 4)
    return Error{"expected a rank-4 image"};
  if (format != DataFormat::nhwc)
    return Error{"tile programs read channels-last images: run tt-channels-last first"};
  return Image{shape[0], shape[1], shape[2], shape[3]};
}

WindowDesc slidingWindow(const Image &in, const Image &out, llvm::ArrayRef<int64_t> kernel,
                         llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> pads,
                         llvm::ArrayRef<int64_t> dilations) {
  WindowDesc w;
  w.n = in.n;
  w.outH = out.h;
  w.outW = out.w;
  w.inH = in.h;
  w.inW = in.w;
  w.kernelH = kernel[0];
  w.kernelW = kernel[1];
  w.strideH = strides[0];
  w.strideW = strides[1];
  w.padTop = pads[0];
  w.padLeft = pads[1];
  w.dilationH = dilations[0];
  w.dilationW = dilations[1];
  return w;
}

StorageType weightStorage(mlir::Value weight) {
  auto type = llvm::cast<mlir::RankedTensorType>(weight.getType());
  return type.getEncoding() ? getStorage(type) : StorageType::bfp8_b;
}

} // namespace ttc::tt
