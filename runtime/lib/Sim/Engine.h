//===- Engine.h - one event order for values and time -----------------------===//
//
// Executes one program after another. Every core has up to three threads (reader
// on NoC 0, writer on NoC 1, compute); each is a bytecode interpreter with its own
// clock. A thread runs ahead as long as it only touches what is private to its
// core: circular buffers are one-producer one-consumer queues that carry the times
// of their pushes and pops, so their outcome does not depend on who is
// interpreted first. Instructions that meet other cores (transfers, multicasts,
// semaphores) execute in the order (time, core, thread) over the device.
//
// The compute thread has two clocks, as the device has two ends of Dst: `time` is
// the unpackers and the math, `packTime` the packer. Circular-buffer waits and pops
// belong to the first, reserves and pushes to the second; the halves of Dst couple
// them.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_ENGINE_H
#define TTC_RUNTIME_SIM_ENGINE_H

#include "Sim/Decoded.h"
#include "Sim/Fuzz.h"
#include "Sim/Noc.h"
#include "Sim/Sanitizer/Sanitizer.h"
#include "Sim/ValueQueue.h"
#include "ttc/Runtime/Report.h"
#include "ttc/Support/Expected.h"

#include <deque>
#include <queue>

namespace ttc::sim {

struct EngineOptions {
  bool values = true;
  bool time = true;
  /// Transfers of different threads share the NoC and the DRAM; else each has them for itself.
  bool contention = true;
  bool trace = true; ///< dispatch replays the command stream
  bool uses = false; ///< report what the transfers used most
  uint64_t maxInstructions = 1'000'000'000;
  /// Control instructions of a thread in a row, touching nothing, after which it makes no progress.
  uint64_t livelockWindow = 10'000'000;
  Sanitizer *sanitizer = nullptr; ///< told what happens
  uint64_t fuzzSeed = 0;          ///< not 0: legal random delays (Fuzz.h)
  MathMode math; ///< exact and precisePack; fidelity and Dst width come from the program
};

class Engine {
public:
  Engine(const ProgramFile &file, const ModelViews &views, Memory &memory, ValueQueue *queue,
         Values *values, const EngineOptions &options);

  /// Executes one program and moves the device clock on. Errors name program, source layer, core,
  /// thread, instruction and what was wrong.
  Expected<void> run(const DecodedProgram &program);
  Cycles clock() const { return now; }
  runtime::ProgramReport &report() { return result; }
  /// Where the cycles of every core of the device went in all programs so far; each thread's add up
  /// to clock(). A core outside a program's grid idles.
  const std::vector<runtime::CoreReport> &cores() const { return coreReports; }
  /// The NoC's resources by the share of all cycles so far that they were in use (EngineOptions::uses).
  std::vector<runtime::Use> uses() const;

private:
  enum class State : uint8_t {
    Ready,
    WaitPages,
    WaitSpace,
    WaitSemaphore,
    WaitTransfers, ///< a barrier, or the end: transfers under way
    Finished
  };

  struct Thread {
    unsigned core = 0, kind = 0;
    State state = State::Ready;
    uint32_t ip = 0;
    const std::vector<Instr> *code = nullptr;
    std::vector<int64_t> regs;
    Cycles time = 0, packTime = 0;
    uint64_t executed = 0, lastEffect = 0;
    bool delayed = false;          ///< by the fuzzer, before this instruction
    bool hesitated = false;        ///< by the fuzzer, at this barrier
    std::vector<ValueOp> deferred; ///< transfers whose bytes move later, at their barrier at the latest
    int cb = -1; ///< what it waits for: circular buffer or semaphore
    int64_t need = 0;
    Cycles blockedAt = 0;
    // Asynchronous transfers: flows under way, and when the last of those that ended was complete.
    int64_t reading = 0, writing = 0;
    Cycles readsDone = 0, writesDone = 0;
    bool readsDram = false, writesDram = false;
    // Transactions of a bulk instruction that are still to issue.
    std::vector<Noc::Batch> batches;
    size_t nextBatch = 0;
    bool bulkActive = false;
    int64_t lastUnit = -1; ///< of the last transaction: core or DRAM bank
    // Dst protocol of the compute thread.
    int64_t acquired = 0, committed = 0, waited = 0, released = 0;
    Cycles halfFree[2] = {0, 0}, halfReady[2] = {0, 0};
    // The vector unit, which both ends of the compute thread use, and what it did for the packer in
    // each half since the math last waited for it.
    Cycles vectorFree = 0, vectorBehind[2] = {0, 0};
    runtime::Buckets buckets{};
  };

