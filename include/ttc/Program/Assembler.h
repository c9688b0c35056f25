//===- Assembler.h - tile programs written by hand ---------------------------===//
//
// Bytecode an instruction at a time and models a buffer at a time, for programs
// that no compiler pass makes: micro-benchmarks of lib/Calibrate and tests.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PROGRAM_ASSEMBLER_H
#define TTC_PROGRAM_ASSEMBLER_H

#include "ttc/Program/BufferAccess.h"
#include "ttc/Program/Isa.h"
#include "ttc/Program/ProgramFile.h"

#include <initializer_list>
#include <vector>

namespace ttc::assembler {
using isa::Opcode;

/// A register operand; plain integers are immediates.
struct Reg {
  int number;
};
struct Arg {
  int value;
  bool isRegister;
  Arg(int v) : value(v), isRegister(false) {}
  Arg(Reg r) : value(r.number), isRegister(true) {}
  template <typename E>
    requires std::is_enum_v<E>
  Arg(E e) : value(int(e)), isRegister(false) {}
};

/// Bytecode of one kernel, an instruction after another.
class Kernel {
public:
  Kernel &op(Opcode opcode, std::initializer_list<Arg> args = {}) {
    code.push_back(int(opcode) | int(args.size() << 16));
    int mask = 0, i = 0;
    for (const Arg &a : args)
      mask |= int(a.isRegister) << i++;
    code.push_back(mask);
    for (const Arg &a : args) {
      code.push_back(a.value);
      if (a.isRegister)
        registers = std::max(registers, a.value + 1);
    }
    return *this;
  }
  Kernel &loop(Reg iv, Arg lower, Arg upper, int step) {
    open.push_back(code.size());
    return op(Opcode::Loop, {iv, lower, upper, step, 0});
  }
  Kernel &endLoop() {
    size_t begin = open.back();
    open.pop_back();
    op(Opcode::EndLoop, {int(begin)});
    code[begin + 2 + isa::Loop::exit] = int(code.size());
    return *this;
  }
  Kernel &iff(Arg condition) {
    open.push_back(code.size());
    return op(Opcode::If, {condition, 0});
  }
  Kernel &otherwise() {
    size_t at = open.back();
    open.back() = code.size();
    op(Opcode::Jump, {0});
    code[at + 2 + isa::If::target] = int(code.size());
    return *this;
  }
  Kernel &endIf() {
    size_t at = open.back();
    open.pop_back();
    bool isJump = (code[at] & 0xffff) == int(Opcode::Jump);
    code[at + 2 + (isJump ? int(isa::Jump::target) : int(isa::If::target))] = int(code.size());
    return *this;
  }
  // Shorthands.
  Kernel &reserve(int cb, Arg n) { return op(Opcode::CbReserve, {cb, n}); }
  Kernel &push(int cb, Arg n) { return op(Opcode::CbPush, {cb, n}); }
  Kernel &wait(int cb, Arg n) { return op(Opcode::CbWait, {cb, n}); }
  Kernel &pop(int cb, Arg n) { return op(Opcode::CbPop, {cb, n}); }
  Kernel &readBarrier() { return op(Opcode::ReadBarrier); }
  Kernel &writeBarrier() { return op(Opcode::WriteBarrier); }

  std::unique_ptr<program::KernelT> kernel(program::ThreadKind thread) {
    op(Opcode::End);
    auto k = std::make_unique<program::KernelT>();
    k->thread = thread;
    k->registers = uint16_t(registers);
    k->code = code;
    return k;
  }

private:
  std::vector<int> code;
  std::vector<size_t> open;
  int registers = 0;
};

/// A model under construction for one device: buffers and circular buffers are placed one after the
/// other from the bottom of L1 and of the DRAM banks.
struct Model {
  program::ModelT model;
  std::vector<uint8_t> constants;
  DeviceSpec device;
  uint64_t l1, dram = 0;

  explicit Model(const DeviceSpec &spec, const std::string &name = "test")
      : device(spec), l1(uint64_t(spec.l1_base)) {
    model.model_name = name;
    model.device = device.name;
    model.device_fingerprint = device.fingerprint();
    model.grid_x = uint16_t(device.grid_x);
    model.grid_y = uint16_t(device.grid_y);
    model.locations = {"layer"};
  }
  static uint64_t up(uint64_t v, uint64_t a) { return (v + a - 1) / a * a; }

