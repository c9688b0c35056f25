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
  Body bodies[3];
  bool fused = false;   ///< a program goes on in another
  bool packing = false; ///< the packer holds Dst: vector functions run there
  int thread = 0;
  /// Where a transfer is in the kernel, each loop counted once: what is read, by the barriers before it,
  /// because a core that has waited comes later; what is written, by the barriers that waited for others
  /// of its kind, because results leave together, whatever a core had to do before.
  struct Sites {
    int number[2] = {0, 0};
    bool open[2] = {false, false}; ///< transfers that no barrier has waited for yet
    void barrier(bool read) {
      ++number[1];
      number[0] += !read && open[0];
      open[read] = false;
    }
    void atLeast(const Sites &other) {
      for (int kind : {0, 1})
        number[kind] = std::max(number[kind], other.number[kind]);
    }
  } sites;
  int barriers = 0;

  /// Scouting: all cores are looked at, in every loop up to the first barrier.
  bool scouting = false, touched = false;
  struct Sender {
    timing::Place place;
    cost::Signal to;
  };
  std::vector<Sender> senders; ///< multicasts
  std::vector<char> active;    ///< cores of the program that do anything
  int64_t trips[3] = {0, 0, 0}; ///< of each thread's longest outermost loop that meets other threads

  void add(Step::Kind kind, int64_t a, int64_t b = 0) {
    steps->push_back({kind, int32_t(a), b});
  }
  size_t unmerged = 0; ///< a step before this one does not grow any more

  /// Records the core at `place` too.
  void addCore(timing::Place place, bool alone = false) {
    for (const cost::CoreTrace &core : recording.cores)
      if (core.place == place)
        return;
    cost::CoreTrace core;
    core.place = place;
    core.alone = alone;
    recording.cores.push_back(core);
  }

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
  total.gridX = p.gridX;
  total.gridY = p.gridY;
  ProgramSpec spec = withErrands(p);
  impl->fused = goesOn();
  if (goesOn())
    return;
  program = spec;
  cbs.clear();
  impl->recording = {};
  for (Body &body : impl->bodies)
    body = {};
  declareErrands();
}

Cb PriceBuilder::cb(const CbSpec &c) {
  cbs.push_back(c);
  impl->recording.cbPages.push_back(c.pages);
  noteCb(c, Cb(cbs.size()) - 1);
  return int(cbs.size()) - 1;
}

Semaphore PriceBuilder::semaphore() { return impl->recording.semaphores++; }

/// Rows of a window, times taps, that are looked at: of recorded cores, and of all for the sums.
constexpr int64_t recordedRows = 96, sampledRows = 24;

void PriceBuilder::run(int thread, timing::Place place, int64_t windowRows) {
  if (!impl->bodies[thread])
    return;
  here = place;
  impl->thread = thread;
  impl->sites = {};
  impl->counter.start(deviceCore(), windowRows);
  impl->bodies[thread]();
}

/// Which cores have work, what each of them moves, who multicasts, and how long the loops are.
void PriceBuilder::scout() {
  impl->scouting = true;
  impl->senders.clear();
  impl->active.assign(size_t(program.gridX) * size_t(program.gridY), 0);
  std::fill(std::begin(impl->trips), std::end(impl->trips), 0);
  for (int thread : {0, 1})
    for (int y = 0; y < program.gridY; ++y)
      for (int x = 0; x < program.gridX; ++x) {
        impl->touched = false;
        run(thread, {x, y}, sampledRows);
        impl->active[size_t(y * program.gridX + x)] |= impl->touched;
      }
  run(2, {0, 0}, 0);
  impl->scouting = false;
}

/// The corner, and one core of the first row, the first column and the rest.
/// Columns may read different operands (the pieces of a concatenation): where cores do not signal each
/// other, two more of them speak for themselves.
/// Every core that multicasts to one of these is recorded too: those that take turns along a row or column.
void PriceBuilder::chooseCores() {
  cost::Recording &r = impl->recording;
  int gx = program.gridX, gy = program.gridY;
  std::vector<int> columns = {0}, rows = {0};
  if (gx > 1)
    columns.push_back(1);
  if (gy > 1)
    rows.push_back(1);
  if (r.semaphores == 0 && gx >= 4)
    columns.insert(columns.end(), {gx / 2, gx - 1});
  for (int y : rows)
    for (int x : columns)
      impl->addCore({x, y});
  for (int round : {0, 1}) { // and those that these hear
    (void)round;
    size_t n = r.cores.size();
    for (const Impl::Sender &s : impl->senders)
      if (std::any_of(r.cores.begin(), r.cores.begin() + int64_t(n), [&](const cost::CoreTrace &core) {
            return core.place.x >= s.to.x0 && core.place.x <= s.to.x1 && core.place.y >= s.to.y0 &&
                   core.place.y <= s.to.y1;
          }))
        impl->addCore(s.place, s.place.x > 1 && s.place.y > 1);
  }
  for (int y = 0; y < gy; ++y)
    for (int x = 0; x < gx; ++x)
      if (impl->active[size_t(y * gx + x)])
        ++r.cores[r.standsFor({x, y})].count;
  // Long loops are shortened, in all threads by the same part.
  for (int64_t trips : impl->trips)
    if (trips > 0)
      r.trips = r.trips ? std::min(r.trips, trips) : trips;
  // In a fused program, the loops of one thread and of another that belong together are not known.
  if (r.trips <= cost::Recording::shown + 2 || impl->fused)
    r.trips = 0;
}

