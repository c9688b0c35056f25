//===- Eltwise.cpp - tile programs of elementwise ops -----------------------===//
#include "dialects/TT/Lowering/Lowering.h"

namespace ttc::tt {
using isa::SfpuBinaryKind;
using mlir::RankedTensorType;
using mlir::Value;

namespace {

struct Binary {
  mlir::Operation *op;
  Value lhs, rhs;
  const char *name;
  SfpuBinaryKind kind;
  ActivationAttr activation;
  ComputeAttr compute;

  bool commutes() const { return kind != SfpuBinaryKind::Sub && kind != SfpuBinaryKind::Div; }
};

LayoutAttr::Extents matrixOf(Value v) {
  return LayoutAttr::getRowsCols(llvm::cast<RankedTensorType>(v.getType()));
}

/// Packs a constant operand: a scalar, one row, or a whole tensor; for a quotient by a tensor, its
/// inverse.
Expected<void> packConstant(ProgramBuilder &builder, Value constant, int64_t cols,
                            programs::EltwiseProgram &program) {
  Expected<FloatValues> values = constantOperand(constant, "operand");
  if (!values)
    return values.error();
  if (values->isSplat() || values->size() == 1) {
    program.scalarOperand = true;
    program.scalar = (*values)[0];
    return {};
  }
  bool inverted = program.op == SfpuBinaryKind::Div;
  if (inverted)
    program.op = SfpuBinaryKind::Mul;
  LayoutAttr::Extents matrix = matrixOf(constant);
  if (matrix.cols != cols)
    return Error{"a constant that is broadcast along the channels has no tile program"};
  ConstantSpec spec;
  spec.name = "operand";
  spec.rows = matrix.rows;
  spec.cols = matrix.cols;
  spec.fill = [v = *values, inverted] {
    std::vector<float> storage;
    llvm::ArrayRef<float> all = v.expand(storage);
    std::vector<float> result(all.begin(), all.end());
    if (inverted)
      for (float &value : result)
        value = 1 / value;
    return result;
  };
  program.in1 = builder.constant(spec);
  return {};
}

Expected<void> lowerBinary(Binary op, ProgramBuilder &builder, const programs::Target &target,
                           llvm::ArrayRef<BufferRef> operands, llvm::ArrayRef<BufferRef> results) {
  BufferRef lhs = operands[0], rhs = operands[1];
  LayoutAttr::Extents out = matrixOf(op.op->getResult(0));
  bool negate = false;
  if (!lhs || matrixOf(op.lhs) != out) {
    // c - x is -(x - c).
    negate = op.kind == SfpuBinaryKind::Sub && !op.activation;
    if (!op.commutes() && !negate)
      return Error{"a left operand that is constant or broadcast has no tile program"};
    std::swap(lhs, rhs);
    std::swap(op.lhs, op.rhs);
  }
  if (!lhs || matrixOf(op.lhs) != out)
    return Error{"both operands are constant or broadcast"};
  programs::EltwiseProgram program;
  program.name = op.name;
  program.in0 = lhs;
  program.output = results[0];
  program.op = op.kind;
  program.activation = toActivation(op.activation);
  if (negate)
    program.activation = programs::Activation{isa::SfpuFunction::Neg, 0, 0};
  if (!rhs) {
    if (Expected<void> packed = packConstant(builder, op.rhs, out.cols, program); !packed)
      return packed.error();
  } else {
    LayoutAttr::Extents in1 = matrixOf(op.rhs);
    if (in1 != out && !(in1.rows == 1 && in1.cols == out.cols))
      return Error{"only a whole tensor or one row of channels can be the second operand"};
    program.in1 = rhs;
  }
  return programs::buildEltwise(builder, withCompute(target, op.compute), program);
}

Expected<void> lowerUnary(mlir::Operation *op, ActivationAttr activation, ComputeAttr compute,
                          ProgramBuilder &builder, const programs::Target &target,
                          llvm::ArrayRef<BufferRef> operands, llvm::ArrayRef<BufferRef> results) {
  programs::EltwiseProgram program;
  program.name = op->getName().stripDialect().str();
  program.in0 = operands[0];
  program.output = results[0];
  program.activation = toActivation(activation);
  return programs::buildEltwise(builder, withCompute(target, compute), program);
}

} // namespace

#define TTC_BINARY(Op, name, Kind)                                                                 \
  Expected<void> Op::lowerToTile(ProgramBuilder &builder, const programs::Target &target,          \
                                 llvm::ArrayRef<BufferRef> operands,                               \
                                 llvm::ArrayRef<BufferRef> results) {                              \
    return lowerBinary({*this, getLhs(), getRhs(), name, SfpuBinaryKind::Kind,                     \
                        getActivationAttr(), getComputeAttr()},                                    \
                       builder, target, operands, results);                                        \
  }
TTC_BINARY(AddOp, "add", Add)
TTC_BINARY(SubOp, "sub", Sub)
TTC_BINARY(MulOp, "mul", Mul)
TTC_BINARY(DivOp, "div", Div)
TTC_BINARY(MaximumOp, "maximum", Max)
TTC_BINARY(MinimumOp, "minimum", Min)
#undef TTC_BINARY

#define TTC_UNARY(Op)                                                                              \
  Expected<void> Op::lowerToTile(ProgramBuilder &builder, const programs::Target &target,          \
                                 llvm::ArrayRef<BufferRef> operands,                               \
                                 llvm::ArrayRef<BufferRef> results) {                              \
    return lowerUnary(*this, getActivationAttr(), getComputeAttr(), builder, target, operands,         \
                      results);                                                                    \
  }
TTC_UNARY(ReluOp)
TTC_UNARY(LeakyReluOp)
TTC_UNARY(MishOp)
TTC_UNARY(SiluOp)
TTC_UNARY(SigmoidOp)
TTC_UNARY(TanhOp)
TTC_UNARY(HardswishOp)
TTC_UNARY(HardsigmoidOp)
TTC_UNARY(ClipOp)
TTC_UNARY(GeluOp)
TTC_UNARY(EluOp)
TTC_UNARY(SoftplusOp)
TTC_UNARY(ExpOp)
TTC_UNARY(SqrtOp)
TTC_UNARY(AbsOp)
TTC_UNARY(NegOp)
#undef TTC_UNARY

Expected<void> SoftmaxOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                      llvm::ArrayRef<BufferRef> operands,
                                      llvm::ArrayRef<BufferRef> results) {
  int64_t rank = llvm::cast<RankedTensorType>(getInput().getType()).getRank();
  int64_t axis = getAxis() < 0 ? getAxis() + rank : getAxis();
  if (axis != rank - 1)
    return Error{"only a softmax over the last dim has a tile program"};
  programs::SoftmaxProgram program;
  program.input = operands[0];
  program.output = results[0];
  program.cols = operands[0].desc.cols;
  return programs::buildSoftmax(builder, withCompute(target, getComputeAttr()), program);
}

} // namespace ttc::tt
