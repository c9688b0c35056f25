//===- Sanitizer.h - the engine's events, checked ----------------------------===//
//
// The engine tells what each instruction did after it did it, in the order in which
// it interprets. That order respects every happens-before relation of the program,
// so what the clocks leave unordered is unordered on the device too, whatever the
// timing.
//
// Cores are the program's own, row-major over its grid, except where `unit` or
// `deviceCore` says otherwise.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_SANITIZER_SANITIZER_H
#define TTC_RUNTIME_SIM_SANITIZER_SANITIZER_H

#include "Sim/Decoded.h"
#include "Sim/Sanitizer/Clocks.h"
#include "Sim/Sanitizer/ShadowMemory.h"
#include "Sim/Values.h"
#include "ttc/Runtime/Sanitizer.h"

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>

namespace ttc::sim {
using runtime::Check;

/// An instruction of a thread at work.
struct Site {
  unsigned core = 0, kind = 0; ///< ThreadKind
  uint32_t instruction = 0;    ///< index into the kernel
  int64_t cycle = 0;
};

class Sanitizer {
public:
  Sanitizer(const ProgramFile &file, const ModelViews &views, runtime::CheckSet checks,
            bool keepGoing);

  /// The host filled a buffer, or freed it, between programs.
  void hostWrote(uint32_t buffer);
  void freed(uint32_t buffer) { isFreed[buffer] = 1; }

  void beginProgram(const DecodedProgram &program, int64_t cycle);
  /// Every thread has ended.
  void endProgram();

  /// A transfer was issued or a compute instruction executed. Not for Mcast.
  void access(const Site &site, const ValueOp &op);
  void multicast(const Site &site, const ValueOp &op, const std::vector<unsigned> &deviceCores);

  void reserved(const Site &site, int64_t cb, int64_t pages);
  void pushed(const Site &site, int64_t cb, int64_t pages);
  void waited(const Site &site, int64_t cb, int64_t pages);
  void popped(const Site &site, int64_t cb, int64_t pages);
  void barrier(const Site &site, bool reads);
  void kernelEnded(const Site &site);

  /// An increment leaves for other cores; `sequence` names its deliveries from here on.
  void signalled(const Site &site, uint64_t firstSequence, const std::vector<unsigned> &cores,
                 int64_t semaphore, bool multicast);
  void delivered(uint64_t sequence, unsigned core, int64_t semaphore, int64_t value);
  void semaphoreWaited(const Site &site, int64_t semaphore);
  void semaphoreSet(const Site &site, int64_t semaphore, int64_t value);
  /// A rectangle of a multicast, for linked paths.
  void path(const Site &site, const int64_t (&rectangle)[4], size_t receivers, bool linked);

  /// An error of the machine, as the last finding.
  void machineError(runtime::Finding finding) { findings().push_back(std::move(finding)); }
  /// True when the run must not go on.
  bool stopped() const { return stop; }
  runtime::SanitizerReport &report() { return result; }
  /// "core (1, 0) reader at word 12 read_pages"
  std::string describe(const Site &site) const;

private:
  /// Who wrote a byte: a buffer, or a circular buffer of one launch (number of buffers + its
  /// number).
  using Owner = int32_t;

  /// One access of an instruction.
  struct Access {
    const Site &site;
    Actor actor;
    uint32_t count;
    bool write;
    Owner owner;          ///< through what the bytes are addressed
    bool reduces = false; ///< every byte counts: a reduction
  };
  struct Outstanding {
    bool read;   ///< ends at a read_barrier
    bool source; ///< the transfer reads these bytes
    uint64_t begin, end; ///< of the core's own L1
    uint32_t instruction;
    int64_t cycle;
  };
  struct Thread {
    Clock clock, packClock; ///< the second is the packer's
    Clock halfReady[2], halfFree[2];
    int64_t acquired = 0, committed = 0, waited = 0, released = 0;
    uint32_t written[2] = {0, 0};    ///< Dst tiles of each half, one bit a tile
    uint32_t pending[3] = {1, 1, 1}; ///< counts of outstanding reads, writes, multicasts
    std::vector<Outstanding> outstanding;
    bool linked = false;
    int64_t linkedPath[4] = {};
    uint32_t linkedAt = 0;
  };
  struct Event {
    int64_t total;
    Clock clock;
  };
  struct Ring {
    int64_t pushed = 0, popped = 0;
    std::deque<Event> pushes, pops;
    // Since the last push or pop, by whom: kind + 1, 0 nobody.
    uint8_t reserveOpen = 0, waitOpen = 0;
    uint32_t reserveAt = 0, waitAt = 0;
  };
  struct SemaphoreState {
    std::shared_ptr<AllCounts> known; ///< by whoever waits for it
    std::vector<Epoch> increments;    ///< the last of each actor
    Epoch set;
  };
  struct Signal {
    std::shared_ptr<AllCounts> known;
    Site site;
  };

  bool has(Check c) const { return checks.has(c); }
  Thread &thread(const Site &s) { return threads[s.core * 3 + s.kind]; }
  Ring &ring(const Site &s, int64_t cb) { return rings[s.core * program->cbs.size() + size_t(cb)]; }
  unsigned deviceCore(unsigned core) const;
  ShadowUnit &unit(bool l1, unsigned number) { return l1 ? l1Units[number] : dramUnits[number]; }
  std::vector<runtime::Finding> &findings() { return result.findings; }

