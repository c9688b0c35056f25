//===- Compile.cpp - ttc compile ---------------------------------------------===//
#include "Commands.h"
#include "Model.h"
#include "Summary.h"

#include "ttc/Target/Program.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc::tool {
namespace {

struct CompileCommand {
  ModelOptions model;
  TargetOptions target;
  std::string output, emitDir;
  bool json = false;

  int run() const;
};

/// MODEL's file name with .ttp, in the working directory.
std::string defaultOutput(llvm::StringRef model) {
  model.consume_front("zoo:");
  return (llvm::sys::path::stem(model) + ".ttp").str();
}

int CompileCommand::run() const {
  Progress progress;
  auto start = std::chrono::steady_clock::now();
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(*context, model);
  if (!module)
    return 1;
  int64_t ops = countOps(*module);
  if (mlir::failed(compileModule(*module, target, emitDir, progress)))
    return 1;
  std::string path = output.empty() ? defaultOutput(model.model) : output;
  if (mlir::failed(writeProgram(*module, path)))
    return 1;
  ProgramSummary summary = summarize(*module);
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  uint64_t size = 0;
  llvm::sys::fs::file_size(path, size);
  if (json) {
    nlohmann::ordered_json j;
    j["model"] = summary.model;
    j["device"] = summary.device;
    j["ops"] = ops;
    j["programs"] = summary.programs;
    auto figures = [](const ReshardFigures &f) {
      return nlohmann::ordered_json{{"count", f.count}, {"bytes", f.bytes}, {"cycles", f.cycles}};
    };
    j["reshards"] = {{"count", summary.reshards},
                     {"before", figures(summary.before)},
                     {"after", figures(summary.after)},
                     {"bound", figures(summary.bound)}};
    j["file"] = path;
    j["bytes"] = size;
    j["seconds"] = seconds;
    fmt::print("{}\n", j.dump(2));
  } else {
    fmt::print("{}: {} ops, {} programs, {} reshards for {} in {:.1f} s -> {} ({:.1f} MB)\n",
               summary.model, ops, summary.programs, summary.reshards, summary.device, seconds,
               path, double(size) / 1e6);
  }
  return 0;
}

} // namespace

void addCompile(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<CompileCommand>();
  CLI::App *sub = app.add_subcommand("compile", "compile a model to a program file (.ttp)");
  command->model.addTo(*sub);
  command->target.addTo(*sub);
  sub->add_option("-o,--output", command->output, "program file (default: MODEL.ttp)");
  sub->add_option("--emit-mlir", command->emitDir, "directory for the IR after every pass");
  sub->add_flag("--json", command->json,
                "print one JSON object: model, device, ops, programs, reshards {count, and before, after, bound, each {count, "
                "bytes, cycles} as predicted}, file, "
                "bytes, seconds");
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
