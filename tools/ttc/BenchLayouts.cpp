//===- BenchLayouts.cpp - ttc bench layouts ----------------------------------===//
//
// Compiles a model once for each layout policy, runs all of them and prints them side
// by side.
//
//===----------------------------------------------------------------------===//
#include "Bench.h"
#include "Commands.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "ttc/Import/Picture.h"
#include "ttc/Reference/Check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace ttc::tool {
namespace {

int fail(const std::string &message) {
  fmt::print(stderr, "error: {}\n", message);
  return 1;
}

/// What one policy came to.
struct Row {
  std::string policy;
  runtime::Report report;
  double seconds = 0;
  PricingError pricing;
  int64_t dramBytes = 0;   ///< read and written by programs
  int64_t compulsory = 0;  ///< constants, once each
  double utilization = 0;  ///< of all cores' time: math and vector unit
  /// Cycles that each resource needs at least, spread over all cores or banks.
  int64_t matrix = 0, vector = 0, dram = 0;
  std::optional<double> pcc; ///< of the worst output

  int64_t roofline() const { return std::max(matrix + vector, dram); }
};

Row measure(const std::string &policy, const Planned &planned) {
  Row row;
  row.policy = policy;
  row.report = planned.device->report();
  row.seconds = planned.seconds;
  const DeviceSpec &d = planned.device->spec();
  const program::ModelT &model = planned.device->model();
  for (const auto &buffer : model.buffers)
    if (buffer->constant)
      row.compulsory += int64_t(buffer->data_size);
  std::map<std::string, int64_t> phases;
  for (const auto &program : model.programs)
    phases[program->name] = int64_t(program->fidelity);
  std::vector<Cycles> simulated;
  int64_t busy = 0;
  for (const runtime::ProgramReport &p : row.report.programs) {
    simulated.push_back(p.cycles());
    row.dramBytes += p.dramReadBytes + p.dramWriteBytes;
    int64_t math = 0;
    for (auto b : {runtime::Bucket::Math, runtime::Bucket::Operands, runtime::Bucket::Tilize})
      math += p.buckets[2][size_t(b)];
    int64_t sfpu = p.buckets[2][size_t(runtime::Bucket::Sfpu)];
    busy += math + sfpu;
    row.vector += sfpu;
    // Products of 32x32x32 tiles, math_tile_phase cycles a phase each.
    row.matrix += int64_t(p.macs) / (tileDim * tileDim * tileDim) * d.math_tile_phase *
                  std::max<int64_t>(1, phases[p.name]);
  }
  row.pricing = compareCycles(planned.predicted, simulated);
  row.matrix /= d.cores();
  row.vector /= d.cores();
  row.dram = timing::transfer(row.compulsory, d.dram_bank_bandwidth) / d.dram_banks;
  row.utilization = double(busy) / double(std::max<int64_t>(1, row.report.cycles) * d.cores());
  return row;
}

struct LayoutsCommand {
  ModelOptions model;
  TargetOptions target;
  std::vector<std::string> policies = {"optimal",    "greedy",
                                       "lexicographic", "all-height",
                                       "all-dram-interleaved"};
  std::string handTuned;
  bool timeOnly = false, json = false;

  int run();
  Expected<void> runOne(Planned &planned, mlir::func::FuncOp func, Row &row);

  std::vector<HostTensor> inputs, reference;
};

Expected<void> LayoutsCommand::runOne(Planned &planned, mlir::func::FuncOp func, Row &row) {
  runtime::Device &device = *planned.device;
  auto nameOf = [&](unsigned i, bool result) {
    auto attr = result ? func.getResultAttrOfType<mlir::StringAttr>(i, "tt.name")
                       : func.getArgAttrOfType<mlir::StringAttr>(i, "tt.name");
    return attr ? attr.str() : fmt::format("{}{}", result ? "output" : "input", i);
  };
  if (!timeOnly)
    for (unsigned i = 0; i < inputs.size(); ++i) {
      auto index = device.findInput(nameOf(i, false));
      if (!index)
        return index.error();
      if (auto written = device.writeInput(*index, inputs[i].span()); !written)
        return written.error();
    }
  runtime::RunOptions run;
  run.values = !timeOnly;
  if (auto ran = device.run(run); !ran)
    return ran.error();
  row = measure(row.policy, planned);
  if (timeOnly)
    return {};
  std::vector<HostTensor> outputs;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto index = device.findOutput(nameOf(i, true));
    if (!index)
      return index.error();
    Expected<std::vector<float>> data = device.readOutput(*index);
    if (!data)
      return data.error();
    auto type = llvm::cast<mlir::RankedTensorType>(func.getResultTypes()[i]);
    outputs.push_back(HostTensor(type.getShape().vec(), *data));
  }
  if (reference.empty()) {
    reference::CheckOptions check;
    check.inputs = inputs;
    check.deviceOutputs = outputs;
    auto checked = reference::checkFunction(func, check);
    if (mlir::failed(checked))
      return Error{"the float reference failed"};
    reference = checked->reference;
  }
  row.pcc = 1;
  for (size_t i = 0; i < outputs.size(); ++i)
    row.pcc = std::min(*row.pcc, compare(outputs[i].span(), reference[i].span()).pcc);
  return {};
}

