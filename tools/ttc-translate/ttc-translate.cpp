//===- ttc-translate.cpp - between ttc's IR and other formats ---------------------------===//
#include "Translation.h"

#include "ttc/Import/RandomWeights.h"

#include "dialects/TT/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace ttc::translate;
namespace cl = llvm::cl;

namespace {

struct CommandLine {
  cl::opt<std::string> input{cl::Positional, cl::desc("<input, - for standard input>"),
                             cl::init("-")};
  cl::opt<std::string> output{"o", cl::desc("Where to write; with locations unless it is -"),
                              cl::value_desc("file"), cl::init("-")};
  cl::opt<const Translation *> translation{cl::desc("Translation:"), cl::Required};
  cl::opt<std::string> weights{"weights", cl::desc("The network's weights"),
                               cl::value_desc("file")};
  cl::opt<std::string> randomWeights{
      "random-weights", cl::desc("Replace trained constants by seeded ones that keep values sane"),
      cl::value_desc("seed")};
  cl::opt<std::string> weightsFile{
      "weights-file", cl::desc("Where to write large constants (default: OUTPUT.weights)"),
      cl::value_desc("file")};
  cl::opt<std::string> inputSize{
      "input-size", cl::desc("Size of the network's input: 320 for a square, or HEIGHTxWIDTH"),
      cl::value_desc("size")};
  cl::list<std::string> inputShapes{
      "input-shape", cl::desc("Shape of an input that the model leaves free: NAME=1x3x320x320"),
      cl::value_desc("name=shape")};
  cl::opt<std::string> splitMarker{
      "split-input-file", cl::ValueOptional, cl::callback([this](const std::string &marker) {
        if (marker.empty())
          splitMarker.setValue(kDefaultSplitMarker);
      }),
      cl::desc("Split the input at lines with this marker and translate each chunk alone")};
  cl::opt<bool> verifyDiagnostics{
      "verify-diagnostics",
      cl::desc("Check diagnostics against the expected-* lines of the input")};

  CommandLine() {
    for (const Translation &row : translations())
      translation.getParser().addLiteralOption(row.flag, &row, row.description);
  }
};

} // namespace

/// "3x320" as numbers; nothing if it is something else.
static std::optional<std::vector<int64_t>> parseExtents(StringRef text) {
  std::vector<int64_t> extents;
  for (StringRef part : llvm::split(text, "x")) {
    int64_t value;
    if (part.getAsInteger(10, value) || value < 1)
      return std::nullopt;
    extents.push_back(value);
  }
  return extents;
}

static LogicalResult readOptions(const CommandLine &line, Options &options) {
  options.weights = line.weights;
  uint64_t seed;
  if (!line.randomWeights.empty()) {
    if (StringRef(line.randomWeights).getAsInteger(10, seed)) {
      llvm::errs()
          << "ttc-translate: expected --random-weights with a seed from 0 to 2^64 - 1, but got '"
          << line.randomWeights << "'\n";
      return failure();
    }
    options.randomWeights = seed;
  }
  if (!line.inputSize.empty()) {
    auto size = parseExtents(line.inputSize.getValue());
    if (!size || size->size() > 2) {
      llvm::errs() << "ttc-translate: expected --input-size such as 320 or 480x640, but got '"
                   << line.inputSize << "'\n";
      return failure();
    }
    options.inputSize = {{size->front(), size->back()}};
  }
  for (StringRef text : line.inputShapes) {
    auto [name, shape] = text.rsplit('=');
    auto extents = parseExtents(shape);
    if (name.empty() || !extents) {
      llvm::errs() << "ttc-translate: expected --input-shape such as input=1x3x320x320, but got '"
                   << text << "'\n";
      return failure();
    }
    options.inputShapes[name.str()] = *extents;
  }
  return success();
}

/// Translates one buffer to the output file, or to `os` if it is standard output or takes many
/// chunks.
static LogicalResult translate(const CommandLine &line, const Options &options,
                               const llvm::MemoryBuffer &input, MLIRContext &context,
                               bool wholeInput, llvm::raw_ostream &os) {
  const Translation &translation = *line.translation.getValue();
  if (translation.print)
    return translation.print(context, input, options, os);
  OwningOpRef<ModuleOp> module = translation.import(context, input, options);
  if (!module)
    return failure();
  if (options.randomWeights && failed(ttc::randomizeWeights(*module, *options.randomWeights)))
    return failure();
  if (wholeInput && line.output != "-")
    return ttc::tt::writeModule(*module, line.output, line.weightsFile);
  return ttc::tt::printModule(*module, os, line.weightsFile);
}

static LogicalResult processChunk(const CommandLine &line, const Options &options,
                                  std::unique_ptr<llvm::MemoryBuffer> chunk, bool wholeInput,
                                  llvm::raw_ostream &os) {
  const llvm::MemoryBuffer &input = *chunk;
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(chunk), llvm::SMLoc());
  MLIRContext context;
  if (!line.verifyDiagnostics) {
    SourceMgrDiagnosticHandler handler(sourceMgr, &context);
    return translate(line, options, input, context, wholeInput, os);
  }
  SourceMgrDiagnosticVerifierHandler handler(sourceMgr, &context);
  (void)translate(line, options, input, context, wholeInput, os);
  return handler.verify();
}

int main(int argc, char **argv) {
  llvm::InitLLVM initLLVM(argc, argv);
  CommandLine line;
  registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "ttc-translate: models to IR and back\n");
  Options options;
  if (failed(readOptions(line, options)))
    return EXIT_FAILURE;

  const Translation &translation = *line.translation.getValue();
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> buffer =
      translation.inputIsName ? llvm::MemoryBuffer::getMemBufferCopy(line.input.getValue())
                              : openInputFile(line.input, &error);
  if (!buffer) {
    llvm::errs() << "ttc-translate: " << error << "\n";
    return EXIT_FAILURE;
  }
  bool wholeInput = line.splitMarker.empty();
  // A module in a file of its own is written by writeModule, together with its weight file.
  bool ownFile = wholeInput && translation.import;
  std::unique_ptr<llvm::ToolOutputFile> output =
      openOutputFile(ownFile ? "-" : line.output.getValue(), &error);
  if (!output) {
    llvm::errs() << "ttc-translate: " << error << "\n";
    return EXIT_FAILURE;
  }
  LogicalResult result = splitAndProcessBuffer(
      std::move(buffer),
      [&](std::unique_ptr<llvm::MemoryBuffer> chunk, llvm::raw_ostream &os) {
        return processChunk(line, options, std::move(chunk), wholeInput, os);
      },
      output->os(), line.splitMarker, line.splitMarker);
  if (failed(result))
    return EXIT_FAILURE;
  output->keep();
  return EXIT_SUCCESS;
}
