//===- Playback.cpp - the time of recorded kernels --------------------------===//
#include "Playback.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

namespace ttc::cost {
namespace {

constexpr int reader = 0, writer = 1, computeThread = 2;
constexpr Cycles never = std::numeric_limits<Cycles>::max();

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
  size_t passed = 0; ///< arrivals that what was waited for last took
  int64_t sum = 0;   ///< of these
  /// The played cores send `sent` where the whole program sends `needed`.
  int64_t sent = 0, needed = 0;

  void arrive(Cycles time, int64_t value) {
    total += value;
    size_t at = arrivals.size();
    while (at > 0 && arrivals[at - 1].time > time)
      --at;
    arrivals.insert(arrivals.begin() + int64_t(at), {time, value});
    if (at < passed) {
      ++passed;
      sum += value;
    }
  }
  bool has(int64_t value) const { return sent == 0 || total * needed >= value * sent; }
  Cycles when(int64_t value) {
    while (passed > 0 && (sum - arrivals[passed - 1].value) * needed >= value * sent)
      sum -= arrivals[--passed].value;
    while (passed < arrivals.size() && sum * needed < value * sent)
      sum += arrivals[passed++].value;
    return passed > 0 && sum * needed >= value * sent ? arrivals[passed - 1].time : 0;
  }
};

struct Thread {
  const std::vector<Step> *steps = nullptr;
  size_t at = 0;
  Cycles time = 0, packTime = 0;
  Cycles readsDone = 0, writesDone = 0, mcastArrived = 0;
  /// Thousandths of a cycle until which what it reads, and what it writes, is under way.
  int64_t reading = 0, writing = 0;
  int64_t acquired = 0, committed = 0, waited = 0, released = 0;
  Cycles halfFree[2] = {0, 0}, halfReady[2] = {0, 0};
  struct {
    Cycles time = 0, pack = 0;
  } marks[Step::maxMarks];

  bool blocked = false; ///< until something happens to what its step waits for
  /// Of each circular buffer, up to its last one: the step after the last pop, and the last push; 0 where there is none.
  std::vector<size_t> after[2];

  bool done() const { return at == steps->size(); }
  Cycles end() const { return std::max({time, packTime, readsDone, writesDone}); }
};

/// A multicast that is under way, or behind an earlier one of its thread. Those that run along the same rows or
/// columns share them evenly, so that they arrive together.
struct Flight {
  size_t core = 0;
  int kind = 0;
  const Multicast *what = nullptr;
  int64_t begin = 0; ///< not earlier, thousandths of a cycle
  int64_t left = 0;  ///< alone, thousandths of a cycle
  int64_t share = 1; ///< how many times as long it takes now, thousandths
  bool started = false;
  std::vector<size_t> lines;
  struct Increment {
    int semaphore;
    const Signal *signal;
    Cycles earliest;
  };
  std::vector<Increment> increments; ///< behind it
};

struct Core {
  Thread threads[3];
  std::vector<Queue> queues;
  std::vector<SemaphoreState> semaphores;
  Cycles key = never; ///< of its thread that can go on first
};

class Player {
public:
  Player(const DeviceSpec &spec, const Recording &recording);
  Cycles run();
  bool hangs = false; ///< threads of a core wait for each other

private:
  void countSemaphores();
  int waitsFor(const Core &core, int kind) const;
  bool waitInCircle(const Core &core) const;
  /// Plays until the thread has to wait, or would use a port after `limit`, when another thread may
  /// come first. `force`: its first wait is over.
  void advance(Core &core, int kind, Cycles limit, bool force);
  void transfer(Core &core, int kind, int index);
  void signal(const Core &from, const Signal &s, int semaphore, Cycles when);
  void setKey(size_t core, int kind, Cycles time) {
    Cycles *of = &keys[core * 3];
    of[kind] = time;
    cores[core].key = std::min({of[0], of[1], of[2]});
  }
  void wake(Core &core, int kind);
  void wakeQueue(Core &core, int queue);
  void multicast(Core &core, int kind, const Multicast &m);
  Flight *lastFlight(const Core &core, int kind);
  void planFlights();
  void flyOn();
  size_t line(int noc, bool vertical, int index) const { return size_t((noc * 2 + vertical) * maxLine + index); }
  template <typename Fn> void eachLine(int noc, timing::Place from, const Signal &to, Fn fn);

