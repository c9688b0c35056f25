//===- Commands.h - the subcommands of ttc -----------------------------------===//
#ifndef TTC_TOOLS_TTC_COMMANDS_H
#define TTC_TOOLS_TTC_COMMANDS_H

#include <CLI/CLI.hpp>

namespace ttc::tool {

/// Each adds its subcommand to `app`; when it is chosen, `exitCode` gets its result.
void addBench(CLI::App &app, int &exitCode);
void addCompile(CLI::App &app, int &exitCode);
void addRun(CLI::App &app, int &exitCode);
void addCheck(CLI::App &app, int &exitCode);
void addCalibrate(CLI::App &app, int &exitCode);
void addExplain(CLI::App &app, int &exitCode);
void addInfo(CLI::App &app, int &exitCode);

} // namespace ttc::tool

#endif
