//===- ValueQueue.h - value operations on several host threads --------------===//
//
// One queue a core, in order; a fixed set of threads takes cores that have work.
// Where the work of different cores may overlap is said in Values.h.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_VALUEQUEUE_H
#define TTC_RUNTIME_SIM_VALUEQUEUE_H

#include "Sim/Values.h"

#include <condition_variable>
#include <deque>
#include <thread>

namespace ttc::sim {

class ValueQueue {
public:
  /// `threads` in all, the calling one included (it helps in drain()). 1: no threads, push
  /// executes.
  ValueQueue(Values &values, unsigned threads, unsigned cores);
  ~ValueQueue();

  /// serial: push executes at once on the calling thread. Only between drain() and push.
  void setSerial(bool serial) { inlined = serial || workers.empty(); }
  void push(ValueOp &&op);
  /// Returns when everything pushed has been executed.
  void drain();

private:
  struct Queue {
    std::mutex lock; ///< guards ops and scheduled
    std::vector<ValueOp> ops;
    bool scheduled = false; ///< in `ready`, being run, or waiting for a multicast
    // Of the thread that runs the core: taken from ops all at once.
    std::vector<ValueOp> running;
    size_t next = 0;
  };
  void executeNow(const ValueOp &op);
  /// Runs a core's operations until none is left or one has to wait.
  void runCore(unsigned core);
  void makeReady(unsigned core);
  void finished(int64_t count);
  void work();

  Values &values;
  bool inlined = true;
  std::deque<Queue> queues;
  std::mutex readyLock;
  std::condition_variable wake;
  std::deque<unsigned> ready;
  std::atomic<int64_t> pending{0};
  bool stop = false;
  std::vector<std::thread> workers;
};

} // namespace ttc::sim

#endif
