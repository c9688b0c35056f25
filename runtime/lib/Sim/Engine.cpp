//===- Engine.cpp - scheduling, control flow, circular buffers, semaphores --===//
#include "Sim/Engine.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace ttc::sim {
using isa::Opcode;
using runtime::Bucket;
namespace I = isa;

namespace {
constexpr const char *kindNames[] = {"reader", "writer", "compute"};

int64_t floorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
int64_t wrapAdd(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
int64_t wrapSub(int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); }
int64_t wrapMul(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }

bool holds(isa::Predicate p, int64_t a, int64_t b) {
  switch (p) {
  case isa::Predicate::Eq:
    return a == b;
  case isa::Predicate::Ne:
    return a != b;
  case isa::Predicate::Lt:
    return a < b;
  case isa::Predicate::Le:
    return a <= b;
  case isa::Predicate::Gt:
    return a > b;
  case isa::Predicate::Ge:
    return a >= b;
  }
  return false;
}
} // namespace

Engine::Engine(const ProgramFile &file, const ModelViews &views, Memory &memory, ValueQueue *queue,
               Values *values, const EngineOptions &options)
    : file(file), views(views), memory(memory), queue(queue), values(values), options(options),
      noc(file.device(), options.contention), fuzz(options.fuzzSeed) {
  for (int64_t core = 0; core < file.device().cores(); ++core)
    coreReports.push_back({core % file.device().grid_x, core / file.device().grid_x});
}

bool Engine::meetsOthers(Opcode op) {
  switch (op) {
  case Opcode::SemSet:
  case Opcode::SemWait:
  case Opcode::SemInc:
  case Opcode::SemMcastInc:
  case Opcode::ReadPages:
  case Opcode::WritePages:
  case Opcode::ReadWindow:
  case Opcode::WriteRows:
  case Opcode::Mcast:
  case Opcode::Fill:
  case Opcode::CopyRows:
    return true;
  default:
    return false;
  }
}

bool Engine::mustYield(const Thread &t) {
  if (!deliveries.empty() && deliveries.top().time <= t.time)
    return true;
  if (!ready.empty() && Key{t.time, t.core * 3 + t.kind} > ready.top())
    return true;
  // Last: flows may only be followed to this time when nobody can start one before it.
  return options.time && noc.pending(t.time);
}

void Engine::makeReady(Thread &t) {
  t.state = State::Ready;
  ready.push({t.time, t.core * 3 + t.kind});
}

void Engine::start(const DecodedProgram &p) {
  const DeviceSpec &d = file.device();
  const program::ProgramT &source = *p.source;
  program = &p;
  gridX = source.grid_x;
  gridY = source.grid_y;
  unsigned cores = gridX * gridY;
  programStart = now;
  kernelStart = now;
  if (options.time) {
    Cycles send = timing::dispatch(d, cores, int64_t(p.cbs.size()), source.num_args,
                                   options.trace);
    Cycles begin = first ? now + send : std::max(now + d.dispatch_gap, lastStart + send);
    lastStart = begin;
    kernelStart = begin + d.kernel_start;
  }
  first = false;
  threads.assign(size_t(cores) * 3, Thread());
  cbs.assign(size_t(cores) * p.cbs.size(), CbState());
  semaphores.assign(size_t(cores) * source.semaphores, 0);
  error.clear();
  result = {};
  result.name = source.name;
  result.kind = source.kind;
  if (source.location < file.model().locations.size())
    result.location = file.model().locations[source.location];
  result.gridX = gridX;
  result.gridY = gridY;
  result.macs = source.macs;
  result.isReshard = source.is_reshard;
  for (unsigned core = 0; core < cores; ++core)
    for (unsigned kind = 0; kind < 3; ++kind) {
      Thread &t = thread(core, kind);
      t.core = core;
      t.kind = kind;
      t.time = t.packTime = kernelStart + (fuzz.on() ? fuzz.hesitation(1000) : 0);
      t.halfFree[0] = t.halfFree[1] = kernelStart;
      t.buckets[size_t(Bucket::Launch)] = t.time - programStart;
      t.code = &p.kernels[kind];
      if (kind == 2 && !t.code->empty()) {
        spend(t, Bucket::Issue, d.compute_start);
        t.packTime = t.halfFree[0] = t.halfFree[1] = t.time;
      }
      t.regs.assign(p.registers[kind], 0);
      if (t.code->empty())
        t.state = State::Finished;
      else
        ready.push({t.time, core * 3 + kind});
    }
}

