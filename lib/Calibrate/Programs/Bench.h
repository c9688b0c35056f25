//===- Bench.h - one tile program with its tensors, timed ---------------------===//
#ifndef TTC_CALIBRATE_PROGRAMS_BENCH_H
#define TTC_CALIBRATE_PROGRAMS_BENCH_H

#include "dialects/Tile/EmitBuilder.h"
#include "ttc/Device/Timing.h"
#include "ttc/TilePrograms/TilePrograms.h"

#include "mlir/IR/BuiltinOps.h"

namespace ttc::calibrate {

/// A module of programs as the compiler would write them for one op: tensors are placed, circular
/// buffers allocated, the program file checked, and the simulator runs it in time mode.
class Bench {
public:
  explicit Bench(const DeviceSpec &device);

  /// A tensor. L1 fills from its end, DRAM from its start.
  Expected<BufferRef> buffer(const std::string &name, const BufferDesc &desc);
  ProgramBuilder &builder() { return *emit; }
  /// What programs may use of the device, beside the tensors placed so far.
  programs::Target target(program::Fidelity fidelity, bool fp32Dest) const;

  /// Cycles from the first kernel's start to the last one's end, all programs together: what a device
  /// profiler calls kernel time, without dispatch and launch.
  Expected<Cycles> run();

private:
  DeviceSpec device;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<tile::EmitBuilder> emit;
  int64_t l1Top = 0;
};

/// A tensor of rows x cols over the banks of DRAM or the L1 of all cores.
BufferDesc interleaved(program::Memory memory, program::Order order, program::Format format,
                       int64_t rows, int64_t cols);

} // namespace ttc::calibrate

#endif
