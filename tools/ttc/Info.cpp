//===- Info.cpp - ttc info ---------------------------------------------------===//
#include "Commands.h"
#include "Model.h"
#include "Summary.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Layout/Overrides.h"
#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/ProgramFile.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc::tool {
namespace {

using Json = nlohmann::ordered_json;

struct InfoCommand {
  ModelOptions model;
  std::string device;
  bool json = false;

  int run() const;
  int ofModel() const;
  int ofProgram() const;
  int ofDevice() const;
};

std::string shapeOf(mlir::Type type) {
  std::string s;
  for (int64_t d : llvm::cast<mlir::RankedTensorType>(type).getShape())
    s += (s.empty() ? "" : "x") + std::to_string(d);
  return s;
}

int InfoCommand::ofModel() const {
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(*context, model, /*needWeights=*/false);
  if (!module)
    return 1;
  auto func = module->lookupSymbol<mlir::func::FuncOp>("main");
  if (!func) {
    fmt::print(stderr, "error: {}: expected a function @main\n", model.model);
    return 1;
  }
  Json layers = Json::array();
  int64_t totalParameters = 0, totalMacs = 0;
  for (mlir::Operation &op : func.getBody().front().without_terminator()) {
    if (op.hasTrait<mlir::OpTrait::ConstantLike>())
      continue;
    std::string inputs, outputs;
    for (mlir::Value v : op.getOperands())
      if (!v.getDefiningOp() || !v.getDefiningOp()->hasTrait<mlir::OpTrait::ConstantLike>())
        inputs += (inputs.empty() ? "" : ", ") + shapeOf(v.getType());
    for (mlir::Value v : op.getResults())
      outputs += (outputs.empty() ? "" : ", ") + shapeOf(v.getType());
    int64_t params = parameters(&op), macs = multiplyAdds(&op);
    totalParameters += params;
    totalMacs += macs;
    layers.push_back({{"layer", layerName(op.getLoc())},
                      {"op", op.getName().stripDialect().str()},
                      {"inputs", inputs},
                      {"outputs", outputs},
                      {"parameters", params},
                      {"macs", macs}});
  }
  if (json) {
    Json j = {{"model", model.model},
              {"ops", layers.size()},
              {"parameters", totalParameters},
              {"macs", totalMacs},
              {"layers", layers}};
    fmt::print("{}\n", j.dump(2));
    return 0;
  }
  fmt::print("{:<24} {:<16} {:<34} {:<20} {:>12} {:>14}\n", "layer", "op", "inputs", "outputs",
             "parameters", "MACs");
  for (const Json &l : layers)
    fmt::print("{:<24} {:<16} {:<34} {:<20} {:>12} {:>14}\n", l["layer"].get<std::string>(),
               l["op"].get<std::string>(), l["inputs"].get<std::string>(),
               l["outputs"].get<std::string>(), l["parameters"].get<int64_t>(),
               l["macs"].get<int64_t>());
  fmt::print("{} ops, {} parameters, {:.2f} GMAC\n", layers.size(), totalParameters,
             double(totalMacs) / 1e9);
  return 0;
}

int InfoCommand::ofProgram() const {
  auto file = ProgramFile::open(model.model);
  if (!file) {
    fmt::print(stderr, "error: {}\n", file.error().message);
    return 1;
  }
  const program::ModelT &m = (*file)->model();
  Json programs = Json::array();
  int64_t macs = 0, reshards = 0;
  for (const auto &command : m.commands) {
    if (command->kind != program::CommandKind::Launch)
      continue;
    const program::ProgramT &p = *m.programs[command->index];
    macs += int64_t(p.macs);
    reshards += p.is_reshard;
    size_t words = 0;
    for (const auto &kernel : p.kernels)
      words += kernel->code.size();
    programs.push_back({{"layer", m.locations[p.location]},
                        {"kind", p.kind},
                        {"grid", fmt::format("{}x{}", p.grid_x, p.grid_y)},
                        {"cbs", p.cbs.size()},
                        {"code_bytes", words * 4},
                        {"macs", p.macs}});
  }
  if (json) {
    Json j = {{"model", m.model_name}, {"device", m.device},     {"programs", programs.size()},
              {"reshards", reshards},  {"buffers", m.buffers.size()}, {"macs", macs},
              {"launches", programs}};
    fmt::print("{}\n", j.dump(2));
    return 0;
  }
  fmt::print("{:<28} {:<16} {:>6} {:>5} {:>11} {:>14}\n", "layer", "kind", "grid", "CBs",
             "code bytes", "MACs");
  for (const Json &p : programs)
    fmt::print("{:<28} {:<16} {:>6} {:>5} {:>11} {:>14}\n", p["layer"].get<std::string>(),
               p["kind"].get<std::string>(), p["grid"].get<std::string>(), p["cbs"].get<size_t>(),
               p["code_bytes"].get<size_t>(), p["macs"].get<uint64_t>());
  fmt::print("{} for {}: {} programs, {} reshards, {} buffers, {:.2f} GMAC\n", m.model_name,
             m.device, programs.size(), reshards, m.buffers.size(), double(macs) / 1e9);
  return 0;
}

int InfoCommand::ofDevice() const {
  std::vector<DeviceConstant> constants;
  Expected<DeviceSpec> spec = findDevice(device, &constants);
  if (!spec) {
    fmt::print(stderr, "error: {}\n", spec.error().message);
    return 1;
  }
  if (json) {
    Json j = {{"device", spec->name}, {"description", spec->description}};
    for (const DeviceConstant &c : constants)
      j["constants"][c.name] = {{"value", c.value}, {"unit", c.unit}, {"source", c.source}};
    fmt::print("{}\n", j.dump(2));
    return 0;
  }
  fmt::print("{}: {}\n", spec->name, spec->description);
  for (const DeviceConstant &c : constants)
    fmt::print("{:<30} {:>12} {:<18} {}\n", c.name, c.value, c.unit, c.source);
  return 0;
}

int InfoCommand::run() const {
  if (!device.empty() && model.model.empty())
    return ofDevice();
  if (model.model.empty()) {
    fmt::print(stderr, "error: expected a model, a program file or --device NAME\n");
    return 1;
  }
  return llvm::StringRef(model.model).ends_with(".ttp") ? ofProgram() : ofModel();
}

} // namespace

void addInfo(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<InfoCommand>();
  CLI::App *sub =
      app.add_subcommand("info", "layers of a model, programs of a .ttp, constants of a device");
  command->model.addTo(*sub);
  sub->get_option("model")->required(false);
  sub->add_option("--device", command->device, "print this device's constants and their sources");
  sub->add_flag("--json", command->json,
                "print one JSON object: model, ops, parameters, macs, layers [...]; for a .ttp "
                "programs, reshards, launches [...]; for a device constants {...}");
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