  /// One circular buffer of one core.
  struct CbState {
    int64_t pushed = 0, popped = 0;   ///< pages
    int64_t reserved = 0, waited = 0; ///< windows of producer and consumer, pages
    struct Event {
      int64_t total;
      Cycles time;
    };
    std::deque<Event> pushes, pops;
    int producerWaiting = -1, consumerWaiting = -1; ///< thread kinds
  };

  struct Delivery {
    Cycles time;
    uint64_t sequence;
    unsigned core;
    int semaphore;
    int64_t value;
    bool operator>(const Delivery &o) const {
      return time != o.time ? time > o.time : sequence > o.sequence;
    }
  };
  /// Increments that follow a multicast: sent `earliest`, but not before it has arrived.
  struct Follower {
    std::vector<unsigned> cores;
    int semaphore;
    int64_t value;
    Cycles earliest;
    uint64_t sequence; ///< of the first delivery
  };
  struct Key {
    Cycles time;
    unsigned thread; ///< core * 3 + kind
    bool operator>(const Key &o) const {
      return time != o.time ? time > o.time : thread > o.thread;
    }
  };

  // --- Engine.cpp, EngineReport.cpp ---
  void start(const DecodedProgram &program);
  void loop();
  void deliver(const Delivery &delivery);
  /// Interprets a thread until it blocks, ends, fails or has to let others go first.
  void interpret(Thread &t);
  bool step(Thread &t, const Instr &i);
  void finishReport();
  std::vector<runtime::Use> uses(const std::vector<int64_t> &before, Cycles cycles) const;
  bool fail(const Thread &t, Check check, std::string message);
  bool fail(const Thread &t, std::string message) {
    return fail(t, Check::Instruction, std::move(message));
  }
  Site site(const Thread &t) const { return {t.core, t.kind, t.ip, t.time}; }
  /// Tells the sanitizer of a circular-buffer, semaphore or barrier instruction that was done.
  void observe(Thread &t, const Instr &i);
  std::string describe(const Thread &t) const;
  std::string deadlock() const; // Deadlock.cpp
  std::string waiting(const Thread &t) const;
  std::vector<const Thread *> satisfiers(const Thread &t) const;
  int64_t operand(const Thread &t, const Instr &i, unsigned field) const {
    int64_t v = i.args[field];
    return i.mask >> field & 1 ? t.regs[size_t(v)] : v;
  }
  void makeReady(Thread &t);
  Thread &thread(unsigned core, unsigned kind) { return threads[core * 3 + kind]; }
  CbState &cbState(unsigned core, int64_t cb) {
    return cbs[core * program->cbs.size() + size_t(cb)];
  }
  bool checkCb(const Thread &t, int64_t cb);
  bool control(Thread &t, const Instr &i);
  bool cbReserve(Thread &t, int64_t cb, int64_t pages);
  bool cbPush(Thread &t, int64_t cb, int64_t pages);
  bool cbWait(Thread &t, int64_t cb, int64_t pages);
  bool cbPop(Thread &t, int64_t cb, int64_t pages);
  bool semaphore(Thread &t, const Instr &i);
  Cycles semaphoreLatency(const Thread &t, unsigned core) const;
  /// True when an event or thread with an earlier key exists.
  bool mustYield(const Thread &t);
  void transferEvent(const Noc::Event &event);
  void increment(const std::vector<unsigned> &cores, int semaphore, int64_t value, Cycles when,
                 uint64_t firstSequence);
  static bool meetsOthers(isa::Opcode op);

  /// Address of `offset` in the window of the producer (write) or consumer; -1 after fail().
  int64_t produce(Thread &t, int64_t cb, int64_t offset, int64_t bytes);
  int64_t consume(Thread &t, int64_t cb, int64_t offset, int64_t bytes);
  int64_t windowAddress(Thread &t, int64_t cb, int64_t offset, int64_t bytes, bool producer);

