//===- Darknet.cpp - from cfg sections to a module ----------------------------------===//
#include "ttc/Import/Darknet.h"

#include "Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace ttc {
namespace darknet {

namespace {
using LayerFunction = FailureOr<Value> (Importer::*)(OptionReader &);
struct LayerKind {
  StringRef section, canonical;
  LayerFunction function;
};
} // namespace

static constexpr LayerKind layerKinds[] = {
    {"convolutional", "convolutional", &Importer::convolutional},
    {"conv", "convolutional", &Importer::convolutional},
    {"connected", "connected", &Importer::connected},
    {"conn", "connected", &Importer::connected},
    {"maxpool", "maxpool", &Importer::maxpool},
    {"max", "maxpool", &Importer::maxpool},
    {"avgpool", "avgpool", &Importer::avgpool},
    {"avg", "avgpool", &Importer::avgpool},
    {"upsample", "upsample", &Importer::upsample},
    {"route", "route", &Importer::route},
    {"shortcut", "shortcut", &Importer::shortcut},
    {"sam", "sam", &Importer::sam},
    {"scale_channels", "scale_channels", &Importer::scaleChannels},
    {"softmax", "softmax", &Importer::softmax},
    {"soft", "softmax", &Importer::softmax},
    {"dropout", "dropout", &Importer::passThrough},
    {"cost", "cost", &Importer::passThrough},
    {"yolo", "yolo", &Importer::yolo},
};

/// Sections that Darknet has and this importer has not.
static constexpr StringRef unsupportedSections[] = {
    "activation",    "batchnorm", "conv_lstm",       "contrastive", "crnn",
    "crop",          "deconv",    "deconvolutional", "detection",   "empty",
    "Gaussian_yolo", "gru",       "history",         "local",       "local_avgpool",
    "lrn",           "lstm",      "normalization",   "region",      "reorg",
    "reorg3d",       "rnn",
};

/// Options of any layer that matter for training only.
static constexpr StringRef trainingOptions[] = {
    "burnin_update", "clip",          "dont_update",         "dontsave",
    "ema_alpha",     "learning_rate", "learning_rate_scale", "lr_mult",
    "onlyforward",   "stopbackward",  "train_only_bn",       "weight_decay",
};

static constexpr StringRef netTrainingOptions[] = {
    "B1",
    "B2",
    "adam",
    "adversarial_lr",
    "angle",
    "aspect",
    "attention",
    "augment_speed",
    "badlabels_reject_threshold",
    "badlabels_rejection_percentage",
    "batch",
    "blur",
    "burn_in",
    "contrastive",
    "contrastive_color",
    "contrastive_jit_flip",
    "cutmix",
    "decay",
    "delta_rolling_avg",
    "delta_rolling_max",
    "delta_rolling_std",
    "dynamic_minibatch",
    "ema_alpha",
    "eps",
    "equidistant_point",
    "exposure",
    "flip",
    "gamma",
    "gaussian_noise",
    "hue",
    "init_sequential_subdivisions",
    "inputs",
    "label_smooth_eps",
    "learning_rate",
    "learning_rate_min",
    "letter_box",
    "loss_scale",
    "max_batches",
    "max_chart_loss",
    "max_crop",
    "min_crop",
    "mixup",
    "momentum",
    "mosaic",
    "mosaic_bound",
    "num_sigmas_reject_badlabels",
    "optimized_memory",
    "policy",
    "power",
    "resize_step",
    "saturation",
    "scale",
    "scales",
    "seq_scales",
    "sequential_subdivisions",
    "sgdr_cycle",
    "sgdr_mult",
    "show_receptive_field",
    "step",
    "steps",
    "subdivisions",
    "time_steps",
    "track",
    "try_fix_nan",
    "unsupervised",
    "use_cuda_graph",
    "weights_reject_freq",
    "workspace_size_limit_MB",
};

static const LayerKind *findKind(const CfgSection &section) {
  for (const LayerKind &kind : layerKinds)
    if (kind.section == section.name)
      return &kind;
  if (llvm::is_contained(unsupportedSections, section.name)) {
    emitError(section.loc) << "section [" << section.name << "] is not supported";
    return nullptr;
  }
  auto diagnostic = emitError(section.loc) << "unknown section [" << section.name << "]";
  for (const LayerKind &kind : layerKinds)
    if (kind.section.edit_distance(section.name) <= 2) {
      diagnostic << ", did you mean [" << kind.section << "]?";
      break;
    }
  return nullptr;
}

FailureOr<std::vector<Layer>> Importer::importLayers(ArrayRef<CfgSection> sections, Value input,
                                                     int64_t height, int64_t width) {
  inputHeight = height;
  inputWidth = width;
  this->input = input;
  std::vector<Layer> heads;
  for (const CfgSection &section : sections) {
    const LayerKind *kind = findKind(section);
    if (!kind)
      return failure();
    bool readsInput = kind->canonical != "route";
    if (readsInput && !layers.empty() && layers.back().isHead)
      return emitError(section.loc)
             << "expected [route] after a [yolo] layer, whose decoded boxes are no part of the "
                "graph, but got ["
             << section.name << "]";
    name = (kind->canonical + "_" + Twine(layers.size())).str();
    cfgLoc = section.loc;
    loc = NameLoc::get(builder.getStringAttr(name), cfgLoc);
    isHead = false;
    OptionReader options(section);
    options.ignore(trainingOptions);
    FailureOr<Value> value = (this->*kind->function)(options);
    if (failed(value))
      return failure();
    if (cast<RankedTensorType>(value->getType()).getNumElements() > maxElements)
      return emitError(section.loc) << "expected a layer of at most " << maxElements
                                    << " values, but got " << value->getType();
    layers.push_back({name, *value, section.loc, isHead});
    if (isHead)
      heads.push_back(layers.back());
    this->input = *value;
  }
  if (heads.empty())
    heads.push_back(layers.back());
  return heads;
}

static FailureOr<std::array<int64_t, 3>> importNet(const CfgSection &section,
                                                   const DarknetOptions &given) {
  if (section.name != "net" && section.name != "network")
    return emitError(section.loc) << "expected the first section to be [net], but got ["
                                  << section.name << "]";
  OptionReader options(section);
  options.ignore(netTrainingOptions);
  options.ignore(trainingOptions);
  int64_t height = options.integer("height", 0, 1, maxExtent);
  int64_t width = options.integer("width", 0, 1, maxExtent);
  int64_t channels = options.integer("channels", 0, 1, maxExtent);
  if (given.inputSize)
    std::tie(height, width) = std::tie((*given.inputSize)[0], (*given.inputSize)[1]);
  for (auto [key, value] :
       {std::pair<StringRef, int64_t>("height", height), {"width", width}, {"channels", channels}})
    if (value == 0 && !options.has(key))
      options.error(key) << "expected '" << key << "' in [" << section.name << "]";
  if (failed(options.finish()))
    return failure();
  if (height < 1 || width < 1 || height > maxExtent || width > maxExtent)
    return emitError(section.loc) << "expected an input size from 1 to " << maxExtent
                                  << ", but got " << height << "x" << width;
  return std::array<int64_t, 3>{channels, height, width};
}

/// Gives `main` the results and their names.
static void finishMain(OpBuilder &builder, func::FuncOp main, ArrayRef<Layer> outputs) {
  SmallVector<Value> values;
  SmallVector<Type> types;
  for (const Layer &layer : outputs) {
    values.push_back(layer.value);
    types.push_back(layer.value.getType());
  }
  builder.create<func::ReturnOp>(main.getLoc(), values);
  main.setType(builder.getFunctionType(main.getArgumentTypes(), types));
  for (auto [i, layer] : llvm::enumerate(outputs))
    main.setResultAttr(unsigned(i), "tt.name", builder.getStringAttr(layer.name));
}

} // namespace darknet

