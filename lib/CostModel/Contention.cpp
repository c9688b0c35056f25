//===- Contention.cpp - what transfers cost each other ----------------------===//
#include "Contention.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

namespace ttc::cost {
namespace {

/// Thousandths of a cycle that `bytes` take.
int64_t milliCycles(int64_t bytes, Milli bandwidth) {
  return bytes * 1'000'000 / bandwidth.thousandths;
}

constexpr int64_t unlimited = std::numeric_limits<int64_t>::max();

/// Interleaved pages, or other bytes all over the device: which places one instruction meets changes to
/// the next, and all are alike.
bool spread(std::span<const Flow> flows) {
  return flows.size() >= maxFlows || std::ranges::all_of(flows, [](const Flow &f) { return f.dram; });
}
int64_t wire(std::span<const Flow> flows) {
  int64_t bytes = 0;
  for (const Flow &f : flows)
    bytes += f.bytes;
  return bytes;
}

/// One thread's transfers of all cores, instruction by instruction.
class Sums {
public:
  Sums(const DeviceSpec &spec, const NocMap &map, Recording &recording)
      : d(spec), map(map), r(recording), resources(map.numResources()),
        standing(size_t(spec.cores())) {
    for (size_t core = 0; core < standing.size(); ++core)
      standing[core] = r.standsFor(placeOf(core));
  }
  void share(unsigned thread);

private:
  struct Resource {
    int64_t load = 0;    ///< bytes of all cores
    int64_t time = 0;    ///< that they take, thousandths of a cycle
    int64_t mine = 0;    ///< bytes of the representative that is looked at
    int64_t now = 0;     ///< bytes of its instruction that is looked at
    uint32_t user = 0;   ///< a core that uses it, counted from 1
    bool shared = false; ///< others use it too
  };
  /// Representative: what it moves itself, and the time of the slowest core it stands for.
  struct Group {
    const Sample *own = nullptr;
    int64_t ownTime = 0, worst = 0;
  };

  template <typename Fn> void eachOf(const Flow &f, unsigned core, bool read, Fn fn) {
    map.eachResource(thread, core, read, f.dram, f.unit, fn);
  }
  /// What is moved at one site: by all cores, and by the representatives in order.
  struct Site {
    std::vector<const Sample *> samples;
    /// Transfers [begin, end) of a representative, up to a barrier.
    struct Move {
      size_t core;
      bool read;
      std::vector<Transfer *> transfers;
    };
    std::vector<Move> moves;
  };
  void shareSite(const Site &site);
  void meetReads(const CoreTrace &core);
  void load(const std::vector<const Sample *> &samples, int64_t limit);
  void clear();
  int64_t slowest(const Sample &s);
  int64_t drain(unsigned core, bool read, std::span<const Flow> flows);
  Cycles tail(unsigned core, const Transfer &t) const;
  unsigned coreAt(timing::Place p) const { return unsigned(p.y * d.grid_x + p.x); }
  timing::Place placeOf(size_t core) const {
    return {int(core % size_t(d.grid_x)), int(core / size_t(d.grid_x))};
  }

