//===- Noc.cpp - transfers as flows over the device's shared resources ------===//
#include "Sim/Noc.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace ttc::sim {
namespace {
constexpr int64_t one = 65536; // of FairShare's and the queues' fractions

FairShare::Rate rate(Milli bytesPerCycle) {
  return std::max<int64_t>(1, bytesPerCycle.thousandths * one / 1000);
}
using Port = NocMap::Port;
} // namespace

Noc::Noc(const DeviceSpec &device, bool contention)
    : d(device), contention(contention), map(device), lastMcast(size_t(device.cores()) * 2) {
  for (uint32_t r = 0; r < map.numResources(); ++r) {
    FairShare::Rate alone = rate(map.bandwidth(r));
    bool shared = map.sharedBandwidth(r).thousandths != map.bandwidth(r).thousandths;
    share.addResource(alone, shared ? alone * d.noc_shared_efficiency.thousandths / 1000 : alone);
  }
}

uint32_t Noc::makeFlow(Kind kind, std::vector<uint32_t> path, uint32_t ownPort,
                       FairShare::Rate cap, Cycles tail) {
  Flow f;
  f.kind = kind;
  f.tail = tail;
  f.best = cap;
  for (uint32_t r : path)
    f.best = std::min(f.best, share.capacity(r));
  flows.push_back(f);
  return share.addFlow(contention ? std::move(path) : std::vector<uint32_t>{ownPort},
                       ownPort / 3);
}

uint32_t Noc::flowTo(Source s, bool read, bool dram, unsigned unit) {
  uint64_t key = (uint64_t(s.core * 2 + s.noc) << 34) | uint64_t(read) << 33 |
                 uint64_t(dram) << 32 | unit;
  auto [it, isNew] = known.try_emplace(key, 0);
  if (!isNew)
    return it->second;
  timing::Place here = map.core(s.core), there = dram ? map.bank(unit) : map.core(unit);
  std::vector<uint32_t> path;
  map.eachResource(s.noc, s.core, read, dram, unit, [&](uint32_t r) { path.push_back(r); });
  Cycles tail = read ? timing::readLatency(d, here, there) + (dram ? d.dram_read_latency : 0)
                     : timing::writeLatency(d, here, there) + (dram ? d.dram_write_latency : 0);
  uint32_t id = makeFlow(read ? Kind::Read : Kind::Write, std::move(path),
                         map.port(s.core, s.noc, read ? Port::in : Port::out),
                         std::numeric_limits<int64_t>::max(), tail);
  flows[id].dram = dram;
  return it->second = id;
}

void Noc::add(Batch &b, const Batch *previous, bool read, bool dram, unsigned unit, int64_t bytes,
              bool elsewhere, bool local) const {
  const Batch &before = b.packets || !previous ? b : *previous;
  int64_t n = timing::packets(d, bytes);
  bool repeat =
      n == 1 && before.lastBytes == bytes && before.lastUnit == unit && before.lastDram == dram;
  b.lastIssue = timing::issue(d, {read, dram, elsewhere, repeat, local}, n);
  b.issue += b.lastIssue;
  b.packets += n;
  b.bytes += bytes;
  b.lastDram = dram;
  b.lastUnit = unit;
  b.lastBytes = bytes;
  int64_t wire = timing::wireBytes(d, bytes);
  for (Batch::Part &p : b.parts)
    if (p.unit == unit && p.dram == dram) {
      p.wire += wire;
      return;
    }
  b.parts.push_back({dram, unit, wire});
}

void Noc::touch(Cycles now) {
  assert((!dirty || dirtyAt == now) && "changes of another cycle are still to be solved");
  dirty = true;
  dirtyAt = now;
}

void Noc::advance(Flow &f, FairShare::Rate r, Cycles now) {
  f.left = std::max<int64_t>(0, f.left - r * (now - f.updated));
  f.updated = now;
}

/// Appends bytes to a flow that drain in no less than `spread` cycles; true when it became active.
bool Noc::enqueue(uint32_t id, unsigned owner, Cycles now, int64_t bytes, Cycles spread) {
  if (dirty && dirtyAt < now)
    settle();
  Flow &f = flows[id];
  bool started = !share.active(id);
  if (started)
    f.updated = now;
  else
    advance(f, share.rate(id), now);
  f.owner = owner;
  f.left += bytes * one;
  f.queued += bytes * one;
  FairShare::Rate cap = f.best;
  if (spread > 0)
    cap = std::clamp<int64_t>(f.left / spread, 1, cap);
  if (started)
    share.start(id, cap);
  else
    share.setCap(id, cap);
  if (share.rate(id) > 0) // the solver tells only of rates that change
    schedule(id);
  touch(now);
  return started;
}

