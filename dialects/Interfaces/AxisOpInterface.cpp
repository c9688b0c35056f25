//===- AxisOpInterface.cpp - the same op with its axes in another order -----===//
#include "dialects/Interfaces/AxisOpInterface.h"

#include "dialects/Interfaces/AxisOpInterface.cpp.inc"
