//===- Gemm.h - published matrix products on the simulator --------------------===//
//
// Each row of the table is a product of two tensors in stated places and formats.
// It is built by the compiler's own program with its search for blockings, run on
// the simulator in time mode and compared with the device time.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_CALIBRATE_GEMM_H
#define TTC_CALIBRATE_GEMM_H

#include "ttc/Calibrate/CalibrationReport.h"
#include "ttc/Calibrate/Csv.h"
#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/Program_generated.h"

namespace ttc::calibrate {

/// One row: in0 [m, k] x in1 [k, n] on a grid, both and the result of one format.
struct GemmCase {
  int64_t m = 0, k = 0, n = 0;
  int64_t gridX = 0, gridY = 0;
  bool in0Sharded = false, outSharded = false; ///< in blocks over the grid
  bool in0L1 = false, in1L1 = false, outL1 = false;
  program::Format format = program::Format::Bf16;
  program::Fidelity fidelity = program::Fidelity::LoFi;
  double utilisation = 0; ///< measured, of the rate of cyclesPerTile(), 0..1

  /// Of a 32x32x32 product, as the utilisation counts: 16 a phase.
  int64_t cyclesPerTile() const { return 16 * int64_t(fidelity); }
  double idealCycles() const;
  double measuredCycles() const { return idealCycles() / utilisation; }
  std::string mode() const; ///< "BF16 HiFi2"
  std::string name() const;
};

/// Columns m, k, n, grid, in0_storage, in1_storage, out_storage, dtype, fidelity, device_util_pct, and
/// in0_sharded, out_sharded where the table has them.
Expected<GemmCase> parseGemmCase(const Csv &csv, size_t row);

/// Cycles of the kernels. An error when the product does not fit the device.
Expected<int64_t> simulateGemm(const GemmCase &c, const DeviceSpec &device);

/// All rows of a file. A row runs on the first of `devices` whose grid holds the row's, cut down to
/// it; products of fewer multiply-adds than a cube of `minExtent` are skipped.
struct GemmOptions {
  std::vector<DeviceSpec> devices;
  int64_t minExtent = 0;
};
Expected<CalibrationReport> calibrateGemm(const std::string &path, const GemmOptions &);

} // namespace ttc::calibrate

#endif