  const DeviceSpec &d;
  const Recording &r;
  std::vector<Core> cores;
  std::vector<Cycles> keys; ///< of threads that can go on: their time
  int maxLine;
  std::vector<Flight> flights; ///< in the order of their steps
  std::vector<int> users;      ///< flights on each row and column of both NoCs
  int64_t now = 0;             ///< what flights have left is counted from here, thousandths of a cycle
  int64_t nextEvent = never;   ///< when the next one starts or arrives
  size_t nextFlight = 0;       ///< which
};

Player::Player(const DeviceSpec &spec, const Recording &recording)
    : d(spec), r(recording), maxLine(int(std::max(spec.grid_x, spec.grid_y))),
      users(size_t(maxLine) * 4) {
  cores.resize(r.cores.size());
  for (size_t i = 0; i < cores.size(); ++i) {
    cores[i].queues.resize(r.cbPages.size());
    cores[i].semaphores.resize(size_t(r.semaphores));
    for (int t = 0; t < 3; ++t)
      cores[i].threads[t].steps = &r.cores[i].threads[t];
    for (Thread &t : cores[i].threads)
      for (size_t at = 0; at < t.steps->size(); ++at)
        if (const Step &s = (*t.steps)[at]; s.kind == Step::Push || s.kind == Step::Pop) {
          std::vector<size_t> &after = t.after[s.kind == Step::Push];
          after.resize(std::max(after.size(), size_t(s.a) + 1));
          after[size_t(s.a)] = at + 1;
        }
    Thread &compute = cores[i].threads[computeThread];
    if (!compute.done())
      compute.time = compute.packTime = compute.halfFree[0] = compute.halfFree[1] = d.compute_start;
  }
  countSemaphores();
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
  for (Core &core : cores)
    for (SemaphoreState &sem : core.semaphores)
      sem.needed = std::max(sem.needed, sem.sent); // all that is sent is seen: no scaling
}

void Player::wake(Core &core, int kind) {
  Thread &t = core.threads[kind];
  t.blocked = false;
  setKey(size_t(&core - cores.data()), kind, t.time);
}

void Player::wakeQueue(Core &core, int queue) {
  for (int kind : {reader, writer, computeThread}) {
    const Thread &t = core.threads[kind];
    if (!t.blocked)
      continue;
    const Step &s = (*t.steps)[t.at];
    if (s.a == queue && (s.kind == Step::Reserve || s.kind == Step::Wait))
      wake(core, kind);
  }
}

void Player::signal(const Core &from, const Signal &s, int semaphore, Cycles when) {
  bool one = s.x0 == s.x1 && s.y0 == s.y1;
  for (size_t o = 0; o < cores.size(); ++o) {
    timing::Place p = r.cores[o].place;
    if ((&cores[o] == &from && !one) || p.x < s.x0 || p.x > s.x1 || p.y < s.y0 || p.y > s.y1)
      continue;
    cores[o].semaphores[size_t(semaphore)].arrive(when, s.value);
    for (int kind : {reader, writer}) {
      const Thread &t = cores[o].threads[kind];
      if (t.blocked && (*t.steps)[t.at].kind == Step::SemWait && (*t.steps)[t.at].a == semaphore)
        wake(cores[o], kind);
    }
  }
}

void Player::transfer(Core &core, int kind, int index) {
  const Transfer &t = r.transfers[size_t(index)];
  Thread &thread = core.threads[kind];
  int64_t &busy = t.read ? thread.reading : thread.writing;
  busy = std::max(busy, thread.time * 1000) + t.drain;
  Cycles drained = std::max((busy + 999) / 1000, thread.time + t.issue - t.lastIssue);
  Cycles &last = t.read ? thread.readsDone : thread.writesDone;
  last = std::max(last, drained + t.tail);
  thread.time += t.issue;
}

/// The rows and columns that a multicast runs along: first the sender's own, as routes go.
template <typename Fn>
void Player::eachLine(int noc, timing::Place from, const Signal &to, Fn fn) {
  bool vertical = noc == 1; // NoC 0 goes along the row first
  auto [own, low, high, across0, across1] =
      vertical ? std::tuple(from.x, to.y0, to.y1, to.x0, to.x1)
               : std::tuple(from.y, to.x0, to.x1, to.y0, to.y1);
  int mine = vertical ? from.y : from.x;
  if (low != mine || high != mine)
    fn(line(noc, vertical, own));
  if (across0 != own || across1 != own)
    for (int i = low; i <= high; ++i)
      fn(line(noc, !vertical, i));
}

void Player::multicast(Core &core, int kind, const Multicast &m) {
  Thread &t = core.threads[kind];
  Flight f;
  f.core = size_t(&core - cores.data());
  f.kind = kind;
  f.what = &m;
  f.begin = std::max(t.writing, t.time * 1000);
  f.left = m.taken * 1000;
  eachLine(kind, r.cores[f.core].place, m.to, [&](size_t line) { f.lines.push_back(line); });
  t.writing = f.begin + f.left;
  t.time += timing::issue(d, {.read = false}, timing::packets(d, m.bytes));
  flights.push_back(std::move(f));
  planFlights();
}

/// The multicast that the thread issued last, if it has not arrived.
Flight *Player::lastFlight(const Core &core, int kind) {
  for (auto f = flights.rbegin(); f != flights.rend(); ++f)
    if (&cores[f->core] == &core && f->kind == kind)
      return &*f;
  return nullptr;
}

/// Which flight starts or arrives next.
void Player::planFlights() {
  std::fill(users.begin(), users.end(), 0);
  for (const Flight &f : flights)
    if (f.started)
      for (size_t line : f.lines)
        ++users[line];
  nextEvent = never;
  for (size_t i = 0; i < flights.size(); ++i) {
    Flight &f = flights[i];
    int64_t event;
    if (f.started) {
      int most = 1;
      for (size_t line : f.lines)
        most = std::max(most, users[line]);
      f.share = std::max<int64_t>(1000, most * 1000 * d.mcast_bandwidth.thousandths / d.noc_link_bandwidth.thousandths);
      event = now + (f.left * f.share + 999) / 1000;
    } else {
      auto same = [&](const Flight &o) { return o.core == f.core && o.kind == f.kind; };
      if (std::any_of(flights.begin(), flights.begin() + int64_t(i), same))
        continue;
      event = std::max(now, f.begin);
    }
    if (event < nextEvent) {
      nextEvent = event;
      nextFlight = i;
    }
  }
}

/// To the next event.
void Player::flyOn() {
  for (Flight &f : flights)
    if (f.started)
      f.left = std::max<int64_t>(0, f.left - (nextEvent - now) * 1000 / f.share);
  now = nextEvent;
  Flight &next = flights[nextFlight];
  if (!next.started) {
    next.started = true;
    return planFlights();
  }
  Flight f = std::move(next);
  flights.erase(flights.begin() + int64_t(nextFlight));
  Core &core = cores[f.core];
  Thread &t = core.threads[f.kind];
  Cycles complete = (now + 999) / 1000 + f.what->latency;
  t.mcastArrived = std::max(t.mcastArrived, complete - (f.what->latency - f.what->latency / 2));
  t.writesDone = std::max(t.writesDone, complete);
  t.writing = std::max(t.writing, now);
  for (const Flight::Increment &i : f.increments)
    signal(core, *i.signal, i.semaphore, std::max(i.earliest, t.mcastArrived + 1));
  planFlights();
  if (t.blocked && (*t.steps)[t.at].kind == Step::WriteDone)
    wake(core, f.kind);
}

void Player::advance(Core &core, int kind, Cycles limit, bool force) {
  Thread &t = core.threads[kind];
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
      wakeQueue(core, s.a);
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
      wakeQueue(core, s.a);
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
      const Signal &to = r.signals[size_t(s.b)];
      Cycles when = t.time + to.latency;
      Flight *before = s.kind == Step::SemMcast ? lastFlight(core, kind) : nullptr;
      if (before)
        before->increments.push_back({s.a, &to, when});
      else
        signal(core, to, s.a, s.kind == Step::SemMcast ? std::max(when, t.mcastArrived + 1) : when);
      break;
    }
    case Step::Transfer:
      if (t.time > limit)
        return;
      transfer(core, kind, s.a);
      break;
    case Step::ReadDone: t.time = std::max(t.time, t.readsDone); break;
    case Step::WriteDone:
      if (!force && lastFlight(core, kind)) {
        t.blocked = true;
        return;
      }
      t.time = std::max(t.time, t.writesDone);
      break;
    case Step::Multicast:
      if (t.time > limit)
        return;
      multicast(core, kind, r.multicasts[size_t(s.a)]);
      limit = std::min(limit, (nextEvent + 999) / 1000);
      break;
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

/// The thread of this core that the blocked one waits for at a circular buffer; -1: none.
int Player::waitsFor(const Core &core, int kind) const {
  const Thread &t = core.threads[kind];
  if (!t.blocked || t.done())
    return -1;
  const Step &s = (*t.steps)[t.at];
  if (s.kind != Step::Reserve && s.kind != Step::Wait)
    return -1;
  Step::Kind helps = s.kind == Step::Reserve ? Step::Pop : Step::Push;
  for (int other : {reader, writer, computeThread}) {
    const Thread &o = core.threads[other];
    if (size_t(s.a) < o.after[helps == Step::Push].size() && o.after[helps == Step::Push][size_t(s.a)] > o.at)
      return other;
  }
  return -1;
}

bool Player::waitInCircle(const Core &core) const {
  for (int kind : {reader, writer, computeThread}) {
    int at = kind;
    for (int steps = 0; steps < 3 && at >= 0; ++steps) {
      at = waitsFor(core, at);
      if (at == kind)
        return true;
    }
  }
  return false;
}

Cycles Player::run() {
  keys.assign(cores.size() * 3, never);
  for (size_t c = 0; c < cores.size(); ++c)
    for (int kind = 0; kind < 3; ++kind) {
      const Thread &t = cores[c].threads[kind];
      setKey(c, kind, t.done() ? never : t.time);
    }
  while (true) {
    // The earliest thread that can go on, and the time of the next one.
    size_t c = 0;
    Cycles least = never, limit = never;
    for (size_t i = 0; i < cores.size(); ++i)
      if (cores[i].key < least) {
        limit = least;
        least = cores[i].key;
        c = i;
      } else {
        limit = std::min(limit, cores[i].key);
      }
    size_t first = c * 3;
    for (size_t i = c * 3, end = i + 3, found = 0; i < end; ++i)
      if (keys[i] == least && !found++)
        first = i;
      else
        limit = std::min(limit, keys[i]);
    if (!flights.empty() && (least == never || nextEvent <= least * 1000)) {
      flyOn();
      continue;
    }
    if (!flights.empty())
      limit = std::min(limit, (nextEvent + 999) / 1000);
    bool force = least == never;
    if (force) {
      hangs = hangs || std::any_of(cores.begin(), cores.end(), [&](const Core &core) { return waitInCircle(core); });
      // Where none can, the cores that are not played would have to act: the earliest of all goes on.
      for (size_t i = 0; i < keys.size(); ++i)
        if (const Thread &t = cores[i / 3].threads[i % 3]; t.blocked && t.time < least) {
          least = t.time;
          first = i;
        }
      if (least == never)
        break;
    }
    Thread &t = cores[first / 3].threads[first % 3];
    t.blocked = false;
    advance(cores[first / 3], int(first % 3), limit, force);
    setKey(first / 3, int(first % 3), t.blocked || t.done() ? never : t.time);
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
        const Transfer &t = r.transfers[size_t(s.a)];
        played.dramBytes += core.count * t.dramBytes;
        played.nocBytes += core.count * (t.bytes - t.dramBytes);
      }
  Player player(spec, r);
  played.cycles = std::max(player.run(),
                           timing::transfer(played.dramBytes, spec.dram_bank_bandwidth) /
                               spec.dram_banks);
  played.hangs = player.hangs;
  return played;
}

} // namespace

size_t Recording::standsFor(timing::Place p) const {
  size_t best = 0;
  int least = std::numeric_limits<int>::max();
  for (size_t c = 0; c < cores.size(); ++c) {
    timing::Place q = cores[c].place;
    if (cores[c].alone && p != q)
      continue;
    constexpr int far = 1000;
    int distance = std::abs(p.x - q.x) + std::abs(p.y - q.y) + ((p.x == 0) != (q.x == 0) ? far : 0) +
                   ((p.y == 0) != (q.y == 0) ? far : 0);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

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
          goOn(whole.nocBytes, first.nocBytes), whole.hangs};
}

} // namespace ttc::cost
