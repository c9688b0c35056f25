//===- Model.cpp - the model a command works on ------------------------------===//
#include "Model.h"

#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"
#include "dialects/Tile/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "ttc/Import/Darknet.h"
#include "ttc/Import/Onnx.h"
#include "ttc/Import/RandomWeights.h"
#include "ttc/Import/Zoo.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

namespace ttc::tool {
using mlir::ModuleOp;

void ModelOptions::addTo(CLI::App &app) {
  app.add_option("model", model, "Darknet .cfg, .onnx, .mlir, or zoo:yolov4 / zoo:yolov4-tiny")
      ->required();
  auto *file = app.add_option("--weights", weights, "Darknet .weights file");
  app.add_option("--random-weights", randomWeights, "make weights from this seed")
      ->check(CLI::NonNegativeNumber)
      ->excludes(file);
  app.add_option("--input-size", inputSize, "network input: 320, or HEIGHTxWIDTH as 480x640");
  app.add_option("--input-shape", inputShapes, "shape of an ONNX input: NAME=1x3x320x320");
}

void TargetOptions::addTo(CLI::App &app) {
  app.add_option("--device", device, "device name or file")->capture_default_str();
  app.add_option("--fidelity", fidelity, "multiplier passes")
      ->check(CLI::IsMember({"lofi", "hifi2", "hifi3", "hifi4"}))
      ->capture_default_str();
  app.add_flag("--fp32-dest", fp32Dest, "accumulate in 32-bit floats");
  app.add_option("--weights-type", weightsType, "storage of weights")
      ->check(CLI::IsMember({"bf16", "bfp8_b", "bfp4_b"}))
      ->capture_default_str();
  app.add_option("--activation-type", activationType, "storage of activations")
      ->check(CLI::IsMember({"bf16", "bfp8_b"}))
      ->capture_default_str();
  app.add_option("--layout-policy", policy, "how layouts are chosen")
      ->check(CLI::IsMember({"optimal", "greedy", "lexicographic", "all-dram-interleaved", "all-height"}))
      ->capture_default_str();
  app.add_option("--objective", objective, "what layouts are chosen for")
      ->check(CLI::IsMember({"latency", "l1", "dram-bytes"}))
      ->capture_default_str();
  app.add_option("--layout-trace", layoutTrace,
                 "JSON file for every candidate, price, rejection and choice: see ttc explain");
  auto *layers =
      app.add_option("--layout-overrides", overrides, "JSON file of layouts by source layer name");
  app.add_option("--hand-tuned", handTuned,
                 "JSON file of a hand-tuned configuration; it sets types and fidelity, fuses nothing")
      ->check(CLI::ExistingFile)
      ->excludes(layers);
  app.add_flag("--no-order", noOrder, "keep the order of ops that the model has");
  app.add_flag("--no-recompute", noRecompute, "make no tensor twice");
  app.add_flag("--no-views", noViews, "give every concat, slice, split and upsampling a program");
  app.add_flag("--no-fuse-programs", noFusePrograms, "launch the program of each op by itself");
  app.add_flag("--no-prefetch", noPrefetch,
               "read a program's weights while it runs, not while earlier ones do");
  app.add_flag("--no-fuse", noFuse,
               "keep activations and residual additions as programs of their own");
}

std::string TargetOptions::apply(CompileOptions &options) const {
  auto activation = tt::symbolizeStorageType(activationType);
  auto weight = tt::symbolizeStorageType(weightsType);
  auto passes = tt::symbolizeFidelity(fidelity);
  if (!activation || !weight || !passes)
    return "unknown storage type or fidelity";
  options.device = device;
  options.activation = *activation;
  options.weights = *weight;
  options.fidelity = *passes;
  options.fp32Dest = fp32Dest;
  options.overrides = overrides;
  options.policy = policy;
  options.objective = objective;
  options.layoutTrace = layoutTrace;
  options.handTuned = handTuned;
  options.orderOps = !noOrder;
  options.recompute = !noRecompute;
  options.makeViews = !noViews;
  options.fusePrograms = !noFusePrograms;
  options.prefetch = !noPrefetch;
  options.fuseActivation = !noFuse;
  options.fuseResidual = !noFuse;
  return "";
}

std::unique_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  registry.insert<tt::TTDialect, tile::TileDialect, mlir::func::FuncDialect, mlir::scf::SCFDialect,
                  mlir::arith::ArithDialect>();
  auto context = std::make_unique<mlir::MLIRContext>(registry);
  context->loadAllAvailableDialects();
  context->printOpOnDiagnostic(false); // the location says which
  context->getDiagEngine().registerHandler([](mlir::Diagnostic &diag) {
    if (diag.getSeverity() == mlir::DiagnosticSeverity::Remark)
      return mlir::success(); // for those who ask: ttc-opt
    auto print = [](mlir::Diagnostic &d, const char *kind) {
      if (!llvm::isa<mlir::UnknownLoc>(d.getLocation()))
        llvm::errs() << d.getLocation() << ": ";
      llvm::errs() << kind << ": " << d << "\n";
    };
    print(diag, diag.getSeverity() == mlir::DiagnosticSeverity::Error ? "error" : "warning");
    for (mlir::Diagnostic &note : diag.getNotes())
      print(note, "note");
    return mlir::success();
  });
  return context;
}

Progress::Progress()
    : start(std::chrono::steady_clock::now()), terminal(isatty(STDERR_FILENO)) {}

Progress::~Progress() {
  if (shown)
    llvm::errs() << "\r\033[K";
}

