//===- Translations.cpp - the table of ttc-translate ----------------------------------===//
#include "ProgramFiles.h"
#include "Translation.h"

#include "ttc/Import/Darknet.h"
#include "ttc/Import/Onnx.h"
#include "ttc/Import/Zoo.h"
#include "ttc/Target/Onnx.h"

#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace ttc::translate {

static DarknetOptions darknetOptions(const Options &options) {
  return {options.weights, options.inputSize};
}

static OwningOpRef<ModuleOp> fromDarknet(MLIRContext &context, const llvm::MemoryBuffer &input,
                                         const Options &options) {
  return importDarknetText(context, input.getBuffer(), input.getBufferIdentifier(),
                           darknetOptions(options));
}

static OwningOpRef<ModuleOp> fromZoo(MLIRContext &context, const llvm::MemoryBuffer &input,
                                     const Options &options) {
  return importZoo(context, input.getBuffer(), darknetOptions(options));
}

static OwningOpRef<ModuleOp> fromOnnx(MLIRContext &context, const llvm::MemoryBuffer &input,
                                      const Options &options) {
  StringRef path = input.getBufferIdentifier();
  llvm::SmallString<256> folder(path); // of external data
  llvm::sys::fs::make_absolute(folder);
  llvm::sys::path::remove_filename(folder);
  return importOnnxBytes(context, input.getBuffer(), path, folder,
                         {options.inputShapes, options.inputSize});
}

static LogicalResult zooToDarknet(MLIRContext &context, const llvm::MemoryBuffer &input,
                                  const Options &, llvm::raw_ostream &os) {
  std::optional<std::string> cfg = zooCfg(input.getBuffer());
  if (!cfg)
    return emitError(UnknownLoc::get(&context))
           << "unknown network 'zoo:" << input.getBuffer() << "'";
  os << *cfg;
  return success();
}

template <bool text>
static LogicalResult toOnnx(MLIRContext &context, const llvm::MemoryBuffer &input, const Options &,
                            llvm::raw_ostream &os) {
  context.loadDialect<func::FuncDialect, tt::TTDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(input.getBuffer(), &context);
  if (!module || failed(tt::loadExternalWeights(*module, input.getBufferIdentifier())))
    return failure();
  return exportOnnx(*module, os, text);
}

static constexpr Translation table[] = {
    {"disassemble", "From a program file to text", nullptr, disassembleProgram},
    {"export-onnx", "From the tt dialect to an ONNX model", nullptr, toOnnx<false>},
    {"export-onnx-text", "From the tt dialect to an ONNX model as protobuf text", nullptr,
     toOnnx<true>},
    {"import-darknet", "From a Darknet cfg (and --weights) to the tt dialect", fromDarknet},
    {"import-onnx", "From an ONNX model, bytes or text, to the tt dialect", fromOnnx},
    {"import-zoo", "From a network's name to the tt dialect", fromZoo, nullptr, true},
    {"tile-to-program", "From tile programs to a program file", nullptr, tileToProgram},
    {"zoo-to-darknet", "From a network's name to a Darknet cfg", nullptr, zooToDarknet, true},
};

llvm::ArrayRef<Translation> translations() { return table; }

} // namespace ttc::translate
