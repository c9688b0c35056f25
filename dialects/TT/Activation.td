//===- Activation.td - elementwise functions, one op each ----------------------===//
#ifndef TTC_DIALECTS_TT_ACTIVATION_TD
#define TTC_DIALECTS_TT_ACTIVATION_TD

include "dialects/TT/TTBase.td"

/// `kind` and `params` make the ActivationAttr; `format` and `example` are how the parameters print.
class TT_UnaryOp<string mnemonic, string formula, string params = "", string format = "",
                 string example = "">
    : TT_ComputeOp<mnemonic, [DeclareOpInterfaceMethods<ActivationOpInterface>, TT_Axis, TT_Compute]> {
  let summary = "elementwise " # mnemonic;
  let description = [{
    ```
    result[i] = }] # formula # [{, x = input[i]
    ```
    Example:
    ```mlir
    %0 = tt.}] # mnemonic # [{ %x}] # example # [{ : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$input, TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$input " # format #
    " (`compute` $compute^)? attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location>, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      types.push_back(adaptor.getInput().getType());
      return ::mlir::success();
    }
    ::llvm::SmallVector<::mlir::OpOperand *> $cppClass::getAxisOperands() {
      return ::ttc::tt::allOperands(getOperation());
    }
    ::llvm::SmallVector<int64_t> $cppClass::getPreferredPermutation() { return {}; }
    ::llvm::FailureOr<::llvm::SmallVector<int64_t>> $cppClass::permuteAxes(::llvm::ArrayRef<int64_t> perm) {
      return ::llvm::SmallVector<int64_t>(perm);
    }
    ::mlir::OpOperand *$cppClass::getWeightOperand() { return nullptr; }
    ::ttc::tt::ActivationAttr $cppClass::getActivationAttr() {
      return ::ttc::tt::ActivationAttr::get(getContext(), ::ttc::tt::ActivationKind::}] # mnemonic # params # [{);
    }
    ::llvm::LogicalResult $cppClass::evaluate(::llvm::ArrayRef<::ttc::HostTensor> operands,
                                              ::llvm::MutableArrayRef<::ttc::HostTensor> results) {
      return ::ttc::tt::evaluateActivation(getActivationAttr(), operands, results);
    }
  }];
}

class TT_PlainUnaryOp<string mnemonic, string formula> : TT_UnaryOp<mnemonic, formula> {
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input), [{
      build($_builder, $_state, input, ::ttc::tt::ComputeAttr());
    }]>
  ];
}

def TT_ReluOp : TT_PlainUnaryOp<"relu", "max(0, x)">;
def TT_MishOp : TT_PlainUnaryOp<"mish", "x * tanh(log(1 + exp(x)))">;
def TT_SiluOp : TT_PlainUnaryOp<"silu", "x / (1 + exp(-x))">;
def TT_SigmoidOp : TT_PlainUnaryOp<"sigmoid", "1 / (1 + exp(-x))">;
def TT_TanhOp : TT_PlainUnaryOp<"tanh", "tanh(x)">;
def TT_HardswishOp : TT_PlainUnaryOp<"hardswish", "x * max(0, min(1, x / 6 + 1 / 2))">;
def TT_GeluOp : TT_PlainUnaryOp<"gelu", "x / 2 * (1 + erf(x / sqrt(2)))">;
def TT_SoftplusOp : TT_PlainUnaryOp<"softplus", "log(1 + exp(x))">;
def TT_ExpOp : TT_PlainUnaryOp<"exp", "exp(x)">;
def TT_SqrtOp : TT_PlainUnaryOp<"sqrt", "sqrt(x)">;
def TT_AbsOp : TT_PlainUnaryOp<"abs", "|x|">;
def TT_NegOp : TT_PlainUnaryOp<"neg", "-x">;

def TT_LeakyReluOp : TT_UnaryOp<"leaky_relu", "x < 0 ? alpha * x : x",
    ", getAlpha().convertToDouble()", "`alpha` $alpha", " alpha 1.000000e-01"> {
  let arguments = (ins TT_Tensor:$input, F64Attr:$alpha, TT_OptCompute:$compute);
}
def TT_EluOp : TT_UnaryOp<"elu", "x < 0 ? alpha * (exp(x) - 1) : x",
    ", getAlpha().convertToDouble()", "`alpha` $alpha", " alpha 1.000000e+00"> {
  let arguments = (ins TT_Tensor:$input, F64Attr:$alpha, TT_OptCompute:$compute);
}
def TT_HardsigmoidOp : TT_UnaryOp<"hardsigmoid", "max(0, min(1, alpha * x + beta))",
    ", getAlpha().convertToDouble(), getBeta().convertToDouble()", "`alpha` $alpha `beta` $beta",
    " alpha 2.000000e-01 beta 5.000000e-01"> {
  let arguments = (ins TT_Tensor:$input, F64Attr:$alpha, F64Attr:$beta, TT_OptCompute:$compute);
}
/// C1: min <= max.
def TT_ClipOp : TT_UnaryOp<"clip", "min(max, max(min, x))",
    ", getMin().convertToDouble(), getMax().convertToDouble()", "`min` $min `max` $max",
    " min 0.000000e+00 max 6.000000e+00"> {
  let arguments = (ins TT_Tensor:$input, F64Attr:$min, F64Attr:$max, TT_OptCompute:$compute);
  let hasVerifier = 1;
}

#endif
