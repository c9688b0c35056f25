//===- Importer.h - what the layer importers share ---------------------------------===//
#ifndef TTC_LIB_IMPORT_DARKNET_IMPORTER_H
#define TTC_LIB_IMPORT_DARKNET_IMPORTER_H

#include "Cfg.h"
#include "WeightsReader.h"

#include "dialects/TT/TT.h"

namespace ttc::darknet {

/// Bounds that keep every size far from overflow.
constexpr int64_t maxExtent = 1 << 16, maxWindow = 1 << 10;
constexpr int64_t maxElements = int64_t(1) << 31;

/// A layer that is in the graph. Values have shape 1 x channels x height x width.
struct Layer {
  std::string name;
  mlir::Value value;
  mlir::FileLineColLoc loc;
  bool isHead = false;
};

/// The state of one import and what the layer functions build with. A layer function reads its
/// options, then builds ops that end in the layer's value; errors were reported when it gives
/// failure.
class Importer {
public:
  Importer(mlir::OpBuilder &builder, WeightsReader &weights) : builder(builder), weights(weights) {}

  mlir::FailureOr<mlir::Value> convolutional(OptionReader &options);
  mlir::FailureOr<mlir::Value> connected(OptionReader &options);
  mlir::FailureOr<mlir::Value> maxpool(OptionReader &options);
  mlir::FailureOr<mlir::Value> avgpool(OptionReader &options);
  mlir::FailureOr<mlir::Value> upsample(OptionReader &options);
  mlir::FailureOr<mlir::Value> route(OptionReader &options);
  mlir::FailureOr<mlir::Value> shortcut(OptionReader &options);
  mlir::FailureOr<mlir::Value> sam(OptionReader &options);
  mlir::FailureOr<mlir::Value> scaleChannels(OptionReader &options);
  mlir::FailureOr<mlir::Value> softmax(OptionReader &options);
  mlir::FailureOr<mlir::Value> passThrough(OptionReader &options);
  mlir::FailureOr<mlir::Value> yolo(OptionReader &options);

  /// Imports all layers after [net] and returns the graph's outputs.
  mlir::FailureOr<std::vector<Layer>> importLayers(llvm::ArrayRef<CfgSection> sections,
                                                   mlir::Value input, int64_t height,
                                                   int64_t width);

private:
  llvm::ArrayRef<int64_t> shape(mlir::Value value) const {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }
  int64_t channels(mlir::Value value) const { return shape(value)[1]; }

  /// The next run of weights as an op.
  mlir::Value constant(llvm::ArrayRef<int64_t> shape, llvm::StringRef role, float placeholder = 0);

  /// A scalar that broadcasts.
  mlir::Value scalar(float value);

  /// An error at [section] when `count` values of float weights would be absurdly many.
  llvm::LogicalResult checkSize(OptionReader &options, int64_t count, llvm::StringRef what);

  /// An error at option `key`, which lets `options.finish` fail, if the name is unknown.
  void checkActivation(OptionReader &options, llvm::StringRef key, llvm::StringRef name);
  mlir::Value activate(mlir::Value value, llvm::StringRef name);

  /// Biases, scales and statistics around `value`, whose channels are dim 1, in file order.
  struct Norm {
    mlir::Value scale, bias, mean, variance;
  };
  mlir::Value normalize(mlir::Value value, const Norm &norm);

  /// The layer that an index of option `key` names: counted from here if negative.
  mlir::FailureOr<Layer> layerAt(OptionReader &options, llvm::StringRef key, int64_t index);

  /// `value`'s channels from `begin` to `end`.
  mlir::Value sliceChannels(mlir::Value value, int64_t begin, int64_t end);

  mlir::OpBuilder &builder;
  WeightsReader &weights;
  std::vector<Layer> layers;
  int64_t inputHeight = 0, inputWidth = 0;

  // Of the layer being imported.
  std::string name;
  mlir::Location loc = builder.getUnknownLoc();
  mlir::FileLineColLoc cfgLoc;
  mlir::Value input; ///< value of the layer before
  bool isHead = false;
};

} // namespace ttc::darknet

#endif
