//===- VerifyModel.cpp - checks of a program file's meaning -----------------===//
#include "VerifyKernel.h"

#include "ttc/Program/BufferAccess.h"
#include "ttc/Program/ProgramFile.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc {
namespace {
using namespace program;

/// Extents beyond this are damage, and keep every product below 64 bits.
constexpr int64_t maxExtent = int64_t(1) << 28;

struct ModelVerifier {
  const ModelT &model;
  const DeviceSpec &device;
  uint64_t constantBytes;
  const std::string &file;
  std::string message;
  /// First and last program (position in the command stream) that uses each buffer.
  std::vector<int64_t> firstUse, lastUse;
  std::vector<std::set<uint32_t>> usedBy; ///< of each program

  bool fail(std::string what) {
    if (message.empty())
      message = fmt::format("{}: {}", file, what);
    return false;
  }
  template <typename E> bool inRange(E value, E first, E last) {
    return uint8_t(value) >= uint8_t(first) && uint8_t(value) <= uint8_t(last);
  }

  bool run();
  bool buffer(size_t index);
  bool window(size_t index);
  bool program(size_t index);
  bool circularBuffers(const ProgramT &p, const std::string &where);
  bool commands();
  bool overlaps();
  bool tensors();
};

bool validFormat(Format f) {
  return f == Format::Fp32 || f == Format::Bf16 || f == Format::Bfp8B || f == Format::Bfp4B;
}

bool ModelVerifier::run() {
  if (model.grid_x != device.grid_x || model.grid_y != device.grid_y)
    return fail(fmt::format("compute grid {}x{}, device '{}' has {}x{}", model.grid_x, model.grid_y,
                            device.name, device.grid_x, device.grid_y));
  for (size_t i = 0; i < model.windows.size(); ++i)
    if (!window(i))
      return false;
  for (size_t i = 0; i < model.buffers.size(); ++i)
    if (!buffer(i))
      return false;
  usedBy.resize(model.programs.size());
  for (size_t i = 0; i < model.programs.size(); ++i)
    if (!program(i))
      return false;
  return commands() && tensors() && overlaps();
}

bool ModelVerifier::window(size_t index) {
  const WindowT &w = *model.windows[index];
  int64_t fields[] = {w.n,          w.out_h,         w.out_w,         w.in_h,        w.in_w,
                      w.kernel_h,   w.kernel_w,      w.stride_h,      w.stride_w,    w.dilation_h,
                      w.dilation_w, w.in_dilation_h, w.in_dilation_w, w.in_repeat_h, w.in_repeat_w};
  for (int64_t f : fields)
    if (f < 1 || f > maxExtent)
      return fail(fmt::format("window {}: an extent, stride or dilation is {}, expected 1..{}",
                              index, f, maxExtent));
  for (int64_t f : {int64_t(w.pad_top), int64_t(w.pad_left)})
    if (f < -maxExtent || f > maxExtent)
      return fail(fmt::format("window {}: padding {}", index, f));
  if (double(w.n) * w.out_h * w.out_w > 1e15 || double(w.n) * w.in_h * w.in_w > 1e15)
    return fail(fmt::format("window {}: too many positions", index));
  return true;
}

bool ModelVerifier::buffer(size_t index) {
  const BufferT &b = *model.buffers[index];
  std::string where = fmt::format("buffer {} '{}'", index, b.name);
  if (!inRange(b.memory, Memory::Dram, Memory::L1) ||
      !inRange(b.sharding, Sharding::Interleaved, Sharding::Block) ||
      !inRange(b.order, Order::Tile, Order::RowMajor) || !validFormat(b.format))
    return fail(fmt::format("{}: memory {}, sharding {}, order {} or format {} is unknown", where,
                            int(b.memory), int(b.sharding), int(b.order), int(b.format)));
  for (auto [name, v] : {std::pair{"rows", b.rows},
                         {"cols", b.cols},
                         {"shard_rows", b.shard_rows},
                         {"shard_cols", b.shard_cols}})
    if (v < 1 || v > maxExtent)
      return fail(fmt::format("{}: {} is {}, expected 1..{}", where, name, v, maxExtent));
  BufferShape s = bufferShape(b);
  if (!s.tiled() && isBlockFloat(dataFormat(b.format)))
    return fail(fmt::format("{}: {} has no row-major form", where, EnumNameFormat(b.format)));
  int64_t align = b.memory == Memory::L1 ? device.l1_alignment : device.dram_alignment;
  if (b.page_bytes < pageDataBytes(s) || b.page_bytes % align ||
      b.page_bytes > pageDataBytes(s) + 4096 ||
      (s.tiled() && b.page_bytes != naturalPageBytes(s, device)))
    return fail(fmt::format("{}: page_bytes {}, expected {} (a multiple of {})", where,
                            b.page_bytes, naturalPageBytes(s, device), align));
  if (!s.interleaved()) {
    if (b.memory != Memory::L1)
      return fail(fmt::format("{}: a sharded buffer lies in L1", where));
    if (b.grid_x < 1 || b.grid_y < 1 || b.grid_x > device.grid_x || b.grid_y > device.grid_y)
      return fail(fmt::format("{}: shard grid {}x{}, the device has {}x{}", where, b.grid_x,
                              b.grid_y, device.grid_x, device.grid_y));
    int64_t ni = (s.rows + s.shardRows - 1) / s.shardRows,
            nj = (s.cols + s.shardCols - 1) / s.shardCols;
    int64_t cores = s.gridX * s.gridY;
    bool ok = s.sharding == Sharding::Height  ? nj == 1 && ni <= cores
              : s.sharding == Sharding::Width ? ni == 1 && nj <= cores
                                              : ni <= (s.colMajor ? s.gridX : s.gridY) &&
                                                    nj <= (s.colMajor ? s.gridY : s.gridX);
    if (!ok)
      return fail(fmt::format("{}: {} x {} shards of {}x{} do not fit {} sharding on grid {}x{}",
                              where, ni, nj, s.shardRows, s.shardCols, EnumNameSharding(b.sharding),
                              s.gridX, s.gridY));
    if (s.tiled() && (s.shardRows % tileDim || s.shardCols % tileDim))
      return fail(
          fmt::format("{}: shard {}x{} is not whole tiles", where, s.shardRows, s.shardCols));
    if (!s.tiled() && nj > 1 && b.page_bytes != pageDataBytes(s))
      return fail(
          fmt::format("{}: rows in {} column shards of {} bytes, a multiple of {} is needed", where,
                      nj, pageDataBytes(s), align));
  }
  int64_t need = bytesPerUnit(s, device);
  if (b.size < uint64_t(need))
    return fail(
        fmt::format("{}: size {} bytes a bank or core, its pages need {}", where, b.size, need));
  uint64_t lo = b.memory == Memory::L1 ? uint64_t(device.l1_base) : 0;
  uint64_t hi = uint64_t(b.memory == Memory::L1 ? device.l1_end : device.dram_bank_bytes);
  if (b.address < lo || b.address > hi || b.size > hi - b.address)
    return fail(fmt::format("{}: bytes {}..{} of {}, expected inside {}..{}", where, b.address,
                            b.address + b.size, EnumNameMemory(b.memory), lo, hi));
  if (b.address % uint64_t(align))
    return fail(fmt::format("{}: address {} is not a multiple of {}", where, b.address, align));
  if (b.location >= std::max<size_t>(1, model.locations.size()))
    return fail(fmt::format("{}: location {} of {}", where, b.location, model.locations.size()));
  if (b.constant) {
    BufferView view(s, device);
    uint64_t pages = uint64_t(view.pageRows()) * uint64_t(view.pageCols());
    if (b.data_size != pages * b.page_bytes)
      return fail(fmt::format("{}: data_size {}, its {} pages of {} bytes need {}", where,
                              b.data_size, pages, b.page_bytes, pages * b.page_bytes));
    if (b.data_offset > constantBytes || b.data_size > constantBytes - b.data_offset)
      return fail(fmt::format("{}: data at bytes {}..{} of the constants, which have {}", where,
                              b.data_offset, b.data_offset + b.data_size, constantBytes));
  }
  return true;
}

bool ModelVerifier::circularBuffers(const ProgramT &p, const std::string &where) {
  if (int64_t(p.cbs.size()) > device.max_cbs)
    return fail(
        fmt::format("{}: {} circular buffers, a core has {}", where, p.cbs.size(), device.max_cbs));
  for (size_t i = 0; i < p.cbs.size(); ++i) {
    const CircularBufferT &cb = *p.cbs[i];
    std::string name = fmt::format("{}: circular buffer {} '{}'", where, i, cb.name);
    if (!validFormat(cb.format))
      return fail(fmt::format("{}: format {} is unknown", name, int(cb.format)));
    if (cb.page_bytes < 1 || cb.pages < 1 || cb.page_bytes % device.l1_alignment)
      return fail(
          fmt::format("{}: {} pages of {} bytes, expected at least one page of a multiple of {}",
                      name, cb.pages, cb.page_bytes, device.l1_alignment));
    uint64_t bytes = uint64_t(cb.page_bytes) * cb.pages;
    if (cb.address % uint64_t(device.l1_alignment) || cb.address < uint64_t(device.l1_base) ||
        cb.address > uint64_t(device.l1_end) || bytes > uint64_t(device.l1_end) - cb.address)
      return fail(fmt::format("{}: bytes {}..{} of L1, expected inside {}..{} and aligned to {}",
                              name, cb.address, cb.address + bytes, device.l1_base, device.l1_end,
                              device.l1_alignment));
    if (cb.alias < 0) {
      for (size_t j = 0; j < i; ++j) {
        const CircularBufferT &o = *p.cbs[j];
        uint64_t end = uint64_t(o.address) + uint64_t(o.page_bytes) * o.pages;
        if (cb.address < end && o.address < cb.address + bytes && o.alias < 0)
          return fail(fmt::format("{}: bytes {}..{} overlap circular buffer {} '{}' at {}..{}",
                                  name, cb.address, cb.address + bytes, j, o.name, o.address, end));
      }
      continue;
    }
    if (size_t(cb.alias) >= model.buffers.size())
      return fail(fmt::format("{}: alias of buffer {}, there are {}", name, cb.alias,
                              model.buffers.size()));
    const BufferT &b = *model.buffers[size_t(cb.alias)];
    if (b.memory != Memory::L1 || b.sharding == Sharding::Interleaved)
      return fail(
          fmt::format("{}: alias of buffer '{}', which is not sharded in L1", name, b.name));
    if (cb.address != b.address || bytes > b.size)
      return fail(fmt::format("{}: bytes {}..{}, its buffer '{}' lies at {}..{}", name, cb.address,
                              cb.address + bytes, b.name, b.address, b.address + b.size));
  }
  return true;
}

bool ModelVerifier::program(size_t index) {
  const ProgramT &p = *model.programs[index];
  std::string where = fmt::format("program {} '{}'", index, p.name);
  if (p.grid_x < 1 || p.grid_y < 1 || p.grid_x > device.grid_x || p.grid_y > device.grid_y)
    return fail(fmt::format("{}: grid {}x{}, the device has {}x{}", where, p.grid_x, p.grid_y,
                            device.grid_x, device.grid_y));
  if (!inRange(p.fidelity, Fidelity::LoFi, Fidelity::HiFi4))
    return fail(fmt::format("{}: fidelity {} is unknown", where, int(p.fidelity)));
  if (p.location >= std::max<size_t>(1, model.locations.size()))
    return fail(fmt::format("{}: location {} of {}", where, p.location, model.locations.size()));
  if (int64_t(p.semaphores) > device.max_semaphores)
    return fail(fmt::format("{}: {} semaphores, a core has {}", where, p.semaphores,
                            device.max_semaphores));
  size_t cores = size_t(p.grid_x) * p.grid_y;
  if (p.args.size() != cores * p.num_args)
    return fail(fmt::format("{}: {} argument words, expected {} for each of {} cores", where,
                            p.args.size(), p.num_args, cores));
  if (!circularBuffers(p, where))
    return false;
  KernelLimits limits{p.cbs.size(), model.buffers.size(), model.windows.size(),
                      p.semaphores, p.num_args,           p.grid_x,
                      p.grid_y};
  bool seen[3] = {};
  for (const auto &k : p.kernels) {
    if (!inRange(k->thread, ThreadKind::Reader, ThreadKind::Compute))
      return fail(fmt::format("{}: thread kind {} is unknown", where, int(k->thread)));
    std::string name = fmt::format("{}: {}", where, EnumNameThreadKind(k->thread));
    if (seen[size_t(k->thread)])
      return fail(fmt::format("{}: two kernels for one thread", name));
    seen[size_t(k->thread)] = true;
    if (std::string error = verifyKernel(*k, limits, usedBy[index]); !error.empty())
      return fail(fmt::format("{}: {}", name, error));
  }
  for (const auto &cb : p.cbs)
    if (cb->alias >= 0)
      usedBy[index].insert(uint32_t(cb->alias));
  return true;
}

bool ModelVerifier::commands() {
  firstUse.assign(model.buffers.size(), -1);
  lastUse.assign(model.buffers.size(), -1);
  std::vector<uint8_t> freed(model.buffers.size(), 0);
  for (size_t i = 0; i < model.commands.size(); ++i) {
    const CommandT &c = *model.commands[i];
    if (c.kind == CommandKind::Launch) {
      if (c.index >= model.programs.size())
        return fail(fmt::format("command {}: launches program {} of {}", i, c.index,
                                model.programs.size()));
      for (uint32_t b : usedBy[c.index]) {
        if (freed[b])
          return fail(fmt::format("command {}: program {} '{}' uses buffer '{}' after it was freed",
                                  i, c.index, model.programs[c.index]->name,
                                  model.buffers[b]->name));
        if (firstUse[b] < 0)
          firstUse[b] = int64_t(i);
        lastUse[b] = int64_t(i);
      }
    } else if (c.kind == CommandKind::Free) {
      if (c.index >= model.buffers.size())
        return fail(
            fmt::format("command {}: frees buffer {} of {}", i, c.index, model.buffers.size()));
      freed[c.index] = 1;
    } else {
      return fail(fmt::format("command {}: kind {} is unknown", i, int(c.kind)));
    }
  }
  return true;
}

bool ModelVerifier::tensors() {
  auto check = [&](const TensorT &t, const char *kind, size_t index) {
    std::string where = fmt::format("{} {} '{}'", kind, index, t.name);
    if (t.buffer >= model.buffers.size())
      return fail(fmt::format("{}: buffer {} of {}", where, t.buffer, model.buffers.size()));
    if (t.shape.empty() || t.shape.size() > 8 || t.permutation.size() != t.shape.size())
      return fail(fmt::format("{}: {} dimensions and a permutation of {}", where, t.shape.size(),
                              t.permutation.size()));
    std::vector<uint8_t> seen(t.shape.size(), 0);
    for (uint32_t p : t.permutation) {
      if (p >= t.shape.size() || seen[p])
        return fail(fmt::format("{}: permutation names dimension {} wrongly", where, p));
      seen[p] = 1;
    }
    uint64_t rows = 1;
    for (size_t d = 0; d < t.shape.size(); ++d) {
      if (t.shape[d] < 1 || t.shape[d] > maxExtent)
        return fail(fmt::format("{}: extent {} of dimension {}", where, t.shape[d], d));
      if (d + 1 < t.shape.size())
        rows *= t.shape[t.permutation[d]];
      if (rows > uint64_t(maxExtent))
        return fail(fmt::format("{}: too large", where));
    }
    const BufferT &b = *model.buffers[t.buffer];
    uint64_t cols = t.shape[t.permutation.back()];
    if (rows != b.rows || cols != b.cols)
      return fail(fmt::format("{}: is {} x {} after its permutation, buffer '{}' is {} x {}", where,
                              rows, cols, b.name, b.rows, b.cols));
    return true;
  };
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    if (!check(*model.inputs[i], "input", i))
      return false;
    firstUse[model.inputs[i]->buffer] = 0;
    lastUse[model.inputs[i]->buffer] = std::max<int64_t>(0, lastUse[model.inputs[i]->buffer]);
  }
  for (size_t i = 0; i < model.outputs.size(); ++i) {
    if (!check(*model.outputs[i], "output", i))
      return false;
    lastUse[model.outputs[i]->buffer] = int64_t(model.commands.size());
  }
  for (size_t i = 0; i < model.heads.size(); ++i) {
    const YoloHeadT &h = *model.heads[i];
    if (h.output >= model.outputs.size())
      return fail(fmt::format("yolo head {}: output {} of {}", i, h.output, model.outputs.size()));
    if (h.classes < 1 || h.classes > 100000 || h.anchors.empty() || h.anchors.size() % 2 ||
        h.input_width < 1 || h.input_height < 1)
      return fail(fmt::format("yolo head {}: {} classes, {} anchor values, input {}x{}", i,
                              h.classes, h.anchors.size(), h.input_width, h.input_height));
    const TensorT &t = *model.outputs[h.output];
    uint64_t channels = h.anchors.size() / 2 * (5ull + h.classes);
    if (t.shape.size() != 4 || t.shape[1] != channels)
      return fail(fmt::format(
          "yolo head {}: output '{}' has {} dimensions and {} channels, expected 4 and {}", i,
          t.name, t.shape.size(), t.shape.size() > 1 ? t.shape[1] : 0, channels));
  }
  return true;
}

