//===- BufferIO.cpp - host floats to device bytes and back ------------------===//
#include "BufferIO.h"

#include "Sim/Decoded.h"

#include <algorithm>
#include <cstring>

namespace ttc::runtime {
namespace {

/// Calls fn(page bytes, first row, first column, rows, columns) for every page with data.
template <typename Fn> void forEachDataPage(sim::Memory &memory, const BufferView &view, Fn fn) {
  const BufferShape &s = view.shape();
  int64_t pageRows = s.tiled() ? tileDim : 1;
  int64_t pageCols = s.tiled() ? tileDim : s.interleaved() ? s.cols : s.shardCols;
  for (int64_t r = 0; r < view.pageRows(); ++r)
    for (int64_t c = 0; c < view.pageCols(); ++c)
      fn(memory.at(view.inL1(), view.page(r, c)), r * pageRows, c * pageCols,
         std::min(pageRows, s.rows - r * pageRows), std::min(pageCols, s.cols - c * pageCols));
}

} // namespace

void packBuffer(sim::Memory &memory, const BufferView &view, const float *values) {
  const BufferShape &s = view.shape();
  DataFormat format = dataFormat(s.format);
  std::vector<float> tile(tileElements);
  forEachDataPage(
      memory, view, [&](uint8_t *page, int64_t r, int64_t c, int64_t rows, int64_t cols) {
        const float *src = values + r * s.cols + c;
        if (!s.tiled())
          return packMatrixRows(format, src, 1, size_t(cols), size_t(s.cols), page,
                                size_t(view.pageBytes()));
        if (rows == tileDim && cols == tileDim)
          return packTileHost(format, src, size_t(s.cols), page);
        std::fill(tile.begin(), tile.end(), 0.0f);
        for (int64_t i = 0; i < rows; ++i)
          std::memcpy(tile.data() + i * tileDim, src + i * s.cols, size_t(cols) * sizeof(float));
        packTileHost(format, tile.data(), tileDim, page);
      });
}

void unpackBuffer(sim::Memory &memory, const BufferView &view, float *values) {
  const BufferShape &s = view.shape();
  DataFormat format = dataFormat(s.format);
  std::vector<float> tile(tileElements);
  forEachDataPage(
      memory, view, [&](uint8_t *page, int64_t r, int64_t c, int64_t rows, int64_t cols) {
        float *dst = values + r * s.cols + c;
        if (!s.tiled())
          return unpackMatrixRows(format, page, size_t(view.pageBytes()), 1, size_t(cols),
                                  size_t(s.cols), dst);
        if (rows == tileDim && cols == tileDim)
          return unpackTileHost(format, page, dst, size_t(s.cols));
        unpackTileHost(format, page, tile.data(), tileDim);
        for (int64_t i = 0; i < rows; ++i)
          std::memcpy(dst + i * s.cols, tile.data() + i * tileDim, size_t(cols) * sizeof(float));
      });
}

void copyPages(sim::Memory &memory, const BufferView &view, std::span<const uint8_t> pages) {
  size_t size = size_t(view.pageBytes()), at = 0;
  for (int64_t r = 0; r < view.pageRows(); ++r)
    for (int64_t c = 0; c < view.pageCols(); ++c, at += size)
      std::memcpy(memory.at(view.inL1(), view.page(r, c)), pages.data() + at, size);
}

std::vector<float> permute(std::span<const float> values, std::span<const uint32_t> shape,
                           std::span<const uint32_t> permutation, bool inverse) {
  size_t rank = shape.size();
  // Strides in the unpermuted tensor of the permuted dimensions.
  std::vector<size_t> stride(rank, 1), extent(rank), step(rank);
  for (size_t d = rank - 1; d > 0; --d)
    stride[d - 1] = stride[d] * shape[d];
  for (size_t d = 0; d < rank; ++d) {
    extent[d] = shape[permutation[d]];
    step[d] = stride[permutation[d]];
  }
  std::vector<float> out(values.size());
  std::vector<size_t> index(rank, 0);
  size_t inner = extent[rank - 1], innerStep = step[rank - 1], source = 0;
  for (size_t at = 0; at < values.size(); at += inner) {
    for (size_t i = 0; i < inner; ++i)
      if (inverse)
        out[source + i * innerStep] = values[at + i];
      else
        out[at + i] = values[source + i * innerStep];
    for (size_t d = rank - 1; d-- > 0;) {
      source += step[d];
      if (++index[d] < extent[d])
        break;
      source -= step[d] * extent[d];
      index[d] = 0;
    }
  }
  return out;
}

int64_t l1Peak(const program::ModelT &model) {
  using isa::Opcode;
  struct Live {
    int64_t first = -1, last = -1;
    void use(int64_t at) {
      if (first < 0)
        first = at;
      last = std::max(last, at);
    }
  };
  std::vector<Live> live(model.buffers.size());
  auto forLaunches = [&](auto fn) {
    for (size_t i = 0; i < model.commands.size(); ++i)
      if (model.commands[i]->kind == program::CommandKind::Launch)
        fn(int64_t(i), *model.programs[model.commands[i]->index]);
  };
  for (const auto &t : model.inputs)
    live[t->buffer].use(0);
  forLaunches([&](int64_t at, const program::ProgramT &p) {
    for (const auto &cb : p.cbs)
      if (cb->alias >= 0)
        live[size_t(cb->alias)].use(at);
    for (const auto &k : p.kernels)
      for (size_t pc = 0; pc < k->code.size(); pc += 2 + (uint32_t(k->code[pc]) >> 16)) {
        sim::BufferFields f = sim::bufferFields(isa::Opcode(uint32_t(k->code[pc]) & 0xffff));
        int field = std::max(f.read, f.written);
        if (field >= 0 && !(uint32_t(k->code[pc + 1]) >> field & 1))
          live[size_t(k->code[pc + 2 + size_t(field)])].use(at);
      }
  });
  for (const auto &t : model.outputs)
    live[t->buffer].use(int64_t(model.commands.size()));
  int64_t peak = 0;
  forLaunches([&](int64_t at, const program::ProgramT &p) {
    std::vector<std::pair<uint64_t, uint64_t>> used;
    for (size_t b = 0; b < live.size(); ++b)
      if (model.buffers[b]->memory == program::Memory::L1 && live[b].first >= 0 &&
          live[b].first <= at && live[b].last >= at)
        used.push_back(
            {model.buffers[b]->address, model.buffers[b]->address + model.buffers[b]->size});
    for (const auto &cb : p.cbs)
      used.push_back({cb->address, cb->address + uint64_t(cb->page_bytes) * cb->pages});
    std::sort(used.begin(), used.end());
    uint64_t end = 0;
    int64_t bytes = 0;
    for (auto [lo, hi] : used) {
      lo = std::max(lo, end);
      if (hi > lo)
        bytes += int64_t(hi - lo);
      end = std::max(end, hi);
    }
    peak = std::max(peak, bytes);
  });
  return peak;
}

} // namespace ttc::runtime
