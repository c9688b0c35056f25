//===- Deadlock.cpp - who waits for whom -------------------------------------===//
//
// A thread waits for pages, space or a semaphore; whose code pushes, pops or
// increments it could satisfy the wait. Every wait of a deadlock lies on a path to
// a cycle of such threads or to threads that have ended.
//
//===----------------------------------------------------------------------===//
#include "Sim/Engine.h"

#include <fmt/format.h>
#include <span>

namespace ttc::sim {
using isa::Opcode;
namespace I = isa;

namespace {
/// Threads listed one by one, and those named as able to satisfy a wait.
constexpr size_t maxListed = 12, maxNamed = 3;

bool names(const std::vector<Instr> &code, Opcode op, unsigned field, int64_t value) {
  for (const Instr &i : code)
    if (i.op == op && ((i.mask >> field & 1) || i.args[field] == value))
      return true;
  return false;
}
} // namespace

std::vector<const Engine::Thread *> Engine::satisfiers(const Thread &t) const {
  std::vector<const Thread *> list;
  bool semaphore = t.state == State::WaitSemaphore;
  for (const Thread &o : threads) {
    if (o.code->empty() || &o == &t || (!semaphore && o.core != t.core))
      continue;
    const std::vector<Instr> &code = *o.code;
    bool can = t.state == State::WaitPages ? names(code, Opcode::CbPush, 0, t.cb)
               : t.state == State::WaitSpace
                   ? names(code, Opcode::CbPop, 0, t.cb)
                   : names(code, Opcode::SemInc, I::SemInc::sem, t.cb) ||
                         names(code, Opcode::SemMcastInc, I::SemMcastInc::sem, t.cb) ||
                         (o.core == t.core && names(code, Opcode::SemSet, 0, t.cb));
    if (can)
      list.push_back(&o);
  }
  return list;
}

std::string Engine::waiting(const Thread &t) const {
  if (t.state == State::WaitSemaphore)
    return fmt::format("waits for semaphore {}: have {}, need {}", t.cb,
                       semaphores[size_t(t.core) * program->source->semaphores + size_t(t.cb)],
                       t.need);
  const CbState &s = cbs[t.core * program->cbs.size() + size_t(t.cb)];
  const Cb &info = program->cbs[size_t(t.cb)];
  bool pages = t.state == State::WaitPages;
  return fmt::format("waits for {} of circular buffer {} '{}': have {}, need {}",
                     pages ? "pages" : "space", t.cb, *info.name,
                     pages ? s.pushed - s.popped : int64_t(info.pages) - (s.pushed - s.popped),
                     t.need);
}

std::string Engine::deadlock() const {
  std::vector<const Thread *> stuck;
  for (const Thread &t : threads)
    if (t.state != State::Finished)
      stuck.push_back(&t);
  std::string text = "deadlock: no thread can go on";
  for (const Thread *t : std::span(stuck).first(std::min(stuck.size(), maxListed))) {
    text += fmt::format("\n  {} {}", describe(*t), waiting(*t));
    std::vector<const Thread *> by = satisfiers(*t);
    size_t ended = 0;
    std::string who;
    for (const Thread *o : by) {
      ended += o->state == State::Finished;
      if (o->state != State::Finished && std::count(who.begin(), who.end(), '(') < int(maxNamed))
        who += (who.empty() ? "" : ", ") + describe(*o);
    }
    if (by.empty())
      text += "; no thread could satisfy it";
    else if (ended == by.size())
      text += fmt::format("; {} that could satisfy it {} ended",
                          ended == 1 ? "the thread" : "all threads", ended == 1 ? "has" : "have");
    else
      text += fmt::format("; could be satisfied by {}{}", who,
                          by.size() - ended > maxNamed ? ", ..." : "");
  }
  if (stuck.size() > maxListed)
    text += fmt::format("\n  ... and {} more threads", stuck.size() - maxListed);
  // Follow the first satisfier that waits itself until one comes again.
  for (const Thread *first : stuck) {
    std::vector<const Thread *> path{first};
    for (;;) {
      const Thread *next = nullptr;
      for (const Thread *o : satisfiers(*path.back()))
        if (o->state != State::Finished) {
          next = o;
          break;
        }
      if (!next)
        break;
      size_t seen = size_t(std::find(path.begin(), path.end(), next) - path.begin());
      path.push_back(next);
      if (seen + 1 == path.size())
        continue;
      text += "\n  cycle:";
      const char *arrow = " ";
      for (const Thread *t : std::span(path).subspan(seen)) {
        text += arrow + describe(*t);
        arrow = " -> ";
      }
      return text;
    }
  }
  return text;
}

} // namespace ttc::sim
