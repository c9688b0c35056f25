//===- EvaluateOpInterface.cpp - what an op computes -----------------------===//
//
// Out-of-line definitions of the generated interface.
//
//===----------------------------------------------------------------------===//
#include "dialects/Interfaces/EvaluateOpInterface.h"

#include "dialects/Interfaces/EvaluateOpInterface.cpp.inc"
