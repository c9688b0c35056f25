//===- EmitBuilder.cpp - tile programs as IR --------------------------------===//
#include "dialects/Tile/EmitBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ttc::tile {

struct EmitBuilder::Instruction {
  std::optional<OperationName> name;
  ArrayRef<FieldInfo> fields;
};

/// Constants and coordinates stand once, at the top of their kernel.
struct EmitBuilder::Kernel {
  Block *block;
  Operation *lastOfTop = nullptr;
  llvm::DenseMap<int64_t, Value> constants;
  llvm::DenseMap<TypeID, Value> coordinates;

  void pointToTop(OpBuilder &builder) const {
    if (lastOfTop)
      builder.setInsertionPointAfter(lastOfTop);
    else
      builder.setInsertionPointToStart(block);
  }
};

EmitBuilder::EmitBuilder(ModuleOp module)
    : module(module), builder(module.getContext()), symbols(module), loc(module.getLoc()),
      source("program") {
  assert(getDevice(module) && "the module says for which device it is");
  MLIRContext *context = module.getContext();
  context->loadDialect<TileDialect, arith::ArithDialect, scf::SCFDialect>();
  for (const isa::InstrInfo &row : isa::allInstructions()) {
    if (instructions.size() <= size_t(row.opcode))
      instructions.resize(size_t(row.opcode) + 1);
    auto name = RegisteredOperationName::lookup(
        (TileDialect::getDialectNamespace() + "." + llvm::StringRef(row.mnemonic)).str(), context);
    if (name && name->hasInterface<InstructionOpInterface>())
      instructions[size_t(row.opcode)] = {
          *name, name->getInterface<InstructionOpInterface>()->getFields()};
  }
}

EmitBuilder::~EmitBuilder() = default;

void EmitBuilder::setSource(Location where, llvm::StringRef name) {
  loc = where;
  source.clear();
  for (char c : name)
    source += llvm::isAlnum(c) || c == '_' || c == '.' || c == '$' ? c : '_';
  if (source.empty() || llvm::isDigit(source.front()))
    source.insert(0, "_");
}

/// Inserts a symbol: declarations before the program being built, everything else at the end. A
/// name that is taken gets the first free number, so that names depend on nothing else in the
/// module.
void EmitBuilder::symbol(Operation *op) {
  std::string name = SymbolTable::getSymbolName(op).str();
  if (unsigned &next = nextNumber[name]; symbols.lookup(name)) {
    while (symbols.lookup(name + "_" + std::to_string(next + 1)))
      ++next;
    SymbolTable::setSymbolName(op, name + "_" + std::to_string(++next));
  }
  symbols.insert(op, program && op != program ? Block::iterator(program) : module.getBody()->end());
}

//===----------------------------------------------------------------------===//
// Windows, circular buffers, semaphores. Buffers: EmitBuffers.cpp
//===----------------------------------------------------------------------===//

int EmitBuilder::window(const WindowDesc &d) {
  auto op =
      OpBuilder(module.getContext())
          .create<WindowOp>(loc, "window", d.n, d.outH, d.outW, d.inH, d.inW, d.kernelH, d.kernelW,
                            d.strideH, d.strideW, d.padTop, d.padLeft, d.dilationH, d.dilationW,
                            d.inDilationH, d.inDilationW, d.inRepeatH, d.inRepeatW);
  auto [known, isNew] = windowIds.try_emplace(op->getPropertiesAsAttribute(), int(windows.size()));
  if (!isNew) {
    op->destroy();
    return known->second;
  }
  symbol(op);
  windows.push_back(op);
  return known->second;
}

Cb EmitBuilder::cb(const CbSpec &spec) {
  FlatSymbolRefAttr alias;
  if (spec.aliasBuffer >= 0)
    alias = FlatSymbolRefAttr::get(buffers[spec.aliasBuffer].getSymNameAttr());
  auto op =
      builder.create<CbOp>(loc, CbType::get(module.getContext()), builder.getStringAttr(spec.name),
                           FormatAttr::get(module.getContext(), Format(spec.format)),
                           builder.getI64IntegerAttr(spec.pageBytes),
                           builder.getI64IntegerAttr(spec.pages), IntegerAttr(), alias);
  cbs.push_back(op.getCb());
  noteCb(spec, Cb(cbs.size()) - 1);
  return int(cbs.size()) - 1;
}

