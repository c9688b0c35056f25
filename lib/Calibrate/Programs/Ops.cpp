//===- Ops.cpp - published kernel times of single operations ------------------===//
#include "ttc/Calibrate/Ops.h"

#include "Bench.h"
#include "ttc/TilePrograms/BlockMatmul.h"
#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::calibrate {
using program::Format;
using program::Memory;
using program::Order;
using program::Sharding;

namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }
int64_t tilesOf(int64_t n) { return ceilDiv(n, tileDim); }

/// One row as a program: tensors from their columns, the rest from the configuration.
class OpRun {
public:
  OpRun(const OpsCase &c, const DeviceSpec &device) : c(c), device(device), bench(device) {}
  Expected<int64_t> run();

private:
  using Build = Expected<void> (OpRun::*)();
  Expected<void> conv();
  Expected<void> halo();
  Expected<void> convert();
  Expected<void> paddedSlice();
  Expected<void> slice();
  Expected<void> sliceWrite();
  Expected<void> matmul();
  Expected<void> binary();
  Expected<void> unary();
  Expected<void> upsample();
  Expected<void> concat();
  Expected<void> pool();

  Expected<Format> format(const std::string &type) const;
  /// The tensor's matrix where its memory column says. Sharded: in parts of `shard` elements, else
  /// over the row's cores.
  Expected<BufferDesc> describe(const OpsTensor &t, std::vector<int64_t> shard = {}) const;
  Expected<BufferRef> place(const char *name, const OpsTensor &t, std::vector<int64_t> shard = {});
  std::vector<int64_t> outShard() const;
  Expected<WindowDesc> window(const std::string &attribute) const;
  programs::Target target() const;
  void grid(BufferDesc &d, int64_t rowParts, int64_t colParts) const;

  const OpsCase &c;
  const DeviceSpec &device;
  Bench bench;
};

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
    d.gridX = int(colParts);
    d.gridY = int(rowParts);
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

Expected<void> OpRun::conv() {
  Expected<WindowDesc> w = window("sliding_window_config");
  if (!w)
    return w.error();
  Expected<BufferDesc> out = describe(*c.out, outShard());
  if (!out)
    return out.error();
  if (!out->sharded())
    return Error{"a convolution whose result is not sharded"};
  out->rows = w->n * w->outH * w->outW;
  // The operand is haloed already; its columns are those of one core, or of a row of cores.
  Expected<BufferDesc> in = describe(*c.in[0]);
  if (!in)
    return in.error();
  std::vector<int64_t> colsIn = c.numbers("parallelization_config", "num_cores_c_in=");
  if (in->sharding != Sharding::Height && colsIn.size() == 1)
    in->shardCols = roundUp(ceilDiv(c.in[0]->cols(), colsIn[0]), 8);
  in->cols = c.in[0]->cols();
  BufferDesc haloed = programs::haloDesc(*in, *w, *out);
  grid(haloed, haloed.rows / haloed.shardRows, ceilDiv(haloed.cols, haloed.shardCols));
  programs::HaloConvProgram op;
  op.device = &device;
  op.window = *w;
  op.inChannels = c.in[0]->cols();
  op.outChannels = c.out->cols();
  Expected<Format> weights = format(c.in[1] ? c.in[1]->type : "BFLOAT8_B");
  if (!weights)
    return weights.error();
  op.weightFormat = *weights;
  op.weight = [](int64_t, int64_t, int64_t) { return 0.0f; };
  if (c.in[2])
    op.bias = [](int64_t) { return 0.0f; };
  if (auto it = c.attributes.find("activation");
      it != c.attributes.end() && it->second.find("RELU") != std::string::npos)
    op.activation = programs::Activation{isa::SfpuFunction::Relu};
  auto one = [&](const char *name, const char *key, int64_t &value) {
    if (std::vector<int64_t> n = c.numbers(name, key); n.size() == 1 && n[0] > 0)
      value = n[0];
  };
  int64_t blockWidth = 0;
  one("block_config", "act_block_h_ntiles=", op.blockRows);
  one("block_config", "act_block_w_ntiles=", blockWidth);
  one("block_config", "out_subblock_h_ntiles=", op.subH);
  one("block_config", "out_subblock_w_ntiles=", op.subW);
  int64_t allRows = tilesOf(w->kernelH * w->kernelW * haloed.shardCols);
  op.kernelRows = blockWidth >= allRows ? w->kernelH : 1;
  op.doubleActivations = c.flag("enable_act_double_buffer", "", false);
  op.doubleWeights = c.flag("enable_weights_double_buffer", "", false);
  op.l1Accumulate = c.flag("compute_kernel_config", "packer_l1_acc=", false);
  Expected<BufferRef> input = bench.buffer("in", haloed);
  if (!input)
    return input.error();
  Expected<BufferRef> output = bench.buffer("out", *out);
  if (!output)
    return output.error();
  op.input = *input;
  op.output = *output;
  return programs::buildHaloConv(bench.builder(), target(), op);
}

