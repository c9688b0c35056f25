//===- ProgramFiles.cpp - translations to and from program files ------------------------===//
#include "ProgramFiles.h"

#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"
#include "dialects/Tile/Tile.h"
#include "ttc/Program/Disassemble.h"
#include "ttc/Program/ProgramFile.h"
#include "ttc/Target/Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace ttc::translate {

LogicalResult tileToProgram(MLIRContext &context, const llvm::MemoryBuffer &input, const Options &,
                            llvm::raw_ostream &os) {
  context.loadDialect<arith::ArithDialect, scf::SCFDialect, tile::TileDialect, tt::TTDialect>();
  context.printOpOnDiagnostic(false); // the location says which
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(input.getMemBufferRef(), /*RequiresNullTerminator=*/false),
      llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module || failed(tt::loadExternalWeights(*module, input.getBufferIdentifier())))
    return failure();
  return printProgram(*module, os);
}

LogicalResult disassembleProgram(MLIRContext &context, const llvm::MemoryBuffer &input,
                                 const Options &, llvm::raw_ostream &os) {
  StringRef bytes = input.getBuffer();
  auto model = readModel({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()},
                         input.getBufferIdentifier().str());
  if (!model)
    return emitError(UnknownLoc::get(&context)) << model.error().message;
  os << disassemble(*model);
  return success();
}

} // namespace ttc::translate
