//===- VerifyKernel.cpp - checks of one kernel's bytecode -------------------===//
//
// Operands that are immediates are checked here; values of registers are checked
// when the instruction executes.
//
//===----------------------------------------------------------------------===//
#include "VerifyKernel.h"

#include "ttc/Program/Isa.h"

#include <array>
#include <fmt/format.h>
#include <vector>

namespace ttc {
namespace {
using isa::InstrInfo;
using isa::Opcode;

/// What a field holds, from its name in Isa.def.
enum class Role : uint8_t {
  Value,
  Count,
  Cb,
  Buffer,
  Window,
  Semaphore,
  Arg,
  Target,
  Destination,
  X,
  Y
};

Role roleOf(const InstrInfo &info, std::string_view field) {
  bool scalar = info.opcode >= Opcode::Move && info.opcode <= Opcode::Arg;
  if ((scalar && field == "dst") || field == "iv")
    return Role::Destination;
  if (field == "exit" || field == "target" || field == "begin")
    return Role::Target;
  if (field == "buffer")
    return Role::Buffer;
  if (field == "window")
    return Role::Window;
  if (field == "sem")
    return Role::Semaphore;
  if (info.opcode == Opcode::Arg && field == "index")
    return Role::Arg;
  if (info.opcode == Opcode::Fill && field == "value")
    return Role::Value;
  if (field == "cb" || field == "in" || field == "out" || field == "in0" || field == "in1" ||
      field == "src" || field == "scaler")
    return info.opcode == Opcode::SfpuBinary ? Role::Count : Role::Cb;
  if (info.opcode == Opcode::CopyRows && field == "dst")
    return Role::Cb;
  if (field == "x" || field == "x0" || field == "x1")
    return Role::X;
  if (field == "y" || field == "y0" || field == "y1")
    return Role::Y;
  if (field == "count" || field == "nrows" || field == "ncols" || field == "nbytes" ||
      field == "pages" || field == "rows" || field == "cols" || field == "inner" ||
      field == "tiles" || field == "ntaps")
    return Role::Count;
  return Role::Value;
}

struct FieldRole {
  std::string_view name;
  Role role;
};

/// Names and roles of an instruction's fields, split once.
const std::vector<FieldRole> &fieldsOf(const InstrInfo &info) {
  static const auto table = [] {
    std::array<std::vector<FieldRole>, 256> t;
    for (const InstrInfo &i : isa::allInstructions()) {
      std::string_view rest = i.fields;
      while (!rest.empty()) {
        size_t comma = rest.find(',');
        std::string_view field = rest.substr(0, comma);
        while (field.starts_with(' '))
          field.remove_prefix(1);
        t[size_t(i.opcode) & 255].push_back({field, roleOf(i, field)});
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      }
    }
    return t;
  }();
  return table[size_t(info.opcode) & 255];
}

/// Largest value of an enumeration field, or -1.
int64_t enumLimit(const InstrInfo &info, std::string_view field) {
  switch (info.opcode) {
  case Opcode::Cmp:
    return field == "pred" ? int64_t(isa::Predicate::Ge) : -1;
  case Opcode::Eltwise:
  case Opcode::EltwiseDst:
    if (field == "bcast")
      return int64_t(isa::Broadcast::Scalar);
    return field == "kind" ? int64_t(isa::EltwiseKind::Mul) : field == "accumulate" ? 1 : -1;
  case Opcode::Sfpu:
    return field == "fn" ? int64_t(isa::lastSfpuFunction) : -1;
  case Opcode::SfpuBinary:
    return field == "kind" ? int64_t(isa::SfpuBinaryKind::Min) : -1;
  case Opcode::Reduce:
    if (field == "dim")
      return int64_t(isa::ReduceDim::Scalar);
    return field == "kind" ? int64_t(isa::ReduceKind::Max) : -1;
  case Opcode::PoolRows:
    return field == "kind" ? int64_t(isa::ReduceKind::Max) : -1;
  case Opcode::PackTiles:
  case Opcode::PackRows:
    return field == "flags" ? isa::PackRelu | isa::PackL1Accumulate : -1;
  case Opcode::Mcast:
    return field == "linked" ? isa::McastLinked | isa::McastLoopback : -1;
  default:
    return -1;
  }
}

bool mustBeImmediate(const InstrInfo &info, const FieldRole &f) {
  return f.role == Role::Target || enumLimit(info, f.name) >= 0;
}

} // namespace

std::string verifyKernel(const program::KernelT &kernel, const KernelLimits &limits,
                         std::set<uint32_t> &used) {
  const std::vector<int32_t> &code = kernel.code;
  bool compute = kernel.thread == program::ThreadKind::Compute;
  if (code.empty())
    return "the kernel has no code";
  std::vector<uint8_t> starts(code.size(), 0);
  struct Jump {
    size_t pc, target;
    bool needsLoop;
  };
  std::vector<Jump> jumps;
  Opcode last = Opcode::Jump;
  for (size_t pc = 0; pc < code.size();) {
    uint32_t word = uint32_t(code[pc]), count = word >> 16;
    const InstrInfo *info = isa::lookup(uint16_t(word));
    if (!info)
      return fmt::format("word {}: unknown opcode 0x{:02x}", pc, word & 0xffff);
    auto at = [&] { return fmt::format("word {}: {}", pc, info->mnemonic); };
    if ((info->threads == isa::Threads::Dm && compute) ||
        (info->threads == isa::Threads::Compute && !compute))
      return fmt::format("{}: not allowed on the {} thread", at(),
                         program::EnumNameThreadKind(kernel.thread));
    if (count != info->numFields)
      return fmt::format("{}: expected {} operands, got {}", at(), info->numFields, count);
    if (code.size() - pc < 2 + count)
      return fmt::format("{}: the code ends inside the instruction ({} words)", at(), code.size());
    uint32_t mask = uint32_t(code[pc + 1]);
    if (count < 32 && mask >> count)
      return fmt::format("{}: register mask 0x{:x} names operands past the last of {}", at(), mask,
                         count);
    starts[pc] = info->opcode == Opcode::Loop ? 2 : 1;
    const std::vector<FieldRole> &fields = fieldsOf(*info);
    for (uint32_t i = 0; i < count; ++i) {
      const FieldRole &f = fields[i];
      int64_t v = code[pc + 2 + i];
      auto bad = [&](std::string what) { return fmt::format("{}: {}: {}", at(), f.name, what); };
      if (mask >> i & 1) {
        if (v < 0 || v >= kernel.registers)
          return bad(fmt::format("register {} of {}", v, kernel.registers));
        if (mustBeImmediate(*info, f))
          return bad("must be an immediate");
        continue;
      }
      auto below = [&](size_t limit, std::string_view what) -> std::string {
        if (v < 0 || uint64_t(v) >= limit)
          return bad(fmt::format("{} {}, there are {}", what, v, limit));
        return {};
      };
      std::string error;
      switch (f.role) {
      case Role::Destination:
        error = bad("must be a register");
        break;
      case Role::Cb:
        error = below(limits.cbs, "circular buffer");
        break;
      case Role::Window:
        error = below(limits.windows, "window");
        break;
      case Role::Semaphore:
        error = below(limits.semaphores, "semaphore");
        break;
      case Role::Arg:
        error = below(limits.args, "argument");
        break;
      case Role::X:
        error = below(size_t(limits.gridX), "column");
        break;
      case Role::Y:
        error = below(size_t(limits.gridY), "row");
        break;
      case Role::Buffer:
        error = below(limits.buffers, "buffer");
        if (error.empty())
          used.insert(uint32_t(v));
        break;
      case Role::Count:
        if (v < 0)
          error = bad(fmt::format("expected a count, got {}", v));
        break;
      case Role::Target:
        if (v < 0 || size_t(v) >= code.size())
          error = bad(fmt::format("jumps to word {} of {}", v, code.size()));
        else
          jumps.push_back({pc, size_t(v), info->opcode == Opcode::EndLoop});
        break;
      case Role::Value:
        if (int64_t limit = enumLimit(*info, f.name); limit >= 0 && (v < 0 || v > limit))
          error = bad(fmt::format("expected 0..{}, got {}", limit, v));
        break;
      }
      if (!error.empty())
        return error;
    }
    last = info->opcode;
    pc += 2 + count;
  }
  if (last != Opcode::End)
    return fmt::format("the last instruction is '{}', expected 'end'",
                       isa::lookup(uint16_t(last))->mnemonic);
  for (const Jump &j : jumps) {
    if (!starts[j.target])
      return fmt::format("word {}: jumps to word {}, which begins no instruction", j.pc, j.target);
    if (j.needsLoop && starts[j.target] != 2)
      return fmt::format("word {}: end_loop: word {} is no loop", j.pc, j.target);
  }
  return {};
}

} // namespace ttc