unsigned Noc::transfer(Source s, bool read, Cycles now, const Batch &batch) {
  unsigned started = 0;
  for (const Batch::Part &p : batch.parts)
    started += enqueue(flowTo(s, read, p.dram, p.unit), s.owner, now, p.wire,
                       batch.issue - batch.lastIssue);
  return started;
}

unsigned Noc::mcast(Source s, Cycles now, int64_t bytes, unsigned low, unsigned high,
                    const std::vector<unsigned> &targets, bool linked, bool loopback) {
  timing::McastPath shape = timing::mcastPath(d, s.noc, s.core, low, high,
                                              int64_t(targets.size()) + loopback, loopback);
  uint64_t key = uint64_t(1) << 63 | uint64_t(loopback) << 62 |
                 uint64_t(s.core * 2 + s.noc) << 40 | uint64_t(low) << 20 | high;
  auto [it, isNew] = known.try_emplace(key, 0);
  if (isNew) {
    std::vector<uint32_t> path = {map.port(s.core, s.noc, Port::out)};
    if (loopback)
      path.push_back(map.port(s.core, s.noc, Port::in));
    for (unsigned t : targets) {
      path.push_back(map.port(t, s.noc, Port::in));
      map.eachLink(s.noc, map.core(s.core), map.core(t), [&](uint32_t r) { path.push_back(r); });
    }
    std::sort(path.begin(), path.end());
    path.erase(std::unique(path.begin(), path.end()), path.end());
    it->second = makeFlow(Kind::Mcast, std::move(path), map.port(s.core, s.noc, Port::out),
                          rate(d.mcast_bandwidth), timing::mcastLatency(d, shape));
  }
  int64_t taken = timing::mcastOverhead(d, shape, bytes, linked) * d.mcast_bandwidth.thousandths;
  lastMcast[s.core * 2 + s.noc] = it->second + 1;
  return enqueue(it->second, s.owner, now, timing::wireBytes(d, bytes) + taken / 1000, 0);
}

bool Noc::follow(Source s, uint64_t token) {
  uint32_t last = lastMcast[s.core * 2 + s.noc];
  if (last == 0 || !share.active(last - 1))
    return false;
  Flow &f = flows[last - 1];
  f.marks.push_back({f.queued, token});
  return true;
}

void Noc::schedule(uint32_t id) {
  Flow &f = flows[id];
  ++f.version;
  FairShare::Rate r = share.rate(id);
  if (r == 0) // held up entirely: whoever makes room will change the rate
    return;
  int64_t until = f.marks.empty() ? 0 : f.queued - f.marks.front().position;
  due.push({f.updated + (std::max<int64_t>(0, f.left - until) + r - 1) / r, id, f.version});
}

void Noc::settle() {
  dirty = false;
  share.solve([&](uint32_t id, FairShare::Rate before) {
    advance(flows[id], before, dirtyAt);
    schedule(id);
  });
}

/// Makes the events up to `limit`, at least the first.
void Noc::process(Cycles limit) {
  while (events.empty()) {
    if (dirty && dirtyAt < limit)
      settle();
    while (!due.empty() && (due.top().version != flows[due.top().flow].version ||
                            !share.active(due.top().flow)))
      due.pop();
    if (due.empty() || due.top().time > limit)
      return;
    auto [time, id, version] = due.top();
    due.pop();
    Flow &f = flows[id];
    advance(f, share.rate(id), time);
    while (!f.marks.empty() && f.left <= f.queued - f.marks.front().position) {
      events.push_back({time, time + f.tail / 2, f.owner, false, false, f.marks.front().token});
      f.marks.pop_front();
    }
    if (f.left > 0) {
      schedule(id);
      continue;
    }
    share.stop(id);
    touch(time);
    events.push_back({time, time + f.tail, f.owner, f.kind == Kind::Read, f.dram, noToken});
  }
}

bool Noc::pending(Cycles limit) {
  process(limit);
  return !events.empty() && events.front().at <= limit;
}

bool Noc::next(Cycles limit, Event &event) {
  if (!pending(limit))
    return false;
  event = events.front();
  events.pop_front();
  return true;
}

std::vector<int64_t> Noc::carried() const {
  std::vector<int64_t> bytes(share.numResources());
  for (uint32_t id = 0; id < flows.size(); ++id)
    for (uint32_t r : share.path(id))
      bytes[r] += (flows[id].queued - flows[id].left) / one;
  return bytes;
}

double Noc::capacity(uint32_t resource) const {
  return double(share.capacity(resource)) / double(one);
}

} // namespace ttc::sim
