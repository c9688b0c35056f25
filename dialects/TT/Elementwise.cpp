//===- Elementwise.cpp - binary ops with broadcasting ----------------------===//
//
// Registration; shapes are inferBroadcast (Inference.cpp).
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

using namespace mlir;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Elementwise.cpp.inc"

void TTDialect::registerElementwiseOps() {
  addOperations<
#define GET_OP_LIST
#include "dialects/TT/Elementwise.cpp.inc"
      >();
}
