//===- PriceBuilder.cpp - what a tile program costs ------------------------===//
#include "ttc/CostModel/PriceBuilder.h"

#include <algorithm>
#include <cassert>

namespace ttc {
using isa::Opcode;

namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Bytes of a page: a tile, or one row of a shard.
int64_t pageBytesOf(const BufferDesc &d) {
  DataFormat f = DataFormat(d.format);
  return d.tiled() ? int64_t(tileBytes(f)) : d.shardCols * int64_t(elementBytes(f));
}
} // namespace

BufferRef PriceBuilder::buffer(const BufferDesc &desc) {
  buffers.push_back(desc);
  return {int(buffers.size()) - 1, desc};
}

BufferRef PriceBuilder::constant(const ConstantSpec &c) {
  BufferDesc d;
  d.memory = program::Memory::Dram;
  d.order = c.order;
  d.format = c.format;
  d.rows = c.rows;
  d.cols = c.cols;
  d.shardRows = ceilDiv(c.rows, tileDim) * tileDim;
  d.shardCols = ceilDiv(c.cols, tileDim) * tileDim;
  return buffer(d);
}

int PriceBuilder::window(const WindowDesc &desc) {
  windows.push_back(desc);
  return int(windows.size()) - 1;
}

void PriceBuilder::beginProgram(const ProgramSpec &p) {
  program = p;
  cbs.clear();
  for (Usage &u : usage)
    u = Usage();
}

void PriceBuilder::endProgram() {
  int64_t cores = int64_t(program.gridX) * program.gridY;
  const Usage &reader = usage[0], &writer = usage[1], &compute = usage[2];
  Cycles longest = std::max({reader.busy, writer.busy, compute.busy, compute.pack});
  // The compute thread starts when the first block is there, and the writer ends after the last.
  Cycles fill = std::max(reader.first, writer.first);
  if (compute.busy == 0)
    fill = 0;
  int64_t dram = (reader.dram + writer.dram) * cores;
  Cycles dramCycles = timing::transfer(dram, spec.dram_bank_bandwidth) / spec.dram_banks;
  total.cycles += std::max(longest + fill, dramCycles) + spec.kernel_start +
                  timing::dispatch(spec, cores, int64_t(cbs.size()), 0);
  int64_t l1 = 0;
  for (const CbSpec &c : cbs)
    if (c.aliasBuffer < 0)
      l1 += ceilDiv(c.pageBytes * c.pages, 64) * 64;
  total.l1Bytes = std::max(total.l1Bytes, l1);
  total.dramBytes += dram;
  total.nocBytes += reader.noc + writer.noc;
  ++total.programs;
}

Cb PriceBuilder::cb(const CbSpec &c) {
  cbs.push_back(c);
  return int(cbs.size()) - 1;
}

void PriceBuilder::run(int thread, const Body &body) {
  now = &usage[thread];
  pending = Pending();
  body();
  now = nullptr;
}

void PriceBuilder::loop(Idx lower, Idx upper, int64_t step,
                        const std::function<void(Idx)> &body) {
  assert(lower.isConstant() && upper.isConstant() && "the priced core is concrete");
  int64_t trips = std::max<int64_t>(0, ceilDiv(upper.constant - lower.constant, step));
  if (trips == 0)
    return;
  Usage before = *now;
  Pending pendingBefore = pending;
  int64_t barriersBefore = barriers;
  body(lower);
  if (barriers == barriersBefore) {
    pending.count += (pending.count - pendingBefore.count) * (trips - 1);
    pending.bytes += (pending.bytes - pendingBefore.bytes) * (trips - 1);
    pending.dramCount += (pending.dramCount - pendingBefore.dramCount) * (trips - 1);
    pending.dramBytes += (pending.dramBytes - pendingBefore.dramBytes) * (trips - 1);
    pending.latency += (pending.latency - pendingBefore.latency) * (trips - 1);
  }
  now->busy += (now->busy - before.busy) * (trips - 1);
  now->pack += (now->pack - before.pack) * (trips - 1);
  now->dram += (now->dram - before.dram) * (trips - 1);
  now->noc += (now->noc - before.noc) * (trips - 1);
}

void PriceBuilder::ifThen(Idx condition, const Body &then, const Body &otherwise) {
  assert(condition.isConstant() && "the priced core is concrete");
  if (condition.constant)
    then();
  else if (otherwise)
    otherwise();
}

Idx PriceBuilder::arithmetic(Opcode, Idx, Idx) {
  assert(false && "all values of the priced core are constants");
  return 0;
}
Idx PriceBuilder::compare(isa::Predicate, Idx, Idx) { return arithmetic(Opcode::Cmp, 0, 0); }
Idx PriceBuilder::selectValue(Idx, Idx, Idx) { return arithmetic(Opcode::Select, 0, 0); }

