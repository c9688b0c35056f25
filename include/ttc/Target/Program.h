//===- Program.h - a module of tile programs as a program file --------------===//
#ifndef TTC_TARGET_PROGRAM_H
#define TTC_TARGET_PROGRAM_H

#include "ttc/Program/Program_generated.h"

#include "mlir/IR/BuiltinOps.h"

#include <deque>
#include <span>
#include <vector>

namespace ttc {

/// A program file in memory. Constants are borrowed from the module where they can be, so the
/// module has to outlive the image.
struct ProgramImage {
  struct Piece {
    uint64_t offset; ///< into File.constants, a multiple of 64
    std::span<const uint8_t> bytes;
  };
  program::ModelT model;
  std::vector<Piece> constants; ///< in order of offset, without overlap; gaps are zero
  uint64_t constantBytes = 0;   ///< size of File.constants

  /// Bytes that exist nowhere else (splat constants).
  std::deque<std::vector<uint8_t>> storage;
};

/// Encodes buffers, windows, programs and commands of a module of tile ops. Every address has to be
/// assigned, and kernels may hold only what a kernel can execute; else an error is emitted at the
/// op. The same module gives the same image.
mlir::LogicalResult translateToProgram(mlir::ModuleOp module, ProgramImage &image);

/// Encodes the module and writes the file, all or nothing.
mlir::LogicalResult writeProgram(mlir::ModuleOp module, llvm::StringRef path);
/// As writeProgram, to a stream.
mlir::LogicalResult printProgram(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace ttc

#endif
