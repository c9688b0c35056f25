//===- Isa.cpp - the instruction table -------------------------------------===//
#include "ttc/Program/Isa.h"

#include <array>

namespace ttc::isa {
namespace {
constexpr InstrInfo table[] = {
#define TTC_INSTR(Name, mnemonic, code, threads, ...)                                              \
  {Opcode::Name, #Name, mnemonic, Threads::threads, Name::numFields, #__VA_ARGS__},
#include "ttc/Program/Isa.def"
};

constexpr size_t maxOpcode = [] {
  size_t m = 0;
  for (const InstrInfo &i : table)
    m = std::max<size_t>(m, size_t(i.opcode));
  return m;
}();

// A duplicate or descending opcode fails the build here.
static_assert([] {
  for (size_t i = 1; i < std::size(table); ++i)
    if (table[i - 1].opcode >= table[i].opcode)
      return false;
  return true;
}());

constexpr auto byOpcode = [] {
  std::array<const InstrInfo *, maxOpcode + 1> a{};
  for (const InstrInfo &i : table)
    a[size_t(i.opcode)] = &i;
  return a;
}();
} // namespace

std::span<const InstrInfo> allInstructions() { return table; }

const InstrInfo *lookup(uint16_t opcode) {
  return opcode <= maxOpcode ? byOpcode[opcode] : nullptr;
}

uint64_t tableDigest() {
  uint64_t h = 0xcbf29ce484222325ull;
  auto mix = [&](std::string_view s) {
    for (unsigned char c : s)
      h = (h ^ c) * 0x100000001b3ull;
    h = (h ^ 0xff) * 0x100000001b3ull;
  };
  for (const InstrInfo &i : table) {
    mix(i.name);
    mix(i.fields);
    h = (h ^ uint64_t(i.opcode)) * 0x100000001b3ull;
  }
  return h;
}

std::string_view name(SfpuFunction f) {
  switch (f) {
  case SfpuFunction::Relu:
    return "relu";
  case SfpuFunction::LeakyRelu:
    return "leaky_relu";
  case SfpuFunction::Mish:
    return "mish";
  case SfpuFunction::MishBf16:
    return "mish_bf16";
  case SfpuFunction::Silu:
    return "silu";
  case SfpuFunction::Sigmoid:
    return "sigmoid";
  case SfpuFunction::Tanh:
    return "tanh";
  case SfpuFunction::HardSwish:
    return "hardswish";
  case SfpuFunction::HardSigmoid:
    return "hardsigmoid";
  case SfpuFunction::Clip:
    return "clip";
  case SfpuFunction::Exp:
    return "exp";
  case SfpuFunction::Reciprocal:
    return "reciprocal";
  case SfpuFunction::AddScalar:
    return "add_scalar";
  case SfpuFunction::MulScalar:
    return "mul_scalar";
  case SfpuFunction::Abs:
    return "abs";
  case SfpuFunction::Gelu:
    return "gelu";
  case SfpuFunction::Sqrt:
    return "sqrt";
  case SfpuFunction::Rsqrt:
    return "rsqrt";
  case SfpuFunction::Log:
    return "log";
  case SfpuFunction::Softplus:
    return "softplus";
  case SfpuFunction::Elu:
    return "elu";
  case SfpuFunction::Neg:
    return "neg";
  }
  return "?";
}
} // namespace ttc::isa