int64_t PriceBuilder::pageRuns(const BufferDesc &d, int64_t nrows, int64_t ncols) const {
  if (!d.sharded())
    return nrows * ncols; // neighbouring pages lie in different banks
  int64_t perShard = d.tiled() ? ceilDiv(d.shardCols, tileDim) : 1;
  int64_t runs = ceilDiv(ncols, perShard);
  // Whole rows of one shard follow each other.
  return ncols == perShard && runs == 1 ? ceilDiv(nrows * tileDim, d.shardRows) : nrows * runs;
}

int64_t PriceBuilder::windowRuns(const BufferDesc &d, const WindowDesc &w, int64_t nrows,
                                 int64_t ntaps, int64_t nbytes) const {
  int64_t stick = pageBytesOf(d);
  // Taps of one kernel row are neighbours in memory if sticks are dense and read whole.
  bool contiguous = d.sharded() && w.dilationW == 1 && w.inDilationW == 1 && w.inRepeatW == 1 &&
                    nbytes == stick;
  int64_t perRow = contiguous ? ceilDiv(ntaps, w.kernelW) : ntaps;
  if (contiguous && w.kernelW == 1 && w.kernelH == 1 && w.strideH == 1 && w.strideW == 1)
    return ceilDiv(nrows, d.shardRows); // an identity run
  return nrows * perRow * std::max<int64_t>(1, ceilDiv(nbytes, stick));
}

void PriceBuilder::transfer(int id, int64_t count, int64_t bytes) {
  const BufferDesc &d = buffers[size_t(id)];
  now->noc += bytes;
  if (d.memory == program::Memory::Dram) {
    pending.dramCount += count;
    pending.dramBytes += bytes;
    now->dram += bytes;
  } else {
    pending.count += count;
    pending.bytes += bytes;
  }
}

void PriceBuilder::finish(bool write) {
  if (pending.count)
    now->busy += write ? timing::writeL1(spec, pending.count, pending.bytes, spec.noc_write_latency)
                       : timing::readL1(spec, pending.count, pending.bytes, spec.noc_read_latency);
  if (pending.dramCount)
    now->busy += write ? timing::writeDram(spec, pending.dramCount, pending.dramBytes)
                       : timing::readDram(spec, pending.dramCount, pending.dramBytes);
  now->busy += pending.latency;
  pending = Pending();
  ++barriers;
}

