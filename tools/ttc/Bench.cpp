//===- Bench.cpp - ttc bench -------------------------------------------------===//
#include "Bench.h"
#include "Commands.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Layout/Pricing.h"
#include "ttc/Target/Program.h"

#include "llvm/Support/FileSystem.h"

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc::tool {
namespace {

int fail(const std::string &message) {
  fmt::print(stderr, "error: {}\n", message);
  return 1;
}

/// A file that goes when the object does; a mapping of it stays.
struct TemporaryFile {
  llvm::SmallString<128> path;
  TemporaryFile() { llvm::sys::fs::createTemporaryFile("ttc-bench", "ttp", path); }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};

std::vector<Cycles> predictedCycles(mlir::ModuleOp graph, const DeviceSpec &spec) {
  std::vector<Cycles> cycles;
  graph.walk([&](mlir::func::FuncOp func) {
    mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(func);
    if (mlir::succeeded(schedule))
      for (const Launch &launch : launchesOf(func))
        if (Expected<Price> price = priceLaunch(launch, spec, schedule->takenAlong(launch)))
          cycles.insert(cycles.end(), price->each.begin(), price->each.end());
  });
  return cycles;
}

} // namespace

std::optional<Planned> plan(mlir::ModuleOp module, const CompileOptions &options,
                            Progress &progress) {
  Planned planned;
  Expected<DeviceSpec> spec = findDevice(options.device);
  if (!spec) {
    fail(spec.error().message);
    return std::nullopt;
  }
  planned.graph = module.clone();
  mlir::PassManager graph(module.getContext()), layout(module.getContext()),
      tile(module.getContext());
  buildGraphPipeline(graph, options);
  buildLayoutPipeline(layout, options);
  buildTilePipeline(tile, options);
  for (mlir::PassManager *pm : {&graph, &layout, &tile})
    showPasses(*pm, progress);
  if (mlir::failed(graph.run(*planned.graph)))
    return std::nullopt;
  auto start = std::chrono::steady_clock::now();
  if (mlir::failed(layout.run(*planned.graph)))
    return std::nullopt;
  planned.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  planned.predicted = predictedCycles(*planned.graph, *spec);
  mlir::OwningOpRef<mlir::ModuleOp> programs = planned.graph->clone();
  if (mlir::failed(tile.run(*programs)))
    return std::nullopt;
  TemporaryFile file;
  if (mlir::failed(writeProgram(*programs, file.path)))
    return std::nullopt;
  auto device = runtime::Device::open(file.path.str().str());
  if (!device) {
    fail(device.error().message);
    return std::nullopt;
  }
  planned.device = std::move(*device);
  return planned;
}

PricingError compareCycles(const std::vector<Cycles> &predicted,
                           const std::vector<Cycles> &simulated) {
  PricingError e;
  size_t n = std::min(predicted.size(), simulated.size());
  double sumP = 0, sumS = 0;
  for (size_t i = 0; i < n; ++i) {
    double error = std::abs(double(predicted[i] - simulated[i])) / double(simulated[i]);
    e.mean += error / double(n);
    e.worst = std::max(e.worst, error);
    sumP += double(predicted[i]);
    sumS += double(simulated[i]);
  }
  int64_t agree = 0, pairs = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j) {
      if (simulated[i] == simulated[j])
        continue;
      ++pairs;
      int64_t sign = (predicted[i] > predicted[j]) - (predicted[i] < predicted[j]);
      agree += simulated[i] > simulated[j] ? sign : -sign;
    }
  if (pairs)
    e.tau = double(agree) / double(pairs);
  if (sumS > 0)
    e.total = (sumP - sumS) / sumS;
  return e;
}

namespace {

struct PricingCommand {
  ModelOptions model;
  TargetOptions target;
  bool json = false;
  size_t rows = 10;
  std::optional<double> maxError;

  int run() const;
};

int PricingCommand::run() const {
  Progress progress;
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(*context, model);
  CompileOptions options;
  if (!module)
    return 1;
  if (std::string wrong = target.apply(options); !wrong.empty())
    return fail(wrong);
  std::optional<Planned> planned = plan(*module, options, progress);
  if (!planned)
    return 1;
  runtime::RunOptions run;
  run.values = false;
  if (auto ran = planned->device->run(run); !ran)
    return fail(ran.error().message);
  const runtime::Report &report = planned->device->report();
  std::vector<Cycles> simulated;
  for (const runtime::ProgramReport &p : report.programs)
    simulated.push_back(p.cycles());
  if (simulated.size() != planned->predicted.size())
    return fail(fmt::format("{} programs were priced, but {} ran", planned->predicted.size(),
                            simulated.size()));
  PricingError e = compareCycles(planned->predicted, simulated);
  int exitCode = maxError && 100 * e.mean > *maxError ? 2 : 0;
  if (json) {
    nlohmann::ordered_json j;
    j["model"] = report.model;
    j["device"] = report.device;
    j["programs"] = simulated.size();
    j["mean_error"] = e.mean;
    j["worst_error"] = e.worst;
    j["kendall_tau"] = e.tau;
    j["total_error"] = e.total;
    for (size_t i = 0; i < simulated.size(); ++i)
      j["launches"].push_back({{"name", report.programs[i].name},
                               {"predicted", planned->predicted[i]},
                               {"simulated", simulated[i]}});
    fmt::print("{}\n", j.dump(2));
    return exitCode;
  }
  std::vector<size_t> order(simulated.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  auto ratio = [&](size_t i) { return double(planned->predicted[i]) / double(simulated[i]); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::abs(std::log(ratio(a))) > std::abs(std::log(ratio(b)));
  });
  for (size_t i : llvm::ArrayRef(order).take_front(rows ? rows : order.size()))
    fmt::print("{:<44} {:>2}x{:<2} predicted {:>8} simulated {:>8}  {:.2f}\n",
               report.programs[i].name, report.programs[i].gridX, report.programs[i].gridY,
               planned->predicted[i], simulated[i], ratio(i));
  fmt::print("{} on {}: {} programs, error of predicted cycles: mean {:.1f} %, worst {:.1f} %, sum "
             "{:+.1f} %; Kendall tau {:.3f}\n",
             report.model, report.device, simulated.size(), 100 * e.mean, 100 * e.worst,
             100 * e.total, e.tau);
  return exitCode;
}

} // namespace

void addBench(CLI::App &app, int &exitCode) {
  CLI::App *bench = app.add_subcommand("bench", "measure the compiler on a model");
  bench->require_subcommand(1);
  addBenchLayouts(*bench, exitCode);
  auto pricing = std::make_shared<PricingCommand>();
  CLI::App *sub =
      bench->add_subcommand("pricing", "each program's predicted cycles beside the simulated ones");
  pricing->model.addTo(*sub);
  pricing->target.addTo(*sub);
  sub->add_option("--rows", pricing->rows, "programs listed, the worst first (0: all)")
      ->capture_default_str();
  sub->add_option("--max-error", pricing->maxError, "exit code 2 if the mean error is above, %");
  sub->add_flag("--json", pricing->json,
                "print one JSON object: model, device, programs, mean_error, worst_error, "
                "kendall_tau, total_error, launches [{name, predicted, simulated}]");
  sub->callback([pricing, &exitCode] { exitCode = pricing->run(); });
}

} // namespace ttc::tool