Expected<void> Engine::run(const DecodedProgram &p) {
  start(p);
  if (options.sanitizer)
    options.sanitizer->beginProgram(p, programStart);
  if (options.values) {
    MathMode mode = options.math;
    mode.fidelity = p.source->fidelity;
    mode.fp32Dest = p.source->fp32_dest;
    queue->drain();
    queue->setSerial(!p.parallelValues);
    values->beginProgram(p, mode);
  }
  loop();
  if (error.empty() && options.sanitizer && options.sanitizer->stopped())
    error = fmt::format("{}: {}", file.path(), options.sanitizer->report().findings.back().text());
  if (error.empty()) {
    for (const Thread &t : threads)
      if (t.state != State::Finished) {
        fail(t, Check::Deadlock, deadlock());
        break;
      }
  }
  if (error.empty() && options.sanitizer) {
    options.sanitizer->endProgram();
    if (options.sanitizer->stopped())
      error =
          fmt::format("{}: {}", file.path(), options.sanitizer->report().findings.back().text());
  }
  if (options.values) {
    queue->drain();
    values->endProgram();
  }
  while (!ready.empty())
    ready.pop();
  while (!deliveries.empty())
    deliveries.pop();
  followers.clear();
  if (!error.empty())
    return Error{error};
  finishReport();
  return {};
}

void Engine::loop() {
  constexpr Cycles never = std::numeric_limits<Cycles>::max();
  while (error.empty() && !(options.sanitizer && options.sanitizer->stopped())) {
    Cycles horizon = std::min(deliveries.empty() ? never : deliveries.top().time,
                              ready.empty() ? never : ready.top().time);
    if (Noc::Event event; options.time && noc.next(horizon, event))
      transferEvent(event);
    else if (!deliveries.empty() && (ready.empty() || deliveries.top().time <= ready.top().time)) {
      Delivery d = deliveries.top();
      deliveries.pop();
      deliver(d);
    } else if (!ready.empty()) {
      unsigned id = ready.top().thread;
      ready.pop();
      interpret(threads[id]);
    } else {
      return;
    }
  }
}

void Engine::deliver(const Delivery &d) {
  int64_t &value = semaphores[size_t(d.core) * program->source->semaphores + size_t(d.semaphore)];
  value += d.value;
  if (options.sanitizer)
    options.sanitizer->delivered(d.sequence, d.core, d.semaphore, value);
  for (unsigned kind = 0; kind < 2; ++kind) {
    Thread &t = thread(d.core, kind);
    if (t.state == State::WaitSemaphore && t.cb == d.semaphore) {
      until(t, Bucket::Semaphore, d.time);
      makeReady(t);
    }
  }
}

void Engine::increment(const std::vector<unsigned> &cores, int semaphore, int64_t value,
                       Cycles when, uint64_t firstSequence) {
  for (unsigned core : cores)
    deliveries.push({when, firstSequence++, core, semaphore, value});
}

/// A flow of a thread has drained, or a multicast has arrived that an increment waits for.
void Engine::transferEvent(const Noc::Event &e) {
  if (e.token != Noc::noToken) {
    const Follower &f = followers[e.token];
    return increment(f.cores, f.semaphore, f.value, std::max(f.earliest, e.complete + 1),
                     f.sequence);
  }
  Thread &t = threads[e.owner];
  --(e.read ? t.reading : t.writing);
  Cycles &done = e.read ? t.readsDone : t.writesDone;
  if (e.complete > done) {
    done = e.complete;
    (e.read ? t.readsDram : t.writesDram) = e.dram;
  }
  if (t.state != State::WaitTransfers)
    return;
  Opcode op = (*t.code)[t.ip].op;
  if (awaitTransfers(t, op != Opcode::WriteBarrier, op != Opcode::ReadBarrier))
    makeReady(t);
}