void PriceBuilder::emit(Opcode opcode, std::span<const Idx> f) {
  auto at = [&](auto field) {
    assert(f[field].isConstant() && "the priced core is concrete");
    return f[field].constant;
  };
  int phases = int(program.fidelity);
  // A packer works beside the next block's math; unpack and math are one pipeline here.
  switch (opcode) {
  case Opcode::CbReserve:
  case Opcode::CbWait:
  case Opcode::CbPop: now->busy += spec.cb_operation; break;
  case Opcode::CbPush:
    now->busy += spec.cb_operation;
    if (!now->handedOn) {
      now->handedOn = true;
      now->first = now->busy;
    }
    break;
  case Opcode::SemSet: now->busy += spec.cb_operation; break;
  // What is waited for comes from another core.
  case Opcode::SemWait: now->busy += spec.cb_operation + spec.noc_semaphore_latency; break;
  case Opcode::SemInc:
  case Opcode::SemMcastInc: now->busy += spec.noc_semaphore_issue; break;
  case Opcode::ReadPages:
  case Opcode::WritePages: {
    using I = isa::ReadPages;
    const BufferDesc &d = buffers[size_t(at(I::buffer))];
    int64_t rows = at(I::nrows), cols = at(I::ncols);
    transfer(int(at(I::buffer)), pageRuns(d, rows, cols), rows * cols * pageBytesOf(d));
    break;
  }
  case Opcode::ReadWindow: {
    using I = isa::ReadWindow;
    const BufferDesc &d = buffers[size_t(at(I::buffer))];
    int64_t rows = at(I::nrows), taps = at(I::ntaps), bytes = at(I::nbytes);
    int64_t runs = windowRuns(d, windows[size_t(at(I::window))], rows, taps, bytes);
    transfer(int(at(I::buffer)), runs, rows * taps * bytes);
    break;
  }
  case Opcode::WriteRows: {
    using I = isa::WriteRows;
    const BufferDesc &d = buffers[size_t(at(I::buffer))];
    int64_t rows = at(I::nrows), bytes = at(I::nbytes);
    transfer(int(at(I::buffer)), rows * std::max<int64_t>(1, ceilDiv(bytes, pageBytesOf(d))),
             rows * bytes);
    break;
  }
  case Opcode::Mcast: {
    using I = isa::Mcast;
    int64_t hops = timing::mcastHops(at(I::x1) - at(I::x0) + 1, at(I::y1) - at(I::y0) + 1);
    pending.latency += timing::mcast(spec, at(I::nbytes), hops, at(I::linked) != 0);
    now->noc += at(I::nbytes);
    break;
  }
  case Opcode::Fill: now->busy += ceilDiv(at(isa::Fill::nbytes), 16); break;
  case Opcode::ReadBarrier: finish(false); break;
  case Opcode::WriteBarrier: finish(true); break;
  case Opcode::CopyRows: {
    using I = isa::CopyRows;
    pending.count += at(I::nrows);
    pending.bytes += at(I::nrows) * at(I::nbytes);
    break;
  }
  case Opcode::DstAcquire:
  case Opcode::DstCommit:
  case Opcode::DstWait:
  case Opcode::DstRelease: now->busy += spec.dst_handshake; break;
  case Opcode::MatmulBlock: {
    using I = isa::MatmulBlock;
    now->busy += timing::matmulBlock(spec, phases, at(I::rows), at(I::cols), at(I::inner),
                                     format(at(I::in0)), format(at(I::in1)));
    break;
  }
  case Opcode::CopyTiles: {
    using I = isa::CopyTiles;
    now->busy += timing::copyTiles(spec, at(I::count), format(at(I::cb)));
    break;
  }
  case Opcode::Eltwise: {
    using I = isa::Eltwise;
    int p = isa::EltwiseKind(at(I::kind)) == isa::EltwiseKind::Mul ? phases : 1;
    now->busy += timing::eltwise(spec, at(I::count), p, format(at(I::in0)), format(at(I::in1)));
    break;
  }
  case Opcode::EltwiseDst: {
    using I = isa::EltwiseDst;
    int p = isa::EltwiseKind(at(I::kind)) == isa::EltwiseKind::Mul ? phases : 1;
    now->busy += timing::eltwiseDst(spec, at(I::count), p, format(at(I::cb)));
    break;
  }
  case Opcode::Sfpu: {
    using I = isa::Sfpu;
    now->busy += timing::sfpu(spec, timing::sfpuSlots(spec, unsigned(at(I::fn))), at(I::count));
    break;
  }
  case Opcode::SfpuBinary: {
    using I = isa::SfpuBinary;
    now->busy +=
        timing::sfpu(spec, timing::sfpuBinarySlots(spec, unsigned(at(I::kind))), at(I::count));
    break;
  }
  case Opcode::Reduce: {
    using I = isa::Reduce;
    now->busy += timing::reduceTiles(spec, at(I::count), format(at(I::cb)));
    break;
  }
  case Opcode::PoolRows: {
    using I = isa::PoolRows;
    now->busy += timing::poolRows(spec, at(I::nrows), at(I::tiles));
    break;
  }
  case Opcode::TransposeTile:
    now->busy += timing::transposeTile(spec, format(at(isa::TransposeTile::cb)));
    break;
  case Opcode::Tilize: {
    using I = isa::Tilize;
    now->busy += timing::tilize(spec, at(I::rows) * at(I::cols), format(at(I::in)),
                                format(at(I::out)), program.fp32Dest);
    break;
  }
  case Opcode::Untilize: {
    using I = isa::Untilize;
    now->busy += timing::untilize(spec, at(I::rows) * at(I::cols), format(at(I::out)));
    break;
  }
  case Opcode::PackTiles: {
    using I = isa::PackTiles;
    now->pack += timing::packTiles(spec, at(I::count), format(at(I::cb)),
                                   at(I::flags) & isa::PackL1Accumulate);
    break;
  }
  case Opcode::PackRows: {
    using I = isa::PackRows;
    now->pack += timing::packRows(spec, at(I::nrows), at(I::cols), format(at(I::cb)),
                                  at(I::flags) & isa::PackL1Accumulate);
    break;
  }
  case Opcode::Loop:
  case Opcode::EndLoop:
  case Opcode::If:
  case Opcode::Jump:
  case Opcode::End:
  case Opcode::Move:
  case Opcode::Add:
  case Opcode::Sub:
  case Opcode::Mul:
  case Opcode::Div:
  case Opcode::Rem:
  case Opcode::Min:
  case Opcode::Max:
  case Opcode::Cmp:
  case Opcode::Select:
  case Opcode::CoreX:
  case Opcode::CoreY:
  case Opcode::CoreIndex:
  case Opcode::Arg: now->busy += spec.scalar_operation; break;
  }
}

} // namespace ttc
