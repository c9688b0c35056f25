//===- Detection.cpp - detection heads --------------------------------------===//
//
// Shape and verifier of tt.yolo_head.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Detection.cpp.inc"

void TTDialect::registerDetectionOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Detection.cpp.inc"
      >();
}

LogicalResult YoloHeadOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult YoloHeadOp::verify() {
  if (getAnchors().empty() || getAnchors().size() % 2 != 0) // C1
    return emitOpError("expected pairs of anchor extents, but got ")
           << getAnchors().size() << " numbers";
  int64_t anchors = getAnchors().size() / 2, classes = getClasses();
  int64_t channels = shapeOf(getInput())[ImageDims(getDataFormat()).channel];
  if (channels != anchors * (classes + 5)) // C2
    return emitOpError("expected ")
           << anchors * (classes + 5) << " channels for " << anchors << " anchors and " << classes
           << " classes, but got " << channels;
  return success();
}
