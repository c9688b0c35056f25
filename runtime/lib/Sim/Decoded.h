//===- Decoded.h - a program as the interpreter wants it --------------------===//
//
// Bytecode with instruction indices instead of word offsets, circular buffers and
// address views by number. Made once a program from a verified file.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_DECODED_H
#define TTC_RUNTIME_SIM_DECODED_H

#include "ttc/Device/DataFormat.h"
#include "ttc/Program/BufferAccess.h"
#include "ttc/Program/Isa.h"
#include "ttc/Program/ProgramFile.h"

#include <memory>
#include <vector>

namespace ttc::sim {

struct Instr {
  isa::Opcode op;
  uint32_t mask;       ///< bit i: operand i is a register
  const int32_t *args; ///< into the kernel's code
  uint32_t jump;       ///< index of the target instruction, for control instructions
  uint32_t pc;         ///< word offset, for messages
};

/// What the tiles of a circular buffer are to the matmuls of a program: the left operand of all of
/// them, the right one, or anything else.
enum class CbUse : uint8_t { None, In0, In1, Mixed };

struct Cb {
  uint32_t address = 0, pageBytes = 0, pages = 0;
  program::Format format = program::Format::Bf16;
  int alias = -1;
  const std::string *name = nullptr;
  CbUse use = CbUse::None;
  int64_t bytes() const { return int64_t(pageBytes) * pages; }
  int64_t tileBytes() const { return int64_t(ttc::tileBytes(dataFormat(format))); }
};

/// Fields of an instruction that hold a buffer it reads, a buffer it writes and a circular buffer it
/// fills; -1: none.
struct BufferFields {
  int read = -1, written = -1, filled = -1;
};
BufferFields bufferFields(isa::Opcode op);

/// Views of everything in a model that programs refer to by number.
struct ModelViews {
  std::vector<BufferView> buffers;
  std::vector<WindowView> windows;
  ModelViews(const program::ModelT &model, const DeviceSpec &device);
};

struct DecodedProgram {
  const program::ProgramT *source = nullptr;
  std::vector<Instr> kernels[3]; ///< by ThreadKind; empty: no kernel
  unsigned registers[3] = {};
  std::vector<Cb> cbs;
  /// Cores exchange data only in ways that the value tasks order by themselves (multicast), so that
  /// tasks of different cores may run at the same time.
  bool parallelValues = true;
};
DecodedProgram decode(const program::ModelT &model, const program::ProgramT &program);

} // namespace ttc::sim

#endif
