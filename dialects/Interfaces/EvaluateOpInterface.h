//===- EvaluateOpInterface.h - what an op computes --------------*- C++ -*-===//
//
// The C++ side of EvaluateOpInterface.td.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_INTERFACES_EVALUATEOPINTERFACE_H
#define TTC_DIALECTS_INTERFACES_EVALUATEOPINTERFACE_H

#include "ttc/Reference/HostTensor.h"

#include "mlir/IR/OpDefinition.h"

#include "dialects/Interfaces/EvaluateOpInterface.h.inc"

#endif
