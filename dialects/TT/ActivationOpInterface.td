//===- ActivationOpInterface.td - elementwise functions --------------------===//
//
// Asked by fuse-epilogue: which function may ride on a producer.
// Here and not in dialects/Interfaces because it answers with an attribute of tt.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_ACTIVATIONOPINTERFACE_TD
#define TTC_DIALECTS_TT_ACTIVATIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ActivationOpInterface : OpInterface<"ActivationOpInterface"> {
  let cppNamespace = "::ttc::tt";
  let description = [{
    An op that applies one elementwise function to its only operand. Asked by
    fuse-epilogue, by the reference evaluator and by the lowering to tile programs.
  }];
  let methods = [
    InterfaceMethod<"The function as an attribute that a producer can carry.",
      "::ttc::tt::ActivationAttr", "getActivationAttr">
  ];
}

#endif
