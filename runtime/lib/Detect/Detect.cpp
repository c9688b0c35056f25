//===- Detect.cpp - decoding of YOLO heads and suppression of doubles ----------===//
#include "ttc/Runtime/Detect.h"

#include "ttc/Support/Files.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ttc::runtime {

static float logistic(float x) { return 1.0f / (1.0f + std::exp(-x)); }

static std::string shapeText(std::span<const int64_t> shape) {
  std::string text;
  for (int64_t d : shape)
    text += (text.empty() ? "" : "x") + std::to_string(d);
  return text;
}

static Expected<void> checkShape(const YoloHead &head, const HostTensor &raw) {
  if (head.anchors.empty() || head.anchors.size() % 2 || head.classes < 1 || head.inputHeight < 1 ||
      head.inputWidth < 1)
    return Error{"invalid YOLO head: " + std::to_string(head.anchors.size()) + " anchor numbers, " +
                 std::to_string(head.classes) + " classes, input " +
                 std::to_string(head.inputHeight) + "x" + std::to_string(head.inputWidth)};
  int64_t channels = int64_t(head.anchors.size()) / 2 * (head.classes + 5);
  if (raw.rank() != 4 || raw.dim(0) != 1 || raw.dim(1) != channels)
    return Error{"expected a YOLO head of shape 1x" + std::to_string(channels) + "xHxW, but got " +
                 shapeText(raw.shape())};
  return {};
}

Expected<void> decodeHead(const YoloHead &head, const HostTensor &raw, float scoreThreshold,
                          std::vector<Detection> &detections) {
  if (auto checked = checkShape(head, raw); !checked)
    return checked;
  int64_t height = raw.dim(2), width = raw.dim(3), plane = height * width;
  auto act = [&](float x) { return head.newCoords ? x : logistic(x); };
  float scale = float(head.scaleXY), shift = 0.5f * (scale - 1);
  for (size_t a = 0; a < head.anchors.size() / 2; ++a) {
    const float *field = raw.data() + int64_t(a) * (5 + head.classes) * plane;
    for (int64_t cell = 0; cell < plane; ++cell) {
      float objectness = act(field[4 * plane + cell]);
      if (!(objectness > scoreThreshold)) // a class score is at most 1
        continue;
      float tw = field[2 * plane + cell], th = field[3 * plane + cell];
      Box box;
      box.x = (float(cell % width) + act(field[cell]) * scale - shift) / float(width);
      box.y = (float(cell / width) + act(field[plane + cell]) * scale - shift) / float(height);
      float w = head.newCoords ? 4 * tw * tw : std::exp(tw);
      float h = head.newCoords ? 4 * th * th : std::exp(th);
      box.w = w * float(head.anchors[2 * a]) / float(head.inputWidth);
      box.h = h * float(head.anchors[2 * a + 1]) / float(head.inputHeight);
      if (!std::isfinite(box.x + box.y + box.w + box.h))
        continue;
      for (int64_t c = 0; c < head.classes; ++c)
        if (float score = objectness * act(field[(5 + c) * plane + cell]); score > scoreThreshold)
          detections.push_back({c, score, box});
    }
  }
  return {};
}

float iou(const Box &a, const Box &b) {
  auto overlap = [](float ca, float sa, float cb, float sb) {
    return std::max(0.0f, std::min(ca + sa / 2, cb + sb / 2) - std::max(ca - sa / 2, cb - sb / 2));
  };
  float both = overlap(a.x, a.w, b.x, b.w) * overlap(a.y, a.h, b.y, b.h);
  float all = a.w * a.h + b.w * b.h - both;
  return all > 0 ? both / all : 0.0f;
}

void suppressDoubles(std::vector<Detection> &detections, float iouThreshold) {
  // Class by class, so that a network with thousands of candidates stays cheap. Positions break
  // ties between equal scores.
  std::vector<size_t> order(detections.size());
  std::iota(order.begin(), order.end(), size_t(0));
  auto byScore = [&](size_t a, size_t b) {
    float sa = detections[a].score, sb = detections[b].score;
    return sa != sb ? sa > sb : a < b;
  };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    int64_t ca = detections[a].classId, cb = detections[b].classId;
    return ca != cb ? ca < cb : byScore(a, b);
  });
  std::vector<size_t> kept;
  size_t classBegin = 0; // in `kept`
  for (size_t i : order) {
    const Detection &d = detections[i];
    if (!kept.empty() && detections[kept.back()].classId != d.classId)
      classBegin = kept.size();
    if (std::none_of(kept.begin() + ptrdiff_t(classBegin), kept.end(),
                     [&](size_t k) { return iou(detections[k].box, d.box) > iouThreshold; }))
      kept.push_back(i);
  }
  std::sort(kept.begin(), kept.end(), byScore);
  std::vector<Detection> result;
  for (size_t i : kept)
    result.push_back(detections[i]);
  detections = std::move(result);
}

void mapToImage(std::vector<Detection> &detections, const Image &image, int64_t inputHeight,
                int64_t inputWidth, Fit fit) {
  if (fit == Fit::Stretch)
    return;
  double scale = std::min(double(inputWidth) / image.width, double(inputHeight) / image.height);
  auto inner = [&](int size) { return double(std::max(1, int(size * scale))); };
  float fx = float(inner(image.width) / double(inputWidth));
  float fy = float(inner(image.height) / double(inputHeight));
  for (Detection &d : detections) {
    d.box.x = (d.box.x - (1 - fx) / 2) / fx;
    d.box.y = (d.box.y - (1 - fy) / 2) / fy;
    d.box.w /= fx;
    d.box.h /= fy;
  }
}

Expected<std::vector<Detection>> detect(std::span<const YoloHead> heads,
                                        std::span<const HostTensor> raw, const Image *image,
                                        const DetectOptions &options) {
  if (heads.size() != raw.size())
    return Error{"expected " + std::to_string(heads.size()) + " YOLO heads, but got " +
                 std::to_string(raw.size())};
  std::vector<Detection> detections;
  for (size_t i = 0; i < heads.size(); ++i)
    if (auto decoded = decodeHead(heads[i], raw[i], options.scoreThreshold, detections); !decoded)
      return decoded.error();
  suppressDoubles(detections, options.iouThreshold);
  if (image && !heads.empty())
    mapToImage(detections, *image, heads[0].inputHeight, heads[0].inputWidth, options.fit);
  return detections;
}

Expected<std::vector<std::string>> readNames(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.error();
  std::vector<std::string> names(1);
  for (uint8_t byte : (*file)->bytes()) {
    if (byte == '\n')
      names.emplace_back();
    else if (byte == 0)
      return Error{path + ": expected a text file of class names, but it holds a zero byte"};
    else if (byte != '\r')
      names.back().push_back(char(byte));
  }
  while (!names.empty() && names.back().empty())
    names.pop_back();
  return names;
}

std::string className(std::span<const std::string> names, int64_t classId) {
  if (classId >= 0 && size_t(classId) < names.size() && !names[size_t(classId)].empty())
    return names[size_t(classId)];
  return "class " + std::to_string(classId);
}

} // namespace ttc::runtime