void PriceBuilder::record() {
  cost::Recording &r = impl->recording;
  for (int thread = 0; thread < 3; ++thread)
    for (cost::CoreTrace &core : r.cores) {
      impl->steps = &core.threads[thread];
      impl->shortened = &core.shortened[thread];
      impl->unmerged = 0;
      run(thread, core.place, recordedRows);
    }
  impl->steps = nullptr;
}

/// Transfers of one part meet those of no other: cores that received what others fetched passed fewer barriers.
void PriceBuilder::enterPart(int part) {
  constexpr int mostBarriers = 100;
  for (int &number : impl->sites.number)
    number = std::max(number, part * mostBarriers);
}

void PriceBuilder::setBody(int thread, const Body &body) {
  Body &known = impl->bodies[thread];
  if (known)
    known = [first = known, body] {
      first();
      body();
    };
  else
    known = body;
}

void PriceBuilder::endProgram() {
  if (staysOpen())
    return;
  if (errandsLeft())
    reader([] {});
  cost::Recording &recording = impl->recording;
  scout();
  chooseCores();
  record();
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
  total.hangs |= played.hangs;
  total.dramBytes += played.dramBytes;
  total.nocBytes += played.nocBytes;
  ++total.programs;
  total.cbs = int64_t(cbs.size());
  total.semaphores = recording.semaphores;
}

void PriceBuilder::loop(Idx lower, Idx upper, int64_t step,
                        const std::function<void(Idx)> &body) {
  assert(lower.isConstant() && upper.isConstant() && "the priced core is concrete");
  int64_t trips = std::max<int64_t>(0, ceilDiv(upper.constant - lower.constant, step));
  int64_t before = impl->meetings;
  int depth = impl->depth++;
  Impl::Sites sites = impl->sites, last = sites;
  if (impl->scouting) {
    constexpr int64_t most = 16;
    int barriers = impl->barriers;
    int64_t seen = impl->thread == 2 ? 1 : most;
    for (int64_t i = 0; i < std::min(trips, seen) && impl->barriers == barriers; ++i) {
      impl->sites = sites;
      body(lower.constant + i * step);
      impl->sites.atLeast(last);
      last = impl->sites;
    }
    impl->sites = last;
    impl->depth = depth;
    if (depth == 0 && impl->meetings != before)
      impl->trips[impl->thread] = std::max(impl->trips[impl->thread], trips);
    return;
  }
  // Iterations that meet no other thread repeat themselves: four show how, and the last one, which may
  // be shorter, is recorded too.
  constexpr int64_t shown = 4;
  // Long loops around what meets other threads are shortened; the playback goes on from there.
  using cost::Recording;
  int64_t all = impl->recording.trips;
  bool isLong = depth == 0 && all > 0 && trips >= all;
  int64_t warm = isLong ? trips * Recording::warm / all : 0;
  int64_t recorded = isLong ? trips * Recording::shown / all : trips;
  size_t begin = 0;
  for (int64_t i = 0; i < trips; ++i) {
    impl->sites = sites;
    body(lower.constant + i * step);
    impl->sites.atLeast(last);
    last = impl->sites;
    if (isLong && impl->meetings != before) {
      if (i == warm - 1)
        begin = impl->unmerged = impl->steps->size();
      if (i < recorded - 1)
        continue;
      impl->unmerged = impl->steps->size();
      impl->shortened->push_back({begin, impl->steps->size()});
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
  impl->sites = last;
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
  auto add = [&](const cost::Transactions &t, bool read, bool inside = false) {
    int site = inside ? -1 : impl->sites.number[read];
    if (!t.packets)
      return;
    if (!inside)
      impl->sites.open[read] = true;
    if (impl->scouting) {
      std::vector<cost::Sample> &samples = r.samples[impl->thread];
      if (samples.empty() || samples.back().core != deviceCore() || samples.back().site != site ||
          samples.back().read != read)
        samples.push_back({deviceCore(), site, read, {r.flows.size(), 0}});
      size_t each = (t.flows.size() + cost::maxFlows - 1) / cost::maxFlows;
      for (size_t i = each > 1 ? deviceCore() % each : 0; i < t.flows.size(); i += each) {
        r.flows.push_back(t.flows[i]);
        r.flows.back().bytes *= int64_t(each);
      }
      samples.back().flows.end = r.flows.size();
      return;
    }
    impl->add(Step::Transfer, int64_t(r.transfers.size()));
    size_t begin = r.flows.size();
    r.flows.insert(r.flows.end(), t.flows.begin(), t.flows.end());
    r.transfers.push_back({{begin, r.flows.size()}, t.bytes, t.dramBytes, t.issue, t.lastIssue, read, site});
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
    if (impl->scouting) {
      impl->senders.push_back({here, {x0, y0, x1, y1}});
      break;
    }
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
                       timing::untilize(spec, at(I::rows), at(I::cols), format(at(I::out))));
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
  if (opcode == Opcode::ReadBarrier || opcode == Opcode::WriteBarrier) {
    impl->sites.barrier(opcode == Opcode::ReadBarrier);
    ++impl->barriers;
  }
  if (impl->scouting) {
    impl->touched = true;
    impl->meetings += opcode >= Opcode::CbReserve && opcode < Opcode::DstAcquire;
    if (opcode >= Opcode::ReadPages && opcode <= Opcode::Mcast)
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
