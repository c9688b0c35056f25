//===- TTDialect.cpp - the dialect object ----------------------------------===//
//
// Registration and what the dialect itself answers.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"

using namespace mlir;
using namespace ttc::tt;

#include "dialects/TT/TTDialect.cpp.inc"

#include "dialects/TT/ActivationOpInterface.cpp.inc"
#include "dialects/TT/LayoutOpInterface.cpp.inc"
#include "dialects/TT/LowerToTileOpInterface.cpp.inc"
#include "dialects/TT/ComputeOpInterface.cpp.inc"
#include "dialects/TT/EpilogueOpInterface.cpp.inc"
#include "dialects/TT/ProductOpInterface.cpp.inc"

void TTDialect::initialize() {
  registerAttributes();
  registerActivationOps();
  registerConvOps();
  registerDetectionOps();
  registerElementwiseOps();
  registerLayoutOps();
  registerMatmulOps();
  registerNormOps();
  registerPoolOps();
  registerReduceOps();
  registerShapeOps();
}

Operation *TTDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                          Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!elements || !tensor || elements.getShapedType().getShape() != tensor.getShape())
    return nullptr;
  return builder.create<ConstantOp>(loc, tensor, elements);
}
