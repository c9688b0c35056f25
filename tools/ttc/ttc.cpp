//===- ttc.cpp - the everyday command ----------------------------------------===//
#include "Commands.h"

#include <iostream>

int main(int argc, char **argv) {
  CLI::App app{"ttc compiles trained networks into tile programs and runs them on a simulated "
               "Tenstorrent-class device.\n\n"
               "  ttc compile zoo:yolov4 --random-weights 7 --input-size 320 -o yolov4.ttp\n"
               "  ttc run yolov4.ttp --image dog.jpg --draw out.png\n"
               "  ttc check zoo:yolov4 --random-weights 7 --input-size 320",
               "ttc"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "help of every command");
  app.footer("Exit codes: 0 done, 1 an error (a line on stderr says which), 2 a check that failed.");
  int exitCode = 0;
  ttc::tool::addCompile(app, exitCode);
  ttc::tool::addRun(app, exitCode);
  ttc::tool::addCheck(app, exitCode);
  ttc::tool::addCalibrate(app, exitCode);
  ttc::tool::addInfo(app, exitCode);
  ttc::tool::addBench(app, exitCode);
  ttc::tool::addExplain(app, exitCode);
  auto isCalled = [&](const CLI::App *sub) { return sub->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(isCalled).empty()) {
    std::cerr << "error: unknown command '" << argv[1]
              << "': expected compile, run, check, calibrate, info, bench or explain\n";
    return 1;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) { // CLI11's way to say help or a wrong command line
    return app.exit(e) ? 1 : 0;
  }
  return exitCode;
}
