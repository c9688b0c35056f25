//===- Decoded.cpp - a program as the interpreter wants it ------------------===//
#include "Sim/Decoded.h"

#include <algorithm>

namespace ttc::sim {
namespace {
using isa::Opcode;

std::vector<Instr> decodeKernel(const program::KernelT &kernel) {
  std::vector<Instr> out;
  std::vector<uint32_t> indexOf(kernel.code.size(), 0);
  for (size_t pc = 0; pc < kernel.code.size();) {
    uint32_t word = uint32_t(kernel.code[pc]);
    indexOf[pc] = uint32_t(out.size());
    out.push_back({Opcode(word & 0xffff), uint32_t(kernel.code[pc + 1]),
                   kernel.code.data() + pc + 2, 0, uint32_t(pc)});
    pc += 2 + (word >> 16);
  }
  for (Instr &i : out)
    switch (i.op) {
    case Opcode::Loop:
      i.jump = indexOf[size_t(i.args[isa::Loop::exit])];
      break;
    case Opcode::EndLoop:
      i.jump = indexOf[size_t(i.args[isa::EndLoop::begin])];
      break;
    case Opcode::If:
      i.jump = indexOf[size_t(i.args[isa::If::target])];
      break;
    case Opcode::Jump:
      i.jump = indexOf[size_t(i.args[isa::Jump::target])];
      break;
    default:
      break;
    }
  return out;
}

/// Byte ranges of L1 (or of DRAM banks) that a program touches in one way.
struct Ranges {
  struct Range {
    bool l1;
    uint64_t begin, end;
  };
  std::vector<Range> list;
  void add(const program::BufferT &b) {
    list.push_back({b.memory == program::Memory::L1, b.address, b.address + b.size});
  }
  void add(const Cb &cb) {
    list.push_back({true, cb.address, uint64_t(cb.address) + uint64_t(cb.bytes())});
  }
  bool meets(const Ranges &o) const {
    for (const Range &a : list)
      for (const Range &b : o.list)
        if (a.l1 == b.l1 && a.begin < b.end && b.begin < a.end)
          return true;
    return false;
  }
};

/// True when no core reads or writes, through a buffer, memory of another core that the program
/// also changes or uses otherwise.
bool independentCores(const program::ModelT &model, const DecodedProgram &p) {
  Ranges read, written, filled, all;
  for (const Cb &cb : p.cbs)
    all.add(cb);
  for (const auto &kernel : p.kernels)
    for (const Instr &i : kernel) {
      auto [readField, writtenField, filledField] = bufferFields(i.op);
      for (int field : {readField, writtenField, filledField})
        if (field >= 0 && (i.mask >> field & 1))
          return false; // not known before it runs
      if (readField >= 0)
        read.add(*model.buffers[size_t(i.args[readField])]);
      if (writtenField >= 0)
        written.add(*model.buffers[size_t(i.args[writtenField])]);
      if (filledField >= 0)
        filled.add(p.cbs[size_t(i.args[filledField])]);
    }
  return !read.meets(written) && !read.meets(filled) && !written.meets(all);
}

/// Sets Cb::use. A hint: a tile needed in another way is unpacked apart.
void findUses(DecodedProgram &p) {
  for (const auto &kernel : p.kernels)
    for (const Instr &i : kernel) {
      if (i.op != Opcode::MatmulBlock)
        continue;
      for (auto [field, use] : {std::pair{isa::MatmulBlock::in0, CbUse::In0},
                                std::pair{isa::MatmulBlock::in1, CbUse::In1}})
        if (!(i.mask >> field & 1)) {
          CbUse &known = p.cbs[size_t(i.args[field])].use;
          known = known == CbUse::None || known == use ? use : CbUse::Mixed;
        }
    }
}

} // namespace

BufferFields bufferFields(Opcode op) {
  switch (op) {
  case Opcode::ReadPages:
    return {isa::ReadPages::buffer, -1, isa::ReadPages::cb};
  case Opcode::ReadWindow:
    return {isa::ReadWindow::buffer, -1, isa::ReadWindow::cb};
  case Opcode::WritePages:
    return {-1, isa::WritePages::buffer, -1};
  case Opcode::WriteRows:
    return {-1, isa::WriteRows::buffer, -1};
  case Opcode::Mcast:
    return {-1, -1, isa::Mcast::cb};
  case Opcode::Fill:
    return {-1, -1, isa::Fill::cb};
  case Opcode::CopyRows:
    return {-1, -1, isa::CopyRows::dst};
  case Opcode::Tilize:
    return {-1, -1, isa::Tilize::out};
  case Opcode::TilizeWindow:
    return {-1, -1, isa::TilizeWindow::out};
  case Opcode::Untilize:
    return {-1, -1, isa::Untilize::out};
  case Opcode::PackTiles:
    return {-1, -1, isa::PackTiles::cb};
  case Opcode::PackRows:
    return {-1, -1, isa::PackRows::cb};
  default:
    return {};
  }
}

ModelViews::ModelViews(const program::ModelT &model, const DeviceSpec &device) {
  for (const auto &b : model.buffers)
    buffers.emplace_back(*b, device);
  for (const auto &w : model.windows)
    windows.emplace_back(*w);
}

DecodedProgram decode(const program::ModelT &model, const program::ProgramT &program) {
  DecodedProgram p;
  p.source = &program;
  for (const auto &kernel : program.kernels) {
    p.kernels[size_t(kernel->thread)] = decodeKernel(*kernel);
    p.registers[size_t(kernel->thread)] = kernel->registers;
  }
  for (const auto &cb : program.cbs)
    p.cbs.push_back({cb->address, cb->page_bytes, cb->pages, cb->format, cb->alias, &cb->name, CbUse::None});
  findUses(p);
  p.parallelValues = independentCores(model, p);
  return p;
}

} // namespace ttc::sim
