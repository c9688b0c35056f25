//===- Asm.h - hand-written programs for tests -------------------------------===//
#ifndef TTC_UNITTESTS_RUNTIME_SIM_ASM_H
#define TTC_UNITTESTS_RUNTIME_SIM_ASM_H

#include "ttc/Program/Assembler.h"
#include "ttc/Runtime/Runtime.h"

namespace ttc::test {
using assembler::Arg;
using assembler::Opcode;
using assembler::Reg;
using Asm = assembler::Kernel;

/// Tests run under the sanitizer unless they say otherwise.
inline runtime::RunOptions checked() {
  runtime::RunOptions options;
  options.sanitize = runtime::CheckSet::all();
  return options;
}

/// A model under construction for the n150.
struct TestModel : assembler::Model {
  TestModel() : Model(*findDevice("n150")) {}
};

} // namespace ttc::test

#endif
