//===- ComputeOpInterface.td - how the engines compute an op ----------------===//
//
// Asked by lower-dtypes.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_COMPUTEOPINTERFACE_TD
#define TTC_DIALECTS_TT_COMPUTEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ComputeOpInterface : OpInterface<"ComputeOpInterface"> {
  let cppNamespace = "::ttc::tt";
  let description = [{
    An op that the matrix or vector engine computes, with a choice of precision.
    Asked by lower-dtypes, and by the lowering to tile programs.
  }];
  let methods = [
    InterfaceMethod<"Fidelity and accumulator width; null if not decided.",
      "::ttc::tt::ComputeAttr", "getComputeAttr", (ins), [{ return $_op.getComputeAttr(); }]>,
    InterfaceMethod<"Decides fidelity and accumulator width.",
      "void", "setComputeAttr", (ins "::ttc::tt::ComputeAttr":$compute),
      [{ $_op.setComputeAttr(compute); }]>,
    InterfaceMethod<[{
        The operand that holds weights, multiplied by the matrix engine and stored in the weight
        format when constant; null if there is none.
      }],
      "::mlir::OpOperand *", "getWeightOperand">
  ];
}

#endif