void Engine::interpret(Thread &t) {
  while (error.empty()) {
    const Instr &i = (*t.code)[t.ip];
    if (meetsOthers(i.op)) {
      if (fuzz.on() && !t.delayed && !t.bulkActive) {
        spend(t, Bucket::Issue, fuzz.hesitation(500));
        t.delayed = true;
      }
      if (mustYield(t)) {
        ready.push({t.time, t.core * 3 + t.kind});
        return;
      }
    }
    if (++t.executed > options.maxInstructions) {
      fail(t, Check::Livelock,
           fmt::format("no end after {} instructions", options.maxInstructions));
      return;
    }
    if (i.op >= Opcode::CbReserve)
      t.lastEffect = t.executed;
    else if (t.executed - t.lastEffect > options.livelockWindow) {
      fail(t, Check::Livelock,
           fmt::format("{} control instructions in a row that touch nothing",
                       options.livelockWindow));
      return;
    }
    if (!step(t, i))
      return;
    t.delayed = false;
    if (options.sanitizer && options.sanitizer->stopped())
      return;
  }
}

bool Engine::step(Thread &t, const Instr &i) {
  if (i.op < Opcode::CbReserve)
    return control(t, i);
  if (i.op >= Opcode::DstAcquire) {
    if (!compute(t, i))
      return false;
    ++t.ip;
    return true;
  }
  bool done;
  switch (i.op) {
  case Opcode::CbReserve:
    done = cbReserve(t, operand(t, i, 0), operand(t, i, 1));
    break;
  case Opcode::CbPush:
    done = cbPush(t, operand(t, i, 0), operand(t, i, 1));
    break;
  case Opcode::CbWait:
    done = cbWait(t, operand(t, i, 0), operand(t, i, 1));
    break;
  case Opcode::CbPop:
    done = cbPop(t, operand(t, i, 0), operand(t, i, 1));
    break;
  case Opcode::SemSet:
  case Opcode::SemWait:
  case Opcode::SemInc:
  case Opcode::SemMcastInc:
    done = semaphore(t, i);
    break;
  default:
    done = move(t, i);
    break;
  }
  if (!done)
    return false;
  observe(t, i);
  ++t.ip;
  return true;
}

void Engine::observe(Thread &t, const Instr &i) {
  if (fuzz.on()) {
    if (i.op == Opcode::ReadBarrier || i.op == Opcode::WriteBarrier)
      flush(t, i.op == Opcode::ReadBarrier, i.op == Opcode::WriteBarrier, false);
    else if (i.op == Opcode::SemMcastInc)
      flush(t, false, false, true);
  }
  Sanitizer *s = options.sanitizer;
  if (!s)
    return;
  auto v = [&](unsigned f) { return operand(t, i, f); };
  switch (i.op) {
  case Opcode::CbReserve:
    return s->reserved(site(t), v(0), v(1));
  case Opcode::CbPush:
    return s->pushed(site(t), v(0), v(1));
  case Opcode::CbWait:
    return s->waited(site(t), v(0), v(1));
  case Opcode::CbPop:
    return s->popped(site(t), v(0), v(1));
  case Opcode::ReadBarrier:
  case Opcode::WriteBarrier:
    return s->barrier(site(t), i.op == Opcode::ReadBarrier);
  case Opcode::SemSet:
    return s->semaphoreSet(site(t), v(I::SemSet::sem), v(I::SemSet::value));
  case Opcode::SemWait:
    return s->semaphoreWaited(site(t), v(I::SemWait::sem));
  default:
    return;
  }
}

