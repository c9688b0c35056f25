//===- OpsWindow.cpp - measured operations over windows of an image -----------===//
#include "OpRun.h"

#include "ttc/TilePrograms/Unfused.h"

#include <fmt/format.h>

namespace ttc::calibrate {
using program::Format;
using program::Order;
using program::Sharding;

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
  programs::StickwiseProgram op;
  op.input = *in;
  op.output = *out;
  op.height = s[1];
  op.width = s[2];
  op.repeatH = h[0];
  op.repeatW = w[0];
  return programs::buildStickwise(bench.builder(), target(), op);
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

} // namespace ttc::calibrate
