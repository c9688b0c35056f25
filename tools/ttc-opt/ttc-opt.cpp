//===- ttc-opt.cpp - run passes over IR in text or bytecode ------------------===//
//
// Registers what ttc itself uses and no more: start-up is part of every test.
//
//===----------------------------------------------------------------------===//
#include "Driver.h"

#include "dialects/TT/TT.h"
#include "dialects/Tile/Tile.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

int main(int argc, char **argv) {
  ttc::registerAllPasses();
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::scf::SCFDialect,
                  ttc::tt::TTDialect, ttc::tile::TileDialect>();
  return ttc::optMain(argc, argv, registry);
}