  void spend(Thread &t, runtime::Bucket bucket, Cycles cycles) {
    if (!options.time)
      return;
    t.time += cycles;
    t.buckets[size_t(bucket)] += cycles;
  }
  /// Waits until `when`.
  void until(Thread &t, runtime::Bucket bucket, Cycles when) {
    if (when > t.time)
      spend(t, bucket, when - t.time);
  }

  // --- EngineMove.cpp ---
  bool move(Thread &t, const Instr &i);
  bool readPages(Thread &t, const Instr &i, ValueOp &op);
  bool readWindow(Thread &t, const Instr &i, ValueOp &op);
  bool writeRows(Thread &t, const Instr &i, ValueOp &op);
  bool mcast(Thread &t, const Instr &i, ValueOp &op);
  bool localCopy(Thread &t, const Instr &i, ValueOp &op);
  bool checkBuffer(Thread &t, int64_t buffer);
  bool rectangle(Thread &t, int64_t x0, int64_t y0, int64_t x1, int64_t y1,
                 std::vector<unsigned> &cores);
  bool awaitTransfers(Thread &t, bool reads, bool writes);
  void addPiece(Thread &t, bool read, bool dram, unsigned unit, int64_t bytes);
  /// Issues the next batches; false when others have to go first.
  bool issueBulk(Thread &t, bool read);
  /// Hands an instruction to the sanitizer and to the values.
  void emit(Thread &t, ValueOp &&op) {
    if (options.sanitizer)
      options.sanitizer->access(site(t), op);
    bool later = fuzz.on() && op.op < isa::Opcode::DstAcquire && fuzz.coin();
    emitValue(t, std::move(op), later);
  }
  void emitValue(Thread &t, ValueOp &&op, bool later) {
    if (!options.values)
      return;
    if (later)
      t.deferred.push_back(std::move(op));
    else
      queue->push(std::move(op));
  }
  /// Moves the bytes of deferred transfers: those a barrier waits for, or multicasts only.
  void flush(Thread &t, bool reads, bool writes, bool multicasts);

  // --- EngineCompute.cpp ---
  bool compute(Thread &t, const Instr &i);
  bool dstRange(Thread &t, int64_t first, int64_t count, bool math);
  bool tiles(Thread &t, int64_t cb, int64_t first, int64_t step, int64_t count, bool producer,
             uint64_t &address);
  void math(Thread &t, runtime::Bucket bucket, Cycles cycles) { spend(t, bucket, cycles); }
  static bool packerHolds(const Thread &t) { return t.waited == t.released + 1; }
  bool vector(Thread &t, Cycles cycles);
  /// The math waits for the packer until `when`; what its vector functions took counts as theirs.
  void awaitPacker(Thread &t, Cycles when, bool half0, bool half1);
  void pack(Thread &t, Cycles cycles) {
    if (options.time) {
      t.packTime += cycles;
      coreReports[deviceCore(t.core)].packing += cycles;
    }
  }

  Noc::Source source(const Thread &t) const {
    return {deviceCore(t.core), t.kind, t.core * 3 + t.kind};
  }
  unsigned deviceCore(unsigned core) const {
    return core / gridX * unsigned(file.device().grid_x) + core % gridX;
  }

  const ProgramFile &file;
  const ModelViews &views;
  Memory &memory;
  ValueQueue *queue;
  Values *values;
  EngineOptions options;
  Noc noc;
  Fuzz fuzz;
  std::vector<int64_t> carriedBefore; ///< by the NoC's resources, at the program's start
  std::vector<runtime::CoreReport> coreReports; ///< row-major over the device
  Cycles now = 0, lastStart = 0;
  bool first = true;

  const DecodedProgram *program = nullptr;
  unsigned gridX = 1, gridY = 1;
  Cycles programStart = 0, kernelStart = 0;
  std::vector<Thread> threads;
  std::vector<CbState> cbs;
  std::vector<int64_t> semaphores; ///< core * program semaphores
  std::priority_queue<Key, std::vector<Key>, std::greater<>> ready;
  std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>> deliveries;
  std::vector<Follower> followers; ///< by token
  uint64_t sequence = 0;
  std::string error;
  runtime::ProgramReport result;
};

} // namespace ttc::sim

#endif