  // --- Findings.cpp ---
  void found(Check check, const Site &site, std::string what, const Epoch *other = nullptr,
             std::string otherWhat = "");
  std::string describe(const Epoch &e) const;
  std::string ownerName(Owner owner, uint32_t launch) const;

  // --- Memory.cpp ---
  static Actor transferActor(const Site &s, unsigned which) {
    return Actor((s.kind == 0 ? ReaderReads : WriterReads) + which);
  }
  Clock &clockOf(const Site &s, Actor a) {
    return a == Packer ? thread(s).packClock : thread(s).clock;
  }
  Access reading(const Site &s, Actor a, Owner owner);
  Access writing(const Site &s, Actor a, Owner owner);
  void touch(const Access &a, bool l1, unsigned number, uint64_t begin, uint64_t end);
  void touchOwn(const Access &a, uint64_t begin, int64_t bytes) {
    touch(a, true, deviceCore(a.site.core), begin, begin + uint64_t(bytes));
  }
  /// `n` pieces of `bytes`, `pitch` apart.
  void touchRows(const Access &a, uint64_t begin, int64_t n, int64_t bytes, int64_t pitch);
  void checkRead(const Access &a, const ByteState &s, bool l1, unsigned number, uint64_t begin,
                 uint64_t end);
  void checkWrite(const Access &a, const ByteState &s, uint64_t begin, uint64_t end);
  void unordered(const Access &a, const Epoch &before, bool beforeWrites, uint64_t begin,
                 uint64_t end);
  bool ordered(const Access &a, const Epoch &e);
  /// May bytes that `writer` wrote in `launch` be read as `owner`'s?
  bool compatible(Owner writer, uint32_t launch, Owner owner) const;
  bool nested(Owner a, Owner b) const;
  /// Bytes [begin, end) of a unit lie outside the data rows or columns of a buffer.
  enum class Where { Data, PastRows, PastColumns };
  Where whereIn(Owner owner, bool l1, unsigned number, uint64_t begin, uint64_t end) const;
  /// Nothing in the running program writes where the buffer lies, and all its data are there.
  enum Quiet : int8_t { Unknown, Busy, DataOnly, Whole };
  Quiet quiet(uint32_t buffer);
  bool allWritten(Owner owner, bool l1, unsigned number, uint64_t begin, uint64_t end);
  /// fn(unit, begin, end) for contiguous pages that hold data.
  void forEachRun(const BufferView &view,
                  const std::function<void(uint32_t, uint64_t, uint64_t)> &fn) const;

  // --- Instructions.cpp ---
  void transfer(const Site &site, const ValueOp &op);
  void compute(const Site &site, const ValueOp &op);
  void touchTiles(const Access &a, int64_t cb, uint64_t first, int64_t step, int64_t count);
  void useBuffer(const Site &site, int64_t buffer);
  void checkFormat(const Site &site, int64_t cb, int64_t buffer);
  void checkAligned(const Site &site, uint64_t l1, uint64_t other, int64_t align, const char *what);
  void remember(const Site &site, bool read, bool source, uint64_t begin, int64_t bytes);
  void dstWrites(const Site &site, int64_t first, int64_t count, bool packer = false);
  void dstReads(const Site &site, int64_t first, int64_t count, bool packer);
  Owner ownerOf(int64_t cb) const {
    const Cb &info = program->cbs[size_t(cb)];
    return info.alias >= 0 ? info.alias : Owner(views.buffers.size()) + Owner(cb);
  }

  // --- Sync.cpp ---
  void tick(const Site &s, Actor a) { ++clockOf(s, a).own[a]; }
  void ringRange(const Site &site, int64_t cb, int64_t firstPage, int64_t pages, bool push);

  const ProgramFile &file;
  const ModelViews &views;
  runtime::CheckSet checks;
  bool keepGoing, stop = false;
  runtime::SanitizerReport result;
  /// (check, program, thread kind, instruction, other instruction) -> finding
  std::map<std::tuple<Check, std::string, unsigned, uint32_t, uint32_t>, size_t> distinct;

  std::vector<ShadowUnit> l1Units, dramUnits;
  std::vector<uint8_t> isFreed;
  std::vector<int64_t> lastUse; ///< by buffer: the last launch that names it; outputs: for ever
  std::vector<std::string> launchNames;

  const DecodedProgram *program = nullptr;
  std::string programName, layer;
  unsigned gridX = 1, cores = 1;
  uint32_t launch = 0;
  int64_t start = 0;
  std::vector<Thread> threads; ///< core * 3 + kind
  std::vector<Ring> rings;
  std::vector<SemaphoreState> semaphores;
  std::unordered_map<uint64_t, Signal> signals; ///< by sequence of a delivery
  std::vector<std::vector<Epoch>> readLists;
  struct Range {
    bool l1;
    uint64_t begin, end;
  };
  std::vector<Range> written; ///< where the running program writes
  std::vector<Quiet> isQuiet; ///< by buffer
};

} // namespace ttc::sim

#endif
