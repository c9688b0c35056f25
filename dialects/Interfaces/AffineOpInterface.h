//===- AffineOpInterface.h - scale and shift that go into constants ---------===//
#ifndef TTC_DIALECTS_INTERFACES_AFFINEOPINTERFACE_H
#define TTC_DIALECTS_INTERFACES_AFFINEOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"

#include <string>

#include "dialects/Interfaces/AffineOpInterface.h.inc"

#endif
