//===- Ops.h - published kernel times of single operations --------------------===//
//
// Each row of the table is one operation on silicon with its configuration. It is
// written as the unfused program that hand-tuned networks are made of, in that
// configuration, run on the simulator in time mode and compared.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_CALIBRATE_OPS_H
#define TTC_CALIBRATE_OPS_H

#include "ttc/Calibrate/CalibrationReport.h"
#include "ttc/Calibrate/Csv.h"
#include "ttc/Device/DeviceSpec.h"

#include <array>
#include <map>
#include <optional>

namespace ttc::calibrate {

/// One tensor of a row: `4-D shape, TILE or ROW_MAJOR, BFLOAT16 ..., L1_HEIGHT_SHARDED ...`.
struct OpsTensor {
  std::array<int64_t, 4> shape{}; ///< W x Z x Y x X
  bool tiled = false;
  std::string type, memory;
  int64_t rows() const { return shape[0] * shape[1] * shape[2]; }
  int64_t cols() const { return shape[3]; }
};

struct OpsCase {
  std::string arch, op, fidelity;
  int64_t cores = 0, availableCores = 0;
  std::optional<OpsTensor> in[3], out;
  double nanoseconds = 0; ///< median
  /// The configuration: name -> text as the profiler wrote it.
  std::map<std::string, std::string> attributes;

  /// Integers after `key` in attribute `name`: numbers("sliding_window_config", "stride_hw=") of
  /// "...stride_hw=(2;2)..." is {2, 2}. Empty where either is missing.
  std::vector<int64_t> numbers(const std::string &name, const std::string &key) const;
  bool flag(const std::string &name, const std::string &key, bool otherwise) const;
  std::string name() const;
};

/// Columns arch, op, fidelity, cores, available_cores, {in0,in1,in2,out0}_{shape,layout,dtype,memory},
/// kernel_ns_median, attributes.
Expected<OpsCase> parseOpsCase(const Csv &csv, size_t row);

/// Cycles of the kernels; the error says what has no program here.
Expected<int64_t> simulateOp(const OpsCase &c, const DeviceSpec &device);

/// The device with a grid of `cores` compute cores, at least as wide as high.
Expected<DeviceSpec> withCores(const DeviceSpec &device, int64_t cores);

/// All rows of a file. A row runs on the first of `devices` that has its architecture and its number of
/// cores, else on the first of its architecture, cut to that number. `group`: only rows of this op.
struct OpsOptions {
  std::vector<DeviceSpec> devices;
  std::string group;
};
Expected<CalibrationReport> calibrateOps(const std::string &path, const OpsOptions &);

} // namespace ttc::calibrate

#endif