OwningOpRef<ModuleOp> importDarknetText(MLIRContext &context, StringRef text, StringRef name,
                                        const DarknetOptions &options) {
  using namespace darknet;
  context.loadDialect<tt::TTDialect, func::FuncDialect>();
  FailureOr<std::vector<CfgSection>> sections = parseCfg(context, text, name);
  if (failed(sections))
    return nullptr;
  Location fileLoc = FileLineColLoc::get(&context, name, 1, 1);
  if (sections->size() < 2) {
    emitError(fileLoc) << "expected a [net] section and at least one layer, but got "
                       << sections->size() << " sections";
    return nullptr;
  }
  auto net = importNet(sections->front(), options);
  if (failed(net))
    return nullptr;

  WeightsReader weights;
  if (!options.weightsPath.empty()) {
    FailureOr<WeightsReader> opened = WeightsReader::open(options.weightsPath, fileLoc);
    if (failed(opened))
      return nullptr;
    weights = std::move(*opened);
  }

  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc);
  (*module)->setAttr("tt.model", builder.getStringAttr(llvm::sys::path::stem(name)));
  if (options.weightsPath.empty())
    (*module)->setAttr(weightsMissingAttrName, builder.getUnitAttr());
  builder.setInsertionPointToEnd(module->getBody());
  auto inputType =
      RankedTensorType::get({1, (*net)[0], (*net)[1], (*net)[2]}, builder.getF32Type());
  auto main =
      builder.create<func::FuncOp>(fileLoc, "main", builder.getFunctionType({inputType}, {}));
  main.setArgAttr(0, "tt.name", builder.getStringAttr("input"));
  Block *body = main.addEntryBlock();
  builder.setInsertionPointToEnd(body);

  Importer importer(builder, weights);
  auto outputs = importer.importLayers(ArrayRef(*sections).drop_front(), body->getArgument(0),
                                       (*net)[1], (*net)[2]);
  if (failed(outputs) || failed(weights.finish(sections->back().loc)))
    return nullptr;
  finishMain(builder, main, *outputs);
  if (failed(verify(*module)))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> importDarknet(MLIRContext &context, StringRef cfgPath,
                                    const DarknetOptions &options) {
  auto file = MappedFile::open(cfgPath.str());
  if (!file) {
    emitError(UnknownLoc::get(&context)) << file.error().message;
    return nullptr;
  }
  auto bytes = (*file)->bytes();
  StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  return importDarknetText(context, text, cfgPath, options);
}

} // namespace ttc
