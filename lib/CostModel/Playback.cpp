//===- Playback.cpp - the time of recorded kernels --------------------------===//
#include "Playback.h"

#include <algorithm>
#include <limits>

namespace ttc::cost {
namespace {

constexpr int reader = 0, writer = 1, computeThread = 2;

struct Queue {
  struct Event {
    int64_t total;
    Cycles time;
  };
  int64_t pushed = 0, popped = 0;
  std::vector<Event> pushes, pops;
  size_t nextPush = 0, nextPop = 0; ///< what is asked for only grows
};

/// When a count of at least `needed` was reached.
Cycles reached(const std::vector<Queue::Event> &events, size_t &next, int64_t needed) {
  while (next < events.size() && events[next].total < needed)
    ++next;
  return next < events.size() ? events[next].time : 0;
}

struct SemaphoreState {
  struct Arrival {
    Cycles time;
    int64_t value;
  };
  std::vector<Arrival> arrivals; ///< by time
  int64_t total = 0;
  /// The played cores send `sent` where the whole program sends `needed`.
  int64_t sent = 0, needed = 0;

  void arrive(Cycles time, int64_t value) {
    total += value;
    auto at = arrivals.end();
    while (at != arrivals.begin() && std::prev(at)->time > time)
      --at;
    arrivals.insert(at, {time, value});
  }
  bool has(int64_t value) const { return sent == 0 || total * needed >= value * sent; }
  Cycles when(int64_t value) const {
    int64_t sum = 0;
    for (const Arrival &a : arrivals)
      if (sum += a.value; sum * needed >= value * sent)
        return a.time;
    return 0;
  }
};

struct Thread {
  const std::vector<Step> *steps = nullptr;
  size_t at = 0;
  Cycles time = 0, packTime = 0;
  Cycles readsDone = 0, writesDone = 0, mcastArrived = 0;
  int64_t acquired = 0, committed = 0, waited = 0, released = 0;
  Cycles halfFree[2] = {0, 0}, halfReady[2] = {0, 0};
  struct {
    Cycles time = 0, pack = 0;
  } marks[Step::maxMarks];

  bool blocked = false; ///< until something happens in its core

  bool done() const { return at == steps->size(); }
  Cycles end() const { return std::max({time, packTime, readsDone, writesDone}); }
};

struct Core {
  Thread threads[3];
  std::vector<Queue> queues;
  std::vector<SemaphoreState> semaphores;
  /// Thousandths of a cycle until which a port has work, as in the simulator.
  int64_t in[2] = {0, 0}, out[2] = {0, 0};
  int64_t source[2] = {0, 0}; ///< the far side of transfers between cores
  int64_t channels = 0;       ///< the DRAM channels as this core meets them
};

/// What a transfer asks of the ports that it shares.
struct Load {
  int64_t channel = 0; ///< bytes that the busiest DRAM bank serves meanwhile
  /// Bytes that a source core serves meanwhile, in thousandths of this transfer's.
  int64_t source = 1000;
};

class Player {
public:
  Player(const DeviceSpec &spec, const Recording &recording);
  Cycles run();

private:
  void shareOut();
  void shareSources(int thread);
  void shareChannels(int thread);
  void countSemaphores();
  /// Plays until the thread has to wait, or would use a port after `limit`, when another thread may
  /// come first. `force`: its first wait is over.
  void advance(Core &core, int kind, Cycles limit, bool force);
  void transfer(Core &core, int kind, int index);
  void signal(const Core &from, const Signal &s, int semaphore, Cycles when);
  static int64_t serve(int64_t &port, int64_t time, int64_t bytes, Milli bandwidth) {
    port = std::max(port, time) + bytes * 1'000'000 / bandwidth.thousandths;
    return port;
  }

