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
      // Fields that hold a buffer read, a buffer written, a circular buffer filled.
      int readField = -1, writtenField = -1, filledField = -1;
      switch (i.op) {
      case Opcode::ReadPages:
        readField = isa::ReadPages::buffer, filledField = isa::ReadPages::cb;
        break;
      case Opcode::ReadWindow:
        readField = isa::ReadWindow::buffer, filledField = isa::ReadWindow::cb;
        break;
      case Opcode::WritePages:
        writtenField = isa::WritePages::buffer;
        break;
      case Opcode::WriteRows:
        writtenField = isa::WriteRows::buffer;
        break;
      case Opcode::Mcast:
        filledField = isa::Mcast::cb;
        break;
      case Opcode::Fill:
        filledField = isa::Fill::cb;
        break;
      case Opcode::CopyRows:
        filledField = isa::CopyRows::dst;
        break;
      case Opcode::Tilize:
        filledField = isa::Tilize::out;
        break;
      case Opcode::Untilize:
        filledField = isa::Untilize::out;
        break;
      case Opcode::PackTiles:
        filledField = isa::PackTiles::cb;
        break;
      case Opcode::PackRows:
        filledField = isa::PackRows::cb;
        break;
      default:
        break;
      }
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

} // namespace

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
    p.cbs.push_back({cb->address, cb->page_bytes, cb->pages, cb->format, cb->alias, &cb->name});
  p.parallelValues = independentCores(model, p);
  return p;
}

} // namespace ttc::sim
