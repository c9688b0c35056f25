//===- Fields.h - instruction fields and their encoding --------------------===//
//
// What ties tile ops to the rows of Isa.def without naming any op: a list of
// fields per op class (made by TableGen) and one encoder for all of them.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TILE_FIELDS_H
#define TTC_DIALECTS_TILE_FIELDS_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/SymbolTable.h"
#include "ttc/Program/Isa.h"

namespace ttc::tile {

/// How a field of an instruction appears on its op.
enum class FieldKind : uint8_t {
  Index,     ///< `index` operand: register or immediate
  Cb,        ///< !tile.cb operand: number of the CB in its program
  Semaphore, ///< !tile.semaphore operand: its number in the program
  Result,    ///< the op's result: destination register
  Buffer,    ///< symbol: number of the buffer in the model
  Window,    ///< symbol: number of the window in the model
  Enum,      ///< I32 enum attribute
  Int,       ///< i32 attribute
  Flag,      ///< unit attribute: 0 or 1
  Float,     ///< f32 attribute: its bits
};

struct FieldInfo {
  llvm::StringLiteral name;
  FieldKind kind;
};

/// True for fields that are operands of the op, in operand order.
bool isOperand(FieldKind kind);

/// What encoding asks of its surroundings; Target/Program implements it for a kernel.
class EncodingContext {
public:
  struct Word {
    int64_t value;
    bool isRegister;
  };
  virtual ~EncodingContext() = default;
  /// A constant as an immediate, else the value's register.
  virtual Word use(mlir::Value value) = 0;
  /// The register that receives the op's result.
  virtual Word define(mlir::Value result) = 0;
  virtual int64_t cbNumber(mlir::Value cb) = 0;
  virtual int64_t semaphoreNumber(mlir::Value semaphore) = 0;
  virtual int64_t bufferNumber(mlir::FlatSymbolRefAttr buffer) = 0;
  virtual int64_t windowNumber(mlir::FlatSymbolRefAttr window) = 0;
};

/// Appends one instruction: word 0 opcode | operands << 16, word 1 the register mask, then the
/// operands. Fails when an immediate needs more than 32 bits.
llvm::LogicalResult appendInstruction(mlir::Operation *op, isa::Opcode opcode,
                                      llvm::ArrayRef<EncodingContext::Word> operands,
                                      llvm::SmallVectorImpl<int32_t> &code);

namespace detail {
llvm::LogicalResult encode(mlir::Operation *op, EncodingContext &context,
                           llvm::SmallVectorImpl<int32_t> &code);
llvm::LogicalResult verifyInstruction(mlir::Operation *op);
} // namespace detail
} // namespace ttc::tile

#endif
