//===- RunCommand.h - what `ttc-run` and `ttc run` do -----------------------===//
#ifndef TTC_RUNTIME_RUNCOMMAND_H
#define TTC_RUNTIME_RUNCOMMAND_H

#include <cstddef>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ttc::runtime {

struct RunCommand {
  std::string file;                ///< .ttp
  std::vector<std::string> inputs; ///< [NAME=]FILE.npy
  std::string image;               ///< a picture for the one image input
  bool letterbox = false;
  std::string outputDir;
  std::string draw;
  std::string names;
  std::string report; ///< a JSON file
  std::string mode = "both";     ///< values, time, both
  std::string numerics = "fast"; ///< exact, fast
  std::string device;            ///< name or path; empty: the one the file names
  unsigned threads = 0;
  std::string simd;                ///< runtime::selectSimd
  float scoreThreshold = 0.25f, iouThreshold = 0.45f;
  std::string sanitize = "none"; ///< all, none, or checks
  bool keepGoing = false, checkValues = false;
  unsigned fuzzSchedule = 0; ///< seeds
  bool noTrace = false, clocks = false;
  bool json = false;
  bool profile = false;
  size_t rows = 10;
};

/// Declares --sanitize (default: the environment variable TTC_SANITIZE, else none) and --fuzz-schedule.
void addSanitizeOptions(CLI::App &app, std::string &sanitize, unsigned &fuzzSchedule);

/// Declares positional FILE and all options.
void addRunOptions(CLI::App &app, RunCommand &command);

/// Runs; results on stdout, progress and errors ("error: ...") on stderr. Returns the exit code.
///
/// --json prints one object: the keys of Report::json (`launches` with --profile), `outputs` [{name,
/// shape, min, max, mean, file}] and, for models with yolo heads, `detection_count` and `detections`
/// [{class, name, score, box: [x, y, w, h] of the centre in fractions of the picture}], best first, at
/// most 300, and with --sanitize `sanitizer` (Report::json), with --check-values `value_warnings`.
/// --report writes the same object, with `launches`, to a file: whole or not at all.
int runCommand(const RunCommand &command);

} // namespace ttc::runtime

#endif