Semaphore EmitBuilder::semaphore() {
  semaphores.push_back(builder.create<SemaphoreOp>(loc, SemaphoreType::get(module.getContext())));
  return int(semaphores.size()) - 1;
}

//===----------------------------------------------------------------------===//
// Programs and kernels
//===----------------------------------------------------------------------===//

void EmitBuilder::beginProgram(const ProgramSpec &own) {
  ProgramSpec spec = withErrands(own);
  if (program) { // goes on
    program.setMacs(program.getMacs() + uint64_t(own.macs));
    program->setLoc(FusedLoc::get(module.getContext(), {program.getLoc(), loc}));
    return;
  }
  OpBuilder create(module.getContext());
  auto op = create.create<ProgramOp>(
      loc, create.getStringAttr(source + "." + spec.kind), create.getI64IntegerAttr(spec.gridX),
      create.getI64IntegerAttr(spec.gridY), create.getStringAttr(spec.kind),
      FidelityAttr::get(module.getContext(), Fidelity(spec.fidelity)),
      spec.fp32Dest ? create.getUnitAttr() : UnitAttr(), create.getI64IntegerAttr(spec.macs),
      spec.isReshard ? create.getUnitAttr() : UnitAttr(), IntegerAttr(), DenseI32ArrayAttr());
  symbol(op);
  program = op;
  builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
  declareErrands();
}

void EmitBuilder::endProgram() {
  if (staysOpen()) {
    // What the next one declares comes before the kernels.
    builder.setInsertionPoint(*program.getBody().getOps<KernelOp>().begin());
    return;
  }
  if (errandsLeft())
    reader([] {});
  made.push_back(program);
  program = {};
  cbs.clear();
  semaphores.clear();
  values.clear();
}

void EmitBuilder::kernel(ThreadKind thread, const Body &body) {
  assert(program && !current && "kernels are parts of a program");
  KernelOp op; // of a program that this one goes on in
  for (KernelOp known : program.getBody().getOps<KernelOp>())
    if (known.getThread() == thread)
      op = known;
  OpBuilder::InsertionGuard guard(builder);
  if (!op) {
    op = builder.create<KernelOp>(loc, thread);
    op.getBody().emplaceBlock();
  }
  current = std::make_unique<Kernel>();
  current->block = &op.getBody().front();
  builder.setInsertionPointToEnd(current->block);
  body();
  current.reset();
}

void EmitBuilder::reader(const Body &body) { kernel(ThreadKind::Reader, kernelBody(body, true)); }
void EmitBuilder::writer(const Body &body) { kernel(ThreadKind::Writer, kernelBody(body, false)); }
void EmitBuilder::compute(const Body &body) { kernel(ThreadKind::Compute, kernelBody(body, false)); }

void EmitBuilder::loop(Idx lower, Idx upper, int64_t step, const std::function<void(Idx)> &body) {
  assert(step > 0 && "loops count up");
  if (lower.isConstant() && upper.isConstant()) {
    if (lower.constant >= upper.constant)
      return;
    if (lower.constant + step >= upper.constant)
      return body(lower);
  }
  auto op = builder.create<scf::ForOp>(loc, value(lower), value(upper), constantValue(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op.getBody()->getTerminator());
  body(handle(op.getInductionVar()));
}

void EmitBuilder::ifThen(Idx cond, const Body &then, const Body &otherwise) {
  if (cond.isConstant()) {
    if (cond.constant)
      then();
    else if (otherwise)
      otherwise();
    return;
  }
  auto op = builder.create<scf::IfOp>(loc, condition(cond), /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.thenBlock());
  then();
  if (!otherwise)
    return;
  builder.setInsertionPointToStart(op.elseBlock());
  otherwise();
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Idx EmitBuilder::handle(Value v) {
  values.push_back(v);
  return Idx::fromHandle(uint32_t(values.size()));
}

Value EmitBuilder::constantValue(int64_t v) {
  Value &known = current->constants[v];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    current->pointToTop(builder);
    known = builder.create<arith::ConstantIndexOp>(loc, v);
    current->lastOfTop = known.getDefiningOp();
  }
  return known;
}

template <typename OpT> Idx EmitBuilder::coordinate() {
  Value &known = current->coordinates[TypeID::get<OpT>()];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    current->pointToTop(builder);
    known = builder.create<OpT>(loc, builder.getIndexType());
    current->lastOfTop = known.getDefiningOp();
  }
  return handle(known);
}

