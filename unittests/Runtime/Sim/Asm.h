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

/// A model under construction.
struct TestModel : assembler::Model {
  explicit TestModel(const char *device = "n150") : Model(*findDevice(device)) {}
};

} // namespace ttc::test

#endif