Expected<void> OpRun::halo() {
  Expected<WindowDesc> w = window("config");
  if (!w)
    return w.error();
  Expected<BufferDesc> in = describe(*c.in[0], outShard());
  if (!in)
    return in.error();
  std::vector<int64_t> parts = c.numbers("config", "num_cores_nhw=");
  if (parts.size() != 1)
    return Error{"attribute 'config' states no number of cores"};
  if (in->sharding == Sharding::Block && c.cores % parts[0] == 0) {
    int64_t across = c.cores / parts[0];
    in->shardCols = roundUp(ceilDiv(in->cols, across), in->tiled() ? tileDim : 8);
    in->shardRows = ceilDiv(ceilDiv(in->rows, tileDim), parts[0]) * tileDim;
    grid(*in, parts[0], across);
  }
  in->rows = w->n * w->inH * w->inW;
  BufferDesc result = *in;
  result.rows = w->n * w->outH * w->outW;
  result.shardRows = result.sharding == Sharding::Width
                         ? result.rows
                         : ceilDiv(tilesOf(result.rows), parts[0]) * tileDim;
  grid(result, ceilDiv(result.rows, result.shardRows), ceilDiv(in->cols, in->shardCols));
  Expected<BufferRef> input = bench.buffer("in", *in);
  if (!input)
    return input.error();
  BufferDesc haloed = programs::haloDesc(*in, *w, result);
  grid(haloed, haloed.rows / haloed.shardRows, ceilDiv(haloed.cols, haloed.shardCols));
  Expected<BufferRef> output = bench.buffer("out", haloed);
  if (!output)
    return output.error();
  programs::HaloProgram op;
  op.input = *input;
  op.output = *output;
  op.window = *w;
  op.resultPartRows = result.shardRows;
  return programs::buildHalo(bench.builder(), target(), op);
}

Expected<void> OpRun::convert() {
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  if (in->desc.order == out->desc.order && in->desc.format == out->desc.format) {
    programs::MoveProgram op;
    op.pieces = {{*in, -1, 0, 0, out->desc.cols}};
    op.output = *out;
    return programs::buildMove(bench.builder(), target(), op);
  }
  programs::ConvertProgram op;
  op.input = *in;
  op.output = *out;
  return programs::buildConvert(bench.builder(), target(), op);
}

Expected<void> OpRun::paddedSlice() {
  // The rows that are kept, as a tensor of their own: what is left out costs nothing.
  OpsTensor kept = *c.in[0];
  kept.shape = c.out->shape;
  Expected<BufferRef> in = place("in", kept), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::ConvertProgram op;
  op.input = *in;
  op.output = *out;
  return programs::buildConvert(bench.builder(), target(), op);
}

