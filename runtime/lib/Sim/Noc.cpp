//===- Noc.cpp - transfers as flows over the device's shared resources ------===//
#include "Sim/Noc.h"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <limits>

namespace ttc::sim {
namespace {
constexpr int64_t one = 65536; // of FairShare's and the queues' fractions

FairShare::Rate rate(Milli bytesPerCycle) {
  return std::max<int64_t>(1, bytesPerCycle.thousandths * one / 1000);
}
enum PortKind : unsigned { out, in, answer };
} // namespace

Noc::Noc(const DeviceSpec &device, bool contention)
    : d(device), contention(contention), lastMcast(size_t(device.cores()) * 2) {
  auto add = [&](Milli bandwidth, Milli efficiency) {
    FairShare::Rate r = rate(bandwidth);
    share.addResource(r, r * efficiency.thousandths / 1000);
  };
  for (int64_t i = 0; i < d.cores() * 2; ++i) {
    add(d.noc_port_bandwidth, {1000});                   // out
    add(d.noc_port_bandwidth, d.noc_shared_efficiency);  // in
    add(d.noc_read_bandwidth, d.noc_shared_efficiency); // answer
  }
  firstChannel = uint32_t(share.numResources());
  for (int64_t i = 0; i < d.dram_banks; ++i)
    add(d.dram_bank_bandwidth, {1000});
  firstLink = uint32_t(share.numResources());
  for (int64_t i = 0; i < d.noc_size_x * d.noc_size_y * 4; ++i)
    add(d.noc_link_bandwidth, d.noc_shared_efficiency);
}

uint32_t Noc::link(unsigned noc, timing::Place at, bool vertical) const {
  return firstLink +
         ((noc * uint32_t(d.noc_size_y) + uint32_t(at.y)) * uint32_t(d.noc_size_x) + uint32_t(at.x)) *
             2 +
         vertical;
}

/// Appends the links from router to router: NoC 0 right, then down; NoC 1 up, then left.
void Noc::route(unsigned noc, timing::Place from, timing::Place to,
                std::vector<uint32_t> &path) const {
  int step = noc == 0 ? 1 : -1;
  auto move = [&](int &position, int target, int size, bool vertical) {
    while (position != target) {
      path.push_back(link(noc, from, vertical));
      position = (position + step + size) % size;
    }
  };
  if (noc == 0)
    move(from.x, to.x, int(d.noc_size_x), false);
  move(from.y, to.y, int(d.noc_size_y), true);
  move(from.x, to.x, int(d.noc_size_x), false);
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
  timing::Place here = timing::corePlace(d, s.core),
                there = dram ? timing::dramPlace(d, unit) : timing::corePlace(d, unit);
  std::vector<uint32_t> path;
  if (read) {
    path.push_back(dram ? channel(unit) : port(unit, s.noc, answer));
    if (!dram)
      path.push_back(port(unit, s.noc, out));
    route(s.noc, there, here, path);
    path.push_back(port(s.core, s.noc, in));
  } else {
    path.push_back(port(s.core, s.noc, out));
    route(s.noc, here, there, path);
    path.push_back(dram ? channel(unit) : port(unit, s.noc, in));
  }
  Cycles tail = read ? timing::readLatency(d, here, there) + (dram ? d.dram_read_latency : 0)
                     : timing::writeLatency(d, here, there) + (dram ? d.dram_write_latency : 0);
  uint32_t id = makeFlow(read ? Kind::Read : Kind::Write, std::move(path),
                         port(s.core, s.noc, read ? in : out),
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
    std::vector<uint32_t> path = {port(s.core, s.noc, out)};
    if (loopback)
      path.push_back(port(s.core, s.noc, in));
    for (unsigned t : targets) {
      path.push_back(port(t, s.noc, in));
      route(s.noc, timing::corePlace(d, s.core), timing::corePlace(d, t), path);
    }
    std::sort(path.begin(), path.end());
    path.erase(std::unique(path.begin(), path.end()), path.end());
    it->second = makeFlow(Kind::Mcast, std::move(path), port(s.core, s.noc, out),
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

std::string Noc::name(uint32_t r) const {
  if (r < firstChannel) {
    unsigned core = r / 6;
    constexpr const char *kinds[] = {"out", "in", "answer"};
    return fmt::format("core ({}, {}) noc {} {}", core % unsigned(d.grid_x),
                       core / unsigned(d.grid_x), r / 3 % 2, kinds[r % 3]);
  }
  if (r < firstLink)
    return fmt::format("dram {}", r - firstChannel);
  uint32_t link = r - firstLink, at = link / 2, routers = uint32_t(d.noc_size_x * d.noc_size_y);
  return fmt::format("noc {} router ({}, {}) {}", at / routers, at % uint32_t(d.noc_size_x),
                     at / uint32_t(d.noc_size_x) % uint32_t(d.noc_size_y), link % 2 ? "y" : "x");
}

} // namespace ttc::sim
