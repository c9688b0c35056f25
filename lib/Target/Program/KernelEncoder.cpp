//===- KernelEncoder.cpp - a kernel's ops as bytecode ------------------------===//
#include "KernelEncoder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using ttc::isa::Opcode;

namespace ttc {

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

int64_t KernelEncoder::takeRegister() {
  if (free.empty())
    return registers++;
  int64_t lowest = free.top();
  free.pop();
  return lowest;
}

/// The last op of the value's block that needs it; null when nothing uses it.
static Operation *lastUse(Value value) {
  Block *block = value.getParentBlock();
  Operation *last = nullptr;
  for (Operation *user : value.getUsers()) {
    Operation *inBlock = block->findAncestorOpInBlock(*user);
    if (!last || last->isBeforeInBlock(inBlock))
      last = inBlock;
  }
  return last;
}

KernelEncoder::Word KernelEncoder::use(Value value) {
  if (std::optional<int64_t> constant = tile::getConstant(value))
    return {*constant, false};
  auto known = registerOf.find(value);
  assert(known != registerOf.end() && "values are defined before their uses");
  return {known->second, true};
}

KernelEncoder::Word KernelEncoder::define(Value result) {
  int64_t number = takeRegister();
  registerOf[result] = number;
  Operation *last = lastUse(result);
  expiring[last ? last : result.getDefiningOp()].push_back(number);
  return {number, true};
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

LogicalResult KernelEncoder::emit(Operation *op, Opcode opcode,
                                  std::initializer_list<Word> operands) {
  return tile::appendInstruction(op, opcode, operands, code);
}

LogicalResult KernelEncoder::encode(tile::KernelOp kernel) {
  if (failed(encodeBlock(kernel.getBody().front(), {})))
    return failure();
  return emit(kernel, Opcode::End, {});
}

LogicalResult KernelEncoder::encodeBlock(Block &block, ArrayRef<Word> results) {
  for (Operation &op : block) {
    if (failed(llvm::isa<scf::YieldOp>(op) ? moveAll(&op, results, op.getOperands())
                                           : encodeOp(op)))
      return failure();
    auto ended = expiring.find(&op);
    if (ended == expiring.end())
      continue;
    for (int64_t number : ended->second)
      giveBack(number);
    expiring.erase(ended);
  }
  return success();
}

LogicalResult KernelEncoder::encodeOp(Operation &op) {
  if (auto instruction = llvm::dyn_cast<tile::InstructionOpInterface>(op))
    return instruction.encode(*this, code);
  if (llvm::isa<arith::ConstantOp>(op)) // an immediate where it is used
    return success();
  if (llvm::isa<scf::ForOp>(op))
    return encodeFor(op);
  if (llvm::isa<scf::IfOp>(op))
    return encodeIf(op);
  return encodeArith(op);
}

/// Through fresh registers where a target is also a source of another move.
LogicalResult KernelEncoder::moveAll(Operation *op, ArrayRef<Word> targets, ValueRange sources) {
  SmallVector<Word> words;
  bool overlaps = false;
  for (auto [i, source] : llvm::enumerate(sources)) {
    words.push_back(use(source));
    for (auto [j, target] : llvm::enumerate(targets))
      overlaps |= i != j && words.back().isRegister && words.back().value == target.value;
  }
  SmallVector<int64_t> temporaries;
  if (overlaps)
    for (Word &word : words) {
      temporaries.push_back(takeRegister());
      if (failed(emit(op, Opcode::Move, {{temporaries.back(), true}, word})))
        return failure();
      word = {temporaries.back(), true};
    }
  for (auto [target, word] : llvm::zip_equal(targets, words))
    if (!word.isRegister || word.value != target.value)
      if (failed(emit(op, Opcode::Move, {target, word})))
        return failure();
  for (int64_t number : temporaries)
    giveBack(number);
  return success();
}

LogicalResult KernelEncoder::encodeFor(Operation &op) {
  auto loop = llvm::cast<scf::ForOp>(op);
  SmallVector<Word> carried;
  for (auto [result, argument] : llvm::zip_equal(loop.getResults(), loop.getRegionIterArgs())) {
    carried.push_back(define(result));
    registerOf[argument] = carried.back().value; // one register from the loop's entry on
  }
  if (failed(moveAll(&op, carried, loop.getInitArgs())))
    return failure();
  // The loop's end counts on, so its variable is needed to the last op of the body.
  Word iv{takeRegister(), true};
  registerOf[loop.getInductionVar()] = iv.value;
  expiring[loop.getBody()->getTerminator()].push_back(iv.value);

  size_t head = code.size();
  if (failed(emit(&op, Opcode::Loop,
                  {iv,
                   use(loop.getLowerBound()),
                   use(loop.getUpperBound()),
                   use(loop.getStep()),
                   {0, false}})) ||
      failed(encodeBlock(*loop.getBody(), carried)) ||
      failed(emit(&op, Opcode::EndLoop, {{int64_t(head), false}})))
    return failure();
  field(head, isa::Loop::exit) = int32_t(code.size());
  return success();
}

LogicalResult KernelEncoder::encodeIf(Operation &op) {
  auto condition = llvm::cast<scf::IfOp>(op);
  SmallVector<Word> results;
  for (Value result : condition.getResults())
    results.push_back(define(result));
  size_t head = code.size();
  if (failed(emit(&op, Opcode::If, {use(condition.getCondition()), {0, false}})) ||
      failed(encodeBlock(*condition.thenBlock(), results)))
    return failure();
  bool hasElse = condition.elseBlock() &&
                 (!results.empty() || !llvm::hasSingleElement(*condition.elseBlock()));
  if (hasElse) {
    size_t jump = code.size();
    if (failed(emit(&op, Opcode::Jump, {{0, false}})))
      return failure();
    field(head, isa::If::target) = int32_t(code.size());
    if (failed(encodeBlock(*condition.elseBlock(), results)))
      return failure();
    field(jump, isa::Jump::target) = int32_t(code.size());
    return success();
  }
  field(head, isa::If::target) = int32_t(code.size());
  return success();
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// The instruction of a two-operand arith op; on i1, `and`, `or` and `xor` are those of 0 and 1.
static std::optional<Opcode> arithmeticOpcode(Operation &op) {
  bool isBool = op.getResult(0).getType().isInteger(1);
  return llvm::TypeSwitch<Operation *, std::optional<Opcode>>(&op)
      .Case<arith::AddIOp>([](auto) { return Opcode::Add; })
      .Case<arith::SubIOp>([](auto) { return Opcode::Sub; })
      .Case<arith::MulIOp>([](auto) { return Opcode::Mul; })
      .Case<arith::FloorDivSIOp, arith::DivSIOp>([](auto) { return Opcode::Div; })
      .Case<arith::RemSIOp>([](auto) { return Opcode::Rem; })
      .Case<arith::MinSIOp>([](auto) { return Opcode::Min; })
      .Case<arith::MaxSIOp>([](auto) { return Opcode::Max; })
      .Case<arith::AndIOp>([&](auto) { return isBool ? std::optional(Opcode::Mul) : std::nullopt; })
      .Case<arith::OrIOp>([&](auto) { return isBool ? std::optional(Opcode::Max) : std::nullopt; })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<isa::Predicate> predicate(arith::CmpIPredicate p) {
  switch (p) {
  case arith::CmpIPredicate::eq:
    return isa::Predicate::Eq;
  case arith::CmpIPredicate::ne:
    return isa::Predicate::Ne;
  case arith::CmpIPredicate::slt:
    return isa::Predicate::Lt;
  case arith::CmpIPredicate::sle:
    return isa::Predicate::Le;
  case arith::CmpIPredicate::sgt:
    return isa::Predicate::Gt;
  case arith::CmpIPredicate::sge:
    return isa::Predicate::Ge;
  default:
    return std::nullopt;
  }
}

static KernelEncoder::Word immediate(isa::Predicate p) { return {int64_t(p), false}; }

LogicalResult KernelEncoder::encodeArith(Operation &op) {
  if (op.getNumResults() == 1 && op.getNumOperands() == 2)
    if (std::optional<Opcode> opcode = arithmeticOpcode(op)) {
      Word a = use(op.getOperand(0)), b = use(op.getOperand(1));
      return emit(&op, *opcode, {define(op.getResult(0)), a, b});
    }
  if (auto cmp = llvm::dyn_cast<arith::CmpIOp>(op))
    if (std::optional<isa::Predicate> p = predicate(cmp.getPredicate())) {
      Word a = use(cmp.getLhs()), b = use(cmp.getRhs());
      return emit(&op, Opcode::Cmp, {define(cmp.getResult()), immediate(*p), a, b});
    }
  if (auto xorOp = llvm::dyn_cast<arith::XOrIOp>(op); xorOp && xorOp.getType().isInteger(1)) {
    Word a = use(xorOp.getLhs()), b = use(xorOp.getRhs());
    return emit(&op, Opcode::Cmp, {define(xorOp.getResult()), immediate(isa::Predicate::Ne), a, b});
  }
  if (auto select = llvm::dyn_cast<arith::SelectOp>(op)) {
    Word c = use(select.getCondition()), a = use(select.getTrueValue());
    Word b = use(select.getFalseValue());
    return emit(&op, Opcode::Select, {define(select.getResult()), c, a, b});
  }
  if (auto cast = llvm::dyn_cast<arith::IndexCastUIOp>(op);
      cast && cast.getIn().getType().isInteger(1)) {
    Word a = use(cast.getIn());
    return emit(&op, Opcode::Move, {define(cast.getOut()), a});
  }
  return op.emitError() << "expected an operation that kernels have, but got '" << op.getName()
                        << "'";
}

} // namespace ttc
