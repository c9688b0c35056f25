//===- Passes.h - passes over whole-tensor graphs ---------------------------===//
#ifndef TTC_PASSES_TT_PASSES_H
#define TTC_PASSES_TT_PASSES_H

#include "dialects/TT/TT.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace ttc::tt {

#define GEN_PASS_DECL
#include "passes/TT/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/TT/Passes.h.inc"

} // namespace ttc::tt

#endif
