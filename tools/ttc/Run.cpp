//===- Run.cpp - ttc run -----------------------------------------------------===//
//
// The same command as ttc-run, which links no MLIR.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include "ttc/Runtime/RunCommand.h"

namespace ttc::tool {

void addRun(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<runtime::RunCommand>();
  CLI::App *sub = app.add_subcommand("run", "run a program file (.ttp) on the simulated device");
  runtime::addRunOptions(*sub, *command);
  sub->callback([command, &exitCode] { exitCode = runtime::runCommand(*command); });
}

} // namespace ttc::tool