Idx EmitBuilder::coreX() { return coordinate<CoreXOp>(); }
Idx EmitBuilder::coreY() { return coordinate<CoreYOp>(); }
Idx EmitBuilder::coreIndex() {
  return bodyGridX == int(program.getGridX()) ? coordinate<CoreIndexOp>()
                                              : add(mul(coreY(), bodyGridX), coreX());
}

/// As `index`; a comparison counts as 0 or 1.
Value EmitBuilder::value(Idx i) {
  if (i.isConstant())
    return constantValue(i.constant);
  Value v = values[i.handle - 1];
  if (v.getType().isIndex())
    return v;
  return builder.create<arith::IndexCastUIOp>(loc, builder.getIndexType(), v);
}

/// As `i1`; an integer is true when it is not 0.
Value EmitBuilder::condition(Idx i) {
  Value v = values[i.handle - 1];
  if (!v.getType().isIndex())
    return v;
  return builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ne, v, constantValue(0));
}

Idx EmitBuilder::arithmetic(isa::Opcode opcode, Idx a, Idx b) {
  Value x = value(a), y = value(b);
  switch (opcode) {
  case isa::Opcode::Add:
    return handle(builder.create<arith::AddIOp>(loc, x, y));
  case isa::Opcode::Sub:
    return handle(builder.create<arith::SubIOp>(loc, x, y));
  case isa::Opcode::Mul:
    return handle(builder.create<arith::MulIOp>(loc, x, y));
  case isa::Opcode::Div:
    return handle(builder.create<arith::FloorDivSIOp>(loc, x, y));
  case isa::Opcode::Rem:
    return handle(builder.create<arith::RemSIOp>(loc, x, y));
  case isa::Opcode::Min:
    return handle(builder.create<arith::MinSIOp>(loc, x, y));
  case isa::Opcode::Max:
    return handle(builder.create<arith::MaxSIOp>(loc, x, y));
  default:
    llvm_unreachable("no arithmetic instruction");
  }
}

Idx EmitBuilder::compare(isa::Predicate p, Idx a, Idx b) {
  static constexpr arith::CmpIPredicate predicates[] = {
      arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,  arith::CmpIPredicate::slt,
      arith::CmpIPredicate::sle, arith::CmpIPredicate::sgt, arith::CmpIPredicate::sge};
  return handle(builder.create<arith::CmpIOp>(loc, predicates[int(p)], value(a), value(b)));
}

Idx EmitBuilder::selectValue(Idx cond, Idx a, Idx b) {
  return handle(builder.create<arith::SelectOp>(loc, condition(cond), value(a), value(b)));
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

Attribute EmitBuilder::attribute(FieldKind kind, Idx i) {
  assert(i.isConstant() && "this field is fixed when the program is written");
  switch (kind) {
  case FieldKind::Buffer:
    return FlatSymbolRefAttr::get(buffers[i.constant].getSymNameAttr());
  case FieldKind::Window:
    return FlatSymbolRefAttr::get(windows[i.constant].getSymNameAttr());
  case FieldKind::Enum:
  case FieldKind::Int:
    return builder.getI32IntegerAttr(int32_t(i.constant));
  case FieldKind::Flag:
    return i.constant ? builder.getUnitAttr() : UnitAttr();
  case FieldKind::Float:
    return builder.getF32FloatAttr(std::bit_cast<float>(int32_t(i.constant)));
  default:
    llvm_unreachable("field kind is no attribute");
  }
}

void EmitBuilder::emit(isa::Opcode opcode, std::span<const Idx> fields) {
  const Instruction &instruction = instructions[size_t(opcode)];
  assert(instruction.name && "control flow is loop() and ifThen()");
  assert(fields.size() == instruction.fields.size() && "one value for each field of Isa.def");
  OperationState state(loc, *instruction.name);
  for (auto [field, i] : llvm::zip_equal(instruction.fields, fields)) {
    switch (field.kind) {
    case FieldKind::Index:
      state.operands.push_back(value(i));
      break;
    case FieldKind::Cb:
      state.operands.push_back(cbs[i.constant]);
      break;
    case FieldKind::Semaphore:
      state.operands.push_back(semaphores[i.constant]);
      break;
    case FieldKind::Result:
      llvm_unreachable("values come from coreX() and the like");
    default:
      if (Attribute a = attribute(field.kind, i))
        state.addAttribute(field.name, a);
    }
  }
  builder.create(state);
}

} // namespace ttc::tile
