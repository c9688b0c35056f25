//===- NocMicro.h - published NoC micro-benchmarks on the simulator -----------===//
//
// Each row of the table is a transaction pattern: n reads, writes or multicasts of
// one size by one or all cores, one barrier, and the cycles until it. The pattern
// is assembled as a tile program, run on the simulator in time mode and compared.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_CALIBRATE_NOCMICRO_H
#define TTC_CALIBRATE_NOCMICRO_H

#include "ttc/Calibrate/CalibrationReport.h"
#include "ttc/Calibrate/Csv.h"
#include "ttc/Device/DeviceSpec.h"

#include <functional>

namespace ttc::calibrate {

/// One row (columns as in the data: arch, mechanism, pattern, memory, num_transactions,
/// num_subordinates, same_axis, stateful, loopback, noc_index, size_bytes, latency_cycles).
struct NocMicroCase {
  enum class Mechanism { Unicast, Multicast, MulticastLinked };
  enum class Pattern {
    OneFromOne,
    OneFromAll,
    AllFromAll,
    OneToOne,
    OneToAll,
    AllToAll,
    RowToRow,
    ColumnToColumn,
    OneToRow,
    OneToColumn
  };
  enum class Memory { L1, DramInterleaved, DramSharded };
  std::string arch;
  Mechanism mechanism = Mechanism::Unicast;
  Pattern pattern = Pattern::OneFromOne;
  Memory memory = Memory::L1;
  int64_t transactions = 1; ///< of a master, before its single barrier
  int64_t subordinates = 0; ///< destinations or sources; 0 where the data do not say
  bool sameAxis = false, stateful = false, loopback = false;
  int64_t noc = 0, bytes = 0;
  double cycles = 0;

  bool multicast() const { return mechanism != Mechanism::Unicast; }
  bool read() const {
    return pattern == Pattern::OneFromOne || pattern == Pattern::OneFromAll ||
           pattern == Pattern::AllFromAll;
  }
  bool oneMaster() const;
  /// "unicast" (one master, at least 4 transactions), "unicast, fewer than 4", "multicast",
  /// "many masters".
  std::string group() const;
  std::string name() const;
  /// Why the row is no measurement of the machine (README of the data); empty for the others.
  std::string notPhysics() const;
};

Expected<NocMicroCase> parseNocMicroCase(const Csv &csv, size_t row);

/// Cycles from the first transaction to the end of the barrier: of the master, or the median over
/// masters. An error when the pattern does not fit the device.
Expected<double> simulateNocMicro(const NocMicroCase &c, const DeviceSpec &device);

/// All rows of a file. A row runs on the first of `devices` that has its architecture.
struct NocMicroOptions {
  std::vector<DeviceSpec> devices;
  std::string group; ///< only this one; all if empty
};
Expected<CalibrationReport> calibrateNocMicro(const std::string &path, const NocMicroOptions &);

} // namespace ttc::calibrate

#endif
