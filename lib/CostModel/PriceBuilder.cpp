//===- PriceBuilder.cpp - what a tile program costs ------------------------===//
#include "ttc/CostModel/PriceBuilder.h"

#include "Contention.h"
#include "ttc/CostModel/BufferShapes.h"

#include <algorithm>
#include <cassert>

namespace ttc {
using cost::Step;
using isa::Opcode;

namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
} // namespace

struct PriceBuilder::Impl {
  explicit Impl(const DeviceSpec &spec) : map(spec), counter(spec) {}

  NocMap map;
  cost::TransactionCounter counter;
  std::vector<BufferView> buffers;
  std::vector<WindowView> windows;
  cost::Recording recording;
  std::vector<Step> *steps = nullptr;
  std::vector<cost::Shortened> *shortened = nullptr;
  /// Instructions so far that meet another thread: a loop without one repeats itself.
  int64_t meetings = 0;
  int depth = 0; ///< loops around
  bool probing = false, touched = false, counted = false;
  std::vector<cost::Sample> *samples = nullptr; ///< only transfers are looked at, each loop goes once
  bool packing = false; ///< the packer holds Dst: vector functions run there
  int thread = 0;
  int site = 0; ///< of the next transfer
  int barriers = 0;

  void add(Step::Kind kind, int64_t a, int64_t b = 0) {
    steps->push_back({kind, int32_t(a), b});
  }
  size_t unmerged = 0; ///< a step before this one does not grow any more

  void spend(Step::Kind kind, Cycles cycles) {
    if (steps->size() > unmerged && steps->back().kind == kind)
      steps->back().b += cycles;
    else
      steps->push_back({kind, 0, cycles});
  }
};

PriceBuilder::PriceBuilder(const DeviceSpec &spec) : spec(spec), impl(std::make_unique<Impl>(spec)) {}
PriceBuilder::~PriceBuilder() = default;

BufferRef PriceBuilder::buffer(const BufferDesc &desc) {
  impl->buffers.emplace_back(shapeOf(desc), spec);
  return {int(impl->buffers.size()) - 1, desc};
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
  impl->windows.push_back(viewOf(desc));
  return int(impl->windows.size()) - 1;
}

void PriceBuilder::beginProgram(const ProgramSpec &p) {
  program = p;
  cbs.clear();
  impl->recording = {};
  impl->counted = false;
  impl->recording.gridX = p.gridX;
  impl->recording.gridY = p.gridY;
  std::vector<cost::CoreTrace> &cores = impl->recording.cores;
  for (int y : {0, 1})
    for (int x : {0, 1})
      if (x < p.gridX && y < p.gridY) {
        cost::CoreTrace core;
        core.place = {x, y};
        core.count = (x ? p.gridX - 1 : 1) * (y ? p.gridY - 1 : 1);
        cores.push_back(core);
      }
}

Cb PriceBuilder::cb(const CbSpec &c) {
  cbs.push_back(c);
  impl->recording.cbPages.push_back(c.pages);
  return int(cbs.size()) - 1;
}

Semaphore PriceBuilder::semaphore() { return impl->recording.semaphores++; }

/// Does the core at (x, y) have anything to do in this kernel?
bool PriceBuilder::probe(int x, int y, const Body &body) {
  here = {x, y};
  impl->probing = true;
  impl->touched = false;
  body();
  impl->probing = false;
  return impl->touched;
}

