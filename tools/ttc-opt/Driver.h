//===- Driver.h - the body of ttc-opt ---------------------------------------===//
#ifndef TTC_TOOLS_TTCOPT_DRIVER_H
#define TTC_TOOLS_TTCOPT_DRIVER_H

namespace mlir {
class DialectRegistry;
}

namespace ttc {

/// Reads a module, runs the passes that the command line asks for, and writes it. Differs from
/// MlirOptMain in that large constants are mapped from and written to a weight file beside the
/// text. Expects the passes to be registered. Returns the exit code.
int optMain(int argc, char **argv, mlir::DialectRegistry &registry);

} // namespace ttc

#endif
