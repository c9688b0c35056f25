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
  int64_t bytes = 0, hops = 1;
  bool linked = false;
};

/// The three threads of one core that stands for `count` cores.
struct CoreTrace {
  timing::Place place;
  int64_t count = 1;
  std::vector<Step> threads[3];
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

  int64_t dramBytes() const; ///< of all cores
  int64_t nocBytes() const;
};

/// Cycles from the first instruction to the end of the last thread.
Cycles play(const DeviceSpec &spec, const Recording &recording);

} // namespace ttc::cost

#endif
