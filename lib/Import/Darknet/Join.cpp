//===- Join.cpp - layers that read earlier ones: route, shortcut, sam, scale_channels -----===//
#include "Importer.h"

using namespace mlir;

namespace ttc::darknet {

FailureOr<Layer> Importer::layerAt(OptionReader &options, StringRef key, int64_t index) {
  int64_t here = int64_t(layers.size());
  int64_t absolute = index < 0 ? here + index : index;
  if (absolute < 0 || absolute >= here)
    return options.error(key) << "expected '" << key << "' to name one of the " << here
                              << " layers before this one (0 to " << here - 1 << " or -1 to "
                              << -here << "), but got " << index;
  const Layer &layer = layers[size_t(absolute)];
  if (layer.isHead) {
    auto diagnostic = options.error(key)
                      << "expected '" << key << "' to name a layer with values, but " << index
                      << " is a [yolo] layer";
    diagnostic.attachNote(layer.loc) << "the [yolo] layer is here";
    return diagnostic;
  }
  return layer;
}

Value Importer::sliceChannels(Value value, int64_t begin, int64_t end) {
  ArrayRef<int64_t> dims = shape(value);
  SmallVector<int64_t> starts = {0, begin, 0, 0}, ends = {1, end, dims[2], dims[3]};
  return builder.create<tt::SliceOp>(loc, value, starts, ends, ArrayRef<int64_t>{1, 1, 1, 1});
}

FailureOr<Value> Importer::route(OptionReader &options) {
  std::vector<int64_t> indices = options.integers("layers");
  int64_t groups = options.integer("groups", 1, 1, maxExtent);
  int64_t group = options.integer("group_id", 0, 0, maxExtent);
  if (failed(options.finish()))
    return failure();
  if (indices.empty())
    return options.error("layers") << "expected 'layers' in [route]";
  if (group >= groups)
    return options.error("group_id")
           << "expected 'group_id' below the " << groups << " groups, but got " << group;

  SmallVector<Value> values;
  for (int64_t index : indices) {
    FailureOr<Layer> layer = layerAt(options, "layers", index);
    if (failed(layer))
      return failure();
    Value value = layer->value;
    ArrayRef<int64_t> dims = shape(value);
    ArrayRef<int64_t> first = shape(values.empty() ? value : values[0]);
    if (dims[2] != first[2] || dims[3] != first[3])
      return options.error("layers")
             << "expected layers of equal height and width, but " << layer->name << " has "
             << dims[2] << "x" << dims[3] << " and the first has " << first[2] << "x" << first[3];
    if (dims[1] % groups)
      return options.error("groups") << "expected 'groups' to divide the " << dims[1]
                                     << " channels of " << layer->name << ", but got " << groups;
    if (groups > 1)
      value = sliceChannels(value, dims[1] / groups * group, dims[1] / groups * (group + 1));
    values.push_back(value);
  }
  if (values.size() == 1)
    return values[0];
  return Value(builder.create<tt::ConcatOp>(loc, ValueRange(values), uint64_t(1)));
}

FailureOr<Value> Importer::shortcut(OptionReader &options) {
  std::vector<int64_t> indices = options.integers("from");
  std::string activation = options.text("activation", "linear");
  options.unsupported("weights_type", "none");
  options.unsupported("alpha", "1");
  options.unsupported("beta", "1");
  options.ignore({"weights_normalization", "weights_normalizion"});
  checkActivation(options, "activation", activation);
  if (failed(options.finish()))
    return failure();
  if (indices.empty())
    return options.error("from") << "expected 'from' in [shortcut]";

  Value value = input;
  int64_t channels = this->channels(input);
  for (int64_t index : indices) {
    FailureOr<Layer> layer = layerAt(options, "from", index);
    if (failed(layer))
      return failure();
    Value other = layer->value;
    ArrayRef<int64_t> dims = shape(other), want = shape(input);
    if (dims[2] != want[2] || dims[3] != want[3])
      return options.error("from")
             << "expected a layer of height and width " << want[2] << "x" << want[3] << ", but "
             << layer->name << " has " << dims[2] << "x" << dims[3];
    // Only the channels that both have are added.
    if (dims[1] > channels)
      other = sliceChannels(other, 0, channels);
    else if (dims[1] < channels)
      other = builder.create<tt::PadOp>(loc, other, ArrayRef<int64_t>{0, 0, 0, 0},
                                        ArrayRef<int64_t>{0, channels - dims[1], 0, 0},
                                        llvm::APFloat(0.0));
    value = builder.create<tt::AddOp>(loc, value, other, nullptr, nullptr);
  }
  return activate(value, activation);
}

FailureOr<Value> Importer::sam(OptionReader &options) {
  std::vector<int64_t> indices = options.integers("from");
  std::string activation = options.text("activation", "linear");
  checkActivation(options, "activation", activation);
  if (failed(options.finish()))
    return failure();
  if (indices.size() != 1)
    return options.error("from") << "expected one layer for 'from', but got " << indices.size();
  FailureOr<Layer> layer = layerAt(options, "from", indices[0]);
  if (failed(layer))
    return failure();
  if (layer->value.getType() != input.getType())
    return options.error("from") << "expected a layer of type " << input.getType() << ", but "
                                 << layer->name << " has " << layer->value.getType();
  Value value = builder.create<tt::MulOp>(loc, input, layer->value, nullptr, nullptr);
  return activate(value, activation);
}

FailureOr<Value> Importer::scaleChannels(OptionReader &options) {
  std::vector<int64_t> indices = options.integers("from");
  std::string activation = options.text("activation", "linear");
  bool perPosition = options.flag("scale_wh");
  checkActivation(options, "activation", activation);
  if (failed(options.finish()))
    return failure();
  if (indices.size() != 1)
    return options.error("from") << "expected one layer for 'from', but got " << indices.size();
  FailureOr<Layer> layer = layerAt(options, "from", indices[0]);
  if (failed(layer))
    return failure();
  ArrayRef<int64_t> dims = shape(layer->value);
  SmallVector<int64_t> want = {1, dims[1], 1, 1};
  if (perPosition)
    want = {1, 1, dims[2], dims[3]};
  if (shape(input) != ArrayRef(want))
    return options.error("from") << "expected the layer before to hold " << want[1] << "x"
                                 << want[2] << "x" << want[3] << " factors for " << layer->name
                                 << ", but it has type " << input.getType();
  Value value = builder.create<tt::MulOp>(loc, layer->value, input, nullptr, nullptr);
  return activate(value, activation);
}

} // namespace ttc::darknet
