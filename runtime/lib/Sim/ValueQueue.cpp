//===- ValueQueue.cpp - value operations on several host threads ------------===//
#include "Sim/ValueQueue.h"

namespace ttc::sim {

ValueQueue::ValueQueue(Values &values, unsigned threads, unsigned cores) : values(values) {
  for (unsigned i = 0; i < cores; ++i)
    queues.emplace_back();
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back([this] { work(); });
  inlined = workers.empty();
}

ValueQueue::~ValueQueue() {
  {
    std::lock_guard guard(readyLock);
    stop = true;
  }
  wake.notify_all();
  for (std::thread &t : workers)
    t.join();
}

void ValueQueue::executeNow(const ValueOp &op) {
  values.execute(op);
  if (!op.block || op.receive)
    return;
  std::vector<unsigned> waiting;
  {
    std::lock_guard guard(op.block->lock);
    op.block->ready = true;
    waiting.swap(op.block->waiters);
  }
  for (unsigned core : waiting)
    makeReady(core);
}

void ValueQueue::push(ValueOp &&op) {
  if (inlined)
    return executeNow(op);
  unsigned core = op.core;
  pending.fetch_add(1, std::memory_order_relaxed);
  Queue &q = queues[core];
  bool schedule;
  {
    std::lock_guard guard(q.lock);
    q.ops.push_back(std::move(op));
    schedule = !q.scheduled;
    q.scheduled = true;
  }
  if (schedule)
    makeReady(core);
}

void ValueQueue::makeReady(unsigned core) {
  {
    std::lock_guard guard(readyLock);
    ready.push_back(core);
  }
  wake.notify_one();
}

void ValueQueue::runCore(unsigned core) {
  Queue &q = queues[core];
  for (;;) {
    ValueOp op;
    {
      std::lock_guard guard(q.lock);
      if (q.ops.empty()) {
        q.scheduled = false;
        return;
      }
      if (q.ops.front().receive) {
        McastBlock &block = *q.ops.front().block;
        std::lock_guard blockGuard(block.lock);
        if (!block.ready) {
          block.waiters.push_back(core); // stays scheduled: the sender makes it ready again
          return;
        }
      }
      op = std::move(q.ops.front());
      q.ops.pop_front();
    }
    executeNow(op);
    if (pending.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      std::lock_guard guard(readyLock);
      wake.notify_all();
    }
  }
}

void ValueQueue::work() {
  std::unique_lock guard(readyLock);
  for (;;) {
    wake.wait(guard, [&] { return stop || !ready.empty(); });
    if (ready.empty())
      return;
    unsigned core = ready.front();
    ready.pop_front();
    guard.unlock();
    runCore(core);
    guard.lock();
  }
}

void ValueQueue::drain() {
  if (workers.empty())
    return;
  std::unique_lock guard(readyLock);
  while (pending.load(std::memory_order_acquire) > 0) {
    if (ready.empty()) {
      wake.wait(guard,
                [&] { return !ready.empty() || pending.load(std::memory_order_acquire) == 0; });
      continue;
    }
    unsigned core = ready.front();
    ready.pop_front();
    guard.unlock();
    runCore(core);
    guard.lock();
  }
}

} // namespace ttc::sim
