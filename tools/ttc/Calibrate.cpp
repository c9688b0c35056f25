//===- Calibrate.cpp - ttc calibrate -----------------------------------------===//
#include "Commands.h"

#include "ttc/Calibrate/Gemm.h"
#include "ttc/Calibrate/NocMicro.h"
#include "ttc/Calibrate/NocTraces.h"
#include "ttc/Calibrate/Ops.h"

#include <fmt/format.h>

namespace ttc::tool {
namespace {
using namespace calibrate;

struct CalibrateCommand {
  std::string nocMicro, nocTraces, gemm, ops, group;
  std::vector<std::string> devices = {"n150", "p150", "p100"};
  bool json = false, allRows = false;
  size_t worst = 20;
  int64_t minExtent = 1024;

  int run() const;
  Expected<CalibrationReport> report() const;
};

Expected<CalibrationReport> CalibrateCommand::report() const {
  std::vector<DeviceSpec> specs;
  for (const std::string &name : devices) {
    Expected<DeviceSpec> spec = findDevice(name);
    if (!spec)
      return spec.error();
    specs.push_back(std::move(*spec));
  }
  if (!nocMicro.empty())
    return calibrateNocMicro(nocMicro, {specs, group});
  if (!gemm.empty())
    return calibrateGemm(gemm, {specs, minExtent});
  if (!ops.empty())
    return calibrateOps(ops, {specs, group});
  return calibrateNocTraces(nocTraces, specs.front());
}

int CalibrateCommand::run() const {
  Expected<CalibrationReport> r = report();
  if (!r) {
    fmt::print(stderr, "error: {}\n", r.error().message);
    return 1;
  }
  if (r->rows.empty()) {
    fmt::print(stderr, "error: {}: no row that could be run\n", r->source);
    for (const auto &[reason, count] : r->skipped)
      fmt::print(stderr, "  {} skipped: {}\n", count, reason);
    return 1;
  }
  fmt::print("{}\n", json ? r->json() : r->table(allRows ? r->rows.size() : worst));
  return 0;
}

} // namespace

void addCalibrate(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<CalibrateCommand>();
  CLI::App *sub = app.add_subcommand(
      "calibrate", "run published measurements on the simulator and compare the times");
  // One data set a call.
  CLI::Option_group *data = sub->add_option_group("data", "what to compare with (one of them)");
  data->add_option("--noc-micro", command->nocMicro,
                   "table of NoC transaction patterns (CSV: arch, mechanism, pattern, memory, "
                   "num_transactions, num_subordinates, same_axis, stateful, loopback, noc_index, "
                   "size_bytes, latency_cycles)");
  data->add_option("--noc-traces", command->nocTraces,
                   "directory of recorded NoC traces (tt-npe noc_trace_json), run closed loop on "
                   "the first device");
  data->add_option("--gemm", command->gemm,
                   "table of matrix products (CSV: m, k, n, grid, in0_sharded, out_sharded, "
                   "in0_storage, in1_storage, out_storage, dtype, fidelity, device_util_pct)");
  data->add_option("--ops", command->ops,
                   "table of single operations with their configuration (CSV: arch, op, fidelity, cores, "
                   "available_cores, shape, layout, dtype and memory of in0, in1, in2 and out0, "
                   "kernel_ns_median, attributes)");
  data->require_option(1);
  sub->add_option("--device", command->devices,
                  "devices by name or file; a row runs on the first of its architecture, an op on the one with "
                  "its number of cores if there is one, a product on the "
                  "first whose grid is large enough")
      ->capture_default_str();
  sub->add_option("--group", command->group, "only rows of this group, as the table names them");
  sub->add_option("--min-extent", command->minExtent,
                  "skip products of less than this, as a cube (smaller ones are mostly start-up)")
      ->capture_default_str();
  sub->add_option("--worst", command->worst, "print this many rows, the largest errors")
      ->capture_default_str();
  sub->add_flag("--rows", command->allRows, "print every row");
  sub->add_flag("--json", command->json,
                "print one JSON object: summary {mean_error_pct, p90_error_pct, worst_error_pct, "
                "sign_agreement_pct, kendall_tau, rows, skipped}, groups, skipped_reasons, rows");
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
