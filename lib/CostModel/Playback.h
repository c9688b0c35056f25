//===- Playback.h - the time of recorded kernels ----------------------------===//
//
// A program's kernels as a few of its cores would execute them, played as coupled
// threads: circular buffers, semaphores and the halves of Dst make threads wait for
// each other as in the simulator; ports and DRAM channels are shared with the cores
// that are not played, each of which is taken to do what its representative does.
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
};

struct Transfer {
  Transactions t;
  int buffer = -1;  ///< -1: inside the core
  bool read = true;
  uint64_t what = 0; ///< equal for cores that ask for the same pages
};

struct Multicast {
  int64_t bytes = 0;
  timing::McastPath path;
  bool linked = false;
};

/// A loop of which only some iterations were recorded: steps [begin, end) are those after the first
/// `Recording::warm`.
struct Shortened {
  size_t begin = 0, end = 0;
};

/// The three threads of one core that stands for `count` cores.
struct CoreTrace {
  timing::Place place;
  int64_t count = 1;
  std::vector<Step> threads[3];
  std::vector<Shortened> shortened[3];
};

struct Recording {
  int64_t gridX = 1, gridY = 1;
  /// Of the corner, the first row, the first column and the rest, as far as the grid has them.
  std::vector<CoreTrace> cores;
  std::vector<Transfer> transfers;
  std::vector<Multicast> multicasts;
  std::vector<Signal> signals;
  std::vector<int64_t> cbPages;
  int semaphores = 0;
  /// Of each buffer: the cores or banks it lies on.
  std::vector<int64_t> bufferUnits;

  /// Of a long outermost loop `warm` iterations show the start, `shown` are recorded, of `trips`.
  static constexpr int64_t warm = 7, shown = 11;
  int64_t trips = 0; ///< 0: no loop was shortened
};

struct Played {
  Cycles cycles = 0; ///< from the first instruction to the end of the last thread
  int64_t dramBytes = 0, nocBytes = 0; ///< of all cores
};

/// A shortened loop is played twice, with `warm` and with `shown` iterations: the rest go on as those
/// between.
Played play(const DeviceSpec &spec, const Recording &recording);

} // namespace ttc::cost

#endif