/// Parts are dealt out in rectangles from the corner, or one after the other along rows (or columns): how
/// many cores of each kind have work follows from a few of them.
void PriceBuilder::countActive(const Body &body) {
  int gx = program.gridX, gy = program.gridY;
  if (probe(gx - 1, gy - 1, body))
    return;
  // Of n cores in a line the first k have work; the first has.
  auto active = [&](int n, auto at) {
    int low = 1, high = n;
    while (low < high) {
      int middle = (low + high + 1) / 2;
      auto [x, y] = at(middle - 1);
      if (probe(x, y, body))
        low = middle;
      else
        high = middle - 1;
    }
    return low;
  };
  int columns = active(gx, [](int k) { return std::pair(k, 0); });
  int rows = active(gy, [](int k) { return std::pair(0, k); });
  int64_t rest = int64_t(columns - 1) * (rows - 1);
  if (columns == gx && rows > 1) // the last row may be a part of one
    rest -= gx - active(gx, [&](int k) { return std::pair(k, rows - 1); });
  else if (rows == gy && columns > 1)
    rest -= gy - active(gy, [&](int k) { return std::pair(columns - 1, k); });
  for (cost::CoreTrace &core : impl->recording.cores) {
    int64_t n = core.place.x == 0 ? (core.place.y == 0 ? 1 : rows - 1)
                                  : (core.place.y == 0 ? columns - 1 : rest);
    core.count = std::max<int64_t>(1, n);
  }
}

/// Columns of the grid may read different operands (the pieces of a concatenation): where cores do not
/// signal each other, two more of them speak for themselves.
void PriceBuilder::addColumns() {
  std::vector<cost::CoreTrace> &cores = impl->recording.cores;
  if (impl->recording.semaphores > 0 || program.gridX < 4)
    return;
  size_t n = cores.size();
  for (size_t i = 0; i < n; ++i) {
    if (cores[i].place.x != 1)
      continue;
    int64_t each = std::max<int64_t>(1, cores[i].count / (program.gridX - 1));
    for (int x : {program.gridX / 2, program.gridX - 1}) {
      cost::CoreTrace core = cores[i];
      core.place.x = x;
      core.count = each;
      cores[i].count = std::max<int64_t>(1, cores[i].count - each);
      cores.push_back(core);
    }
  }
}

/// Rows of a window, times taps, that are looked at: of recorded cores, and of all for the sums.
constexpr int64_t recordedRows = 96, sampledRows = 24;

void PriceBuilder::recordCore(int thread, size_t index, const Body &body) {
  cost::CoreTrace &core = impl->recording.cores[index];
  here = core.place;
  impl->steps = &core.threads[thread];
  impl->shortened = &core.shortened[thread];
  impl->unmerged = 0;
  impl->site = 0;
  impl->thread = thread;
  impl->counter.start(deviceCore(), recordedRows);
  body();
  impl->steps = nullptr;
}

/// Where a core beyond the first column multicasts along its row (or one beyond the first row along its
/// column), cores take turns: each of them is recorded. What was recorded before is the same for all.
bool PriceBuilder::addTurns(int thread) {
  std::vector<cost::CoreTrace> &cores = impl->recording.cores;
  auto turns = [&](auto of, auto across) {
    for (const cost::CoreTrace &core : cores)
      for (const Step &s : core.threads[thread])
        if (s.kind == Step::Multicast && of(core.place) > 0 &&
            across(impl->recording.multicasts[size_t(s.a)].to))
          return true;
    return false;
  };
  size_t before = cores.size();
  auto add = [&](int timing::Place::*coordinate, int size) {
    for (size_t i = 0; i < before; ++i) {
      if (cores[i].place.*coordinate != 1)
        continue;
      int64_t each = std::max<int64_t>(1, cores[i].count / (size - 1));
      cores[i].count = each;
      for (int k = 2; k < size; ++k) {
        cost::CoreTrace core = cores[i];
        core.threads[thread].clear();
        core.shortened[thread].clear();
        impl->recording.moveCore(core, coordinate, k);
        cores.push_back(std::move(core));
      }
    }
  };
  using cost::Signal;
  bool columns = program.gridX > 2 && turns([](timing::Place p) { return p.x; },
                                            [](const Signal &s) { return s.x0 < s.x1; });
  bool rows = program.gridY > 2 && turns([](timing::Place p) { return p.y; },
                                         [](const Signal &s) { return s.y0 < s.y1; });
  if (columns)
    add(&timing::Place::x, program.gridX);
  if (rows)
    add(&timing::Place::y, program.gridY);
  return cores.size() > before;
}

