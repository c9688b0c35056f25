//===- Disassemble.h - a program file as text -------------------------------===//
#ifndef TTC_PROGRAM_DISASSEMBLE_H
#define TTC_PROGRAM_DISASSEMBLE_H

#include "ttc/Program/Program_generated.h"

#include <cstdint>
#include <span>
#include <string>

namespace ttc {

/// Everything the file holds but the bytes of its constants: device, buffers, windows, programs
/// with their circular buffers and bytecode, commands, inputs, outputs and heads. One item a line;
/// field names are those of Isa.def. The same model gives the same text.
std::string disassemble(const program::ModelT &model);

/// The bytecode of one kernel, one instruction a line: pc, mnemonic, fields, indented by loops.
/// Undecodable words end it with a line that says so.
std::string disassembleKernel(const program::ModelT &model, const program::ProgramT &program,
                              const program::KernelT &kernel);

/// One instruction at `pc` of the kernel, as disassembleKernel prints it without pc and
/// indentation.
std::string disassembleInstruction(const program::ModelT &model, const program::ProgramT &program,
                                   std::span<const int32_t> code, size_t pc);

} // namespace ttc

#endif
