//===- NocTraces.h - recorded NoC traces on the simulator ---------------------===//
//
// A trace (tt-npe noc_trace_json) holds what the data-movement cores of one
// operation asked of the NoC. It is run closed loop: each core's reads and barriers
// in program order, with their sizes and places and the core's start; when a read
// is issued and when a barrier ends is the simulator's to say.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_CALIBRATE_NOCTRACES_H
#define TTC_CALIBRATE_NOCTRACES_H

#include "ttc/Calibrate/CalibrationReport.h"
#include "ttc/Device/DeviceSpec.h"

namespace ttc::calibrate {

struct NocTrace {
  struct Event {
    bool barrier = false;
    bool flush = false; ///< the profiler empties its buffer
    int x = 0, y = 0;   ///< router that a read goes to
    int64_t bytes = 0;
  };
  /// The program of one data-movement core.
  struct Thread {
    int x = 0, y = 0; ///< router of its core
    int noc = 0;
    int64_t start = 0; ///< of the first event, cycles after the trace's first
    std::vector<Event> events;
  };
  std::vector<Thread> threads;
  int64_t cycles = 0; ///< from the first event to the end of the last barrier, as recorded
};

/// Errors name the file and the event's number.
Expected<NocTrace> parseNocTrace(std::string_view json, const std::string &name);
/// Cycles from the first event to the end of the last barrier. An error when a core or a place is
/// not on the device.
Expected<double> simulateNocTrace(const NocTrace &trace, const DeviceSpec &device,
                                  const std::string &name);
/// All *.json of a directory in the order of their names, on a Wormhole device.
Expected<CalibrationReport> calibrateNocTraces(const std::string &directory,
                                               const DeviceSpec &device);

} // namespace ttc::calibrate

#endif
