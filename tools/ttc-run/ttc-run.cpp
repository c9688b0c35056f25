//===- ttc-run.cpp - run a program file, without MLIR ------------------------===//
#include "ttc/Runtime/RunCommand.h"

#include <CLI/CLI.hpp>

int main(int argc, char **argv) {
  CLI::App app("Runs a compiled program (.ttp) on the simulated device.");
  ttc::runtime::RunCommand command;
  ttc::runtime::addRunOptions(app, command);
  CLI11_PARSE(app, argc, argv);
  return ttc::runtime::runCommand(command);
}
