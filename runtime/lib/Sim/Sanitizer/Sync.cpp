//===- Sync.cpp - what orders accesses: rings, barriers, semaphores ----------===//
#include "Sim/Sanitizer/Sanitizer.h"

#include <fmt/format.h>
#include <limits>

namespace ttc::sim {

namespace {
/// Which end of a thread works on a circular buffer.
Actor endOf(const Site &s, bool producer) {
  return s.kind == 0 ? Reader : s.kind == 1 ? Writer : producer ? Packer : Unpack;
}
} // namespace

// --- circular buffers ---

void Sanitizer::reserved(const Site &site, int64_t cb, int64_t pages) {
  ++result.cbOperations;
  if (pages == 0)
    return;
  Ring &r = ring(site, cb);
  int64_t needed = r.pushed + pages - int64_t(program->cbs[size_t(cb)].pages);
  if (needed > 0)
    for (const Event &e : r.pops)
      if (e.total >= needed) {
        clockOf(site, endOf(site, true)).join(e.clock);
        break;
      }
  r.reserveOpen = uint8_t(site.kind + 1);
  r.reserveAt = site.instruction;
}

void Sanitizer::pushed(const Site &site, int64_t cb, int64_t pages) {
  ++result.cbOperations;
  Ring &r = ring(site, cb);
  ringRange(site, cb, r.pushed, pages, /*push=*/true);
  r.pushed += pages;
  r.reserveOpen = 0;
  Actor end = endOf(site, true);
  r.pushes.push_back({r.pushed, clockOf(site, end)});
  tick(site, end);
  while (!r.pops.empty() &&
         r.pops.front().total <= r.pushed - int64_t(program->cbs[size_t(cb)].pages))
    r.pops.pop_front();
}

void Sanitizer::waited(const Site &site, int64_t cb, int64_t pages) {
  ++result.cbOperations;
  if (pages == 0)
    return;
  Ring &r = ring(site, cb);
  for (const Event &e : r.pushes)
    if (e.total >= r.popped + pages) {
      clockOf(site, endOf(site, false)).join(e.clock);
      break;
    }
  r.waitOpen = uint8_t(site.kind + 1);
  r.waitAt = site.instruction;
}

void Sanitizer::popped(const Site &site, int64_t cb, int64_t pages) {
  ++result.cbOperations;
  Ring &r = ring(site, cb);
  ringRange(site, cb, r.popped, pages, /*push=*/false);
  r.popped += pages;
  r.waitOpen = 0;
  Actor end = endOf(site, false);
  r.pops.push_back({r.popped, clockOf(site, end)});
  tick(site, end);
  while (!r.pushes.empty() && r.pushes.front().total <= r.popped)
    r.pushes.pop_front();
}

/// Pages that change hands must not be the target of an outstanding read (push) or the source of an
/// outstanding write or copy (pop) of the thread that hands them on.
void Sanitizer::ringRange(const Site &site, int64_t cb, int64_t firstPage, int64_t pages,
                          bool push) {
  const std::vector<Outstanding> &list = thread(site).outstanding;
  if (list.empty() || !has(Check::MissingBarrier))
    return;
  const Cb &info = program->cbs[size_t(cb)];
  for (int64_t done = 0; done < pages;) {
    int64_t at = (firstPage + done) % info.pages, n = std::min(pages - done, info.pages - at);
    uint64_t begin = info.address + uint64_t(at) * info.pageBytes,
             end = begin + uint64_t(n) * info.pageBytes;
    for (const Outstanding &o : list)
      if (o.source != push && o.begin < end && begin < o.end) {
        Epoch other{uint16_t(site.core), uint16_t(site.kind == 0 ? Reader : Writer), 0,
                    o.instruction, uint32_t(o.cycle - start)};
        found(Check::MissingBarrier, site,
              fmt::format("{} {} pages of circular buffer {} '{}' while a {} them is outstanding: "
                          "{} is missing",
                          push ? "pushes" : "pops", pages, cb, *info.name,
                          push     ? "read into"
                          : o.read ? "copy from"
                                   : "write from",
                          o.read ? "read_barrier" : "write_barrier"),
              &other,
              push     ? "the read"
              : o.read ? "the copy"
                       : "the write");
        return;
      }
    done += n;
  }
}

// --- barriers and ends ---

void Sanitizer::barrier(const Site &site, bool reads) {
  Thread &t = thread(site);
  for (unsigned which = 0; which < 3; ++which)
    if ((which == 0) == reads)
      t.clock.own[transferActor(site, which)] = t.pending[which]++;
  std::erase_if(t.outstanding, [&](const Outstanding &o) { return o.read == reads; });
}

void Sanitizer::kernelEnded(const Site &site) {
  Thread &t = thread(site);
  auto here = [&](uint32_t instruction, int64_t cycle) {
    return Epoch{uint16_t(site.core), uint16_t(site.kind == 2 ? Unpack : site.kind), 0, instruction,
                 uint32_t(cycle - start)};
  };
  if (!t.outstanding.empty()) {
    const Outstanding &o = t.outstanding.front();
    Epoch other = here(o.instruction, o.cycle);
    found(Check::MissingBarrier, site,
          fmt::format("the kernel ends with {} outstanding transfer{}: {} is missing",
                      t.outstanding.size(), t.outstanding.size() == 1 ? "" : "s",
                      o.read ? "read_barrier" : "write_barrier"),
          &other, "the first of them");
  }
  if (t.linked) {
    Epoch other = here(t.linkedAt, site.cycle);
    found(Check::Multicast, site, "the kernel ends with a linked multicast path open", &other,
          "the linked multicast");
  }
  for (size_t cb = 0; cb < program->cbs.size(); ++cb) {
    const Ring &r = ring(site, int64_t(cb));
    auto dangling = [&](const char *first, const char *second, uint32_t at) {
      Epoch other = here(at, site.cycle);
      found(Check::CbDangling, site,
            fmt::format("the kernel ends after a {} of circular buffer {} '{}' without a {}", first,
                        cb, *program->cbs[cb].name, second),
            &other, first);
    };
    if (r.reserveOpen == site.kind + 1)
      dangling("reserve", "push", r.reserveAt);
    if (r.waitOpen == site.kind + 1)
      dangling("wait", "pop", r.waitAt);
  }
}

// --- semaphores and multicast paths ---

void Sanitizer::signalled(const Site &site, uint64_t firstSequence,
                          const std::vector<unsigned> &targets, int64_t semaphore, bool multicast) {
  ++result.semaphoreOperations;
  Thread &t = thread(site);
  Clock c = t.clock;
  if (multicast) {
    // Ordered behind the thread's earlier multicasts, not its later ones.
    Actor a = transferActor(site, 2);
    c.own[a] = t.pending[2]++;
  }
  Actor self = endOf(site, false);
  auto known = std::const_pointer_cast<AllCounts>(c.everything(site.core, cores));
  Epoch now{uint16_t(site.core), uint16_t(self), t.clock.own[self], site.instruction,
            uint32_t(site.cycle - start)};
  for (unsigned core : targets) {
    SemaphoreState &s = semaphores[core * program->source->semaphores + size_t(semaphore)];
    if (s.set.count && !t.clock.knows(site.core, s.set.core, s.set.actor, s.set.count))
      found(Check::Semaphore, site,
            fmt::format("increments semaphore {} of core ({}, {}), unordered with its being set",
                        semaphore, core % gridX, core / gridX),
            &s.set);
    bool seen = false;
    for (Epoch &e : s.increments)
      if (e.core == now.core && e.actor == now.actor) {
        e = now;
        seen = true;
      }
    if (!seen)
      s.increments.push_back(now);
    signals[firstSequence++] = {known, site};
  }
  tick(site, self);
}

void Sanitizer::delivered(uint64_t sequence, unsigned core, int64_t semaphore, int64_t value) {
  auto at = signals.find(sequence);
  if (at == signals.end())
    return;
  Signal signal = std::move(at->second);
  signals.erase(at);
  if (value < 0 || value > std::numeric_limits<int32_t>::max())
    found(Check::Semaphore, signal.site,
          fmt::format("semaphore {} of core ({}, {}) becomes {}, expected 0..{}", semaphore,
                      core % gridX, core / gridX, value, std::numeric_limits<int32_t>::max()));
  SemaphoreState &s = semaphores[core * program->source->semaphores + size_t(semaphore)];
  if (!s.known) {
    s.known = std::move(signal.known);
    return;
  }
  if (s.known.use_count() > 1)
    s.known = std::make_shared<AllCounts>(*s.known);
  for (size_t i = 0; i < s.known->size(); ++i)
    (*s.known)[i] = std::max((*s.known)[i], (*signal.known)[i]);
}

void Sanitizer::semaphoreWaited(const Site &site, int64_t semaphore) {
  ++result.semaphoreOperations;
  thread(site).clock.join(
      site.core, semaphores[site.core * program->source->semaphores + size_t(semaphore)].known);
}

void Sanitizer::semaphoreSet(const Site &site, int64_t semaphore, int64_t value) {
  ++result.semaphoreOperations;
  if (value < 0 || value > std::numeric_limits<int32_t>::max())
    found(Check::Semaphore, site,
          fmt::format("sets semaphore {} to {}, expected 0..{}", semaphore, value,
                      std::numeric_limits<int32_t>::max()));
  SemaphoreState &s = semaphores[site.core * program->source->semaphores + size_t(semaphore)];
  Thread &t = thread(site);
  for (const Epoch &e : s.increments)
    if (!t.clock.knows(site.core, e.core, e.actor, e.count))
      found(Check::Semaphore, site,
            fmt::format("sets semaphore {}, unordered with an increment of it", semaphore), &e);
  Actor self = endOf(site, false);
  s.set = {uint16_t(site.core), uint16_t(self), t.clock.own[self], site.instruction,
           uint32_t(site.cycle - start)};
  s.known = std::const_pointer_cast<AllCounts>(t.clock.everything(site.core, cores));
  tick(site, self);
}

void Sanitizer::path(const Site &site, const int64_t (&rectangle)[4], size_t receivers,
                     bool linked) {
  Thread &t = thread(site);
  if (receivers == 0)
    found(Check::Multicast, site,
          fmt::format("rectangle ({}, {})..({}, {}) has no core but the sender", rectangle[0],
                      rectangle[1], rectangle[2], rectangle[3]));
  if (t.linked && !std::equal(rectangle, rectangle + 4, t.linkedPath)) {
    Epoch other{uint16_t(site.core), uint16_t(site.kind), 0, t.linkedAt,
                uint32_t(site.cycle - start)};
    found(Check::Multicast, site,
          fmt::format(
              "rectangle ({}, {})..({}, {}) while a linked path to ({}, {})..({}, {}) is open",
              rectangle[0], rectangle[1], rectangle[2], rectangle[3], t.linkedPath[0],
              t.linkedPath[1], t.linkedPath[2], t.linkedPath[3]),
          &other, "the linked multicast");
  }
  t.linked = linked;
  std::copy(rectangle, rectangle + 4, t.linkedPath);
  t.linkedAt = site.instruction;
}

} // namespace ttc::sim
