//===- Passes.h - where tensors lie ----------------------------------------===//
#ifndef TTC_PASSES_LAYOUT_PASSES_H
#define TTC_PASSES_LAYOUT_PASSES_H

#include "dialects/TT/TT.h"
#include "mlir/Pass/Pass.h"

namespace ttc {

#define GEN_PASS_DECL
#include "passes/Layout/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Layout/Passes.h.inc"

} // namespace ttc

#endif