nlohmann::ordered_json toJson(const Row &r) {
  nlohmann::ordered_json j;
  j["policy"] = r.policy;
  j["latency_ms"] = r.report.latencyMs();
  j["cycles"] = r.report.cycles;
  j["programs"] = r.report.programs.size();
  j["reshards"] = {{"count", r.report.reshards().count},
                   {"bytes", r.report.reshards().bytes},
                   {"cycles", r.report.reshards().cycles}};
  j["dram_bytes"] = r.dramBytes;
  j["dram_bytes_compulsory"] = r.compulsory;
  j["l1_peak"] = r.report.l1Peak;
  j["core_utilization"] = r.utilization;
  j["roofline"] = {{"cycles", r.roofline()},
                   {"matrix", r.matrix},
                   {"vector", r.vector},
                   {"dram", r.dram}};
  j["pricing"] = {{"mean_error", r.pricing.mean}, {"kendall_tau", r.pricing.tau}};
  if (r.pcc)
    j["pcc"] = *r.pcc;
  j["layout_seconds"] = r.seconds;
  return j;
}

int LayoutsCommand::run() {
  Progress progress;
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(*context, model);
  if (!module)
    return 1;
  auto func = module->lookupSymbol<mlir::func::FuncOp>("main");
  if (!func)
    return fail(model.model + ": expected a function @main");
  if (!timeOnly)
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      inputs.push_back(syntheticPicture(
          llvm::cast<mlir::RankedTensorType>(func.getArgument(i).getType()).getShape().vec(),
          /*seed=*/1, /*stream=*/i));
  if (!handTuned.empty())
    policies.push_back("hand-tuned");
  std::vector<Row> rows;
  for (const std::string &policy : policies) {
    progress.show("policy " + policy);
    TargetOptions chosen = target;
    chosen.policy = policy == "hand-tuned" ? "optimal" : policy;
    chosen.handTuned = policy == "hand-tuned" ? handTuned : "";
    CompileOptions options;
    if (std::string wrong = chosen.apply(options); !wrong.empty())
      return fail(wrong);
    std::optional<Planned> planned = plan(*module, options, progress);
    if (!planned)
      return 1;
    Row row;
    row.policy = policy;
    if (auto ran = runOne(*planned, func, row); !ran)
      return fail(policy + ": " + ran.error().message);
    rows.push_back(std::move(row));
  }
  if (json) {
    nlohmann::ordered_json j;
    j["model"] = rows.front().report.model;
    j["device"] = rows.front().report.device;
    for (const Row &r : rows)
      j["policies"].push_back(toJson(r));
    fmt::print("{}\n", j.dump(2));
    return 0;
  }
  fmt::print("{} on {}\n{:<21}{:>9}{:>7}{:>9}{:>9}{:>7}{:>10}{:>10}{:>7}{:>10}{:>7}{:>9}\n",
             rows.front().report.model, rows.front().report.device, "policy", "ms", "ratio",
             "programs", "reshards", "%time", "DRAM MB", "L1 peak K", "cores%", "roofline", "x",
             "PCC");
  for (const Row &r : rows) {
    double cycles = double(std::max<int64_t>(1, r.report.cycles));
    fmt::print("{:<21}{:>9.3f}{:>7.2f}{:>9}{:>4}{:>3.0f}MB{:>6.1f}%{:>10.1f}{:>10.0f}{:>6.1f}%"
               "{:>10.3f}{:>7.1f}{:>9}\n",
               r.policy, r.report.latencyMs(), cycles / double(rows.front().report.cycles),
               r.report.programs.size(), r.report.reshards().count,
               double(r.report.reshards().bytes) / 1e6,
               100 * double(r.report.reshards().cycles) / cycles, double(r.dramBytes) / 1e6,
               double(r.report.l1Peak) / 1024, 100 * r.utilization,
               double(r.roofline()) / (double(r.report.clockMhz) * 1000),
               cycles / double(std::max<int64_t>(1, r.roofline())),
               r.pcc ? fmt::format("{:.4f}", *r.pcc) : "-");
  }
  const Row &first = rows.front();
  double ms = double(first.report.clockMhz) * 1000;
  fmt::print("compulsory DRAM traffic {:.1f} MB; roofline of {}: matrix {:.3f} + vector {:.3f} ms, "
             "DRAM {:.3f} ms\n",
             double(first.compulsory) / 1e6, first.policy, double(first.matrix) / ms,
             double(first.vector) / ms, double(first.dram) / ms);
  return 0;
}

} // namespace

void addBenchLayouts(CLI::App &bench, int &exitCode) {
  auto command = std::make_shared<LayoutsCommand>();
  CLI::App *sub = bench.add_subcommand(
      "layouts", "every layout policy on one model: time, reshards, memory, roofline, accuracy");
  command->model.addTo(*sub);
  command->target.addTo(*sub);
  sub->remove_option(sub->get_option("--layout-policy"));
  sub->remove_option(sub->get_option("--hand-tuned"));
  sub->remove_option(sub->get_option("--layout-trace"));
  sub->add_option("--policies", command->policies, "policies to compare, the first is ratio 1")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--hand-tuned", command->handTuned,
                  "also compare this hand-tuned configuration, with its own types and fusions")
      ->check(CLI::ExistingFile);
  sub->add_flag("--time-only", command->timeOnly, "no values, no PCC");
  sub->add_flag("--json", command->json,
                "print one JSON object: model, device, policies [{policy, latency_ms, cycles, "
                "programs, reshards {count, bytes, cycles}, dram_bytes, dram_bytes_compulsory, "
                "l1_peak, core_utilization, roofline {cycles, matrix, vector, dram}, pricing "
                "{mean_error, kendall_tau}, pcc, layout_seconds}]");
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
