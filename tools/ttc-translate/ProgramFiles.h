//===- ProgramFiles.h - translations to and from program files --------------------------===//
#ifndef TTC_TOOLS_TTC_TRANSLATE_PROGRAMFILES_H
#define TTC_TOOLS_TTC_TRANSLATE_PROGRAMFILES_H

#include "Translation.h"

namespace ttc::translate {

/// A module of tile programs, with its external weights, as the bytes of a program file.
llvm::LogicalResult tileToProgram(mlir::MLIRContext &context, const llvm::MemoryBuffer &input,
                                  const Options &options, llvm::raw_ostream &os);
/// A program file for any device, as text. It may be wrong in meaning, but not damaged.
llvm::LogicalResult disassembleProgram(mlir::MLIRContext &context, const llvm::MemoryBuffer &input,
                                       const Options &options, llvm::raw_ostream &os);

} // namespace ttc::translate

#endif
