//===- Elementwise.td - binary ops with broadcasting ---------------------------===//
#ifndef TTC_DIALECTS_TT_ELEMENTWISE_TD
#define TTC_DIALECTS_TT_ELEMENTWISE_TD

include "dialects/TT/TTBase.td"

class TT_BinaryOp<string mnemonic, string name, string formula, list<Trait> traits = []>
    : TT_ComputeOp<mnemonic, !listconcat([TT_Axis, TT_Compute, TT_Epilogue], traits)> {
  let summary = "elementwise " # name # " with broadcasting";
  let description = [{
    ```
    result[i] = activation(}] # formula # [{)
    ```
    Shapes broadcast as in NumPy: aligned at the last dim, extents equal or 1.

    Constraints:
    - C1: the operand shapes broadcast.

    Example:
    ```mlir
    %0 = tt.}] # mnemonic # [{ %a, %b : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs, TT_OptActivation:$activation,
    TT_OptCompute:$compute);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`activation` $activation^)? (`compute` $compute^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs), [{
      build($_builder, $_state, lhs, rhs, ::ttc::tt::ActivationAttr(), ::ttc::tt::ComputeAttr());
    }]>
  ];
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return ::ttc::tt::inferBroadcast(loc, getOperationName(), adaptor.getLhs(), adaptor.getRhs(), types);
    }
    ::llvm::LogicalResult $cppClass::evaluate(::llvm::ArrayRef<::ttc::HostTensor> operands,
                                              ::llvm::MutableArrayRef<::ttc::HostTensor> results) {
      return ::ttc::tt::evaluateBinary(::ttc::reference::BinaryKind::}] # mnemonic # [{,
                                       getActivationAttr(), operands, results);
    }
    ::llvm::SmallVector<::mlir::OpOperand *> $cppClass::getAxisOperands() {
      return ::ttc::tt::allOperands(getOperation());
    }
    ::llvm::SmallVector<int64_t> $cppClass::getPreferredPermutation() { return {}; }
    ::llvm::FailureOr<::llvm::SmallVector<int64_t>> $cppClass::permuteAxes(::llvm::ArrayRef<int64_t> perm) {
      return ::llvm::SmallVector<int64_t>(perm);
    }
    ::mlir::OpOperand *$cppClass::getWeightOperand() { return nullptr; }
  }];
}

def TT_AddOp : TT_BinaryOp<"add", "sum", "lhs[i] + rhs[i]", [Commutative]>;
def TT_SubOp : TT_BinaryOp<"sub", "difference", "lhs[i] - rhs[i]">;
def TT_MulOp : TT_BinaryOp<"mul", "product", "lhs[i] * rhs[i]", [Commutative]>;
def TT_DivOp : TT_BinaryOp<"div", "quotient", "lhs[i] / rhs[i]">;
def TT_MaximumOp : TT_BinaryOp<"maximum", "maximum", "max(lhs[i], rhs[i])", [Commutative]>;
def TT_MinimumOp : TT_BinaryOp<"minimum", "minimum", "min(lhs[i], rhs[i])", [Commutative]>;

#endif
