//===- Disassemble.cpp - a program file as text ------------------------------===//
#include "ttc/Program/Disassemble.h"
#include "ttc/Program/Isa.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <vector>

namespace ttc {
namespace {
using fmt::format_to;
using Out = std::back_insert_iterator<std::string>;

/// "Bfp8B" to "bfp8_b", "RowMajor" to "row_major"; "HiFi2" and "LoFi" are one word.
template <typename E> std::string lower(E value) {
  std::string_view name;
  if constexpr (std::is_same_v<E, program::Memory>)
    name = program::EnumNameMemory(value);
  else if constexpr (std::is_same_v<E, program::Sharding>)
    name = program::EnumNameSharding(value);
  else if constexpr (std::is_same_v<E, program::Order>)
    name = program::EnumNameOrder(value);
  else if constexpr (std::is_same_v<E, program::Format>)
    name = program::EnumNameFormat(value);
  else if constexpr (std::is_same_v<E, program::Fidelity>)
    name = program::EnumNameFidelity(value);
  else if constexpr (std::is_same_v<E, program::ThreadKind>)
    name = program::EnumNameThreadKind(value);
  else
    name = program::EnumNameCommandKind(value);
  if (name.empty())
    return fmt::format("?{}", int(value));
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i && std::isupper(name[i]) && !std::is_same_v<E, program::Fidelity>)
      text += '_';
    text += char(std::tolower(name[i]));
  }
  return text;
}

std::string location(const program::ModelT &model, uint32_t index) {
  return index < model.locations.size() ? model.locations[index] : std::string("?");
}

std::vector<std::string_view> fieldNames(const isa::InstrInfo &row) {
  std::vector<std::string_view> names;
  std::string_view rest = row.fields;
  while (!rest.empty()) {
    size_t comma = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (!name.empty() && name.front() == ' ')
      name.remove_prefix(1);
    names.push_back(name);
  }
  return names;
}

//===----------------------------------------------------------------------===//
// Values of fields
//===----------------------------------------------------------------------===//

using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 6> predicates{"eq", "ne", "lt", "le", "gt", "ge"};
constexpr std::array<std::string_view, 3> eltwiseKinds{"add", "sub", "mul"};
constexpr std::array<std::string_view, 6> sfpuKinds{"add", "sub", "mul", "div", "max", "min"};
constexpr std::array<std::string_view, 2> reduceKinds{"sum", "max"};
constexpr std::array<std::string_view, 3> reduceDims{"row", "col", "scalar"};
constexpr std::array<std::string_view, 4> broadcasts{"none", "row", "col", "scalar"};
constexpr std::array<std::string_view, 4> packFlags{"none", "relu", "l1_accumulate",
                                                    "relu|l1_accumulate"};

/// Names of an enumerated field; none for others.
Names enumeration(isa::Opcode opcode, std::string_view field) {
  if (field == "pred")
    return predicates;
  if (field == "bcast")
    return broadcasts;
  if (field == "dim")
    return reduceDims;
  if (field == "flags")
    return packFlags;
  if (field != "kind")
    return {};
  if (opcode == isa::Opcode::SfpuBinary)
    return sfpuKinds;
  if (opcode == isa::Opcode::Reduce || opcode == isa::Opcode::PoolRows)
    return reduceKinds;
  return eltwiseKinds;
}

bool isFloat(std::string_view field) { return field == "p0" || field == "p1" || field == "scale"; }

/// CB fields by name; `dst` and others are CBs in data-movement copies only.
bool isCb(isa::Opcode opcode, std::string_view field) {
  if (opcode == isa::Opcode::CopyRows)
    return field == "src" || field == "dst";
  if (opcode == isa::Opcode::Tilize || opcode == isa::Opcode::Untilize)
    return field == "in" || field == "out";
  return field == "cb" || field == "in0" || field == "in1" || field == "scaler";
}

std::string immediate(const program::ModelT &model, const program::ProgramT &program,
                      isa::Opcode opcode, std::string_view field, int32_t word) {
  if (Names names = enumeration(opcode, field); size_t(word) < names.size())
    return std::string(names[size_t(word)]);
  if (field == "fn")
    return std::string(isa::name(isa::SfpuFunction(word)));
  if (isFloat(field))
    return fmt::format("{}", std::bit_cast<float>(word));
  if (isCb(opcode, field) && size_t(word) < program.cbs.size())
    return fmt::format("{}:{}", word, program.cbs[size_t(word)]->name);
  if (field == "buffer" && size_t(word) < model.buffers.size())
    return fmt::format("{}:{}", word, model.buffers[size_t(word)]->name);
  return fmt::format("{}", word);
}

//===----------------------------------------------------------------------===//
// Tables of the file
//===----------------------------------------------------------------------===//

void buffer(const program::ModelT &model, size_t index, Out out) {
  const program::BufferT &b = *model.buffers[index];
  format_to(out,
            "buffer {} @{} {} {} {} {} {}x{} shard {}x{} grid {}x{}{} page {} address {} size {}",
            index, b.name, lower(b.memory), lower(b.sharding), lower(b.order), lower(b.format),
            b.rows, b.cols, b.shard_rows, b.shard_cols, b.grid_x, b.grid_y,
            b.col_major ? " col_major" : "", b.page_bytes, b.address, b.size);
  if (b.constant)
    format_to(out, " data {}..{}", b.data_offset, b.data_offset + b.data_size);
  format_to(out, " loc \"{}\"\n", location(model, b.location));
}

