//===- YoloV4.cpp - YOLOv4 and YOLOv4-tiny from their architecture -----------------------===//
//
// YOLOv4: backbone CSPDarknet53, then SPP, then a path aggregation network (top
// down, then bottom up) with a head at strides 8, 16 and 32.
//
//===----------------------------------------------------------------------===//
#include "YoloV4.h"

#include "CfgWriter.h"

namespace ttc::zoo {

static constexpr int classes = 80;

/// Channels of a head: three anchors of box, objectness and classes.
static constexpr int headFilters = 3 * (5 + classes);

/// A cross-stage-partial stage: halves the resolution, then runs residual blocks on one of two
/// branches and joins them. The branches are half as wide as the stage, but for the first stage,
/// where they are as wide and only the blocks' inner convolution is narrow.
static int cspStage(CfgWriter &net, int filters, int blocks, bool first) {
  int branch = first ? filters : filters / 2, inner = filters / 2;
  int down = net.conv(filters, 3, 2);
  int bypass = net.conv(branch, 1);
  net.concat({down});
  int value = net.conv(branch, 1);
  for (int i = 0; i < blocks; ++i) {
    net.conv(inner, 1);
    net.conv(branch, 3);
    value = net.add(value);
  }
  int end = net.conv(branch, 1);
  net.concat({end, bypass});
  return net.conv(filters, 1);
}

/// Convolutions of 1x1 and 3x3 in turn, `count` in all; the last is 1x1 when `count` is odd.
static int alternate(CfgWriter &net, int filters, int count) {
  for (int i = 0; i < count; ++i)
    i % 2 ? net.conv(2 * filters, 3) : net.conv(filters, 1);
  return net.last();
}

/// Spatial pyramid pooling: the value and its maxima over three windows.
static void spp(CfgWriter &net) {
  int value = net.last();
  int small = net.maxpool(5, 1);
  net.concat({value});
  int medium = net.maxpool(9, 1);
  net.concat({value});
  int large = net.maxpool(13, 1);
  net.concat({large, medium, small, value});
}

/// Top down: brings the coarse value to the resolution of `lateral`, joins, and mixes.
static int topDown(CfgWriter &net, int lateral, int filters) {
  net.conv(filters, 1);
  int coarse = net.upsample();
  net.concat({lateral});
  int fine = net.conv(filters, 1);
  net.concat({fine, coarse});
  return alternate(net, filters, 5);
}

std::string yoloV4() {
  static constexpr int anchors[] = {12, 16, 19,  36,  40,  28,  36,  75,  76,
                                    55, 72, 146, 142, 110, 192, 243, 459, 401};
  CfgWriter net(608, 608);
  net.use("mish");
  net.conv(32, 3);
  cspStage(net, 64, 1, true);
  cspStage(net, 128, 2, false);
  int stride8 = cspStage(net, 256, 8, false);
  int stride16 = cspStage(net, 512, 8, false);
  cspStage(net, 1024, 4, false);

  net.use("leaky");
  alternate(net, 512, 3);
  spp(net);
  int neck32 = alternate(net, 512, 3);
  int neck16 = topDown(net, stride16, 256);
  int value = topDown(net, stride8, 128);

  auto head = [&](int filters, int firstAnchor, const char *scale) {
    net.conv(filters, 3);
    net.project(headFilters);
    net.yolo(firstAnchor, anchors, classes, scale);
  };
  // Bottom up: halves the resolution of the finer value and joins it with the neck's.
  auto bottomUp = [&](int fine, int neck, int filters) {
    net.concat({fine});
    int down = net.conv(filters, 3, 2);
    net.concat({down, neck});
    return alternate(net, filters, 5);
  };
  head(256, 0, "1.2");
  value = bottomUp(value, neck16, 256);
  head(512, 3, "1.1");
  bottomUp(value, neck32, 512);
  head(1024, 6, "1.05");
  return net.text();
}

/// A partial stage of the small network: two 3x3 convolutions on the upper half of the channels,
/// joined twice, then the resolution is halved. Returns the value before the last join.
static int tinyStage(CfgWriter &net, int filters) {
  int whole = net.conv(filters, 3);
  net.concat({whole}, /*upperHalf=*/true);
  int a = net.conv(filters / 2, 3);
  int b = net.conv(filters / 2, 3);
  net.concat({b, a});
  int mixed = net.conv(filters, 1);
  net.concat({whole, mixed});
  net.maxpool(2, 2);
  return mixed;
}

std::string yoloV4Tiny() {
  static constexpr int anchors[] = {10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319};
  CfgWriter net(416, 416);
  net.use("leaky");
  net.conv(32, 3, 2);
  net.conv(64, 3, 2);
  tinyStage(net, 64);
  tinyStage(net, 128);
  int stride16 = tinyStage(net, 256);
  net.conv(512, 3);
  int coarse = net.conv(256, 1);
  net.conv(512, 3);
  net.project(headFilters);
  net.yolo(3, anchors, classes, "1.05");

  net.concat({coarse});
  net.conv(128, 1);
  int up = net.upsample();
  net.concat({up, stride16});
  net.conv(256, 3);
  net.project(headFilters);
  // The published network starts at anchor 1 here, not at 0.
  net.yolo(1, anchors, classes, "1.05");
  return net.text();
}

} // namespace ttc::zoo
