//===- Instruction.cpp - encoding and constraints common to instructions ---===//
#include "dialects/Tile/Tile.h"

using namespace mlir;

namespace ttc::tile {

bool isOperand(FieldKind kind) {
  return kind == FieldKind::Index || kind == FieldKind::Cb || kind == FieldKind::Semaphore;
}

LogicalResult appendInstruction(Operation *op, isa::Opcode opcode,
                                ArrayRef<EncodingContext::Word> operands,
                                SmallVectorImpl<int32_t> &code) {
  assert(operands.size() <= 32 && "the register mask has 32 bits");
  uint32_t mask = 0;
  for (auto [i, word] : llvm::enumerate(operands)) {
    if (word.isRegister)
      mask |= 1u << i;
    // Bits of an unsigned 32-bit number are fine too: they are patterns, never quantities.
    if (word.value != int32_t(word.value))
      return op->emitError() << "expected a 32-bit number in field " << i << " of '"
                             << isa::lookup(uint16_t(opcode))->mnemonic << "', but got "
                             << word.value;
  }
  code.push_back(int32_t(uint32_t(opcode) | uint32_t(operands.size()) << 16));
  code.push_back(int32_t(mask));
  for (const EncodingContext::Word &word : operands)
    code.push_back(int32_t(word.value));
  return success();
}

static EncodingContext::Word encodeAttribute(FieldKind kind, Attribute attribute,
                                             EncodingContext &context) {
  switch (kind) {
  case FieldKind::Buffer:
    return {context.bufferNumber(llvm::cast<FlatSymbolRefAttr>(attribute)), false};
  case FieldKind::Window:
    return {context.windowNumber(llvm::cast<FlatSymbolRefAttr>(attribute)), false};
  case FieldKind::Enum:
  case FieldKind::Int:
    return {llvm::cast<IntegerAttr>(attribute).getInt(), false};
  case FieldKind::Flag:
    return {attribute != nullptr, false};
  case FieldKind::Float: {
    llvm::APFloat value =
        attribute ? llvm::cast<FloatAttr>(attribute).getValue() : llvm::APFloat(0.0f);
    return {int32_t(value.bitcastToAPInt().getZExtValue()), false};
  }
  default:
    llvm_unreachable("field kind is no attribute");
  }
}

LogicalResult detail::encode(Operation *op, EncodingContext &context,
                             SmallVectorImpl<int32_t> &code) {
  auto instruction = llvm::cast<InstructionOpInterface>(op);
  SmallVector<EncodingContext::Word, 16> words;
  unsigned operand = 0;
  for (const FieldInfo &field : instruction.getFields()) {
    switch (field.kind) {
    case FieldKind::Index:
      words.push_back(context.use(op->getOperand(operand++)));
      break;
    case FieldKind::Cb:
      words.push_back({context.cbNumber(op->getOperand(operand++)), false});
      break;
    case FieldKind::Semaphore:
      words.push_back({context.semaphoreNumber(op->getOperand(operand++)), false});
      break;
    case FieldKind::Result:
      words.push_back(context.define(op->getResult(0)));
      break;
    default: {
      Attribute attribute = op->getInherentAttr(field.name).value_or(Attribute());
      words.push_back(encodeAttribute(field.kind, attribute, context));
    }
    }
  }
  return appendInstruction(op, instruction.getIsaOpcode(), words, code);
}

static bool allowed(isa::Threads threads, ThreadKind thread) {
  switch (threads) {
  case isa::Threads::Any:
    return true;
  case isa::Threads::Dm:
    return thread != ThreadKind::Compute;
  case isa::Threads::Compute:
    return thread == ThreadKind::Compute;
  }
  return false;
}

LogicalResult detail::verifyInstruction(Operation *op) {
  auto instruction = llvm::cast<InstructionOpInterface>(op);
  auto kernel = op->getParentOfType<KernelOp>();
  if (!kernel) // (I1)
    return op->emitOpError("expected to be in a 'tile.kernel'");
  if (!allowed(isa::lookup(uint16_t(instruction.getIsaOpcode()))->threads, kernel.getThread())) {
    InFlightDiagnostic error = op->emitOpError() // (I2)
                               << "is not an instruction of a "
                               << stringifyThreadKind(kernel.getThread()) << " kernel";
    error.attachNote(kernel.getLoc()) << "in this kernel";
    return error;
  }
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) { // (I3)
    if (llvm::isa<CbType>(operand.getType()) && !operand.getDefiningOp<CbOp>())
      return op->emitOpError() << "expected operand #" << i << " to be the result of 'tile.cb'";
    if (llvm::isa<SemaphoreType>(operand.getType()) && !operand.getDefiningOp<SemaphoreOp>())
      return op->emitOpError() << "expected operand #" << i
                               << " to be the result of 'tile.semaphore'";
  }
  return success();
}

} // namespace ttc::tile
