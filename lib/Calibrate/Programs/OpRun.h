//===- OpRun.h - one row of the operations' table as a program ----------------===//
#ifndef TTC_CALIBRATE_PROGRAMS_OPRUN_H
#define TTC_CALIBRATE_PROGRAMS_OPRUN_H

#include "Bench.h"
#include "ttc/Calibrate/Ops.h"

namespace ttc::calibrate {

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }
inline int64_t tilesOf(int64_t n) { return ceilDiv(n, tileDim); }

/// One row as a program: tensors from their columns, the rest from the configuration.
class OpRun {
public:
  OpRun(const OpsCase &c, const DeviceSpec &device) : c(c), device(device), bench(device) {}
  Expected<int64_t> run();

private:
  using Build = Expected<void> (OpRun::*)();
  Expected<void> conv();
  Expected<void> halo();
  Expected<void> convert();
  Expected<void> paddedSlice();
  Expected<void> tileMove();
  Expected<void> slice();
  Expected<void> sliceWrite();
  Expected<void> matmul();
  Expected<void> binary();
  Expected<void> unary();
  Expected<void> upsample();
  Expected<void> concat();
  Expected<void> pool();

  Expected<program::Format> format(const std::string &type) const;
  /// The tensor's matrix where its memory column says. Sharded: in parts of `shard` elements, else
  /// over the row's cores.
  Expected<BufferDesc> describe(const OpsTensor &t, std::vector<int64_t> shard = {}) const;
  Expected<BufferRef> place(const char *name, const OpsTensor &t, std::vector<int64_t> shard = {});
  std::vector<int64_t> outShard() const;
  bool stickwise() const;
  Expected<WindowDesc> window(const std::string &attribute) const;
  programs::Target target() const;
  void grid(BufferDesc &d, int64_t rowParts, int64_t colParts) const;

  const OpsCase &c;
  const DeviceSpec &device;
  Bench bench;
};

} // namespace ttc::calibrate

#endif