void Engine::flush(Thread &t, bool reads, bool writes, bool multicasts) {
  std::vector<ValueOp> rest;
  for (ValueOp &op : t.deferred) {
    bool multicast = op.op == Opcode::Mcast;
    bool write = multicast || op.op == Opcode::WritePages || op.op == Opcode::WriteRows;
    if (write ? writes || (multicast && multicasts) : reads)
      queue->push(std::move(op));
    else
      rest.push_back(std::move(op));
  }
  t.deferred = std::move(rest);
}

bool Engine::control(Thread &t, const Instr &i) {
  auto set = [&](int64_t v) { t.regs[size_t(i.args[0])] = v; };
  auto v = [&](unsigned f) { return operand(t, i, f); };
  const DeviceSpec &d = file.device();
  spend(t, Bucket::Issue, d.scalar_operation);
  ++t.ip;
  switch (i.op) {
  case Opcode::Loop:
    if (v(I::Loop::step) <= 0) {
      --t.ip;
      return fail(t, fmt::format("step {} is not positive", v(I::Loop::step)));
    }
    set(v(I::Loop::lower));
    if (v(I::Loop::lower) >= v(I::Loop::upper))
      t.ip = i.jump;
    return true;
  case Opcode::EndLoop: {
    const Instr &loop = (*t.code)[i.jump];
    int64_t &iv = t.regs[size_t(loop.args[I::Loop::iv])];
    iv = wrapAdd(iv, operand(t, loop, I::Loop::step));
    t.ip = iv < operand(t, loop, I::Loop::upper) ? i.jump + 1 : loop.jump;
    return true;
  }
  case Opcode::If:
    if (!v(I::If::cond))
      t.ip = i.jump;
    return true;
  case Opcode::Jump:
    t.ip = i.jump;
    return true;
  case Opcode::End: {
    if (!awaitTransfers(t, true, true)) {
      --t.ip;
      return false;
    }
    t.state = State::Finished;
    flush(t, true, true, true);
    if (options.sanitizer) {
      Site at = site(t);
      --at.instruction; // counted on already
      options.sanitizer->kernelEnded(at);
    }
    awaitPacker(t, t.packTime, true, true);
    return false;
  }
  case Opcode::Move:
    set(v(1));
    return true;
  case Opcode::Add:
    set(wrapAdd(v(1), v(2)));
    return true;
  case Opcode::Sub:
    set(wrapSub(v(1), v(2)));
    return true;
  case Opcode::Mul:
    set(wrapMul(v(1), v(2)));
    return true;
  case Opcode::Div:
  case Opcode::Rem: {
    int64_t a = v(1), b = v(2);
    if (b == 0 || b == -1) { // -1: the one case that overflows
      if (b == 0) {
        --t.ip;
        return fail(t, "division by zero");
      }
      set(i.op == Opcode::Div ? wrapSub(0, a) : 0);
      return true;
    }
    int64_t q = floorDiv(a, b);
    set(i.op == Opcode::Div ? q : a - b * q);
    return true;
  }
  case Opcode::Min:
    set(std::min(v(1), v(2)));
    return true;
  case Opcode::Max:
    set(std::max(v(1), v(2)));
    return true;
  case Opcode::Cmp:
    set(holds(isa::Predicate(v(I::Cmp::pred)), v(I::Cmp::a), v(I::Cmp::b)));
    return true;
  case Opcode::Select:
    set(v(I::Select::cond) ? v(I::Select::a) : v(I::Select::b));
    return true;
  case Opcode::CoreX:
    set(t.core % gridX);
    return true;
  case Opcode::CoreY:
    set(t.core / gridX);
    return true;
  case Opcode::CoreIndex:
    set(t.core);
    return true;
  case Opcode::Arg: {
    int64_t index = v(I::Arg::index), n = program->source->num_args;
    if (index < 0 || index >= n) {
      --t.ip;
      return fail(t, Check::Arguments, fmt::format("argument {} of {}", index, n));
    }
    set(program->source->args[size_t(t.core) * size_t(n) + size_t(index)]);
    return true;
  }
  default:
    return fail(t, "unknown instruction");
  }
}