void Progress::show(const std::string &what) {
  if (!terminal || std::chrono::steady_clock::now() - start < std::chrono::seconds(2))
    return;
  llvm::errs() << "\r\033[K" << what;
  shown = true;
}

namespace {

bool parseExtents(llvm::StringRef text, std::vector<int64_t> &extents) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, 'x');
  for (llvm::StringRef part : parts) {
    int64_t v;
    if (part.getAsInteger(10, v) || v <= 0)
      return false;
    extents.push_back(v);
  }
  return !extents.empty();
}

mlir::OwningOpRef<ModuleOp> fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return nullptr;
}

mlir::OwningOpRef<ModuleOp> parseText(mlir::MLIRContext &context, const std::string &path) {
  llvm::SourceMgr sources;
  mlir::OwningOpRef<ModuleOp> module = mlir::parseSourceFile<ModuleOp>(path, sources, &context);
  if (!module || mlir::failed(tt::loadExternalWeights(*module, path)))
    return nullptr;
  return module;
}

} // namespace

mlir::OwningOpRef<ModuleOp> loadModel(mlir::MLIRContext &context, const ModelOptions &options,
                                      bool needWeights) {
  std::optional<std::array<int64_t, 2>> size;
  if (!options.inputSize.empty()) {
    std::vector<int64_t> extents;
    if (!parseExtents(options.inputSize, extents) || extents.size() > 2)
      return fail("--input-size: expected SIZE or HEIGHTxWIDTH, but got '" + options.inputSize +
                  "'");
    size = {extents.front(), extents.back()};
  }
  llvm::StringRef model = options.model;
  mlir::OwningOpRef<ModuleOp> module;
  if (model.starts_with("zoo:") || model.ends_with(".cfg")) {
    DarknetOptions darknet;
    darknet.weightsPath = options.weights;
    darknet.inputSize = size;
    llvm::StringRef name = model;
    module = name.consume_front("zoo:") ? importZoo(context, name, darknet)
                                        : importDarknet(context, name, darknet);
    // After the import, which knows whether there is such a network.
    if (module && needWeights && options.weights.empty() && !options.randomWeights)
      return fail(model + " holds no weights: expected --weights FILE or --random-weights SEED");
  } else if (isOnnxFile(model)) {
    OnnxOptions onnx;
    onnx.inputSize = size;
    for (const std::string &text : options.inputShapes) {
      auto [name, shape] = llvm::StringRef(text).split('=');
      std::vector<int64_t> extents;
      if (name.empty() || !parseExtents(shape, extents))
        return fail("--input-shape: expected NAME=1x3x320x320, but got '" + text + "'");
      onnx.inputShapes[name.str()] = extents;
    }
    module = importOnnx(context, model, onnx);
  } else if (model.ends_with(".mlir")) {
    module = parseText(context, options.model);
  } else {
    return fail("unknown kind of model '" + model +
                "': expected a .cfg, .onnx or .mlir file, or zoo:NAME");
  }
  if (!module)
    return nullptr;
  if (options.randomWeights && mlir::failed(randomizeWeights(*module, *options.randomWeights)))
    return nullptr;
  return module;
}

namespace {

/// Writes the module after each pass: DIR/NN-pass.mlir.
class EmitAfterPass : public mlir::PassInstrumentation {
public:
  EmitAfterPass(std::string dir, bool &failed) : dir(std::move(dir)), failed(failed) {}

  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    if (pass->getArgument().empty())
      return; // an adaptor: the passes inside it were written
    auto module = llvm::dyn_cast<ModuleOp>(op);
    if (!module)
      module = op->getParentOfType<ModuleOp>();
    llvm::SmallString<128> path(dir);
    llvm::sys::path::append(
        path, llvm::formatv("{0,0+2}-{1}.mlir", number++, pass->getArgument()).str());
    failed |= mlir::failed(tt::writeModule(module, path));
  }

private:
  std::string dir;
  bool &failed;
  int number = 1;
};

} // namespace

namespace {

class ShowPass : public mlir::PassInstrumentation {
public:
  explicit ShowPass(Progress &progress) : progress(progress) {}
  void runBeforePass(mlir::Pass *pass, mlir::Operation *) override {
    if (!pass->getArgument().empty())
      progress.show("compiling: " + pass->getArgument().str());
  }

private:
  Progress &progress;
};

} // namespace

void showPasses(mlir::PassManager &pm, Progress &progress) {
  pm.addInstrumentation(std::make_unique<ShowPass>(progress));
}

mlir::LogicalResult compileModule(ModuleOp module, const TargetOptions &target,
                                  const std::string &emitDir, Progress &progress) {
  CompileOptions options;
  if (std::string wrong = target.apply(options); !wrong.empty())
    return module.emitError() << wrong;
  mlir::PassManager pm(module.getContext());
  buildCompilePipeline(pm, options);
  showPasses(pm, progress);
  bool failed = false;
  if (!emitDir.empty()) {
    if (std::error_code ec = llvm::sys::fs::create_directories(emitDir))
      return module.emitError() << emitDir << ": cannot create: " << ec.message();
    llvm::SmallString<128> path(emitDir);
    llvm::sys::path::append(path, "00-imported.mlir");
    if (mlir::failed(tt::writeModule(module, path)))
      return mlir::failure();
    module.getContext()->disableMultithreading();
    pm.addInstrumentation(std::make_unique<EmitAfterPass>(emitDir, failed));
  }
  return mlir::success(mlir::succeeded(pm.run(module)) && !failed);
}

} // namespace ttc::tool
