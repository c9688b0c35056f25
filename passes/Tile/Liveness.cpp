//===- Liveness.cpp - which buffers are live at which launch ----------------===//
#include "Liveness.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ttc::tile {

/// Symbols of the module that the ops of a program name, in order of appearance.
static llvm::SetVector<StringAttr> namedSymbols(ProgramOp program) {
  llvm::SetVector<StringAttr> names;
  program->walk([&](Operation *op) {
    if (auto cb = llvm::dyn_cast<CbOp>(op); cb && cb.getAliasAttr())
      names.insert(cb.getAliasAttr().getAttr());
    auto instruction = llvm::dyn_cast<InstructionOpInterface>(op);
    if (!instruction)
      return;
    for (const FieldInfo &field : instruction.getFields())
      if (field.kind == FieldKind::Buffer)
        names.insert(llvm::cast<FlatSymbolRefAttr>(*op->getInherentAttr(field.name)).getAttr());
  });
  return names;
}

Liveness::Liveness(ModuleOp module) : module(module) {
  llvm::DenseMap<StringAttr, BufferOp> byName;
  for (auto buffer : module.getOps<BufferOp>()) {
    all.push_back(buffer);
    byName[buffer.getSymNameAttr()] = buffer;
    if (buffer.isConstant())
      ranges[buffer].first = 0;
  }
  for (auto program : module.getOps<ProgramOp>()) {
    programs[program.getSymNameAttr()] = program;
    for (StringAttr name : namedSymbols(program))
      if (BufferOp buffer = byName.lookup(name))
        usesOf[program].push_back(buffer);
  }
  auto beginAt = [&](BufferOp buffer, size_t launch) {
    Range &range = ranges[buffer];
    range.first = std::min(range.first, launch);
  };
  for (auto commands : module.getOps<CommandsOp>())
    for (Operation &op : commands.getBody().getOps()) {
      if (auto input = llvm::dyn_cast<InputOp>(op))
        beginAt(byName.lookup(input.getBufferAttr().getAttr()), 0);
      if (auto launch = llvm::dyn_cast<LaunchOp>(op)) {
        for (BufferOp buffer : uses(program(launch)))
          beginAt(buffer, order.size());
        order.push_back(launch);
      }
      if (auto free = llvm::dyn_cast<FreeOp>(op)) {
        Range &range = ranges[byName.lookup(free.getBufferAttr().getAttr())];
        range.end = order.size();
        range.free = free;
      }
    }
}

ProgramOp Liveness::program(LaunchOp launch) const {
  return programs.lookup(launch.getProgramAttr().getAttr());
}

ArrayRef<BufferOp> Liveness::uses(ProgramOp program) const {
  auto known = usesOf.find(program);
  return known == usesOf.end() ? ArrayRef<BufferOp>() : ArrayRef<BufferOp>(known->second);
}

bool Liveness::isLive(BufferOp buffer, size_t launch) const {
  auto known = ranges.find(buffer);
  return known != ranges.end() && known->second.first <= launch && launch < known->second.end;
}

FreeOp Liveness::freedBefore(BufferOp buffer, size_t launch) const {
  auto known = ranges.find(buffer);
  return known != ranges.end() && known->second.end <= launch ? known->second.free : FreeOp();
}

} // namespace ttc::tile