void window(const program::WindowT &w, size_t index, Out out) {
  format_to(out,
            "window {} n {} out {}x{} in {}x{} kernel {}x{} stride {}x{} pad {}, {} dilation {}x{} "
            "in_dilation {}x{} in_repeat {}x{}\n",
            index, w.n, w.out_h, w.out_w, w.in_h, w.in_w, w.kernel_h, w.kernel_w, w.stride_h,
            w.stride_w, w.pad_top, w.pad_left, w.dilation_h, w.dilation_w, w.in_dilation_h,
            w.in_dilation_w, w.in_repeat_h, w.in_repeat_w);
}

void describeProgram(const program::ModelT &model, size_t index, std::string &text) {
  const program::ProgramT &p = *model.programs[index];
  Out out = std::back_inserter(text);
  format_to(out, "program {} @{} grid {}x{} kind \"{}\" {}{} macs {}{} semaphores {} loc \"{}\"\n",
            index, p.name, p.grid_x, p.grid_y, p.kind, lower(p.fidelity),
            p.fp32_dest ? " fp32_dest" : "", p.macs, p.is_reshard ? " reshard" : "", p.semaphores,
            location(model, p.location));
  for (size_t i = 0; i < p.cbs.size(); ++i) {
    const program::CircularBufferT &cb = *p.cbs[i];
    format_to(out, "  cb {} {} {} page {} pages {} address {}", i, cb.name, lower(cb.format),
              cb.page_bytes, cb.pages, cb.address);
    if (cb.alias >= 0 && size_t(cb.alias) < model.buffers.size())
      format_to(out, " alias {}:{}", cb.alias, model.buffers[size_t(cb.alias)]->name);
    text += '\n';
  }
  if (p.num_args)
    format_to(out, "  args {} per core [{}]\n", p.num_args, fmt::join(p.args, ", "));
  for (const auto &kernel : p.kernels) {
    format_to(out, "  kernel {} registers {}\n", lower(kernel->thread), kernel->registers);
    text += disassembleKernel(model, p, *kernel);
  }
}

void tensor(const program::ModelT &model, const char *what, const program::TensorT &t, Out out) {
  format_to(out, "{} \"{}\" shape [{}] permutation [{}] buffer {}:{}\n", what, t.name,
            fmt::join(t.shape, ", "), fmt::join(t.permutation, ", "), t.buffer,
            t.buffer < model.buffers.size() ? model.buffers[t.buffer]->name : "?");
}

void command(const program::ModelT &model, const program::CommandT &c, Out out) {
  bool launch = c.kind == program::CommandKind::Launch;
  std::string_view name = "?";
  if (launch && c.index < model.programs.size())
    name = model.programs[c.index]->name;
  else if (!launch && c.index < model.buffers.size())
    name = model.buffers[c.index]->name;
  format_to(out, "{} {}:{}\n", lower(c.kind), c.index, name);
}

} // namespace

std::string disassembleInstruction(const program::ModelT &model, const program::ProgramT &program,
                                   std::span<const int32_t> code, size_t pc) {
  uint32_t head = uint32_t(code[pc]);
  const isa::InstrInfo *row = isa::lookup(uint16_t(head));
  size_t operands = head >> 16;
  if (!row || operands != row->numFields || code.size() - pc < 2 + operands)
    return fmt::format("not an instruction: {:#010x}", head);
  std::string text(row->mnemonic);
  std::vector<std::string_view> names = fieldNames(*row);
  for (size_t i = 0; i < operands; ++i) {
    int32_t word = code[pc + 2 + i];
    bool isRegister = uint32_t(code[pc + 1]) >> i & 1;
    text += fmt::format(" {}={}", names[i],
                        isRegister ? fmt::format("r{}", word)
                                   : immediate(model, program, row->opcode, names[i], word));
  }
  return text;
}

std::string disassembleKernel(const program::ModelT &model, const program::ProgramT &program,
                              const program::KernelT &kernel) {
  std::string text;
  int depth = 0;
  for (size_t pc = 0; pc < kernel.code.size();) {
    uint32_t head = uint32_t(kernel.code[pc]);
    if (isa::Opcode(uint16_t(head)) == isa::Opcode::EndLoop)
      depth = std::max(0, depth - 1);
    format_to(std::back_inserter(text), "{:>9}: {:{}}", pc, "", 2 * depth);
    if (kernel.code.size() - pc < 2)
      return text + "not an instruction: the code ends here\n";
    std::string line = disassembleInstruction(model, program, kernel.code, pc);
    text += line + '\n';
    if (line.starts_with("not an instruction"))
      return text;
    if (isa::Opcode(uint16_t(head)) == isa::Opcode::Loop)
      ++depth;
    pc += 2 + (head >> 16);
  }
  return text;
}

std::string disassemble(const program::ModelT &model) {
  std::string text;
  Out out = std::back_inserter(text);
  format_to(out, "model \"{}\" device \"{}\" fingerprint {:#018x} grid {}x{}\n", model.model_name,
            model.device, model.device_fingerprint, model.grid_x, model.grid_y);
  for (size_t i = 0; i < model.windows.size(); ++i)
    window(*model.windows[i], i, out);
  for (size_t i = 0; i < model.buffers.size(); ++i)
    buffer(model, i, out);
  for (size_t i = 0; i < model.programs.size(); ++i)
    describeProgram(model, i, text);
  for (const auto &t : model.inputs)
    tensor(model, "input", *t, out);
  for (const auto &c : model.commands)
    command(model, *c, out);
  for (const auto &t : model.outputs)
    tensor(model, "output", *t, out);
  for (const auto &h : model.heads)
    format_to(out, "yolo_head output {} classes {} anchors [{}] scale_x_y {}{} input {}x{}\n",
              h->output, h->classes, fmt::join(h->anchors, ", "), h->scale_x_y,
              h->new_coords ? " new_coords" : "", h->input_height, h->input_width);
  return text;
}

} // namespace ttc
