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
    int64_t done = 0;
    while (q.next < q.running.size()) {
      ValueOp &op = q.running[q.next];
      if (op.receive) {
        std::lock_guard guard(op.block->lock);
        if (!op.block->ready) {
          op.block->waiters.push_back(core); // stays scheduled: the sender makes it ready again
          finished(done);
          return;
        }
      }
      ++q.next;
      executeNow(op);
      op.block.reset();
      ++done;
    }
    q.running.clear();
    q.next = 0;
    bool more;
    {
      std::lock_guard guard(q.lock);
      q.running.swap(q.ops);
      more = q.scheduled = !q.running.empty();
    }
    finished(done);
    if (!more) // `running` is another thread's from here on
      return;
  }
}

void ValueQueue::finished(int64_t count) {
  if (count && pending.fetch_sub(count, std::memory_order_acq_rel) == count) {
    std::lock_guard guard(readyLock);
    wake.notify_all();
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
