//===- AxisOpInterface.h - the same op with its axes in another order -------===//
#ifndef TTC_DIALECTS_INTERFACES_AXISOPINTERFACE_H
#define TTC_DIALECTS_INTERFACES_AXISOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"

#include "dialects/Interfaces/AxisOpInterface.h.inc"

#endif
