//===- FairShare.cpp - max-min fair rates of flows over shared resources -----===//
#include "Sim/FairShare.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace ttc::sim {
namespace {
/// Shares that differ by less are equal: what rounding down leaves is below it (1/1024 B/cycle).
constexpr int64_t tolerance = 64;
constexpr int64_t infinite = std::numeric_limits<int64_t>::max();
} // namespace

uint32_t FairShare::addResource(Rate capacity, Rate shared) {
  assert(shared > 0 && shared <= capacity);
  resources.emplace_back();
  resources.back().alone = capacity;
  resources.back().shared = shared;
  return uint32_t(resources.size() - 1);
}

uint32_t FairShare::addFlow(std::vector<uint32_t> path, uint32_t group) {
  flows.emplace_back();
  flows.back().group = group;
  flows.back().slot.resize(path.size());
  flows.back().path = std::move(path);
  return uint32_t(flows.size() - 1);
}

void FairShare::start(uint32_t id, Rate cap) {
  Flow &f = flows[id];
  assert(!f.active && cap > 0);
  f.active = true;
  f.cap = cap;
  f.rate = 0;
  f.bottleneck = none;
  for (size_t i = 0; i < f.path.size(); ++i) {
    std::vector<uint32_t> &list = resources[f.path[i]].flows;
    f.slot[i] = uint32_t(list.size());
    list.push_back(id);
    join(f.path[i], f.group);
  }
  seeds.push_back(id);
}

void FairShare::setCap(uint32_t id, Rate cap) {
  Flow &f = flows[id];
  assert(f.active && cap > 0);
  bool matters = f.bottleneck == none ? cap != f.cap : cap < f.rate;
  f.cap = cap;
  if (matters)
    seeds.push_back(id);
}

void FairShare::stop(uint32_t id) {
  Flow &f = flows[id];
  assert(f.active);
  for (size_t i = 0; i < f.path.size(); ++i) {
    Resource &r = resources[f.path[i]];
    uint32_t last = r.flows.back();
    r.flows[f.slot[i]] = last;
    r.flows.pop_back();
    if (last != id) {
      Flow &moved = flows[last];
      for (size_t k = 0; k < moved.path.size(); ++k)
        if (moved.path[k] == f.path[i])
          moved.slot[k] = f.slot[i];
    }
    r.used -= f.rate;
    leave(f.path[i], f.group);
    loosen(f.path[i]);
  }
  f.active = false;
  f.rate = 0;
}

void FairShare::join(uint32_t resource, uint32_t group) {
  Resource &r = resources[resource];
  for (Resource::Group &g : r.groups)
    if (g.group == group) {
      ++g.flows;
      return;
    }
  r.groups.push_back({group, 1});
  if (r.groups.size() == 2 && r.shared != r.alone) {
    r.isResized = true;
    loosen(resource);
  }
}

void FairShare::leave(uint32_t resource, uint32_t group) {
  Resource &r = resources[resource];
  for (Resource::Group &g : r.groups)
    if (g.group == group && --g.flows == 0) {
      g = r.groups.back();
      r.groups.pop_back();
      if (r.groups.size() == 1 && r.shared != r.alone)
        r.isResized = true;
      return;
    }
}

void FairShare::loosen(uint32_t resource) {
  Resource &r = resources[resource];
  if (!r.isLoose) {
    r.isLoose = true;
    loose.push_back(resource);
  }
}

void FairShare::include(uint32_t id) {
  Flow &f = flows[id];
  if (f.inRegion || !f.active)
    return;
  f.inRegion = true;
  f.before = f.rate;
  region.push_back(id);
  for (uint32_t p : f.path) {
    Resource &r = resources[p];
    r.used -= f.rate;
    if (!r.touched) {
      r.touched = true;
      touched.push_back(p);
    }
  }
  f.rate = 0;
}

void FairShare::fix(uint32_t id, Rate rate, int32_t bottleneck) {
  Flow &f = flows[id];
  f.fixed = true;
  f.rate = rate;
  f.bottleneck = bottleneck;
  for (uint32_t p : f.path) {
    Resource &r = resources[p];
    r.left -= rate;
    --r.open;
    r.fastest = std::max(r.fastest, rate);
  }
}

/// Progressive filling of the region in what the other flows leave.
void FairShare::fill() {
  for (uint32_t p : touched) {
    Resource &r = resources[p];
    r.left = std::max<Rate>(0, r.capacity() - r.used);
    r.fastest = 0;
    r.level = infinite;
    r.open = 0;
  }
  byCap = region;
  for (uint32_t id : region) {
    flows[id].fixed = false;
    for (uint32_t p : flows[id].path)
      ++resources[p].open;
  }
  std::sort(byCap.begin(), byCap.end(), [&](uint32_t a, uint32_t b) {
    return flows[a].cap != flows[b].cap ? flows[a].cap < flows[b].cap : a < b;
  });
  size_t next = 0, open = region.size();
  while (open > 0) {
    while (flows[byCap[next]].fixed)
      ++next;
    Rate level = flows[byCap[next]].cap;
    int32_t tightest = none;
    for (uint32_t p : touched) {
      Resource &r = resources[p];
      if (r.open && r.left < level * int64_t(r.open)) {
        level = r.left / r.open;
        tightest = int32_t(p);
      }
    }
    if (tightest == none) {
      fix(byCap[next], level, none);
      --open;
      continue;
    }
    Resource &r = resources[size_t(tightest)];
    r.level = level;
    for (uint32_t id : r.flows)
      if (flows[id].inRegion && !flows[id].fixed) {
        fix(id, level, tightest);
        --open;
      }
  }
}

/// Includes the other flows that contradict the region's rates; false when there is none.
bool FairShare::grow() {
  size_t before = region.size();
  size_t count = touched.size(); // include() appends
  for (size_t i = 0; i < count; ++i) {
    const Resource &r = resources[touched[i]];
    bool room = r.left > tolerance + int64_t(r.flows.size());
    for (uint32_t id : r.flows) {
      const Flow &f = flows[id];
      if (f.inRegion)
        continue;
      bool held = f.bottleneck == int32_t(touched[i]);
      if ((r.level != infinite && f.rate > r.level + tolerance) || // takes more than its share
          (held && (room || r.fastest > f.rate + tolerance)))      // could have more
        include(id);
    }
  }
  return region.size() > before;
}

void FairShare::settle() {
  region.clear();
  touched.clear();
  for (uint32_t id : seeds)
    include(id);
  for (uint32_t p : loose) {
    Resource &r = resources[p];
    for (uint32_t id : r.flows)
      if (flows[id].bottleneck == int32_t(p) || r.isResized)
        include(id);
    r.isLoose = r.isResized = false;
  }
  seeds.clear();
  loose.clear();
  do
    fill();
  while (grow());
  for (uint32_t p : touched)
    resources[p].touched = false;
  for (uint32_t id : region) {
    Flow &f = flows[id];
    f.inRegion = false;
    for (uint32_t p : f.path)
      resources[p].used += f.rate;
  }
}

} // namespace ttc::sim
