//===- PriceBuilder.h - what a tile program costs --------------------------===//
#ifndef TTC_COSTMODEL_PRICEBUILDER_H
#define TTC_COSTMODEL_PRICEBUILDER_H

#include "ttc/CostModel/ProgramBuilder.h"
#include "ttc/Device/Timing.h"

#include <memory>

namespace ttc {

/// The predicted cost of an op's programs.
struct Price {
  Cycles cycles = 0;     ///< all programs, with dispatch
  int64_t l1Bytes = 0;   ///< circular buffers of the largest program, a core
  int64_t dramBytes = 0; ///< all cores
  int64_t nocBytes = 0;  ///< between cores, all cores
  int64_t programs = 0;
  int gridX = 0, gridY = 0;           ///< of the last program, without errands
  int64_t cbs = 0, semaphores = 0;    ///< of the last program
  std::vector<Cycles> each; ///< of each program, in launch order
  bool hangs = false; ///< a core's threads would wait for each other for ever
};

/// Records what a few cores execute - the corner (0, 0), and one core of the first row, of the
/// first column and of the rest, each standing for all of its kind - and plays the record back as
/// coupled threads (lib/CostModel/Playback). Everything that a core waits for is waited for: circular
/// buffers, semaphores, barriers, halves of Dst, and the links, ports and DRAM channels that transfers
/// of all cores share (lib/CostModel/Contention). Kernels' bodies are called by endProgram().
class PriceBuilder final : public ProgramBuilder {
public:
  explicit PriceBuilder(const DeviceSpec &spec);
  ~PriceBuilder() override;

  /// A buffer to price with.
  BufferRef buffer(const BufferDesc &desc);
  const Price &price() const { return total; }

  BufferRef constant(const ConstantSpec &spec) override;
  int window(const WindowDesc &desc) override;
  void beginProgram(const ProgramSpec &spec) override;
  void endProgram() override;
  Cb cb(const CbSpec &spec) override;
  Semaphore semaphore() override;
  void enterPart(int part) override;
  void reader(const Body &body) override { setBody(0, kernelBody(body, true)); }
  void writer(const Body &body) override { setBody(1, kernelBody(body, false)); }
  void compute(const Body &body) override { setBody(2, kernelBody(body, false)); }
  void loop(Idx lower, Idx upper, int64_t step, const std::function<void(Idx)> &body) override;
  void ifThen(Idx condition, const Body &then, const Body &otherwise) override;
  Idx coreX() override { return here.x; }
  Idx coreY() override { return here.y; }
  Idx coreIndex() override { return here.y * bodyGridX + here.x; }
  using ProgramBuilder::emit;
  void emit(isa::Opcode opcode, std::span<const Idx> fields) override;

protected:
  Idx arithmetic(isa::Opcode, Idx, Idx) override;
  Idx compare(isa::Predicate, Idx, Idx) override;
  Idx selectValue(Idx, Idx, Idx) override;

private:
  struct Impl;
  void setBody(int thread, const Body &body);
  void run(int thread, timing::Place place, int64_t windowRows);
  void scout();
  void chooseCores();
  void record();
  void compute(isa::Opcode opcode, std::span<const Idx> fields);
  void move(isa::Opcode opcode, std::span<const Idx> fields);
  unsigned deviceCore() const { return unsigned(here.y * spec.grid_x + here.x); }
  DataFormat format(int64_t cb) const { return DataFormat(cbs[size_t(cb)].format); }

  const DeviceSpec &spec;
  Price total;
  std::vector<CbSpec> cbs;
  ProgramSpec program;
  timing::Place here; ///< the core that is being recorded
  std::unique_ptr<Impl> impl;
};

} // namespace ttc

#endif
