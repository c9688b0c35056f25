//===- WeightPrefetch.cpp - weights that come while earlier programs run ----===//
#include "ttc/TilePrograms/WeightPrefetch.h"

#include "Matmul.h"

namespace ttc::programs {

namespace {

/// `pages` tiles on each core of the part's grid.
BufferDesc tilesOnCores(const Partition &part, program::Format format, int64_t pages) {
  BufferDesc d;
  d.sharding = program::Sharding::Height;
  d.order = program::Order::Tile;
  d.format = format;
  d.gridX = part.gridX;
  d.gridY = part.gridY;
  d.shardRows = pages * tileDim;
  d.cols = d.shardCols = tileDim;
  d.rows = d.shardRows * part.gridX * part.gridY;
  return d;
}

int64_t coreBytes(const BufferDesc &d) {
  constexpr int64_t unit = 64;
  return roundUp(d.shardRows / tileDim * tileBytes(d.format), unit);
}

} // namespace

WeightPrefetch::WeightPrefetch(ProgramBuilder &b, const Product &product) : b(b), whole(product) {
  whole.program.prefetched = PrefetchedWeights{};
  matmul = std::make_unique<Matmul>(b, whole.target, whole.program);
}

WeightPrefetch::~WeightPrefetch() = default;

Expected<std::unique_ptr<WeightPrefetch>> WeightPrefetch::of(ProgramBuilder &b, const Product &product) {
  std::unique_ptr<WeightPrefetch> prefetch(new WeightPrefetch(b, product));
  if (Expected<void> planned = prefetch->matmul->plan(); !planned)
    return planned.error();
  return prefetch;
}

BufferDesc WeightPrefetch::weights() const {
  return tilesOnCores(matmul->part, whole.program.weightFormat, matmul->weightPages());
}

BufferDesc WeightPrefetch::bias() const {
  return tilesOnCores(matmul->part, matmul->epilogue->biasTiles(),
                      matmul->epilogue->hasBias() ? matmul->nt : 0);
}

int64_t WeightPrefetch::weightBytes() const { return coreBytes(weights()); }
int64_t WeightPrefetch::biasBytes() const { return coreBytes(bias()); }

int64_t WeightPrefetch::blocks() const { return matmul->weightBlocks; }

void WeightPrefetch::declareConstants() {
  matmul->declareWeights();
  matmul->epilogue->declareBiasConstant();
}

void WeightPrefetch::place(const PrefetchedWeights &to) {
  whole.program.prefetched = matmul->op.prefetched = to;
  matmul->epilogue->prefetchedTo(to.bias);
}

void WeightPrefetch::bring(int64_t part, int64_t parts) {
  int64_t first = blocks() * part / parts, end = blocks() * (part + 1) / parts;
  auto declare = [this] {
    matmul->weights = aliasCb(b, whole.program.prefetched->weights, "next_weights");
    matmul->epilogue->declareBias();
  };
  auto body = [this, first, end, part] {
    matmul->part.onActive(b, [&](Partition::Position at) {
      matmul->bringWeights(at, first, end, part == 0);
    });
  };
  b.alongNext({matmul->part.gridX, matmul->part.gridY, declare, body});
}

} // namespace ttc::programs
