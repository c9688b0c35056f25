//===- TimedRun.h - the reports of a program file's time --------------------===//
#ifndef TTC_LIB_CALIBRATE_TIMEDRUN_H
#define TTC_LIB_CALIBRATE_TIMEDRUN_H

#include "ttc/Runtime/Runtime.h"

namespace ttc::calibrate {

/// Simulates the time of a file's programs, without values and so without inputs. Errors are the
/// file's own or the simulator's.
inline Expected<std::vector<runtime::ProgramReport>>
runTimed(const Expected<std::shared_ptr<ProgramFile>> &file) {
  if (!file)
    return file.error();
  Expected<std::unique_ptr<runtime::Device>> device = runtime::Device::create(*file);
  if (!device)
    return device.error();
  runtime::RunOptions options;
  options.values = false;
  if (Expected<void> ran = (*device)->run(options); !ran)
    return ran.error();
  return (*device)->report().programs;
}

} // namespace ttc::calibrate

#endif
