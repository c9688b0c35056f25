//===- Passes.h - every pass and pipeline of ttc -----------------*- C++ -*-===//
//
// The one call that makes passes known to a tool.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PASSES_PASSES_H
#define TTC_PASSES_PASSES_H

namespace ttc {

/// Registers all passes and pipelines under their flags; call once, before the command line is read.
void registerAllPasses();

} // namespace ttc

#endif
