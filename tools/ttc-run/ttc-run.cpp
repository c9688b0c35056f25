//===- ttc-run.cpp - run a program file, without MLIR ------------------------===//
#include "ttc/Runtime/RunCommand.h"

#include <CLI/CLI.hpp>

int main(int argc, char **argv) {
  CLI::App app("Runs a compiled program (.ttp) on the simulated device.");
  app.footer("Exit codes: 0 done, 1 an error (a line on stderr says which).");
  ttc::runtime::RunCommand command;
  ttc::runtime::addRunOptions(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) { // CLI11's way to say help or a wrong command line
    return app.exit(e) ? 1 : 0;
  }
  return ttc::runtime::runCommand(command);
}
