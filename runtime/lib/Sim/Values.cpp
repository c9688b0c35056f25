//===- Values.cpp - what instructions do to memory --------------------------===//
#include "Sim/Values.h"

#include "Sim/Transfers.h"

#include <bit>
#include <cstring>
#include <new>
#include <thread>

namespace ttc::sim {
using isa::Opcode;
namespace I = isa;

void McastBlock::reserve(size_t count) {
  if (capacity < count) {
    state = std::make_unique<std::atomic<uint8_t>[]>(count);
    operands = std::make_unique_for_overwrite<Operand[]>(count);
    capacity = count;
  }
  tiles = count;
  for (size_t i = 0; i < count; ++i)
    state[i].store(0, std::memory_order_relaxed);
}

Operand *OperandPool::take(size_t count) {
  std::lock_guard guard(lock);
  while (current < chunks.size() && (used + count) * sizeof(Operand) > chunks[current].size()) {
    ++current;
    used = 0;
  }
  if (current == chunks.size()) {
    constexpr size_t chunkBytes = size_t(16) << 20;
    HostRegion chunk(std::max(count * sizeof(Operand), chunkBytes));
    if (!chunk.data())
      throw std::bad_alloc();
    chunks.push_back(std::move(chunk));
  }
  auto *taken = reinterpret_cast<Operand *>(chunks[current].data()) + used;
  used += count;
  return taken;
}

void OperandPool::reset() {
  current = 0;
  used = 0;
}

std::shared_ptr<McastBlock> Values::newBlock() {
  std::unique_ptr<McastBlock> block;
  {
    std::lock_guard guard(blockLock);
    if (!freeBlocks.empty()) {
      block = std::move(freeBlocks.back());
      freeBlocks.pop_back();
    }
  }
  if (!block)
    block = std::make_unique<McastBlock>();
  return {block.release(), [this](McastBlock *done) {
            done->ready = false;
            done->form = TileForm::None;
            std::lock_guard guard(blockLock);
            freeBlocks.emplace_back(done);
          }};
}

Values::Values(Memory &memory, const ModelViews &views, const DeviceSpec &device)
    : memory(memory), views(views),
      halfTiles(size_t(std::max(device.dst_tiles_16, device.dst_tiles_32))),
      cores(size_t(device.cores())) {}

Values::~Values() = default;

void Values::beginProgram(const DecodedProgram &p, const MathMode &m) {
  program = &p;
  mode = m;
  for (Core &c : cores) {
    c.mathHalf = c.packHalf = 1;
    c.packing = false;
    c.cbs.resize(p.cbs.size());
    for (size_t cb = 0; cb < p.cbs.size(); ++cb)
      // Aliased buffers may change behind the circular buffer.
      c.cbs[cb].usable = p.cbs[cb].alias < 0 && int64_t(p.cbs[cb].pageBytes) == p.cbs[cb].tileBytes();
  }
}

void Values::endProgram() {
  for (Core &c : cores)
    c.cbs.clear();
  pool.reset();
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

float *Values::packTiles(Core &c, int64_t first, int64_t count) {
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
  if (c.arena.size() < tiles)
    c.arena.resize(tiles);
}

void Values::unpack(program::Format format, TileForm form, const uint8_t *raw, Operand &out) const {
  switch (form) {
  case TileForm::In0: return unpackOperand(mode, format, OperandSide::In0, raw, out);
  case TileForm::In1: return unpackOperand(mode, format, OperandSide::In1, raw, out);
  case TileForm::Dst: return unpackTile(format, copyTarget(mode), raw, out.values);
  case TileForm::Src:
  case TileForm::None: return unpackTile(format, srcTarget(mode), raw, out.values);
  }
}

const Operand &Values::tile(Core &c, unsigned core, int64_t cb, uint64_t address, TileForm form) {
  const Cb &info = program->cbs[size_t(cb)];
  CbCache &cache = c.cbs[size_t(cb)];
  const uint8_t *raw = memory.l1(core) + address;
  auto uncached = [&]() -> const Operand & {
    Operand &out = c.arena[c.arenaUsed++];
    unpack(info.format, form, raw, out);
    return out;
  };
  if (!cache.usable)
    return uncached();
  size_t page = size_t(address - info.address) / info.pageBytes;
  if (cache.form.empty())
    openCache(cache, info);
  if (McastBlock *block = cache.blocks[page].get()) {
    if (block->form != form)
      return uncached();
    size_t index = cache.blockIndex[page];
    std::atomic<uint8_t> &state = block->state[index];
    Operand &out = block->operands[index];
    uint8_t absent = 0;
    if (state.load(std::memory_order_acquire) == 2)
      return out;
    if (state.compare_exchange_strong(absent, 1, std::memory_order_acquire)) {
      unpack(info.format, form, raw, out);
      state.store(2, std::memory_order_release);
      return out;
    }
    while (state.load(std::memory_order_acquire) != 2)
      std::this_thread::yield();
    return out;
  }
  if (!cache.tiles)
    cache.tiles = pool.take(info.pages);
  Operand &out = cache.tiles[page];
  if (cache.form[page] != form) {
    unpack(info.format, form, raw, out);
    cache.form[page] = form;
  }
  return out;
}

void Values::openCache(CbCache &cache, const Cb &info) {
  cache.form.assign(info.pages, TileForm::None);
  cache.blocks.resize(info.pages);
  cache.blockIndex.resize(info.pages);
}

void Values::changed(Core &c, int64_t cb, uint64_t address, int64_t bytes) {
  CbCache &cache = c.cbs[size_t(cb)];
  if (!cache.usable || cache.form.empty() || bytes <= 0)
    return;
  const Cb &info = program->cbs[size_t(cb)];
  size_t first = size_t(address - info.address) / info.pageBytes;
  size_t last = size_t(address - info.address + uint64_t(bytes) - 1) / info.pageBytes;
  for (size_t p = first; p <= last && p < cache.form.size(); ++p) {
    cache.form[p] = TileForm::None;
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
  if (!cache.usable || into % info.pageBytes || block.raw.size() % info.pageBytes ||
      block.form == TileForm::None)
    return;
  if (cache.form.empty())
    openCache(cache, info);
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
      block.form = mode.exact ? TileForm::Src
                   : info.use == CbUse::In0 ? TileForm::In0
                   : info.use == CbUse::In1 ? TileForm::In1
                                            : TileForm::Src;
      block.reserve(block.raw.size() / size_t(info.tileBytes()));
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