  const DeviceSpec &d;
  const NocMap &map;
  Recording &r;
  unsigned thread = 0;
  std::vector<Resource> resources;
  std::vector<uint32_t> touched;
  std::vector<size_t> standing;  ///< for each core of the device: its representative
};

/// Until the bytes have crossed everything that they cross, `mine` of `load` being the representative's
/// own.
int64_t Sums::drain(unsigned core, bool read, std::span<const Flow> flows) {
  int64_t time = 0;
  for (const Flow &f : flows)
    eachOf(f, core, read, [&](uint32_t id) { resources[id].now += f.bytes; });
  for (const Flow &f : flows)
    eachOf(f, core, read, [&](uint32_t id) {
      Resource &x = resources[id];
      if (x.now)
        time = std::max(time, x.mine ? x.time * x.now / x.mine : milliCycles(x.now, map.bandwidth(id)));
      x.now = 0;
    });
  return time;
}

Cycles Sums::tail(unsigned core, const Transfer &t) const {
  Cycles most = 0;
  timing::Place here = map.core(core);
  for (const Flow &f : r.of(t.flows)) {
    timing::Place there = f.dram ? map.bank(f.unit) : map.core(f.unit);
    most = std::max(most, t.read ? timing::readLatency(d, here, there) + (f.dram ? d.dram_read_latency : 0)
                                 : timing::writeLatency(d, here, there) + (f.dram ? d.dram_write_latency : 0));
  }
  return most;
}

/// What the samples move over each resource. Of flows that share one, each has as much as the smallest when
/// that is done: of a core that moves more than `limit` bytes, so many count.
void Sums::load(const std::vector<const Sample *> &samples, int64_t limit) {
  clear();
  for (const Sample *s : samples) {
    int64_t all = std::max<int64_t>(1, wire(r.of(s->flows))), part = std::min(all, limit);
    for (const Flow &f : r.of(s->flows)) {
      int64_t bytes = part == all ? f.bytes : f.bytes * part / all;
      eachOf(f, s->core, s->read, [&](uint32_t id) {
        Resource &x = resources[id];
        if (!x.user)
          touched.push_back(id);
        x.shared |= x.user && x.user != s->core + 1;
        x.user = s->core + 1;
        x.load += bytes;
      });
    }
  }
  for (uint32_t id : touched) {
    Resource &x = resources[id];
    x.time = milliCycles(x.load, x.shared ? map.sharedBandwidth(id) : map.bandwidth(id));
  }
}

void Sums::clear() {
  for (uint32_t id : touched)
    resources[id] = {};
  touched.clear();
}

int64_t Sums::slowest(const Sample &s) {
  int64_t time = 0;
  for (const Flow &f : r.of(s.flows))
    eachOf(f, s.core, s.read, [&](uint32_t id) { time = std::max(time, resources[id].time); });
  return time;
}

void Sums::shareSite(const Site &site) {
  load(site.samples, unlimited);
  std::vector<Group> groups(r.cores.size());
  int64_t most = 0;
  for (const Sample *s : site.samples) {
    int64_t time = slowest(*s);
    Group &group = groups[standing[s->core]];
    group.worst = std::max(group.worst, time);
    if (r.cores[standing[s->core]].place == placeOf(s->core)) {
      group.own = s;
      group.ownTime = time;
    }
    most = std::max(most, wire(r.of(s->flows)));
  }
  int64_t limit = unlimited;
  for (size_t m = 0; m < site.moves.size();) {
    size_t c = site.moves[m].core;
    unsigned core = coreAt(r.cores[c].place);
    Group &group = groups[c];
    int64_t own = group.own ? wire(r.of(group.own->flows)) : 0;
    int64_t wanted = group.own && own * 2 < most ? own : unlimited;
    if (wanted != limit) {
      limit = wanted;
      load(site.samples, limit);
      if (limit != unlimited) {
        int64_t time = slowest(*group.own);
        group.worst = group.worst * time / std::max<int64_t>(1, group.ownTime);
        group.ownTime = time;
      }
    }
    if (group.own)
      for (const Flow &f : r.of(group.own->flows))
        eachOf(f, core, group.own->read, [&](uint32_t id) { resources[id].mine += f.bytes; });
    std::vector<Flow> before, flows;
    int64_t time = 0;
    for (; m < site.moves.size() && site.moves[m].core == c; ++m) {
      const Site::Move &move = site.moves[m];
      flows.clear();
      for (const Transfer *t : move.transfers)
        flows.insert(flows.end(), r.flows.begin() + int64_t(t->flows.begin),
                     r.flows.begin() + int64_t(t->flows.end));
      if (flows != before) {
        if (group.own && spread(flows) && spread(r.of(group.own->flows))) {
          time = group.worst * wire(flows) / own;
        } else {
          time = drain(core, move.read, flows);
          if (group.ownTime)
            time = time * group.worst / group.ownTime;
        }
        before = flows;
      }
      int64_t all = std::max<int64_t>(1, wire(flows));
      for (Transfer *t : move.transfers) {
        t->drain = std::max<int64_t>(1, time * wire(r.of(t->flows)) / all);
        t->tail = tail(core, *t);
      }
    }
    if (group.own)
      for (const Flow &f : r.of(group.own->flows))
        eachOf(f, core, group.own->read, [&](uint32_t id) { resources[id].mine = 0; });
  }
  clear();
}

void Sums::share(unsigned ofThread) {
  thread = ofThread;
  std::vector<Site> sites; // the first: inside cores
  auto at = [&](int site, bool read) -> Site & {
    size_t index = size_t(site + 1) * 2 + read;
    sites.resize(std::max(sites.size(), index + 1));
    return sites[index];
  };
  for (const Sample &s : r.samples[thread])
    at(s.site, s.read).samples.push_back(&s);
  for (size_t c = 0; c < r.cores.size(); ++c) {
    int open[2] = {-2, -2}; // site of what was written, and read, since the last barrier
    for (const Step &s : r.cores[c].threads[thread]) {
      if (s.kind == Step::ReadDone || s.kind == Step::WriteDone)
        open[s.kind == Step::ReadDone] = -2;
      if (s.kind != Step::Transfer)
        continue;
      Transfer &t = r.transfers[size_t(s.a)];
      std::vector<Site::Move> &moves = at(t.site, t.read).moves;
      if (open[t.read] != t.site)
        moves.push_back({c, t.read, {}});
      moves.back().transfers.push_back(&t);
      open[t.read] = t.site;
    }
  }
  for (const Site &site : sites)
    shareSite(site);
  for (const CoreTrace &core : r.cores)
    meetReads(core);
}

/// A multicast is under way while its core reads what it will send next: where the data comes in over
/// links that the multicast goes out on, it gets what the reads leave, which are many flows to its one
/// and are held by the core's port.
void Sums::meetReads(const CoreTrace &core) {
  const std::vector<Step> &steps = core.threads[thread];
  unsigned sender = coreAt(core.place);
  Signal last;
  last.x1 = -1;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind != Step::Multicast)
      continue;
    size_t next = i + 1;
    while (next < steps.size() && steps[next].kind != Step::Transfer && steps[next].kind != Step::WriteDone &&
           steps[next].kind != Step::Multicast)
      ++next;
    if (next == steps.size() || steps[next].kind != Step::Transfer)
      continue;
    const Transfer &t = r.transfers[size_t(steps[next].a)];
    Multicast &m = r.multicasts[size_t(steps[i].a)];
    if (!t.read || t.site < 0 || t.drain <= 0 || m.met)
      continue;
    if (std::tie(m.to.x0, m.to.y0, m.to.x1, m.to.y1) != std::tie(last.x0, last.y0, last.x1, last.y1)) {
      clear();
      for (int y = m.to.y0; y <= m.to.y1; ++y)
        for (int x = m.to.x0; x <= m.to.x1; ++x)
          map.eachLink(thread, map.core(sender), map.core(coreAt({x, y})), [&](uint32_t id) {
            if (!resources[id].user)
              touched.push_back(id);
            resources[id].user = 1;
          });
      last = m.to;
    }
    int64_t bytes = 0;
    for (const Flow &f : r.of(t.flows))
      eachOf(f, sender, true, [&](uint32_t id) {
        if (resources[id].user)
          bytes = std::max(bytes, resources[id].now += f.bytes);
      });
    for (const Flow &f : r.of(t.flows))
      eachOf(f, sender, true, [&](uint32_t id) { resources[id].now = 0; });
    m.meet(d, bytes, t.drain);
  }
  clear();
}

} // namespace

void Multicast::meet(const DeviceSpec &d, int64_t readBytes, int64_t readTime) {
  met = true;
  // Thousandths of a byte: its own, and a cycle's that the reads leave.
  int64_t own = taken * d.mcast_bandwidth.thousandths;
  int64_t left = d.noc_link_bandwidth.thousandths - readBytes * 1'000'000 / readTime;
  if (left >= d.mcast_bandwidth.thousandths)
    return;
  int64_t all = (own + readBytes * 1000) / d.noc_link_bandwidth.thousandths;
  taken = left > 0 ? std::min(own / left, all) : all;
}

void shareOut(const DeviceSpec &spec, const NocMap &map, Recording &recording) {
  Sums sums(spec, map, recording);
  for (unsigned thread : {0u, 1u})
    sums.share(thread);
}

} // namespace ttc::cost
