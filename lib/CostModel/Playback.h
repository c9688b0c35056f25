//===- Playback.h - the time of recorded kernels ----------------------------===//
//
// A program's kernels as a few of its cores would execute them, played as coupled
// threads: circular buffers, semaphores and the halves of Dst make threads wait for
// each other as in the simulator. What transfers cost each other, those of cores that
// are not played included, was summed up before (Contention.h).
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_COSTMODEL_PLAYBACK_H
#define TTC_LIB_COSTMODEL_PLAYBACK_H

#include "Transactions.h"

#include <vector>

namespace ttc::cost {

/// One instruction of a thread, as far as its time matters.
struct Step {
  enum Kind : uint8_t {
    Spend,  ///< b cycles of the thread's own clock
    Pack,   ///< b cycles of the packer
    InLine, ///< b cycles of math and packer together (tilize)
    Reserve,
    Push,
    Wait,
    Pop,       ///< of circular buffer a, b pages
    SemWait,   ///< for semaphore a to reach b
    SemInc,    ///< of semaphore a of the cores in `signals[b]`
    SemMcast,  ///< the same, behind the thread's multicasts
    Transfer,  ///< transfers[a]
    ReadDone,  ///< barriers
    WriteDone,
    Multicast, ///< multicasts[a]
    DstAcquire,
    DstCommit,
    DstWait,
    DstRelease,
    Mark,  ///< number a: where an iteration ended
    Repeat ///< what came since mark a, b times more
  };
  static constexpr int maxMarks = 8; ///< loops inside loops
  Kind kind;
  int32_t a = 0;
  int64_t b = 0;
};

struct Signal {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int64_t value = 0;
  Cycles latency = 0; ///< to the farthest of them
};

/// Flows [begin, end) of the recording.
struct FlowRange {
  size_t begin = 0, end = 0;
};

struct Transfer {
  FlowRange flows;
  int64_t bytes = 0, dramBytes = 0;
  Cycles issue = 0, lastIssue = 0;
  bool read = true;
  /// Barriers before it that waited for others of its kind, loops counted once; -1 inside the core.
  int site = -1;
  int64_t drain = 0; ///< thousandths of a cycle that its bytes are under way, one after the other
  Cycles tail = 0;   ///< from there to the acknowledgement
};

struct Multicast {
  int64_t bytes = 0;
  Cycles taken = 0, latency = 0; ///< its path is taken for, until the last acknowledgement
  Signal to;
  bool met = false; ///< lengthened by reads

  /// While it goes on, `readBytes` cross a link that it takes, in `readTime` thousandths of a cycle.
  void meet(const DeviceSpec &spec, int64_t readBytes, int64_t readTime);
};

/// Of a core's flows to more places than this, some stand for all.
constexpr size_t maxFlows = 32;

/// What a core moves at a site, up to the next barrier, when it first comes there.
struct Sample {
  unsigned core = 0; ///< of the device
  int site = 0;
  bool read = true;
  FlowRange flows;
};

/// A loop of which only some iterations were recorded: steps [begin, end) are those after the first
/// `Recording::warm`.
struct Shortened {
  size_t begin = 0, end = 0;
};

/// The three threads of one core that stands for `count` cores.
struct CoreTrace {
  timing::Place place;
  int64_t count = 0;
  bool alone = false; ///< stands for no other
  std::vector<Step> threads[3];
  std::vector<Shortened> shortened[3];
};

struct Recording {
  /// Of the corner, the first row, the first column and the rest, as far as the grid has them, and of the
  /// cores that multicast to these.
  std::vector<CoreTrace> cores;
  std::vector<Flow> flows;
  std::vector<Transfer> transfers;
  std::vector<Multicast> multicasts;
  std::vector<Signal> signals;
  std::vector<int64_t> cbPages;
  int semaphores = 0;
  /// Of reader and writer, for all cores of the program, in order of cores.
  std::vector<Sample> samples[2];

  /// Of long outermost loops the part `warm` of `trips` shows the start, `shown` of `trips` are recorded.
  static constexpr int64_t warm = 5, shown = 17;
  int64_t trips = 0; ///< of the shortest one of a thread; 0: no loop was shortened

  std::span<const Flow> of(FlowRange range) const {
    return {flows.data() + range.begin, range.end - range.begin};
  }
  /// The recorded core that stands for the one at p: in the same row and column where that is the first
  /// one, and the nearest.
  size_t standsFor(timing::Place p) const;
};

struct Played {
  Cycles cycles = 0; ///< from the first instruction to the end of the last thread
  int64_t dramBytes = 0, nocBytes = 0; ///< of all cores
  /// Threads of a core wait for each other at circular buffers, for ever: the time is that without one of the waits.
  bool hangs = false;
};

/// A shortened loop is played twice, with `warm` and with `shown` iterations: the rest go on as those
/// between.
Played play(const DeviceSpec &spec, const Recording &recording);

} // namespace ttc::cost

#endif
