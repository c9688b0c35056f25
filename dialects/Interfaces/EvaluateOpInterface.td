//===- EvaluateOpInterface.td - what an op computes ------------------------===//
//
// Asked by lib/Reference (whole graphs on the host) and by constant folding.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_INTERFACES_EVALUATEOPINTERFACE_TD
#define TTC_DIALECTS_INTERFACES_EVALUATEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def EvaluateOpInterface : OpInterface<"EvaluateOpInterface"> {
  let cppNamespace = "::ttc";
  let description = [{
    The op's result in float on the host: what the op means. Asked by the reference
    evaluator, the accuracy tools and constant folding. Shares no code with the
    simulator, so that comparing the two proves something.
  }];
  let methods = [
    InterfaceMethod<[{
        Computes `results` from `operands`. `operands` has one tensor per operand that is
        present, in operand order; `results` has one empty tensor per result, to be assigned;
        shapes and dim order are those of the op's own types. A result may share an operand's
        values if the operand owns them, never borrowed ones. Emits an error and fails when
        this form of the op cannot be evaluated.
      }],
      "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<::ttc::HostTensor>":$operands,
           "::llvm::MutableArrayRef<::ttc::HostTensor>":$results)>
  ];
}

#endif
