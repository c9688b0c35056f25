//===- LowerToTileOpInterface.td - an op's tile program --------------------===//
//
// Asked by tt-choose-layouts (over a pricing builder) and by convert-tt-to-tile
// (over the emitting builder): the same code, so cost is code.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_LOWERTOTILEOPINTERFACE_TD
#define TTC_DIALECTS_TT_LOWERTOTILEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def LowerToTileOpInterface : OpInterface<"LowerToTileOpInterface"> {
  let description = [{
    Writes the op's tile program(s) for given layouts. An operand or result is a
    buffer; operands that are constants have none (id -1): the op packs what it
    needs of them with `ProgramBuilder::constant`. An unsupported combination is
    an error whose text becomes the candidate's rejection reason.
  }];
  let cppNamespace = "::ttc::tt";
  let methods = [
    InterfaceMethod<"Writes the program(s) for these buffers.",
      "::ttc::Expected<void>", "lowerToTile",
      (ins "::ttc::ProgramBuilder &":$builder, "const ::ttc::programs::Target &":$target,
           "::llvm::ArrayRef<::ttc::BufferRef>":$operands,
           "::llvm::ArrayRef<::ttc::BufferRef>":$results)>
  ];
}

#endif
