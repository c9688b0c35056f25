//===- Ops.cpp - published kernel times of single operations ------------------===//
#include "OpRun.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::calibrate {

Expected<int64_t> OpRun::run() {
  static const std::map<std::string, Build> builds = {
      {"Conv2dDeviceOperation", &OpRun::conv},
      {"HaloDeviceOperation", &OpRun::halo},
      {"MoveDeviceOperation", &OpRun::convert},
      {"InterleavedToShardedDeviceOperation", &OpRun::convert},
      {"ShardedToInterleavedDeviceOperation", &OpRun::convert},
      {"ReshardDeviceOperation", &OpRun::convert},
      {"TilizeDeviceOperation", &OpRun::convert},
      {"UntilizeDeviceOperation", &OpRun::convert},
      {"TypecastDeviceOperation", &OpRun::convert},
      {"PaddedSliceDeviceOperation", &OpRun::paddedSlice},
      {"TransposeDeviceOperation", &OpRun::tileMove},
      {"SliceDeviceOperation", &OpRun::slice},
      {"SliceWriteDeviceOperation", &OpRun::sliceWrite},
      {"Matmul", &OpRun::matmul},
      {"MinimalMatmulOp", &OpRun::matmul},
      {"BinaryDeviceOperation", &OpRun::binary},
      {"BinaryNgDeviceOperation", &OpRun::binary},
      {"UnaryDeviceOperation", &OpRun::unary},
      {"UpsampleOperation", &OpRun::upsample},
      {"ConcatDeviceOperation", &OpRun::concat},
      {"Pool2D", &OpRun::pool}};
  auto it = builds.find(c.op);
  if (it == builds.end())
    return Error{"no program for it"};
  if (Expected<void> built = (this->*it->second)(); !built)
    return built.error();
  return bench.run();
}

Expected<int64_t> simulateOp(const OpsCase &c, const DeviceSpec &device) {
  return OpRun(c, device).run();
}

Expected<DeviceSpec> withCores(const DeviceSpec &device, int64_t cores) {
  for (int64_t x = 1; x <= device.grid_x; ++x)
    if (cores % x == 0 && cores / x <= x && cores / x <= device.grid_y) {
      DeviceSpec cut = device;
      cut.grid_x = x;
      cut.grid_y = cores / x;
      return cut;
    }
  return Error{fmt::format("{} has no grid of {} cores", device.name, cores)};
}

Expected<CalibrationReport> calibrateOps(const std::string &path, const OpsOptions &options) {
  Expected<Csv> csv = Csv::read(path);
  if (!csv)
    return csv.error();
  for (const char *tensor : {"in0", "in1", "in2", "out0"})
    for (const char *column : {"_shape", "_layout", "_dtype", "_memory"})
      if (std::string name = std::string(tensor) + column; !csv->hasColumn(name))
        return Error{fmt::format("{}: column '{}' is missing", path, name)};
  if (Expected<void> has = csv->require({"arch", "op", "fidelity", "cores", "available_cores",
                                         "kernel_ns_median", "attributes"});
      !has)
    return has.error();
  CalibrationReport report;
  report.source = path;
  report.unit = "ns";
  for (size_t row = 0; row < csv->rows(); ++row) {
    Expected<OpsCase> c = parseOpsCase(*csv, row);
    if (!c)
      return c.error();
    if (!options.group.empty() && c->op != options.group)
      continue;
    auto same = [&](const DeviceSpec &d) { // the profiler writes small letters
      return std::equal(d.architecture.begin(), d.architecture.end(), c->arch.begin(), c->arch.end(),
                        [](char a, char b) { return std::tolower(a) == std::tolower(b); });
    };
    auto found = std::find_if(options.devices.begin(), options.devices.end(), [&](const DeviceSpec &d) {
      return same(d) && d.cores() == c->availableCores;
    });
    if (found == options.devices.end())
      found = std::find_if(options.devices.begin(), options.devices.end(), same);
    if (found == options.devices.end()) {
      report.skip(fmt::format("no device of architecture {}", c->arch));
      continue;
    }
    Expected<DeviceSpec> device = withCores(*found, c->availableCores);
    if (!device) {
      report.skip(device.error().message);
      continue;
    }
    Expected<int64_t> cycles = simulateOp(*c, *device);
    if (!cycles) {
      report.skip(fmt::format("{}: {}", c->op, cycles.error().message));
      continue;
    }
    report.rows.push_back({csv->line(row), c->name(), c->op,
                           {double(*cycles) * 1000 / double(device->clock_mhz), c->nanoseconds}});
  }
  return report;
}

} // namespace ttc::calibrate
