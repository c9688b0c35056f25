//===- Halo.h - the sticks of a window in a program of their own ------------===//
//
// Not part of TT.h: only what reads hand-tuned configurations makes the op.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_HALO_H
#define TTC_DIALECTS_TT_HALO_H

#include "dialects/TT/TT.h"

#define GET_OP_CLASSES
#include "dialects/TT/Halo.h.inc"

#endif
