//===- EpilogueOpInterface.td - what may ride on a producer -----------------===//
//
// Asked by fuse-epilogue and by fuse-patterns.
// Here and not in dialects/Interfaces because it speaks of an attribute of tt.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_EPILOGUEOPINTERFACE_TD
#define TTC_DIALECTS_TT_EPILOGUEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def EpilogueOpInterface : OpInterface<"EpilogueOpInterface"> {
  let cppNamespace = "::ttc::tt";
  let description = [{
    An op that can do a little more to its result before it leaves the core. Each
    method adds one step after all that the op does already, or fails and changes
    nothing when the op has no place for it there; `reason` says why.
  }];
  let methods = [
    InterfaceMethod<"Applies an elementwise function to the result.",
      "::llvm::LogicalResult", "fuseActivation",
      (ins "::ttc::tt::ActivationAttr":$activation, "::std::string &":$reason)>,
    InterfaceMethod<[{
        Adds a tensor of the result's shape to the result. The caller sees to it that the tensor
        dominates the op.
      }],
      "::llvm::LogicalResult", "fuseResidual",
      (ins "::mlir::Value":$residual, "::std::string &":$reason)>
  ];
}

#endif