/// What every core of the program moves, for the sums of Contention.
void PriceBuilder::sample(int thread, const Body &body) {
  impl->samples = &impl->recording.samples[thread];
  for (int y = 0; y < program.gridY; ++y)
    for (int x = 0; x < program.gridX; ++x) {
      here = {x, y};
      impl->site = 0;
      impl->counter.start(deviceCore(), sampledRows);
      body();
    }
  impl->samples = nullptr;
}

void PriceBuilder::record(int thread, const Body &body) {
  cost::Recording &recording = impl->recording;
  if (!impl->counted && recording.cores.size() > 1)
    countActive(body), addColumns();
  impl->counted = true;
  size_t n = recording.cores.size();
  for (size_t i = 0; i < n; ++i)
    recordCore(thread, i, body);
  if (addTurns(thread))
    for (size_t i = n; i < recording.cores.size(); ++i)
      recordCore(thread, i, body);
  bool moves = false;
  for (const cost::CoreTrace &core : recording.cores)
    for (const Step &s : core.threads[thread])
      moves |= s.kind == Step::Transfer && recording.transfers[size_t(s.a)].site >= 0;
  if (moves)
    sample(thread, body);
}

void PriceBuilder::endProgram() {
  cost::Recording &recording = impl->recording;
  cost::shareOut(spec, impl->map, recording);
  int64_t cores = int64_t(program.gridX) * program.gridY;
  cost::Played played = cost::play(spec, recording);
  // Launched behind another program, and not before the dispatcher has sent it.
  Cycles whole = std::max(timing::launchGap(spec) + played.cycles,
                          timing::dispatch(spec, cores, int64_t(cbs.size()), 0));
  total.cycles += whole;
  total.each.push_back(whole);
  int64_t l1 = 0;
  for (const CbSpec &c : cbs)
    if (c.aliasBuffer < 0)
      l1 += ceilDiv(c.pageBytes * c.pages, 64) * 64;
  total.l1Bytes = std::max(total.l1Bytes, l1);
  total.dramBytes += played.dramBytes;
  total.nocBytes += played.nocBytes;
  ++total.programs;
}

