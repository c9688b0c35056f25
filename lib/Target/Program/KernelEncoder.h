//===- KernelEncoder.h - a kernel's ops as bytecode --------------------------===//
#ifndef TTC_LIB_TARGET_PROGRAM_KERNELENCODER_H
#define TTC_LIB_TARGET_PROGRAM_KERNELENCODER_H

#include "dialects/Tile/Tile.h"

#include "llvm/ADT/DenseMap.h"

#include <queue>

namespace ttc {

/// Numbers of what instructions name, over the model or the program.
struct SymbolNumbers {
  llvm::DenseMap<mlir::StringAttr, int64_t> buffers, windows;
};
using ValueNumbers = llvm::DenseMap<mlir::Value, int64_t>; ///< CBs and semaphores of a program

/// Encodes one kernel in one walk. Constants become immediates. A register is taken where its value
/// is defined and given back after the last op of the same block that uses it, itself or in a
/// nested region; a value from outside a loop therefore keeps its register until the loop is left.
class KernelEncoder final : public tile::EncodingContext {
public:
  KernelEncoder(const SymbolNumbers &symbols, const ValueNumbers &numbers)
      : symbols(symbols), numbers(numbers) {}

  mlir::LogicalResult encode(tile::KernelOp kernel);
  llvm::ArrayRef<int32_t> bytecode() const { return code; }
  /// Registers the kernel needs.
  int64_t registerCount() const { return registers; }

  Word use(mlir::Value value) override;
  Word define(mlir::Value result) override;
  int64_t cbNumber(mlir::Value cb) override { return numbers.lookup(cb); }
  int64_t semaphoreNumber(mlir::Value semaphore) override { return numbers.lookup(semaphore); }
  int64_t bufferNumber(mlir::FlatSymbolRefAttr buffer) override {
    return symbols.buffers.lookup(buffer.getAttr());
  }
  int64_t windowNumber(mlir::FlatSymbolRefAttr window) override {
    return symbols.windows.lookup(window.getAttr());
  }

private:
  /// `results`: registers that receive what the block's terminator yields.
  mlir::LogicalResult encodeBlock(mlir::Block &block, llvm::ArrayRef<Word> results);
  mlir::LogicalResult encodeOp(mlir::Operation &op);
  mlir::LogicalResult encodeFor(mlir::Operation &op);
  mlir::LogicalResult encodeIf(mlir::Operation &op);
  mlir::LogicalResult encodeArith(mlir::Operation &op);
  mlir::LogicalResult emit(mlir::Operation *op, isa::Opcode opcode,
                           std::initializer_list<Word> operands);
  /// target[i] = value of source[i], all at once.
  mlir::LogicalResult moveAll(mlir::Operation *op, llvm::ArrayRef<Word> targets,
                              mlir::ValueRange sources);
  /// Word of a field of an instruction emitted before, to be patched with a pc.
  int32_t &field(size_t instruction, unsigned index) { return code[instruction + 2 + index]; }

  int64_t takeRegister();
  void giveBack(int64_t number) { free.push(number); }

  const SymbolNumbers &symbols;
  const ValueNumbers &numbers;
  llvm::SmallVector<int32_t> code;
  llvm::DenseMap<mlir::Value, int64_t> registerOf;
  /// Registers to give back once an op is encoded.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int64_t, 2>> expiring;
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> free;
  int64_t registers = 0;
};

} // namespace ttc

#endif
