//===- ProductOpInterface.td - products with constant weights --------------===//
#ifndef TTC_DIALECTS_TT_PRODUCTOPINTERFACE_TD
#define TTC_DIALECTS_TT_PRODUCTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ProductOpInterface : OpInterface<"ProductOpInterface"> {
  let description = [{
    Ops that multiply by weights that are constants: their weights can be brought to
    L1 while earlier programs run (tt-prefetch-weights).
  }];
  let cppNamespace = "::ttc::tt";
  let methods = [
    InterfaceMethod<[{
        The program for these buffers, as lowerToTile writes it; none where the op is no
        such product (a depthwise convolution, a right operand made on the device).
      }],
      "::ttc::Expected<std::optional<::ttc::programs::Product>>", "product",
      (ins "const ::ttc::programs::Target &":$target, "::llvm::ArrayRef<::ttc::BufferRef>":$operands,
           "::llvm::ArrayRef<::ttc::BufferRef>":$results)>
  ];
}

#endif