void PriceBuilder::loop(Idx lower, Idx upper, int64_t step,
                        const std::function<void(Idx)> &body) {
  assert(lower.isConstant() && upper.isConstant() && "the priced core is concrete");
  int64_t trips = std::max<int64_t>(0, ceilDiv(upper.constant - lower.constant, step));
  // Iterations that meet no other thread repeat themselves: four show how, and the last one, which may
  // be shorter, is recorded too.
  constexpr int64_t shown = 4;
  /// What is moved before the first barrier, all iterations of a loop without one.
  constexpr int64_t sampled = 16;
  if (impl->probing || impl->samples)
    trips = std::min<int64_t>(trips, impl->samples ? sampled : 1);
  int barriers = impl->barriers;
  int site = impl->site, last = site;
  int64_t before = impl->meetings;
  int depth = impl->depth++;
  // Long loops around what meets other threads are shortened; the playback goes on from there.
  using cost::Recording;
  bool isLong = depth == 0 && !impl->probing && trips > Recording::shown + 2;
  size_t begin = 0;
  for (int64_t i = 0; i < trips; ++i) {
    impl->site = site;
    body(lower.constant + i * step);
    last = std::max(last, impl->site);
    if (impl->samples) {
      if (impl->barriers != barriers)
        break;
      continue;
    }
    if (isLong && impl->meetings != before) {
      if (i == Recording::warm - 1)
        begin = impl->unmerged = impl->steps->size();
      if (i < Recording::shown - 1)
        continue;
      impl->unmerged = impl->steps->size();
      impl->shortened->push_back({begin, impl->steps->size()});
      impl->recording.trips = std::max(impl->recording.trips, trips);
      break;
    }
    if (trips <= shown + 2 || impl->meetings != before || depth >= Step::maxMarks)
      continue;
    if (i == shown - 2)
      impl->add(Step::Mark, depth);
    if (i == shown - 1) {
      impl->add(Step::Repeat, depth, trips - shown - 1);
      i = trips - 2;
    }
  }
  impl->depth = depth;
  impl->site = last;
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

namespace {
/// Fields of an instruction of the priced core.
struct Fields {
  std::span<const Idx> f;
  int64_t operator()(int field) const {
    assert(f[size_t(field)].isConstant() && "the priced core is concrete");
    return f[size_t(field)].constant;
  }
};
} // namespace

void PriceBuilder::move(Opcode opcode, std::span<const Idx> f) {
  Fields at{f};
  cost::Recording &r = impl->recording;
  cost::TransactionCounter &counter = impl->counter;
  auto add = [&](cost::Transactions t, bool read, bool inside = false) {
    int site = inside ? -1 : impl->site;
    if (!t.packets)
      return;
    if (std::vector<cost::Sample> *samples = impl->samples) {
      if (samples->empty() || samples->back().core != deviceCore() || samples->back().site != site ||
          samples->back().read != read)
        samples->push_back({deviceCore(), site, read, {}});
      std::vector<cost::Flow> &flows = samples->back().flows;
      size_t each = (t.flows.size() + cost::maxFlows - 1) / cost::maxFlows;
      for (size_t i = each > 1 ? deviceCore() % each : 0; i < t.flows.size(); i += each) {
        flows.push_back(t.flows[i]);
        flows.back().bytes *= int64_t(each);
      }
      return;
    }
    impl->add(Step::Transfer, int64_t(r.transfers.size()));
    r.transfers.push_back({std::move(t), read, site});
  };
  switch (opcode) {
  case Opcode::ReadPages:
  case Opcode::WritePages: {
    using I = isa::ReadPages;
    bool read = opcode == Opcode::ReadPages;
    int id = int(at(I::buffer));
    add(counter.pages(impl->buffers[size_t(id)], at(I::row), at(I::col), at(I::nrows), at(I::ncols),
                      read),
        read);
    break;
  }
  case Opcode::ReadWindow: {
    using I = isa::ReadWindow;
    int id = int(at(I::buffer));
    add(counter.window(impl->buffers[size_t(id)], impl->windows[size_t(at(I::window))],
                       at(I::cb_pitch), at(I::row), at(I::nrows), at(I::tap), at(I::ntaps),
                       at(I::col_byte), at(I::nbytes)),
        true);
    break;
  }
  case Opcode::WriteRows: {
    using I = isa::WriteRows;
    int id = int(at(I::buffer));
    add(counter.rows(impl->buffers[size_t(id)], at(I::cb_pitch), at(I::row), at(I::nrows),
                     at(I::col_byte), at(I::nbytes)),
        false);
    break;
  }
  case Opcode::Fill: add(counter.local(1, at(isa::Fill::nbytes)), true, /*inside=*/true); break;
  case Opcode::CopyRows: {
    using I = isa::CopyRows;
    int64_t n = at(I::nrows), bytes = at(I::nbytes);
    bool dense = at(I::src_pitch) == bytes && at(I::dst_pitch) == bytes;
    add(counter.local(dense ? 1 : n, n * bytes), true, /*inside=*/true);
    break;
  }
  default: {
    using I = isa::Mcast;
    int x0 = int(at(I::x0)), y0 = int(at(I::y0)), x1 = int(at(I::x1)), y1 = int(at(I::y1));
    bool inside = here.x >= x0 && here.x <= x1 && here.y >= y0 && here.y <= y1;
    bool loopback = at(I::linked) & isa::McastLoopback;
    auto core = [&](int x, int y) { return unsigned(y * spec.grid_x + x); };
    timing::McastPath path =
        timing::mcastPath(spec, unsigned(impl->thread), deviceCore(), core(x0, y0), core(x1, y1),
                          int64_t(x1 - x0 + 1) * (y1 - y0 + 1) - inside + loopback, loopback);
    impl->add(Step::Multicast, int64_t(r.multicasts.size()));
    r.multicasts.push_back({at(I::nbytes),
                            timing::mcastOccupancy(spec, path, at(I::nbytes), at(I::linked) & isa::McastLinked),
                            timing::mcastLatency(spec, path),
                            {x0, y0, x1, y1}});
    break;
  }
  }
}

void PriceBuilder::compute(Opcode opcode, std::span<const Idx> f) {
  Fields at{f};
  int phases = int(program.fidelity);
  auto math = [&](Cycles c) { impl->spend(Step::Spend, c); };
  auto pack = [&](Cycles c) { impl->spend(Step::Pack, c); };
  auto vector = [&](Cycles c) { impl->spend(impl->packing ? Step::Pack : Step::Spend, c); };
  auto mulPhases = [&](int kind) {
    return isa::EltwiseKind(at(kind)) == isa::EltwiseKind::Mul ? phases : 1;
  };
  switch (opcode) {
  case Opcode::MatmulBlock: {
    using I = isa::MatmulBlock;
    return math(timing::matmulBlock(spec, phases, at(I::rows), at(I::cols), at(I::inner),
                                    format(at(I::in0)), format(at(I::in1))));
  }
  case Opcode::CopyTiles: {
    using I = isa::CopyTiles;
    return math(timing::copyTiles(spec, at(I::count), format(at(I::cb))));
  }
  case Opcode::Eltwise: {
    using I = isa::Eltwise;
    return math(timing::eltwise(spec, at(I::count), mulPhases(I::kind), format(at(I::in0)),
                                format(at(I::in1))));
  }
  case Opcode::EltwiseDst: {
    using I = isa::EltwiseDst;
    return math(timing::eltwiseDst(spec, at(I::count), mulPhases(I::kind), format(at(I::cb))));
  }
  case Opcode::Sfpu: {
    using I = isa::Sfpu;
    return vector(timing::sfpu(spec, timing::sfpuSlots(spec, unsigned(at(I::fn))), at(I::count)));
  }
  case Opcode::SfpuBinary: {
    using I = isa::SfpuBinary;
    return vector(
        timing::sfpu(spec, timing::sfpuBinarySlots(spec, unsigned(at(I::kind))), at(I::count)));
  }
  case Opcode::Reduce: {
    using I = isa::Reduce;
    return math(timing::reduceTiles(spec, at(I::count), format(at(I::cb))));
  }
  case Opcode::PoolRows: {
    using I = isa::PoolRows;
    return math(timing::poolRows(spec, at(I::nrows), at(I::tiles)));
  }
  case Opcode::TransposeTile:
    return math(timing::transposeTile(spec, format(at(isa::TransposeTile::cb))));
  case Opcode::Tilize: {
    using I = isa::Tilize;
    return impl->spend(Step::InLine,
                       timing::tilize(spec, at(I::rows) * at(I::cols), format(at(I::in)),
                                      format(at(I::out)), program.fp32Dest));
  }
  case Opcode::TilizeWindow: {
    using I = isa::TilizeWindow;
    const WindowView &w = impl->windows[size_t(at(I::window))];
    Cycles cycles = 0;
    for (int64_t r = 0; r < at(I::rows); ++r) {
      int64_t pieces = 0, groups = 0;
      w.forEachLinePiece(at(I::row) + r * tileDim, tileDim,
                         [&](int64_t, int64_t n, int64_t, int64_t) {
                           ++pieces;
                           groups += (n + 7) / 8;
                         });
      cycles += timing::tilizePieces(spec, pieces, groups, at(I::cols), format(at(I::in)),
                                     format(at(I::out)), program.fp32Dest);
    }
    return impl->spend(Step::InLine, cycles);
  }
  case Opcode::Untilize: {
    using I = isa::Untilize;
    return impl->spend(Step::InLine,
                       timing::untilize(spec, at(I::rows) * at(I::cols), format(at(I::out))));
  }
  case Opcode::PackTiles: {
    using I = isa::PackTiles;
    return pack(timing::packTiles(spec, at(I::count), format(at(I::cb)),
                                  at(I::flags) & isa::PackL1Accumulate));
  }
  default: {
    using I = isa::PackRows;
    return pack(timing::packRows(spec, at(I::nrows), at(I::cols), format(at(I::cb)),
                                 at(I::flags) & isa::PackL1Accumulate));
  }
  }
}

void PriceBuilder::emit(Opcode opcode, std::span<const Idx> f) {
  if (impl->probing) {
    impl->touched = true;
    return;
  }
  if (opcode == Opcode::ReadBarrier || opcode == Opcode::WriteBarrier)
    ++impl->site, ++impl->barriers;
  if (impl->samples) {
    if (opcode >= Opcode::ReadPages && opcode <= Opcode::WriteRows)
      move(opcode, f);
    return;
  }
  Fields at{f};
  cost::Recording &r = impl->recording;
  auto meet = [&](Step::Kind kind, int64_t a, int64_t b) {
    ++impl->meetings;
    impl->add(kind, a, b);
  };
  auto signal = [&](Step::Kind kind, int64_t semaphore, cost::Signal s) {
    for (int y = s.y0; y <= s.y1; ++y)
      for (int x = s.x0; x <= s.x1; ++x)
        s.latency = std::max(s.latency, timing::semaphoreLatency(
                                            spec, unsigned(impl->thread), impl->map.core(deviceCore()),
                                            impl->map.core(unsigned(y * spec.grid_x + x))));
    meet(kind, semaphore, int64_t(r.signals.size()));
    r.signals.push_back(s);
  };
  switch (opcode) {
  case Opcode::CbReserve: return meet(Step::Reserve, at(0), at(1));
  case Opcode::CbPush: return meet(Step::Push, at(0), at(1));
  case Opcode::CbWait: return meet(Step::Wait, at(0), at(1));
  case Opcode::CbPop: return meet(Step::Pop, at(0), at(1));
  case Opcode::SemSet: return impl->spend(Step::Spend, spec.cb_operation);
  case Opcode::SemWait: return meet(Step::SemWait, at(0), at(1));
  case Opcode::SemInc: {
    using I = isa::SemInc;
    int x = int(at(I::x)), y = int(at(I::y));
    return signal(Step::SemInc, at(I::sem), {x, y, x, y, at(I::value)});
  }
  case Opcode::SemMcastInc: {
    using I = isa::SemMcastInc;
    return signal(Step::SemMcast, at(I::sem),
                  {int(at(I::x0)), int(at(I::y0)), int(at(I::x1)), int(at(I::y1)), at(I::value)});
  }
  case Opcode::ReadBarrier: return impl->add(Step::ReadDone, 0);
  case Opcode::WriteBarrier: return impl->add(Step::WriteDone, 0);
  case Opcode::DstAcquire: return impl->add(Step::DstAcquire, 0);
  case Opcode::DstCommit: return impl->add(Step::DstCommit, 0);
  case Opcode::DstWait: impl->packing = true; return impl->add(Step::DstWait, 0);
  case Opcode::DstRelease: impl->packing = false; return impl->add(Step::DstRelease, 0);
  default: break;
  }
  if (opcode >= Opcode::DstAcquire)
    compute(opcode, f);
  else if (opcode >= Opcode::ReadPages)
    ++impl->meetings, move(opcode, f);
  else
    impl->spend(Step::Spend, spec.scalar_operation);
}

} // namespace ttc