  uint32_t buffer(const std::string &name, BufferShape s) {
    auto b = std::make_unique<program::BufferT>();
    if (s.interleaved() && !s.shardRows) {
      s.shardRows = s.tiled() ? int64_t(up(uint64_t(s.rows), 32)) : s.rows;
      s.shardCols = s.tiled() ? int64_t(up(uint64_t(s.cols), 32)) : s.cols;
    }
    b->name = name;
    b->memory = s.memory;
    b->sharding = s.sharding;
    b->order = s.order;
    b->format = s.format;
    b->rows = uint32_t(s.rows);
    b->cols = uint32_t(s.cols);
    b->shard_rows = uint32_t(s.shardRows);
    b->shard_cols = uint32_t(s.shardCols);
    b->grid_x = uint16_t(s.gridX);
    b->grid_y = uint16_t(s.gridY);
    b->col_major = s.colMajor;
    b->page_bytes = uint32_t(naturalPageBytes(s, device));
    b->size = uint64_t(bytesPerUnit(s, device));
    uint64_t &next = s.memory == program::Memory::L1 ? l1 : dram;
    b->address = next;
    next = up(next + b->size, 64);
    model.buffers.push_back(std::move(b));
    return uint32_t(model.buffers.size() - 1);
  }
  uint32_t interleaved(const std::string &name, int64_t rows, int64_t cols, program::Order order,
                       program::Format format = program::Format::Bf16,
                       program::Memory memory = program::Memory::Dram) {
    BufferShape s;
    s.memory = memory;
    s.order = order;
    s.format = format;
    s.rows = rows;
    s.cols = cols;
    return buffer(name, s);
  }
  uint32_t height(const std::string &name, int64_t rows, int64_t cols, int64_t shardRows, int gridX,
                  int gridY, program::Order order = program::Order::RowMajor) {
    BufferShape s;
    s.memory = program::Memory::L1;
    s.sharding = program::Sharding::Height;
    s.order = order;
    s.rows = rows;
    s.cols = cols;
    s.shardRows = shardRows;
    s.shardCols = cols;
    s.gridX = gridX;
    s.gridY = gridY;
    return buffer(name, s);
  }
  program::ProgramT &program(int gridX, int gridY) {
    auto p = std::make_unique<program::ProgramT>();
    p->name = "p" + std::to_string(model.programs.size());
    p->kind = "test";
    p->grid_x = uint16_t(gridX);
    p->grid_y = uint16_t(gridY);
    p->fidelity = program::Fidelity::HiFi4;
    auto c = std::make_unique<program::CommandT>();
    c->kind = program::CommandKind::Launch;
    c->index = uint32_t(model.programs.size());
    model.commands.push_back(std::move(c));
    model.programs.push_back(std::move(p));
    return *model.programs.back();
  }
  int cb(program::ProgramT &p, const std::string &name, uint32_t pageBytes, uint32_t pages,
         program::Format format = program::Format::Bf16, int alias = -1) {
    auto c = std::make_unique<program::CircularBufferT>();
    c->name = name;
    c->format = format;
    c->page_bytes = pageBytes;
    c->pages = pages;
    c->alias = alias;
    if (alias >= 0) {
      c->address = uint32_t(model.buffers[size_t(alias)]->address);
    } else {
      c->address = uint32_t(l1);
      l1 = up(l1 + uint64_t(pageBytes) * pages, 64);
    }
    p.cbs.push_back(std::move(c));
    return int(p.cbs.size()) - 1;
  }
  void io(uint32_t in, uint32_t out) {
    for (bool input : {true, false}) {
      auto t = std::make_unique<program::TensorT>();
      const program::BufferT &b = *model.buffers[input ? in : out];
      t->name = input ? "in" : "out";
      t->shape = {b.rows, b.cols};
      t->permutation = {0, 1};
      t->buffer = input ? in : out;
      (input ? model.inputs : model.outputs).push_back(std::move(t));
    }
  }
  Expected<std::shared_ptr<ProgramFile>> file() {
    return ProgramFile::fromModel(std::move(model), std::move(constants), device, "test.ttp");
  }
};

} // namespace ttc::assembler

#endif
