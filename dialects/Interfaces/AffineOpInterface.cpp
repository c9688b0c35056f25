//===- AffineOpInterface.cpp - scale and shift that go into constants -------===//
#include "dialects/Interfaces/AffineOpInterface.h"

#include "dialects/Interfaces/AffineOpInterface.cpp.inc"
