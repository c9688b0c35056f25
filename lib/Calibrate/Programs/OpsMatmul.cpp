//===- OpsMatmul.cpp - measured matrix products -------------------------------===//
//
// A row states how its product is cut, or leaves it to the library, whose rule is
// written here (tt-metal, matmul_program_config.cpp): the way of the cut by shape,
// blocks of two tiles of K unless the cut is two-dimensional, sub-blocks from a list.
//
//===----------------------------------------------------------------------===//
#include "OpRun.h"

#include "ttc/TilePrograms/BlockMatmul.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::calibrate {
using program::Sharding;

namespace {

/// A product in tiles, and how it goes over the cores.
struct Cut {
  Sharding way = Sharding::Block;
  int64_t rows = 1, cols = 1; ///< a core's part
  int64_t inner = 1;          ///< block of K
  int64_t cores = 0;          ///< that get a part
};

/// The library's sub-block: the first of its list that divides the block and fits in Dst.
std::pair<int64_t, int64_t> subBlock(int64_t rows, int64_t cols, int64_t dst) {
  static constexpr std::pair<int64_t, int64_t> list[] = {
      {4, 2}, {2, 4}, {8, 1}, {1, 8}, {7, 1}, {1, 7}, {3, 2}, {2, 3}, {6, 1}, {1, 6}, {5, 1},
      {1, 5}, {2, 2}, {4, 1}, {1, 4}, {3, 1}, {1, 3}, {2, 1}, {1, 2}};
  for (auto [h, w] : list)
    if (h * w <= dst && rows % h == 0 && cols % w == 0)
      return {h, w};
  return {1, 1};
}

/// The ways to cut m x n x k tiles that the library may choose from, for interleaved operands.
std::vector<Cut> cuts(int64_t m, int64_t n, int64_t k, const DeviceSpec &d) {
  int64_t all = d.cores(), inner = k % 2 ? 1 : 2;
  Cut tall{Sharding::Height, ceilDiv(m, all), n, inner}, wide{Sharding::Width, m, ceilDiv(n, all), inner};
  tall.cores = ceilDiv(m, tall.rows);
  wide.cores = ceilDiv(n, wide.cols);
  Cut block{Sharding::Block, ceilDiv(m, d.grid_y), ceilDiv(n, d.grid_x),
            k % d.grid_x ? 1 : k / d.grid_x};
  block.cores = ceilDiv(m, block.rows) * ceilDiv(n, block.cols);
  bool narrow = m > 8 * n || n > 8 * m || m == 1 || n == 1;
  std::vector<Cut> found = {block, m > n ? tall : wide};
  if (narrow)
    std::swap(found[0], found[1]);
  return found;
}

} // namespace

Expected<void> OpRun::matmul() {
  if (c.in[1]->shape[0] * c.in[1]->shape[1] != 1)
    return Error{"a product of batches"};
  bool minimal = c.op == "MinimalMatmulOp";
  auto stated = [&](const char *key) {
    std::vector<int64_t> n = c.numbers(minimal ? "config" : "program_config", key);
    return n.size() == 1 ? n[0] : 0;
  };
  OpsTensor result = *c.out, left = *c.in[0], right = *c.in[1];
  if (minimal) { // multiplies whole blocks, whatever of them is there
    int64_t rows = stated("M_block_size="), cols = stated("N_block_size=");
    if (!rows || !cols)
      return Error{"attribute 'config' states no blocks"};
    int64_t gridRows = std::min(device.grid_y, ceilDiv(tilesOf(result.rows()), rows));
    int64_t gridCols = device.grid_x;
    rows *= ceilDiv(tilesOf(result.rows()), rows * gridRows);
    cols *= ceilDiv(tilesOf(result.cols()), cols * gridCols);
    result.shape = {1, 1, gridRows * rows * tileDim, gridCols * cols * tileDim};
    left.shape = {1, 1, result.shape[2], left.shape[3]};
    right.shape[3] = result.shape[3];
  }
  Expected<BufferRef> in0 = place("in0", left), in1 = place("in1", right);
  if (!in0)
    return in0.error();
  if (!in1)
    return in1.error();
  Expected<BufferRef> out = place("out", result, outShard());
  if (!out)
    return out.error();
  programs::BlockMatmulProgram op;
  op.device = &device;
  op.in0 = *in0;
  op.in1 = *in1;
  op.output = *out;
  if (c.in[2])
    op.bias = [](int64_t) { return 0.0f; };
  for (const auto &[name, value] : c.attributes) // in the configuration, or apart
    if (value.find("op_type=UnaryOpType::RELU") != std::string::npos)
      op.activation = programs::Activation{isa::SfpuFunction::Relu};
  op.l1Accumulate = c.flag("compute_kernel_config", "packer_l1_acc=", false);
  programs::Target target = this->target();
  // A block of the result as large as L1 holds: the whole part first.
  auto build = [&](int64_t rows, int64_t cols, int64_t inner, int64_t h, int64_t w) {
    op.blocking = programs::MatmulBlocking{inner, rows, cols, h, w};
    return programs::buildBlockMatmul(bench.builder(), target, op);
  };
  if (minimal) {
    op.cut = Sharding::Block;
    target.gridY = int(std::min(device.grid_y, ceilDiv(tilesOf(result.rows()), stated("M_block_size="))));
    return build(stated("M_block_size="), stated("N_block_size="), stated("K_block_size="),
                 stated("subblock_h="), stated("subblock_w="));
  }
  if (int64_t inner = stated("in0_block_w="))
    return build(stated("out_block_h="), stated("out_block_w="), inner, stated("out_subblock_h="),
                 stated("out_subblock_w="));
  if (c.in[0]->memory.ends_with("SHARDED"))
    return Error{"a product of shards without a configuration"};
  int64_t batches = c.in[0]->shape[0] * c.in[0]->shape[1];
  int64_t m = tilesOf(c.out->rows()), n = tilesOf(c.out->cols()), k = tilesOf(c.in[0]->cols());
  if (batches > 1) {
    // Batches one after the other, each as a wide product.
    op.cut = Sharding::Width;
    int64_t rows = tilesOf(c.out->shape[2]), cols = ceilDiv(n, device.cores());
    auto [h, w] = subBlock(rows, cols, target.dstTiles());
    return build(rows, cols, k % 2 ? 1 : 2, h, w);
  }
  std::vector<Cut> possible = cuts(m, n, k, device);
  // What the rule gave on the day of the measurement shows in the number of cores.
  auto cut = std::find_if(possible.begin(), possible.end(),
                          [&](const Cut &p) { return p.cores == c.cores; });
  if (cut == possible.end())
    return Error{fmt::format("no cut of {}x{} tiles over {} cores", m, n, c.cores)};
  op.cut = cut->way;
  auto [h, w] = subBlock(cut->rows, cut->cols, target.dstTiles());
  return build(cut->rows, cut->cols, cut->inner, h, w);
}

} // namespace ttc::calibrate