bool ModelVerifier::overlaps() {
  // Whatever lies in L1 while a program runs must not share bytes with its circular buffers.
  for (size_t i = 0; i < model.commands.size(); ++i) {
    const CommandT &c = *model.commands[i];
    if (c.kind != CommandKind::Launch)
      continue;
    const ProgramT &p = *model.programs[c.index];
    for (const auto &cb : p.cbs) {
      if (cb->alias >= 0)
        continue;
      uint64_t lo = cb->address, hi = lo + uint64_t(cb->page_bytes) * cb->pages;
      for (size_t b = 0; b < model.buffers.size(); ++b) {
        const BufferT &buf = *model.buffers[b];
        if (buf.memory != Memory::L1 || lo >= buf.address + buf.size || buf.address >= hi)
          continue;
        int64_t first = buf.constant ? 0 : firstUse[b], last = lastUse[b];
        if (first >= 0 && first <= int64_t(i) && last >= int64_t(i))
          return fail(fmt::format(
              "program {} '{}': circular buffer '{}' at L1 bytes {}..{} overlaps "
              "live buffer {} '{}' at {}..{}",
              c.index, p.name, cb->name, lo, hi, b, buf.name, buf.address, buf.address + buf.size));
      }
    }
  }
  return true;
}

} // namespace

Expected<void> verifyModel(const ModelT &model, const DeviceSpec &device, uint64_t constantBytes,
                           const std::string &name) {
  ModelVerifier v{model, device, constantBytes, name, {}, {}, {}, {}};
  if (!v.run())
    return Error{v.message};
  return {};
}

} // namespace ttc