// --- circular buffers ---

bool Engine::checkCb(const Thread &t, int64_t cb) {
  if (cb >= 0 && size_t(cb) < program->cbs.size())
    return true;
  return fail(t, Check::CbWindow, fmt::format("circular buffer {} of {}", cb, program->cbs.size()));
}

bool Engine::cbReserve(Thread &t, int64_t cb, int64_t pages) {
  if (!checkCb(t, cb))
    return false;
  const Cb &info = program->cbs[size_t(cb)];
  CbState &s = cbState(t.core, cb);
  if (pages < 0 || pages > info.pages)
    return fail(t, Check::CbCapacity,
                fmt::format("reserve of {} pages of circular buffer {} '{}', which has {}", pages,
                            cb, *info.name, info.pages));
  int64_t needed = s.pushed + pages - info.pages; // pops in all
  if (s.popped < needed) {
    t.state = State::WaitSpace;
    t.cb = int(cb);
    t.need = pages;
    s.producerWaiting = int(t.kind);
    return false;
  }
  if (options.time) {
    Cycles op = file.device().cb_operation, when = 0;
    if (needed > 0)
      for (const CbState::Event &e : s.pops)
        if (e.total >= needed) {
          when = e.time;
          break;
        }
    if (t.kind == 2) {
      t.packTime = std::max(t.packTime, when) + op;
    } else {
      until(t, Bucket::WaitSpace, when);
      spend(t, Bucket::Issue, op);
    }
  }
  s.reserved = std::max(s.reserved, pages);
  return true;
}

bool Engine::cbPush(Thread &t, int64_t cb, int64_t pages) {
  if (!checkCb(t, cb))
    return false;
  const Cb &info = program->cbs[size_t(cb)];
  CbState &s = cbState(t.core, cb);
  if (pages < 0 || pages > s.reserved)
    return fail(t, Check::CbWindow,
                fmt::format("push of {} pages of circular buffer {} '{}', of which {} are reserved",
                            pages, cb, *info.name, s.reserved));
  Cycles op = file.device().cb_operation;
  if (t.kind == 2)
    pack(t, op);
  else
    spend(t, Bucket::Issue, op);
  s.pushed += pages;
  s.reserved -= pages;
  if (options.time) {
    s.pushes.push_back({s.pushed, t.kind == 2 ? t.packTime : t.time});
    while (!s.pops.empty() && s.pops.front().total <= s.pushed - int64_t(info.pages))
      s.pops.pop_front();
  }
  if (s.consumerWaiting >= 0) {
    Thread &other = thread(t.core, unsigned(s.consumerWaiting));
    if (s.pushed - s.popped >= other.need) {
      s.consumerWaiting = -1;
      makeReady(other);
    }
  }
  return true;
}

bool Engine::cbWait(Thread &t, int64_t cb, int64_t pages) {
  if (!checkCb(t, cb))
    return false;
  const Cb &info = program->cbs[size_t(cb)];
  CbState &s = cbState(t.core, cb);
  if (pages < 0 || pages > info.pages)
    return fail(t, Check::CbCapacity,
                fmt::format("wait for {} pages of circular buffer {} '{}', which has {}", pages, cb,
                            *info.name, info.pages));
  if (s.pushed - s.popped < pages) {
    t.state = State::WaitPages;
    t.cb = int(cb);
    t.need = pages;
    s.consumerWaiting = int(t.kind);
    return false;
  }
  if (options.time) {
    if (pages > 0)
      for (const CbState::Event &e : s.pushes)
        if (e.total >= s.popped + pages) {
          until(t, Bucket::WaitInput, e.time);
          break;
        }
    spend(t, Bucket::Issue, file.device().cb_operation);
  }
  s.waited = std::max(s.waited, pages);
  return true;
}

