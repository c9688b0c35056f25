//===- PriceBuilder.h - what a tile program costs --------------------------===//
#ifndef TTC_COSTMODEL_PRICEBUILDER_H
#define TTC_COSTMODEL_PRICEBUILDER_H

#include "ttc/CostModel/ProgramBuilder.h"
#include "ttc/Device/Timing.h"

namespace ttc {

/// The predicted cost of an op's programs on an otherwise idle device.
struct Price {
  Cycles cycles = 0;     ///< all programs, with dispatch
  int64_t l1Bytes = 0;   ///< circular buffers of the largest program, a core
  int64_t dramBytes = 0; ///< all cores
  int64_t nocBytes = 0;  ///< of the priced core
  int64_t programs = 0;
};

/// Follows core (0, 0), the busiest of every group: it has a full part and sends what is multicast. A
/// loop is priced by its first iteration. Threads run side by side: a program takes as long as its
/// longest thread, or as DRAM needs for all cores' bytes, plus what the first block needs to arrive.
class PriceBuilder final : public ProgramBuilder {
public:
  explicit PriceBuilder(const DeviceSpec &spec) : spec(spec) {}

  /// A buffer to price with.
  BufferRef buffer(const BufferDesc &desc);
  const Price &price() const { return total; }

  BufferRef constant(const ConstantSpec &spec) override;
  int window(const WindowDesc &desc) override;
  void beginProgram(const ProgramSpec &spec) override;
  void endProgram() override;
  Cb cb(const CbSpec &spec) override;
  Semaphore semaphore() override { return semaphores++; }
  void reader(const Body &body) override { run(0, body); }
  void writer(const Body &body) override { run(1, body); }
  void compute(const Body &body) override { run(2, body); }
  void loop(Idx lower, Idx upper, int64_t step, const std::function<void(Idx)> &body) override;
  void ifThen(Idx condition, const Body &then, const Body &otherwise) override;
  Idx coreX() override { return 0; }
  Idx coreY() override { return 0; }
  Idx coreIndex() override { return 0; }
  using ProgramBuilder::emit;
  void emit(isa::Opcode opcode, std::span<const Idx> fields) override;

protected:
  Idx arithmetic(isa::Opcode, Idx, Idx) override;
  Idx compare(isa::Predicate, Idx, Idx) override;
  Idx selectValue(Idx, Idx, Idx) override;

private:
  /// What a stretch of a thread does; loops scale it.
  struct Usage {
    Cycles busy = 0;  ///< issue, math, copies
    Cycles pack = 0;  ///< the packer's own time, beside the math
    Cycles first = 0; ///< until the first block is handed on
    int64_t dram = 0, noc = 0;
    bool handedOn = false;
  };
  struct Pending { ///< transactions since the last barrier
    int64_t count = 0, bytes = 0, dramCount = 0, dramBytes = 0;
    Cycles latency = 0;
  };

  void run(int thread, const Body &body);
  void transfer(int buffer, int64_t count, int64_t bytes);
  void finish(bool write);
  DataFormat format(int64_t cb) const { return DataFormat(cbs[size_t(cb)].format); }
  /// Transactions for nrows x ncols pages from page column `col` on.
  int64_t pageRuns(const BufferDesc &d, int64_t nrows, int64_t ncols) const;
  int64_t windowRuns(const BufferDesc &d, const WindowDesc &w, int64_t nrows, int64_t ntaps,
                     int64_t nbytes) const;

  const DeviceSpec &spec;
  Price total;
  std::vector<BufferDesc> buffers;
  std::vector<WindowDesc> windows;
  std::vector<CbSpec> cbs;
  int semaphores = 0;
  ProgramSpec program;
  Usage usage[3];
  Usage *now = nullptr;
  Pending pending;
  int64_t barriers = 0; ///< passed so far; a loop without one leaves its transactions pending
};

} // namespace ttc

#endif
