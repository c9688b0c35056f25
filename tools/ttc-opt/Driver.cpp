//===- Driver.cpp - read, run passes, write ---------------------------------===//
#include "Driver.h"

#include "dialects/TT/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace {

struct Options {
  cl::opt<std::string> input{cl::Positional, cl::desc("<input .mlir, - for standard input>"),
                             cl::init("-")};
  cl::opt<std::string> output{"o", cl::desc("Where to write; with locations unless it is -"),
                              cl::value_desc("file"), cl::init("-")};
  cl::opt<std::string> weightsFile{
      "weights-file",
      cl::desc("Where to write large constants (default: OUTPUT.weights). They are read from where "
               "the input's attribute tt.weights says"),
      cl::value_desc("file")};
  cl::opt<std::string> splitMarker{
      "split-input-file", cl::ValueOptional,
      cl::callback([this](const std::string &marker) {
        if (marker.empty())
          splitMarker.setValue(kDefaultSplitMarker);
      }),
      cl::desc("Split the input at lines with this marker and process each chunk alone")};
  cl::opt<bool> verifyDiagnostics{
      "verify-diagnostics",
      cl::desc("Check diagnostics against the expected-* lines of the input")};
  cl::opt<bool> verifyEach{"verify-each", cl::desc("Run the verifier after each pass"),
                           cl::init(true)};
  cl::opt<bool> allowUnregistered{"allow-unregistered-dialect",
                                  cl::desc("Accept operations of unknown dialects")};
  PassPipelineCLParser pipeline{"", "Passes to run", "p"};
};

} // namespace

/// Parses, runs the pipeline, and writes to the output file, or to `os` if it is standard output or
/// takes many chunks.
static LogicalResult runPasses(const Options &options, std::shared_ptr<llvm::SourceMgr> sourceMgr,
                               MLIRContext &context, bool wholeInput, llvm::raw_ostream &os) {
  DefaultTimingManager timing;
  applyDefaultTimingManagerCLOptions(timing);
  TimingScope root = timing.getRootScope();

  TimingScope parsing = root.nest("Parser");
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sourceMgr, ParserConfig(&context));
  if (!module || failed(ttc::tt::loadExternalWeights(*module, options.input)))
    return failure();
  parsing.stop();

  PassManager passes(&context, ModuleOp::getOperationName(), PassManager::Nesting::Implicit);
  passes.enableVerifier(options.verifyEach);
  passes.enableTiming(root);
  if (failed(applyPassManagerCLOptions(passes)))
    return failure();
  auto fail = [&](const Twine &message) {
    emitError(UnknownLoc::get(&context)) << message;
    return failure();
  };
  if (failed(options.pipeline.addToPipeline(passes, fail)) || failed(passes.run(*module)))
    return failure();

  TimingScope writing = root.nest("Output");
  if (wholeInput && options.output != "-")
    return ttc::tt::writeModule(*module, options.output, options.weightsFile);
  return ttc::tt::printModule(*module, os, options.weightsFile);
}

static LogicalResult processChunk(const Options &options, DialectRegistry &registry,
                                  std::unique_ptr<llvm::MemoryBuffer> chunk, bool wholeInput,
                                  llvm::raw_ostream &os) {
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  sourceMgr->AddNewSourceBuffer(std::move(chunk), llvm::SMLoc());
  MLIRContext context(registry);
  context.allowUnregisteredDialects(options.allowUnregistered);
  if (!options.verifyDiagnostics) {
    SourceMgrDiagnosticHandler handler(*sourceMgr, &context);
    return runPasses(options, sourceMgr, context, wholeInput, os);
  }
  SourceMgrDiagnosticVerifierHandler handler(*sourceMgr, &context);
  context.printOpOnDiagnostic(false);
  (void)runPasses(options, sourceMgr, context, wholeInput, os);
  return handler.verify();
}

int ttc::optMain(int argc, char **argv, DialectRegistry &registry) {
  llvm::InitLLVM initLLVM(argc, argv);
  // What is registered by now comes from LLVM's code generators and says nothing here.
  for (auto &option : cl::getRegisteredOptions())
    if (!option.getKey().starts_with("help") && option.getKey() != "version")
      option.getValue()->setHiddenFlag(cl::ReallyHidden);
  Options options;
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  // Printing the IR between passes leaves large constants out, unless told otherwise.
  SmallVector<const char *> arguments(argv, argv + argc);
  static constexpr llvm::StringLiteral elide = "mlir-elide-resource-strings-if-larger";
  if (llvm::none_of(arguments, [](StringRef arg) { return arg.contains(elide); }))
    arguments.insert(arguments.begin() + 1, "--mlir-elide-resource-strings-if-larger=1024");
  cl::ParseCommandLineOptions(arguments.size(), arguments.data(),
                              "ttc-opt: runs passes on the text of a module\n");

  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(options.input, &error);
  if (!buffer) {
    llvm::errs() << "ttc-opt: " << error << "\n";
    return EXIT_FAILURE;
  }
  bool wholeInput = options.splitMarker.empty();
  // A whole module is written by writeModule, together with its weight file.
  std::string streamName = wholeInput ? "-" : options.output.getValue();
  std::unique_ptr<llvm::ToolOutputFile> output = openOutputFile(streamName, &error);
  if (!output) {
    llvm::errs() << "ttc-opt: " << error << "\n";
    return EXIT_FAILURE;
  }
  LogicalResult result = splitAndProcessBuffer(
      std::move(buffer),
      [&](std::unique_ptr<llvm::MemoryBuffer> chunk, llvm::raw_ostream &os) {
        return processChunk(options, registry, std::move(chunk), wholeInput, os);
      },
      output->os(), options.splitMarker, options.splitMarker);
  if (failed(result))
    return EXIT_FAILURE;
  output->keep();
  return EXIT_SUCCESS;
}