Expected<void> OpRun::slice() {
  std::vector<int64_t> start = c.numbers("slice_start", "Shape(");
  if (start.size() != 4 || c.in[0]->shape[2] != c.out->shape[2] || c.in[0]->shape[1] != c.out->shape[1])
    return Error{"a slice of more than columns"};
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.pieces = {{*in, -1, start[3], 0, out->desc.cols}};
  op.output = *out;
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::sliceWrite() {
  // The part that is written, as a tensor of its own.
  OpsTensor part = *c.out;
  part.shape = c.in[0]->shape;
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", part);
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.pieces = {{*in, -1, 0, 0, out->desc.cols}};
  op.output = *out;
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::matmul() {
  if (c.in[1]->shape[0] * c.in[1]->shape[1] != 1)
    return Error{"a product of batches"};
  Expected<BufferRef> in0 = place("in0", *c.in[0]), in1 = place("in1", *c.in[1]);
  if (!in0)
    return in0.error();
  if (!in1)
    return in1.error();
  Expected<BufferRef> out = place("out", *c.out, outShard());
  if (!out)
    return out.error();
  programs::BlockMatmulProgram op;
  op.device = &device;
  op.in0 = *in0;
  op.in1 = *in1;
  op.output = *out;
  if (c.in[2])
    op.bias = [](int64_t) { return 0.0f; };
  if (auto it = c.attributes.find("user_fused_activation");
      it != c.attributes.end() && it->second.find("RELU") != std::string::npos)
    op.activation = programs::Activation{isa::SfpuFunction::Relu};
  return programs::buildBlockMatmul(bench.builder(), target(), op);
}

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
  return programs::buildEltwise(bench.builder(), target(), op);
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
      {"MUL_UNARY_SFPU", isa::SfpuFunction::MulScalar}};
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
  // The library's kernel over shards holds one tile in Dst at a time.
  return out->desc.sharded() ? programs::buildTilewise(bench.builder(), target(), op)
                             : programs::buildEltwise(bench.builder(), target(), op);
}

