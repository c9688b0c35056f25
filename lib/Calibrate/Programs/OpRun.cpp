//===- OpRun.cpp - tensors and windows of the operations' table ---------------===//
#include "OpRun.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::calibrate {
using program::Format;
using program::Memory;
using program::Order;
using program::Sharding;

Expected<Format> OpRun::format(const std::string &type) const {
  if (type == "BFLOAT16")
    return Format::Bf16;
  if (type == "BFLOAT8_B")
    return Format::Bfp8B;
  if (type == "BFLOAT4_B")
    return Format::Bfp4B;
  if (type == "FLOAT32")
    return Format::Fp32;
  return Error{fmt::format("no tensors of {}", type)};
}

void OpRun::grid(BufferDesc &d, int64_t rowParts, int64_t colParts) const {
  if (d.sharding == Sharding::Block) {
    d.gridX = int(d.colMajor ? rowParts : colParts);
    d.gridY = int(d.colMajor ? colParts : rowParts);
  } else {
    int64_t parts = rowParts * colParts;
    d.gridX = int(std::min(parts, device.grid_x));
    d.gridY = int(ceilDiv(parts, d.gridX));
  }
}

Expected<BufferDesc> OpRun::describe(const OpsTensor &t, std::vector<int64_t> shard) const {
  Expected<Format> f = format(t.type);
  if (!f)
    return f.error();
  bool l1 = t.memory.starts_with("L1");
  // Tiles pad each image on its own.
  int64_t rows = t.tiled ? t.shape[0] * t.shape[1] * roundUp(t.shape[2], tileDim) : t.rows();
  if (t.shape[0] * t.shape[1] == 1)
    rows = t.rows();
  BufferDesc d = interleaved(l1 ? Memory::L1 : Memory::Dram, t.tiled ? Order::Tile : Order::RowMajor,
                             *f, rows, t.cols());
  if (t.memory.ends_with("INTERLEAVED"))
    return d;
  int64_t unit = t.tiled ? tileDim : 1, colUnit = t.tiled ? tileDim : 8;
  if (t.memory.ends_with("HEIGHT_SHARDED")) {
    d.sharding = Sharding::Height;
    d.shardRows = shard.size() == 2 ? shard[0] : ceilDiv(ceilDiv(rows, unit), c.cores) * unit;
    d.shardCols = roundUp(t.cols(), colUnit);
  } else if (t.memory.ends_with("WIDTH_SHARDED")) {
    d.sharding = Sharding::Width;
    d.shardRows = roundUp(rows, unit);
    d.shardCols = ceilDiv(ceilDiv(t.cols(), tileDim), c.cores) * tileDim;
  } else if (t.memory.ends_with("BLOCK_SHARDED")) {
    d.sharding = Sharding::Block;
    if (shard.size() != 2) {
      // As many columns of cores as fit the grid and divide the row's cores.
      int64_t x = std::min(device.grid_x, c.cores);
      auto fits = [&](int64_t x) { return c.cores % x == 0 && c.cores / x <= device.grid_y; };
      // Columns of cores that cut the channels into equal parts come first.
      while (x > 1 && !(fits(x) && ceilDiv(t.cols(), colUnit) % x == 0))
        --x;
      if (!fits(x))
        for (x = std::min(device.grid_x, c.cores); x > 1 && !fits(x);)
          --x;
      if (!fits(x))
        return Error{fmt::format("{} cores are no block of the grid", c.cores)};
      shard = {ceilDiv(ceilDiv(rows, unit), c.cores / x) * unit,
               ceilDiv(ceilDiv(t.cols(), colUnit), x) * colUnit};
    }
    d.shardRows = roundUp(shard[0], unit);
    d.shardCols = roundUp(shard[1], colUnit);
    for (const auto &[name, value] : c.attributes)
      d.colMajor |= value.find("ShardOrientation::COL_MAJOR") != std::string::npos;
  } else {
    return Error{fmt::format("no tensors in {}", t.memory)};
  }
  grid(d, ceilDiv(rows, d.shardRows), ceilDiv(t.cols(), d.shardCols));
  if (d.gridX > device.grid_x || d.gridY > device.grid_y)
    return Error{fmt::format("shards of {}x{} need a grid of {}x{}", d.shardRows, d.shardCols,
                             d.gridX, d.gridY)};
  return d;
}

Expected<BufferRef> OpRun::place(const char *name, const OpsTensor &t, std::vector<int64_t> shard) {
  Expected<BufferDesc> d = describe(t, std::move(shard));
  if (!d)
    return d.error();
  return bench.buffer(name, *d);
}

/// The result's shard extents where the configuration states them.
std::vector<int64_t> OpRun::outShard() const {
  for (const char *name : {"memory_config", "output_mem_config", "output_memory_config",
                           "memory_config_"})
    if (std::vector<int64_t> shape = c.numbers(name, "shape="); shape.size() == 2)
      return shape;
  return {};
}

Expected<WindowDesc> OpRun::window(const std::string &a) const {
  auto pair = [&](const char *key) { return c.numbers(a, key); };
  std::vector<int64_t> in = pair("input_hw="), kernel = pair("window_hw="), stride = pair("stride_hw="),
                       pads = pair("padding="), dilation = pair("dilation_hw="),
                       batch = pair("batch_size=");
  if (in.size() != 2 || kernel.size() != 2 || stride.size() != 2 || pads.size() != 4 ||
      dilation.size() != 2 || batch.size() != 1)
    return Error{fmt::format("attribute '{}' states no window", a)};
  WindowDesc w;
  w.n = batch[0];
  w.inH = in[0];
  w.inW = in[1];
  w.kernelH = kernel[0];
  w.kernelW = kernel[1];
  w.strideH = stride[0];
  w.strideW = stride[1];
  w.padTop = pads[0];
  w.padLeft = pads[2];
  w.dilationH = dilation[0];
  w.dilationW = dilation[1];
  w.outH = (in[0] + pads[0] + pads[1] - (kernel[0] - 1) * dilation[0] - 1) / stride[0] + 1;
  w.outW = (in[1] + pads[2] + pads[3] - (kernel[1] - 1) * dilation[1] - 1) / stride[1] + 1;
  if (w.outH < 1 || w.outW < 1)
    return Error{fmt::format("attribute '{}' states a window larger than its image", a)};
  return w;
}

programs::Target OpRun::target() const {
  program::Fidelity fidelity = program::Fidelity::HiFi4;
  for (program::Fidelity f : program::EnumValuesFidelity())
    if (c.fidelity == program::EnumNameFidelity(f))
      fidelity = f;
  return bench.target(fidelity, c.flag("compute_kernel_config", "fp32_dest_acc_en=", false));
}

} // namespace ttc::calibrate
