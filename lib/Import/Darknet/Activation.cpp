//===- Activation.cpp - Darknet's activation functions by name -----------------------===//
#include "Importer.h"

using namespace mlir;

namespace ttc::darknet {

namespace {
struct Function {
  StringRef name;
  Value (*build)(OpBuilder &, Location, Value);
};
} // namespace

template <typename OpTy> static Value plain(OpBuilder &builder, Location loc, Value x) {
  return builder.create<OpTy>(loc, x, nullptr);
}

static Value clip(OpBuilder &builder, Location loc, Value x, double min, double max) {
  return builder.create<tt::ClipOp>(loc, x, builder.getF64FloatAttr(min),
                                    builder.getF64FloatAttr(max), nullptr);
}

static constexpr Function functions[] = {
    {"linear", [](OpBuilder &, Location, Value x) { return x; }},
    {"leaky",
     [](OpBuilder &b, Location loc, Value x) -> Value {
       return b.create<tt::LeakyReluOp>(loc, x, b.getF64FloatAttr(0.1), nullptr);
     }},
    {"mish", plain<tt::MishOp>},
    {"swish", plain<tt::SiluOp>},
    {"logistic", plain<tt::SigmoidOp>},
    {"relu", plain<tt::ReluOp>},
    {"relu6", [](OpBuilder &b, Location loc, Value x) { return clip(b, loc, x, 0, 6); }},
    {"hardtan", [](OpBuilder &b, Location loc, Value x) { return clip(b, loc, x, -1, 1); }},
    {"tanh", plain<tt::TanhOp>},
    {"elu",
     [](OpBuilder &b, Location loc, Value x) -> Value {
       return b.create<tt::EluOp>(loc, x, b.getF64FloatAttr(1), nullptr);
     }},
};

/// Functions that Darknet has and this importer has not.
static constexpr StringRef unsupportedFunctions[] = {
    "gelu",
    "hard_mish",
    "lhtan",
    "loggy",
    "normalize_channels",
    "normalize_channels_softmax",
    "normalize_channels_softmax_maxval",
    "plse",
    "ramp",
    "relie",
    "revleaky",
    "selu",
    "stair",
};

void Importer::checkActivation(OptionReader &options, StringRef key, StringRef name) {
  for (const Function &function : functions)
    if (function.name == name)
      return;
  if (llvm::is_contained(unsupportedFunctions, name)) {
    options.error(key) << "activation '" << name << "' is not supported";
    return;
  }
  auto diagnostic = options.error(key) << "unknown activation '" << name << "', expected one of";
  for (const Function &function : functions)
    diagnostic << (&function == functions ? " " : ", ") << function.name;
}

Value Importer::activate(Value value, StringRef name) {
  for (const Function &function : functions)
    if (function.name == name)
      return function.build(builder, loc, value);
  llvm_unreachable("the name was checked when the options were read");
}

} // namespace ttc::darknet