bool Engine::cbPop(Thread &t, int64_t cb, int64_t pages) {
  if (!checkCb(t, cb))
    return false;
  const Cb &info = program->cbs[size_t(cb)];
  CbState &s = cbState(t.core, cb);
  if (pages < 0 || pages > s.waited)
    return fail(
        t, Check::CbWindow,
        fmt::format("pop of {} pages of circular buffer {} '{}', of which {} were waited for",
                    pages, cb, *info.name, s.waited));
  spend(t, Bucket::Issue, file.device().cb_operation);
  s.popped += pages;
  s.waited -= pages;
  if (options.time) {
    s.pops.push_back({s.popped, t.time});
    while (!s.pushes.empty() && s.pushes.front().total <= s.popped)
      s.pushes.pop_front();
  }
  if (s.producerWaiting >= 0) {
    Thread &other = thread(t.core, unsigned(s.producerWaiting));
    if (s.popped >= s.pushed + other.need - int64_t(info.pages)) {
      s.producerWaiting = -1;
      makeReady(other);
    }
  }
  return true;
}

int64_t Engine::windowAddress(Thread &t, int64_t cb, int64_t offset, int64_t bytes, bool producer) {
  if (!checkCb(t, cb))
    return -1;
  const Cb &info = program->cbs[size_t(cb)];
  const CbState &s = cbState(t.core, cb);
  int64_t pages = producer ? s.reserved : s.waited;
  int64_t window = pages * info.pageBytes;
  int64_t start = (producer ? s.pushed : s.popped) % info.pages * info.pageBytes;
  if (offset < 0 || bytes < 0 || offset > window || bytes > window - offset) {
    fail(t, Check::CbWindow,
         fmt::format("circular buffer {} '{}': bytes {}..{} of a window of {} pages of {} bytes {}",
                     cb, *info.name, offset, wrapAdd(offset, bytes), pages, info.pageBytes,
                     producer ? "reserved" : "waited for"));
    return -1;
  }
  if (start + offset + bytes > info.bytes()) {
    fail(t, Check::CbWindow,
         fmt::format(
             "circular buffer {} '{}': bytes {}..{} from page {} on wrap around its end at {}", cb,
             *info.name, offset, offset + bytes, start / info.pageBytes, info.bytes()));
    return -1;
  }
  return int64_t(info.address) + start + offset;
}

int64_t Engine::produce(Thread &t, int64_t cb, int64_t offset, int64_t bytes) {
  return windowAddress(t, cb, offset, bytes, true);
}
int64_t Engine::consume(Thread &t, int64_t cb, int64_t offset, int64_t bytes) {
  return windowAddress(t, cb, offset, bytes, false);
}

// --- semaphores ---

Cycles Engine::semaphoreLatency(const Thread &t, unsigned core) const {
  const DeviceSpec &d = file.device();
  return options.time ? timing::semaphoreLatency(d, t.kind, timing::corePlace(d, deviceCore(t.core)),
                                                 timing::corePlace(d, deviceCore(core)))
                      : 0;
}

