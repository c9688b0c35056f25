//===- OpsEltwise.cpp - measured elementwise operations -----------------------===//
#include "OpRun.h"

#include "ttc/TilePrograms/Unfused.h"

#include <fmt/format.h>

namespace ttc::calibrate {

Expected<void> OpRun::binary() {
  Expected<BufferRef> out = place("out", *c.out, outShard());
  if (!out)
    return out.error();
  Expected<BufferRef> in0 = place("in0", *c.in[0]);
  if (!in0)
    return in0.error();
  programs::EltwiseProgram op;
  op.output = *out;
  op.in0 = *in0;
  auto kind = c.attributes.find("binary_op_type");
  if (kind != c.attributes.end() && kind->second.ends_with("::MUL"))
    op.op = isa::SfpuBinaryKind::Mul;
  if (c.in[1]) {
    Expected<BufferRef> in1 = place("in1", *c.in[1]);
    if (!in1)
      return in1.error();
    op.in1 = *in1;
  } else {
    op.scalarOperand = true;
    op.scalar = 1;
  }
  auto relu = c.attributes.find("activations");
  if (relu != c.attributes.end() && relu->second.find("RELU") != std::string::npos)
    op.activation = programs::Activation{isa::SfpuFunction::Relu};
  return programs::buildTilewise(bench.builder(), target(), op);
}

Expected<void> OpRun::unary() {
  static const std::map<std::string, isa::SfpuFunction> functions = {
      {"RELU", isa::SfpuFunction::Relu},       {"RECIP", isa::SfpuFunction::Reciprocal},
      {"GELU", isa::SfpuFunction::Gelu},       {"SIGMOID", isa::SfpuFunction::Sigmoid},
      {"SILU", isa::SfpuFunction::Silu},       {"EXP", isa::SfpuFunction::Exp},
      {"ABS", isa::SfpuFunction::Abs},         {"NEG", isa::SfpuFunction::Neg},
      {"SQRT", isa::SfpuFunction::Sqrt},       {"RSQRT", isa::SfpuFunction::Rsqrt},
      {"TANH", isa::SfpuFunction::Tanh},       {"LEAKY_RELU", isa::SfpuFunction::LeakyRelu},
      {"ADD_UNARY_SFPU", isa::SfpuFunction::AddScalar},
      {"MUL_UNARY_SFPU", isa::SfpuFunction::MulScalar},
      // Not in the instruction set; timed as functions of as many vector instructions: comparisons and
      // selections 4, arc tangent 51 (tt-metal issue 52407: 1,672 cycles a tile on Blackhole).
      {"EQZ", isa::SfpuFunction::Abs},         {"NEZ", isa::SfpuFunction::Abs},
      {"GTZ", isa::SfpuFunction::Abs},         {"LTZ", isa::SfpuFunction::Abs},
      {"GEZ", isa::SfpuFunction::Abs},         {"LEZ", isa::SfpuFunction::Abs},
      {"WHERE_TSS", isa::SfpuFunction::Abs},   {"ATAN", isa::SfpuFunction::Mish}};
  auto chain = c.attributes.find("op_chain");
  std::string function;
  if (chain != c.attributes.end())
    if (size_t at = chain->second.find("UnaryOpType::"); at != std::string::npos) {
      function = chain->second.substr(at + 13);
      function = function.substr(0, function.find(';'));
    }
  auto known = functions.find(function);
  if (known == functions.end())
    return Error{fmt::format("no vector function {}", function)};
  Expected<BufferRef> out = place("out", *c.out, outShard()), in = place("in", *c.in[0], outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::EltwiseProgram op;
  op.name = "unary";
  op.in0 = *in;
  op.output = *out;
  op.activation = programs::Activation{known->second};
  return programs::buildTilewise(bench.builder(), target(), op);
}

} // namespace ttc::calibrate
