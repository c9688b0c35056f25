//===- Detect.h - from raw YOLO heads to boxes --------------------------------===//
//
// The host part of a detector: decode, suppress doubles, draw. Semantics are
// those of Darknet's yolo layer.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_DETECT_H
#define TTC_RUNTIME_DETECT_H

#include "ttc/Runtime/Image.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ttc::runtime {

/// How to read one head; the same fields as `tt.yolo_head`.
struct YoloHead {
  int64_t classes = 0;
  std::vector<double> anchors; ///< pairs width, height in input pixels, of this head's mask only
  double scaleXY = 1;          ///< stretches the offset within a cell
  bool newCoords = false;      ///< the network applied the logistic function itself
  int64_t inputHeight = 0;
  int64_t inputWidth = 0;
};

/// A box by its centre, in fractions of the picture's width and height.
struct Box {
  float x = 0, y = 0, w = 0, h = 0;
};

struct Detection {
  int64_t classId = 0;
  float score = 0; ///< objectness times class score
  Box box;
};

struct DetectOptions {
  float scoreThreshold = 0.25f;
  float iouThreshold = 0.45f;
  Fit fit = Fit::Stretch;
};

/// Appends the boxes of one raw head, shape 1 x (anchors * (5 + classes)) x height x width, whose
/// score is above the threshold. An error if the shape does not fit the head's description. Boxes
/// are fractions of the network input. A head value that is not a number gives no box.
Expected<void> decodeHead(const YoloHead &head, const HostTensor &raw, float scoreThreshold,
                          std::vector<Detection> &detections);

/// Intersection over union; 0 for empty boxes.
float iou(const Box &a, const Box &b);

/// Keeps, for each class, the best box of every group that overlaps by more than the threshold.
/// The result is sorted by falling score; equal scores keep their order.
void suppressDoubles(std::vector<Detection> &detections, float iouThreshold);

/// Turns fractions of a network input that was made with `fit` into fractions of the picture.
void mapToImage(std::vector<Detection> &detections, const Image &image, int64_t inputHeight,
                int64_t inputWidth, Fit fit);

/// All of the above for the heads of one network: `raw[i]` belongs to `heads[i]`. Without a picture
/// the boxes stay fractions of the network input.
Expected<std::vector<Detection>> detect(std::span<const YoloHead> heads,
                                        std::span<const HostTensor> raw, const Image *image,
                                        const DetectOptions &options = {});

/// One class name for each line; empty lines at the end are dropped.
Expected<std::vector<std::string>> readNames(const std::string &path);

/// The name of a class, or "class N" if there is none.
std::string className(std::span<const std::string> names, int64_t classId);

/// Draws each box with its name and score.
void drawDetections(Image &image, std::span<const Detection> detections,
                    std::span<const std::string> names);

} // namespace ttc::runtime

#endif
