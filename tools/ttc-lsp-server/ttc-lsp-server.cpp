//===- ttc-lsp-server.cpp - editor support for tt and tile IR ----------------===//
//
// A language server over stdin and stdout for .mlir files: errors as one
// types, go to definition, hover. Editors are pointed at it in place of
// mlir-lsp-server.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"
#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

#include <cstdlib>

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::scf::SCFDialect,
                  ttc::tt::TTDialect, ttc::tile::TileDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry)) ? EXIT_FAILURE : EXIT_SUCCESS;
}