  const DeviceSpec &d;
  const Recording &r;
  std::vector<Core> cores;
  std::vector<Load> loads; ///< of each transfer
};

Player::Player(const DeviceSpec &spec, const Recording &recording) : d(spec), r(recording) {
  cores.resize(r.cores.size());
  for (size_t i = 0; i < cores.size(); ++i) {
    cores[i].queues.resize(r.cbPages.size());
    cores[i].semaphores.resize(size_t(r.semaphores));
    for (int t = 0; t < 3; ++t)
      cores[i].threads[t].steps = &r.cores[i].threads[t];
    Thread &compute = cores[i].threads[computeThread];
    if (!compute.done())
      compute.time = compute.packTime = compute.halfFree[0] = compute.halfFree[1] = d.compute_start;
  }
  shareOut();
  countSemaphores();
}

void Player::shareOut() {
  loads.assign(r.transfers.size(), {});
  for (int thread : {reader, writer}) {
    shareSources(thread);
    shareChannels(thread);
  }
}

/// The cores that hold a buffer serve all that read it. Where the played cores read different buffers
/// (the pieces of a concatenation), it is not known how many read which: all of it is spread over all.
void Player::shareSources(int thread) {
  size_t n = r.cores.size(), buffers = r.bufferUnits.size();
  std::vector<int64_t> own(buffers * n, 0), mine(n, 0);
  auto each = [&](size_t c, auto body) {
    for (const Step &s : r.cores[c].threads[thread])
      if (s.kind == Step::Transfer)
        if (const Transfer &t = r.transfers[size_t(s.a)];
            t.buffer >= 0 && !t.t.at(Route::Dram).packets)
          body(s.a, t);
  };
  int64_t everything = 0, mostUnits = 1;
  for (size_t c = 0; c < n; ++c)
    each(c, [&](int, const Transfer &t) {
      own[size_t(t.buffer) * n + c] += t.t.bytes();
      mine[c] += t.t.bytes();
      everything += r.cores[c].count * t.t.bytes();
      mostUnits = std::max(mostUnits, r.bufferUnits[size_t(t.buffer)]);
    });
  for (size_t c = 0; c < n; ++c)
    each(c, [&](int index, const Transfer &t) {
      const int64_t *part = &own[size_t(t.buffer) * n];
      int64_t all = 0;
      bool byAll = true;
      for (size_t o = 0; o < n; ++o) {
        all += r.cores[o].count * part[o];
        byAll &= part[o] > 0 || mine[o] == 0;
      }
      loads[size_t(index)].source =
          byAll ? all * 1000 / (part[c] * r.bufferUnits[size_t(t.buffer)])
                : everything * 1000 / (mine[c] * mostUnits);
    });
}

/// The k-th DRAM transfers of all cores happen together. Cores that ask for the same pages - along a
/// row of the grid, a column, or both - meet on the same banks; others spread.
void Player::shareChannels(int thread) {
  std::vector<std::vector<int>> dram(r.cores.size());
  for (size_t c = 0; c < r.cores.size(); ++c)
    for (const Step &s : r.cores[c].threads[thread])
      if (s.kind == Step::Transfer && r.transfers[size_t(s.a)].t.at(Route::Dram).packets)
        dram[c].push_back(s.a);
  for (size_t c = 0; c < r.cores.size(); ++c)
    for (size_t k = 0; k < dram[c].size(); ++k) {
      const Transfer &t = r.transfers[size_t(dram[c][k])];
      timing::Place here = r.cores[c].place;
      bool alongX = false, alongY = false;
      int64_t all = 0;
      for (size_t o = 0; o < r.cores.size(); ++o) {
        if (k >= dram[o].size())
          continue;
        all += r.cores[o].count;
        if (o == c || r.transfers[size_t(dram[o][k])].what != t.what)
          continue;
        alongX |= r.cores[o].place.y == here.y;
        alongY |= r.cores[o].place.x == here.x;
      }
      int64_t same = std::min(all, (alongX ? r.gridX : 1) * (alongY ? r.gridY : 1));
      loads[size_t(dram[c][k])].channel =
          std::max(same * t.t.hottest, all * t.t.bytes() / d.dram_banks);
    }
}

void Player::countSemaphores() {
  for (size_t c = 0; c < cores.size(); ++c)
    for (int thread : {reader, writer})
      for (const Step &s : r.cores[c].threads[thread]) {
        if (s.kind == Step::SemWait) {
          SemaphoreState &sem = cores[c].semaphores[size_t(s.a)];
          sem.needed = std::max(sem.needed, s.b);
        } else if (s.kind == Step::SemInc || s.kind == Step::SemMcast) {
          const Signal &signal = r.signals[size_t(s.b)];
          for (size_t o = 0; o < cores.size(); ++o) {
            timing::Place p = r.cores[o].place;
            if ((o != c || s.kind == Step::SemInc) && p.x >= signal.x0 && p.x <= signal.x1 &&
                p.y >= signal.y0 && p.y <= signal.y1)
              cores[o].semaphores[size_t(s.a)].sent += signal.value;
          }
        }
      }
}

void Player::signal(const Core &from, const Signal &s, int semaphore, Cycles when) {
  bool one = s.x0 == s.x1 && s.y0 == s.y1;
  for (size_t o = 0; o < cores.size(); ++o) {
    timing::Place p = r.cores[o].place;
    if ((&cores[o] != &from || one) && p.x >= s.x0 && p.x <= s.x1 && p.y >= s.y0 && p.y <= s.y1)
      cores[o].semaphores[size_t(semaphore)].arrive(when, s.value);
  }
}

void Player::transfer(Core &core, int kind, int index) {
  const Transfer &t = r.transfers[size_t(index)];
  const Load &load = loads[size_t(index)];
  Thread &thread = core.threads[kind];
  Cycles now = thread.time, issue = t.read ? d.noc_read_issue : d.noc_write_issue;
  Cycles issued =
      now + t.t.packets() * issue + t.t.interleaved * d.dram_interleaved_issue;
  Cycles lastIssue = issued - issue, complete = now;
  for (size_t route = 0; route < numRoutes; ++route) {
    const Transactions::Part &p = t.t.parts[route];
    if (!p.packets)
      continue;
    bool dram = Route(route) == Route::Dram;
    Cycles latency = 0;
    switch (Route(route)) {
    case Route::Self: latency = timing::readLatency(d, {0, 0}, {0, 0}); break;
    case Route::Axis:
      latency = t.read ? timing::readLatency(d, {0, 0}, {1, 0}) : timing::writeLatency(d, {0, 0}, {1, 0});
      break;
    case Route::Far:
      latency = t.read ? timing::readLatency(d, {0, 0}, {1, 1}) : timing::writeLatency(d, {0, 0}, {1, 1});
      break;
    case Route::Dram:
      latency = t.read ? timing::readLatency(d, {0, 0}, {1, 1}) + d.dram_read_latency
                       : timing::writeLatency(d, {0, 0}, {1, 1}) + d.dram_write_latency;
      break;
    }
    Milli bandwidth = dram     ? d.dram_bank_bandwidth
                      : t.read ? d.noc_read_bandwidth
                               : d.noc_port_bandwidth;
    Cycles end = lastIssue + latency + timing::transfer(p.bytes / p.packets, bandwidth);
    int64_t start = (now + latency / 2) * 1000;
    int64_t &far = dram ? core.channels : core.source[kind];
    int64_t farBytes = dram ? load.channel : p.bytes * load.source / 1000;
    int64_t farDone = serve(far, start, farBytes, bandwidth);
    int64_t nearDone = serve(t.read ? core.in[kind] : core.out[kind], start, p.bytes, d.noc_port_bandwidth);
    end = std::max(end, (std::max(farDone, nearDone) + 999) / 1000 + latency - latency / 2);
    complete = std::max(complete, end);
  }
  thread.time = issued;
  Cycles &last = t.read ? thread.readsDone : thread.writesDone;
  last = std::max(last, complete);
}

void Player::advance(Core &core, int kind, Cycles limit, bool force) {
  Thread &t = core.threads[kind];
  auto wake = [](Core &c) {
    for (Thread &other : c.threads)
      other.blocked = false;
  };
  for (; !t.done(); ++t.at) {
    const Step &s = (*t.steps)[t.at];
    switch (s.kind) {
    case Step::Spend: t.time += s.b; break;
    case Step::Pack: t.packTime += s.b; break;
    case Step::InLine:
      t.time = std::max(t.time, t.packTime) + s.b;
      t.packTime = t.time;
      break;
    case Step::Reserve: {
      Queue &q = core.queues[size_t(s.a)];
      int64_t needed = q.pushed + s.b - r.cbPages[size_t(s.a)];
      if (q.popped < needed && !force) {
        t.blocked = true;
        return;
      }
      Cycles when = needed > 0 ? reached(q.pops, q.nextPop, needed) : 0;
      Cycles &clock = kind == computeThread ? t.packTime : t.time;
      clock = std::max(clock, when) + d.cb_operation;
      break;
    }
    case Step::Push: {
      Queue &q = core.queues[size_t(s.a)];
      Cycles &clock = kind == computeThread ? t.packTime : t.time;
      clock += d.cb_operation;
      q.pushed += s.b;
      q.pushes.push_back({q.pushed, clock});
      wake(core);
      break;
    }
    case Step::Wait: {
      Queue &q = core.queues[size_t(s.a)];
      if (q.pushed - q.popped < s.b && !force) {
        t.blocked = true;
        return;
      }
      Cycles when = s.b > 0 ? reached(q.pushes, q.nextPush, q.popped + s.b) : 0;
      t.time = std::max(t.time, when) + d.cb_operation;
      break;
    }
    case Step::Pop: {
      Queue &q = core.queues[size_t(s.a)];
      t.time += d.cb_operation;
      q.popped += s.b;
      q.pops.push_back({q.popped, t.time});
      wake(core);
      break;
    }
    case Step::SemWait: {
      SemaphoreState &sem = core.semaphores[size_t(s.a)];
      if (!sem.has(s.b) && !force) {
        t.blocked = true;
        return;
      }
      // Where no played core signals, one that is like this one does, a latency earlier.
      Cycles when = sem.sent ? sem.when(s.b) : t.time + timing::semaphore(d);
      t.time = std::max(t.time, when) + d.cb_operation;
      break;
    }
    case Step::SemInc:
    case Step::SemMcast: {
      t.time += d.noc_semaphore_issue;
      Cycles when = t.time + timing::semaphore(d);
      if (s.kind == Step::SemMcast)
        when = std::max(when, t.mcastArrived + 1);
      signal(core, r.signals[size_t(s.b)], s.a, when);
      for (Core &other : cores)
        wake(other);
      break;
    }
    case Step::Transfer:
      if (t.time > limit)
        return;
      transfer(core, kind, s.a);
      break;
    case Step::ReadDone: t.time = std::max(t.time, t.readsDone); break;
    case Step::WriteDone: t.time = std::max(t.time, t.writesDone); break;
    case Step::Multicast: {
      const Multicast &m = r.multicasts[size_t(s.a)];
      Cycles latency = timing::mcastLatency(d, m.path);
      int64_t begin = std::max(core.out[kind], t.time * 1000);
      core.out[kind] = begin + timing::mcastOccupancy(d, m.path, m.bytes, m.linked) * 1000;
      Cycles complete = (begin + 999) / 1000 + timing::mcast(d, m.path, m.bytes, m.linked);
      t.time += timing::packets(d, m.bytes) * d.noc_write_issue;
      t.mcastArrived = std::max(t.mcastArrived, complete - latency / 2);
      t.writesDone = std::max(t.writesDone, complete);
      break;
    }
    case Step::DstAcquire: t.time = std::max(t.time, t.halfFree[t.acquired++ & 1]); break;
    case Step::DstCommit:
      t.time += d.dst_handshake;
      t.halfReady[t.committed++ & 1] = t.time;
      break;
    case Step::DstWait: t.packTime = std::max(t.packTime, t.halfReady[t.waited++ & 1]); break;
    case Step::DstRelease:
      t.packTime += d.dst_handshake;
      t.halfFree[t.released++ & 1] = t.packTime;
      break;
    case Step::Mark:
      t.marks[s.a] = {t.time, t.packTime};
      break;
    case Step::Repeat: {
      Cycles forward = (t.time - t.marks[s.a].time) * s.b;
      Cycles packed = (t.packTime - t.marks[s.a].pack) * s.b;
      t.time += forward;
      t.packTime += packed;
      for (int half : {0, 1}) {
        t.halfReady[half] += forward;
        t.halfFree[half] += packed;
      }
      break;
    }
    }
    force = false;
  }
}

Cycles Player::run() {
  while (true) {
    // The earliest thread that can go on, and the time of the next one. Where none can, the cores that
    // are not played would have to act: the earliest of all goes on.
    Thread *first = nullptr, *waiting = nullptr;
    Core *firstCore = nullptr, *waitingCore = nullptr;
    int kind = 0, waitingKind = 0;
    Cycles limit = std::numeric_limits<Cycles>::max();
    for (Core &core : cores)
      for (int k : {reader, writer, computeThread}) {
        Thread &t = core.threads[k];
        if (t.done())
          continue;
        Thread *&best = t.blocked ? waiting : first;
        if (!best || t.time < best->time) {
          if (!t.blocked && best)
            limit = std::min(limit, best->time);
          best = &t;
          (t.blocked ? waitingCore : firstCore) = &core;
          (t.blocked ? waitingKind : kind) = k;
        } else if (!t.blocked) {
          limit = std::min(limit, t.time);
        }
      }
    if (first) {
      advance(*firstCore, kind, limit, false);
    } else if (waiting) {
      waiting->blocked = false;
      advance(*waitingCore, waitingKind, limit, true);
    } else {
      break;
    }
  }
  Cycles end = 0;
  for (const Core &core : cores)
    for (const Thread &t : core.threads)
      end = std::max(end, t.end());
  return end;
}

Played playOnce(const DeviceSpec &spec, const Recording &r) {
  Played played;
  for (const CoreTrace &core : r.cores)
    for (int thread : {reader, writer})
      for (const Step &s : core.threads[thread]) {
        if (s.kind == Step::Multicast)
          played.nocBytes += core.count * r.multicasts[size_t(s.a)].bytes;
        if (s.kind != Step::Transfer)
          continue;
        const Transactions &t = r.transfers[size_t(s.a)].t;
        int64_t dram = t.at(Route::Dram).bytes;
        played.dramBytes += core.count * dram;
        played.nocBytes += core.count * (t.bytes() - dram);
      }
  played.cycles = std::max(Player(spec, r).run(),
                           timing::transfer(played.dramBytes, spec.dram_bank_bandwidth) /
                               spec.dram_banks);
  return played;
}

} // namespace

Played play(const DeviceSpec &spec, const Recording &recording) {
  Played whole = playOnce(spec, recording);
  if (!recording.trips)
    return whole;
  Recording start = recording;
  for (CoreTrace &core : start.cores)
    for (int thread = 0; thread < 3; ++thread)
      for (auto cut = core.shortened[thread].rbegin(); cut != core.shortened[thread].rend(); ++cut)
        core.threads[thread].erase(core.threads[thread].begin() + int64_t(cut->begin),
                                   core.threads[thread].begin() + int64_t(cut->end));
  Played first = playOnce(spec, start);
  constexpr int64_t period = Recording::shown - Recording::warm;
  auto goOn = [&](int64_t w, int64_t f) {
    return w + (w - f) * (recording.trips - Recording::shown) / period;
  };
  return {goOn(whole.cycles, first.cycles), goOn(whole.dramBytes, first.dramBytes),
          goOn(whole.nocBytes, first.nocBytes)};
}

} // namespace ttc::cost