Expected<void> OpRun::upsample() {
  std::vector<int64_t> h = c.numbers("scale_factor_h", ""), w = c.numbers("scale_factor_w", "");
  auto mode = c.attributes.find("mode");
  if (h.size() != 1 || w.size() != 1 || mode == c.attributes.end() || mode->second != "nearest")
    return Error{"an upsampling that is not nearest"};
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  const auto &s = c.in[0]->shape;
  WindowDesc d;
  d.n = s[0];
  d.inH = s[1];
  d.inW = s[2];
  d.outH = s[1] * h[0];
  d.outW = s[2] * w[0];
  d.inRepeatH = h[0];
  d.inRepeatW = w[0];
  programs::MoveProgram op;
  op.kind = "upsample";
  op.pieces = {{*in, bench.builder().window(d), 0, 0, in->desc.cols}};
  op.output = *out;
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::concat() {
  if (c.numbers("dim", "") != std::vector<int64_t>{3})
    return Error{"a concat of another dim than the last"};
  // The table names three operands at most; the others are as the last one.
  Expected<BufferRef> out = place("out", *c.out, outShard());
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.kind = "concat";
  op.output = *out;
  int64_t col = 0;
  for (size_t i = 0; col < out->desc.cols; ++i) {
    const OpsTensor *t = nullptr;
    for (size_t k = 0; k < 3 && k <= i; ++k)
      if (c.in[k])
        t = &*c.in[k];
    Expected<BufferRef> piece = place("in", *t);
    if (!piece)
      return piece.error();
    int64_t cols = std::min(t->cols(), out->desc.cols - col);
    op.pieces.push_back({*piece, -1, 0, col, cols});
    col += cols;
  }
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::pool() {
  Expected<WindowDesc> w = window("sliding_window_config_");
  if (!w)
    return w.error();
  Expected<BufferDesc> in = describe(*c.in[0]), out = describe(*c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  out->rows = w->n * w->outH * w->outW;
  // The operand is haloed; our pool gathers from the image's own shards.
  in->rows = w->n * w->inH * w->inW;
  if (in->sharding == Sharding::Height)
    in->shardRows = ceilDiv(tilesOf(in->rows), c.cores) * tileDim;
  in->order = Order::RowMajor;
  out->order = Order::RowMajor;
  out->format = Format::Bf16;
  if (out->sharding == Sharding::Width)
    out->shardRows = roundUp(out->rows, 1);
  Expected<BufferRef> input = bench.buffer("in", *in), output = bench.buffer("out", *out);
  if (!input)
    return input.error();
  if (!output)
    return output.error();
  programs::PoolProgram op;
  op.input = *input;
  op.output = *output;
  op.window = *w;
  op.channels = c.out->cols();
  auto kind = c.attributes.find("pool_type_");
  op.max = kind != c.attributes.end() && kind->second.ends_with("MAX_POOL2D");
  return programs::buildPool(bench.builder(), target(), op);
}

Expected<int64_t> OpRun::run() {
  static const std::map<std::string, Build> builds = {
      {"Conv2dDeviceOperation", &OpRun::conv},
      {"HaloDeviceOperation", &OpRun::halo},
      {"MoveDeviceOperation", &OpRun::convert},
      {"InterleavedToShardedDeviceOperation", &OpRun::convert},
      {"ShardedToInterleavedDeviceOperation", &OpRun::convert},
      {"ReshardDeviceOperation", &OpRun::convert},
      {"TilizeDeviceOperation", &OpRun::convert},
      {"UntilizeDeviceOperation", &OpRun::convert},
      {"TypecastDeviceOperation", &OpRun::convert},
      {"PaddedSliceDeviceOperation", &OpRun::paddedSlice},
      {"SliceDeviceOperation", &OpRun::slice},
      {"SliceWriteDeviceOperation", &OpRun::sliceWrite},
      {"Matmul", &OpRun::matmul},
      {"MinimalMatmulOp", &OpRun::matmul},
      {"BinaryDeviceOperation", &OpRun::binary},
      {"BinaryNgDeviceOperation", &OpRun::binary},
      {"UnaryDeviceOperation", &OpRun::unary},
      {"UpsampleOperation", &OpRun::upsample},
      {"ConcatDeviceOperation", &OpRun::concat},
      {"Pool2D", &OpRun::pool}};
  auto it = builds.find(c.op);
  if (it == builds.end())
    return Error{"no program for it"};
  if (Expected<void> built = (this->*it->second)(); !built)
    return built.error();
  return bench.run();
}

} // namespace

Expected<int64_t> simulateOp(const OpsCase &c, const DeviceSpec &device) {
  return OpRun(c, device).run();
}

Expected<DeviceSpec> withCores(const DeviceSpec &device, int64_t cores) {
  for (int64_t x = 1; x <= device.grid_x; ++x)
    if (cores % x == 0 && cores / x <= x && cores / x <= device.grid_y) {
      DeviceSpec cut = device;
      cut.grid_x = x;
      cut.grid_y = cores / x;
      return cut;
    }
  return Error{fmt::format("{} has no grid of {} cores", device.name, cores)};
}

Expected<CalibrationReport> calibrateOps(const std::string &path, const OpsOptions &options) {
  Expected<Csv> csv = Csv::read(path);
  if (!csv)
    return csv.error();
  for (const char *tensor : {"in0", "in1", "in2", "out0"})
    for (const char *column : {"_shape", "_layout", "_dtype", "_memory"})
      if (std::string name = std::string(tensor) + column; !csv->hasColumn(name))
        return Error{fmt::format("{}: column '{}' is missing", path, name)};
  if (Expected<void> has = csv->require({"arch", "op", "fidelity", "cores", "available_cores",
                                         "kernel_ns_median", "attributes"});
      !has)
    return has.error();
  CalibrationReport report;
  report.source = path;
  report.unit = "ns";
  for (size_t row = 0; row < csv->rows(); ++row) {
    Expected<OpsCase> c = parseOpsCase(*csv, row);
    if (!c)
      return c.error();
    if (!options.group.empty() && c->op != options.group)
      continue;
    auto same = [&](const DeviceSpec &d) { // the profiler writes small letters
      return std::equal(d.architecture.begin(), d.architecture.end(), c->arch.begin(), c->arch.end(),
                        [](char a, char b) { return std::tolower(a) == std::tolower(b); });
    };
    auto found = std::find_if(options.devices.begin(), options.devices.end(), same);
    if (found == options.devices.end()) {
      report.skip(fmt::format("no device of architecture {}", c->arch));
      continue;
    }
    Expected<DeviceSpec> device = withCores(*found, c->availableCores);
    if (!device) {
      report.skip(device.error().message);
      continue;
    }
    Expected<int64_t> cycles = simulateOp(*c, *device);
    if (!cycles) {
      report.skip(fmt::format("{}: {}", c->op, cycles.error().message));
      continue;
    }
    report.rows.push_back({csv->line(row), c->name(), c->op,
                           {double(*cycles) * 1000 / double(device->clock_mhz), c->nanoseconds}});
  }
  return report;
}

} // namespace ttc::calibrate
