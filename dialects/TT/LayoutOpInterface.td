//===- LayoutOpInterface.td - what layouts an op can take -------------------===//
//
// Asked by tt-choose-layouts.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_LAYOUTOPINTERFACE_TD
#define TTC_DIALECTS_TT_LAYOUTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def LayoutOpInterface : OpInterface<"LayoutOpInterface"> {
  let description = [{
    The order (row-major sticks or tiles) an op reads and writes. Shardings need
    no rule: programs read operands from wherever they lie, and are cut over the
    cores as their result is. Whether a concrete choice works is found by writing
    its program (LowerToTileOpInterface), which gives the reason if it does not.
  }];
  let cppNamespace = "::ttc::tt";
  let methods = [
    InterfaceMethod<"Orders in which operand `index` can be read, given the result's order.",
      "::ttc::tt::OrderSet", "operandOrders",
      (ins "unsigned":$index, "::ttc::tt::TileOrder":$resultOrder)>,
    InterfaceMethod<"Orders in which results can be written.",
      "::ttc::tt::OrderSet", "resultOrders", (ins)>,
    InterfaceMethod<[{True if the result is the operand's own buffer seen with another shape;
      such an op has no program.}],
      "bool", "isView", (ins)>
  ];
}

#endif
