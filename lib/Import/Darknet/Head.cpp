//===- Head.cpp - yolo, softmax, and layers that do nothing at inference ----------------===//
#include "Importer.h"

using namespace mlir;

namespace ttc::darknet {

FailureOr<Value> Importer::yolo(OptionReader &options) {
  int64_t classes = options.integer("classes", 20, 1, maxExtent);
  int64_t number = options.integer("num", 1, 1, maxExtent);
  std::vector<int64_t> mask = options.integers("mask");
  std::vector<double> anchors = options.reals("anchors");
  double scale = options.real("scale_x_y", 1);
  bool newCoords = options.flag("new_coords");
  options.ignore({"beta1",
                  "beta_nms",
                  "class_weights",
                  "cls_normalizer",
                  "counters_per_class",
                  "delta_normalizer",
                  "embedding_layer",
                  "focal_loss",
                  "ignore_thresh",
                  "iou_loss",
                  "iou_normalizer",
                  "iou_thresh",
                  "iou_thresh_kind",
                  "jitter",
                  "label_smooth_eps",
                  "map",
                  "max",
                  "max_delta",
                  "nms_kind",
                  "obj_normalizer",
                  "objectness_smooth",
                  "random",
                  "resize",
                  "show_details",
                  "sim_thresh",
                  "track_ciou_norm",
                  "track_history_size",
                  "dets_for_track",
                  "dets_for_show",
                  "truth_thresh"});
  if (failed(options.finish()))
    return failure();

  if (anchors.empty() || anchors.size() < size_t(number) * 2)
    return options.error("anchors")
           << "expected " << 2 * number << " anchor sizes for num=" << number << ", but got "
           << anchors.size();
  if (llvm::any_of(anchors, [](double size) { return size <= 0; }))
    return options.error("anchors") << "expected positive anchor sizes";
  if (mask.empty())
    for (int64_t i = 0; i < number; ++i)
      mask.push_back(i);
  SmallVector<double> masked;
  for (int64_t index : mask) {
    if (index < 0 || index >= number)
      return options.error("mask")
             << "expected 'mask' to name anchors from 0 to " << number - 1 << ", but got " << index;
    masked.append({anchors[size_t(index) * 2], anchors[size_t(index) * 2 + 1]});
  }
  int64_t want = int64_t(mask.size()) * (classes + 5);
  if (channels(input) != want)
    return options.error("") << "expected " << want << " input channels for " << mask.size()
                             << " anchors of 5 + " << classes << " values, but got "
                             << channels(input);
  isHead = true;
  return Value(
      builder.create<tt::YoloHeadOp>(loc, input, uint64_t(classes), masked, llvm::APFloat(scale),
                                     ArrayRef<int64_t>{inputHeight, inputWidth}, newCoords));
}

FailureOr<Value> Importer::softmax(OptionReader &options) {
  int64_t groups = options.integer("groups", 1, 1, maxExtent);
  double temperature = options.real("temperature", 1);
  bool spatial = options.flag("spatial");
  options.ignore({"loss", "noloss"});
  options.unsupported("tree", "");
  options.unsupported("softmax_tree", "");
  if (failed(options.finish()))
    return failure();
  SmallVector<int64_t> dims(shape(input));
  int64_t total = dims[1] * dims[2] * dims[3];
  if (temperature <= 0)
    return options.error("temperature") << "expected a positive 'temperature'";
  if (total % groups || (spatial && groups > 1))
    return options.error("groups") << "expected 'groups' to divide the " << total
                                   << " inputs and to be 1 with 'spatial=1', but got " << groups;

  Value value = input;
  if (temperature != 1)
    value = builder.create<tt::MulOp>(loc, value, scalar(float(1 / temperature)), nullptr, nullptr);
  // Over the channels of each position, or over all values of a group in their order in memory.
  if (spatial || (groups == 1 && dims[2] == 1 && dims[3] == 1))
    return Value(builder.create<tt::SoftmaxOp>(loc, value, uint64_t(1), nullptr));
  value = builder.create<tt::ReshapeOp>(loc, value, ArrayRef<int64_t>{groups, total / groups});
  value = builder.create<tt::SoftmaxOp>(loc, value, uint64_t(1), nullptr);
  return Value(builder.create<tt::ReshapeOp>(loc, value, dims));
}

FailureOr<Value> Importer::passThrough(OptionReader &options) {
  options.ignore({"probability", "dropblock", "dropblock_size_rel", "dropblock_size_abs", "type",
                  "scale", "ratio", "noobj", "thresh"});
  if (failed(options.finish()))
    return failure();
  return input;
}

} // namespace ttc::darknet
