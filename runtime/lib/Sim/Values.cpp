//===- Values.cpp - what instructions do to memory --------------------------===//
#include "Sim/Values.h"

#include "Sim/Transfers.h"

#include <bit>
#include <cstring>
#include <thread>

namespace ttc::sim {
using isa::Opcode;
namespace I = isa;

const float *McastBlock::tile(program::Format format, UnpackTarget target, size_t index) {
  float *out = tiles.data() + index * tileElements;
  uint8_t expected = 0;
  if (state[index].load(std::memory_order_acquire) == 2)
    return out;
  if (state[index].compare_exchange_strong(expected, 1, std::memory_order_acquire)) {
    unpackTile(format, target, raw.data() + index * tileBytes(dataFormat(format)), out);
    state[index].store(2, std::memory_order_release);
    return out;
  }
  while (state[index].load(std::memory_order_acquire) != 2)
    std::this_thread::yield();
  return out;
}

Values::Values(Memory &memory, const ModelViews &views, const DeviceSpec &device)
    : memory(memory), views(views),
      halfTiles(size_t(std::max(device.dst_tiles_16, device.dst_tiles_32))),
      cores(size_t(device.cores())) {}

Values::~Values() = default;

void Values::beginProgram(const DecodedProgram &p, const MathMode &m) {
  program = &p;
  mode = m;
  size_t used = size_t(p.source->grid_x) * p.source->grid_y;
  size_t grid = cores.size();
  (void)used;
  for (size_t i = 0; i < grid; ++i) {
    Core &c = cores[i];
    c.mathHalf = c.packHalf = 1;
    c.cbs.clear();
    c.cbs.resize(p.cbs.size());
    for (size_t cb = 0; cb < p.cbs.size(); ++cb)
      // Aliased buffers may change behind the circular buffer; f32 unpacks in more than one way.
      c.cbs[cb].usable = p.cbs[cb].alias < 0 && p.cbs[cb].format != program::Format::Fp32 &&
                         int64_t(p.cbs[cb].pageBytes) == p.cbs[cb].tileBytes();
  }
}

void Values::endProgram() {
  for (Core &c : cores)
    c.cbs.clear();
  program = nullptr;
}

float *Values::mathTiles(Core &c, int64_t first, int64_t count, bool keep) {
  for (int64_t t = first; t < first + count; ++t) {
    uint8_t &flag = c.cleared[c.mathHalf * halfTiles + size_t(t)];
    if (flag && keep)
      std::memset(dst(c, c.mathHalf, t), 0, tileElements * sizeof(float));
    flag = 0;
  }
  return dst(c, c.mathHalf, first);
}

const float *Values::packTiles(Core &c, int64_t first, int64_t count) {
  for (int64_t t = first; t < first + count; ++t) {
    uint8_t &flag = c.cleared[c.packHalf * halfTiles + size_t(t)];
    if (flag)
      std::memset(dst(c, c.packHalf, t), 0, tileElements * sizeof(float));
    flag = 0;
  }
  return dst(c, c.packHalf, first);
}

void Values::reserveArena(Core &c, size_t tiles) {
  c.arenaUsed = 0;
  if (c.arena.size() < tiles * tileElements)
    c.arena.resize(tiles * tileElements);
}

const float *Values::tile(Core &c, unsigned core, int64_t cb, uint64_t address,
                          UnpackTarget target) {
  const Cb &info = program->cbs[size_t(cb)];
  CbCache &cache = c.cbs[size_t(cb)];
  const uint8_t *raw = memory.l1(core) + address;
  if (!cache.usable) {
    float *out = c.arena.data() + c.arenaUsed * tileElements;
    ++c.arenaUsed;
    unpackTile(info.format, target, raw, out);
    return out;
  }
  size_t page = size_t(address - info.address) / info.pageBytes;
  if (cache.valid.empty()) {
    cache.valid.assign(info.pages, 0);
    cache.blocks.resize(info.pages);
    cache.blockIndex.resize(info.pages);
  }
  if (cache.blocks[page])
    return cache.blocks[page]->tile(info.format, target, cache.blockIndex[page]);
  if (cache.tiles.empty())
    cache.tiles.resize(size_t(info.pages) * tileElements);
  float *out = cache.tiles.data() + page * tileElements;
  if (!cache.valid[page]) {
    unpackTile(info.format, target, raw, out);
    cache.valid[page] = 1;
  }
  return out;
}

void Values::changed(Core &c, int64_t cb, uint64_t address, int64_t bytes) {
  CbCache &cache = c.cbs[size_t(cb)];
  if (!cache.usable || cache.valid.empty() || bytes <= 0)
    return;
  const Cb &info = program->cbs[size_t(cb)];
  size_t first = size_t(address - info.address) / info.pageBytes;
  size_t last = size_t(address - info.address + uint64_t(bytes) - 1) / info.pageBytes;
  for (size_t p = first; p <= last && p < cache.valid.size(); ++p) {
    cache.valid[p] = 0;
    cache.blocks[p].reset();
  }
}

void Values::receive(const ValueOp &op, Core &c) {
  const McastBlock &block = *op.block;
  int64_t cb = op.a[I::Mcast::cb];
  std::memcpy(memory.l1(op.core) + op.out, block.raw.data(), block.raw.size());
  changed(c, cb, op.out, int64_t(block.raw.size()));
  const Cb &info = program->cbs[size_t(cb)];
  CbCache &cache = c.cbs[size_t(cb)];
  uint64_t into = op.out - info.address;
  if (!cache.usable || into % info.pageBytes || block.raw.size() % info.pageBytes || !block.state)
    return;
  if (cache.valid.empty()) {
    cache.valid.assign(info.pages, 0);
    cache.blocks.resize(info.pages);
    cache.blockIndex.resize(info.pages);
  }
  size_t first = size_t(into / info.pageBytes), n = block.raw.size() / info.pageBytes;
  for (size_t i = 0; i < n && first + i < info.pages; ++i) {
    cache.blocks[first + i] = op.block;
    cache.blockIndex[first + i] = uint32_t(i);
  }
}

void Values::move(const ValueOp &op, Core &c) {
  uint8_t *l1 = memory.l1(op.core);
  switch (op.op) {
  case Opcode::ReadPages: {
    using F = I::ReadPages;
    const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
    int64_t bytes = op.a[F::nrows] * op.a[F::ncols] * view.pageBytes();
    changed(c, op.a[F::cb], op.out, bytes);
    forEachPage(
        view, op.a[F::row], op.a[F::col], op.a[F::nrows], op.a[F::ncols], [&](const Piece &p) {
          if (p.fill)
            std::memset(l1 + op.out + p.offset, 0, size_t(p.bytes));
          else
            std::memcpy(l1 + op.out + p.offset, memory.at(view.inL1(), p.place), size_t(p.bytes));
        });
    return;
  }
  case Opcode::WritePages: {
    using F = I::WritePages;
    const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
    forEachPage(
        view, op.a[F::row], op.a[F::col], op.a[F::nrows], op.a[F::ncols], [&](const Piece &p) {
          if (!p.fill)
            std::memcpy(memory.at(view.inL1(), p.place), l1 + op.in0 + p.offset, size_t(p.bytes));
        });
    return;
  }
  case Opcode::ReadWindow: {
    using F = I::ReadWindow;
    const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
    WindowRange range{op.a[F::cb_pitch], op.a[F::row],      op.a[F::nrows], op.a[F::tap],
                      op.a[F::ntaps],    op.a[F::col_byte], op.a[F::nbytes]};
    int64_t span = range.nrows ? (range.nrows - 1) * range.pitch + range.ntaps * range.bytes : 0;
    changed(c, op.a[F::cb], op.out, span);
    uint16_t pattern = uint16_t(op.a[F::fill]);
    forEachStick(view, views.windows[size_t(op.a[F::window])], range, [&](const Piece &p) {
      if (p.fill)
        fillPattern(l1 + op.out + p.offset, size_t(p.bytes), pattern);
      else
        std::memmove(l1 + op.out + p.offset, memory.at(view.inL1(), p.place), size_t(p.bytes));
    });
    return;
  }
  case Opcode::WriteRows: {
    using F = I::WriteRows;
    const BufferView &view = views.buffers[size_t(op.a[F::buffer])];
    forEachRow(view, op.a[F::cb_pitch], op.a[F::row], op.a[F::nrows], op.a[F::col_byte],
               op.a[F::nbytes], [&](const Piece &p) {
                 std::memcpy(memory.at(view.inL1(), p.place), l1 + op.in0 + p.offset,
                             size_t(p.bytes));
               });
    return;
  }
  case Opcode::Mcast: {
    if (op.receive)
      return receive(op, c);
    McastBlock &block = *op.block;
    block.raw.assign(l1 + op.out, l1 + op.out + op.a[I::Mcast::nbytes]);
    const Cb &info = program->cbs[size_t(op.a[I::Mcast::cb])];
    if (c.cbs[size_t(op.a[I::Mcast::cb])].usable) {
      size_t tiles = block.raw.size() / size_t(info.tileBytes());
      block.tiles.resize(tiles * tileElements);
      block.state = std::make_unique<std::atomic<uint8_t>[]>(tiles);
    }
    return;
  }
  case Opcode::Fill:
    changed(c, op.a[I::Fill::cb], op.out, op.a[I::Fill::nbytes]);
    fillPattern(l1 + op.out, size_t(op.a[I::Fill::nbytes]), uint16_t(op.a[I::Fill::value]));
    return;
  case Opcode::CopyRows: {
    using F = I::CopyRows;
    for (int64_t r = 0; r < op.a[F::nrows]; ++r) {
      uint64_t to = op.out + uint64_t(r * op.a[F::dst_pitch]);
      changed(c, op.a[F::dst], to, op.a[F::nbytes]);
      std::memmove(l1 + to, l1 + op.in0 + r * op.a[F::src_pitch], size_t(op.a[F::nbytes]));
    }
    return;
  }
  default:
    return;
  }
}

void Values::execute(const ValueOp &op) {
  Core &c = cores[op.core];
  if (c.dst.empty()) {
    c.dst.resize(2 * halfTiles * tileElements);
    c.cleared.assign(2 * halfTiles, 1);
  }
  if (op.op >= Opcode::DstAcquire)
    compute(op, c);
  else
    move(op, c);
}

} // namespace ttc::sim