bool Engine::semaphore(Thread &t, const Instr &i) {
  const DeviceSpec &d = file.device();
  int64_t count = program->source->semaphores;
  auto valid = [&](int64_t sem) {
    return sem >= 0 && sem < count
               ? true
               : fail(t, Check::Semaphore, fmt::format("semaphore {} of {}", sem, count));
  };
  auto own = [&](int64_t sem) -> int64_t & {
    return semaphores[size_t(t.core) * size_t(count) + size_t(sem)];
  };
  auto v = [&](unsigned f) { return operand(t, i, f); };
  switch (i.op) {
  case Opcode::SemSet:
    if (!valid(v(I::SemSet::sem)))
      return false;
    own(v(I::SemSet::sem)) = v(I::SemSet::value);
    spend(t, Bucket::Issue, d.cb_operation);
    return true;
  case Opcode::SemWait: {
    int64_t sem = v(I::SemWait::sem);
    if (!valid(sem))
      return false;
    if (own(sem) < v(I::SemWait::value)) {
      t.state = State::WaitSemaphore;
      t.cb = int(sem);
      t.need = v(I::SemWait::value);
      return false;
    }
    spend(t, Bucket::Issue, d.cb_operation);
    return true;
  }
  case Opcode::SemInc: {
    int64_t x = v(I::SemInc::x), y = v(I::SemInc::y), sem = v(I::SemInc::sem);
    if (!valid(sem))
      return false;
    if (x < 0 || y < 0 || x >= gridX || y >= gridY)
      return fail(
          t, Check::NocCoordinates,
          fmt::format("core ({}, {}) outside the program's grid {}x{}", x, y, gridX, gridY));
    spend(t, Bucket::Issue, d.noc_semaphore_issue);
    unsigned target = unsigned(y * gridX + x);
    Cycles when = t.time + semaphoreLatency(t, target) + (fuzz.on() ? fuzz.hesitation(500) : 0);
    if (options.sanitizer)
      options.sanitizer->signalled(site(t), sequence, {target}, sem, false);
    increment({target}, int(sem), v(I::SemInc::value), when, sequence++);
    return true;
  }
  default: {
    std::vector<unsigned> cores;
    int64_t sem = v(I::SemMcastInc::sem);
    if (!valid(sem) || !rectangle(t, v(I::SemMcastInc::x0), v(I::SemMcastInc::y0),
                                  v(I::SemMcastInc::x1), v(I::SemMcastInc::y1), cores))
      return false;
    spend(t, Bucket::Issue, d.noc_semaphore_issue);
    if (options.sanitizer) {
      const int64_t corners[] = {v(I::SemMcastInc::x0), v(I::SemMcastInc::y0),
                                 v(I::SemMcastInc::x1), v(I::SemMcastInc::y1)};
      options.sanitizer->path(site(t), corners, cores.size(), false);
      options.sanitizer->signalled(site(t), sequence, cores, sem, true);
    }
    Cycles latency = fuzz.on() ? fuzz.hesitation(500) : 0, farthest = 0;
    for (unsigned core : cores)
      farthest = std::max(farthest, semaphoreLatency(t, core));
    Follower f{std::move(cores), int(sem), v(I::SemMcastInc::value), t.time + latency + farthest,
               sequence};
    sequence += f.cores.size();
    if (options.time && noc.follow(source(t), followers.size()))
      followers.push_back(std::move(f));
    else
      increment(f.cores, f.semaphore, f.value, f.earliest, f.sequence);
    return true;
  }
  }
}

bool Engine::rectangle(Thread &t, int64_t x0, int64_t y0, int64_t x1, int64_t y1,
                       std::vector<unsigned> &cores) {
  if (x0 < 0 || y0 < 0 || x1 < x0 || y1 < y0 || x1 >= gridX || y1 >= gridY)
    return fail(t, Check::NocCoordinates,
                fmt::format("rectangle ({}, {})..({}, {}) outside the program's grid {}x{}", x0, y0,
                            x1, y1, gridX, gridY));
  for (int64_t y = y0; y <= y1; ++y)
    for (int64_t x = x0; x <= x1; ++x)
      if (unsigned core = unsigned(y * gridX + x); core != t.core)
        cores.push_back(core);
  return true;
}

// --- errors ---

std::string Engine::describe(const Thread &t) const {
  std::string text =
      fmt::format("core ({}, {}) {}", t.core % gridX, t.core / gridX, kindNames[t.kind]);
  if (t.ip < t.code->size()) {
    const Instr &i = (*t.code)[t.ip];
    text += fmt::format(" at word {} {}", i.pc, isa::lookup(uint16_t(i.op))->mnemonic);
  }
  return text;
}

bool Engine::fail(const Thread &t, Check check, std::string message) {
  if (!error.empty())
    return false;
  runtime::Finding f;
  f.check = check;
  f.program = result.name;
  f.layer = result.location;
  f.thread = describe(t);
  f.cycle = t.time;
  f.what = std::move(message);
  error = fmt::format("{}: {}", file.path(), f.text());
  if (options.sanitizer)
    options.sanitizer->machineError(std::move(f));
  return false;
}

} // namespace ttc::sim
