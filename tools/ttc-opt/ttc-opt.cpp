//===- ttc-opt.cpp - run passes over IR in text or bytecode ------------------===//
//
// Registers what ttc itself uses and no more: start-up is part of every test.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  ttc::registerAllPasses();
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, ttc::tt::TTDialect>();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "ttc optimizer driver\n", registry));
}
