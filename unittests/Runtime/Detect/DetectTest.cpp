//===- DetectTest.cpp - decode, suppress, draw ----------------------------------===//
#include "ttc/Runtime/Detect.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace ttc;
using namespace ttc::runtime;

namespace {

/// One anchor of 20x10 pixels, two classes, a grid of 2x4 cells, input 32x64.
YoloHead smallHead() { return {2, {20, 10}, 1.0, false, 32, 64}; }

HostTensor quietHead() { return HostTensor::filled({1, 7, 2, 4}, -20.0f); }

void put(HostTensor &t, int field, int cell, float value) {
  t.mutableData()[field * 8 + cell] = value;
}

/// An object of class 1 in cell (1, 2), in the middle of the cell, twice as wide as its anchor.
HostTensor oneObject() {
  HostTensor t = quietHead();
  put(t, 0, 6, 0), put(t, 1, 6, 0), put(t, 2, 6, std::log(2.0f)), put(t, 3, 6, 0);
  put(t, 4, 6, 20), put(t, 6, 6, 20);
  return t;
}

TEST(Detect, DecodesOneBox) {
  std::vector<Detection> found;
  ASSERT_TRUE(decodeHead(smallHead(), oneObject(), 0.25f, found));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].classId, 1);
  EXPECT_NEAR(found[0].score, 1, 1e-6);
  EXPECT_FLOAT_EQ(found[0].box.x, 2.5f / 4);
  EXPECT_FLOAT_EQ(found[0].box.y, 1.5f / 2);
  EXPECT_FLOAT_EQ(found[0].box.w, 40.0f / 64);
  EXPECT_FLOAT_EQ(found[0].box.h, 10.0f / 32);
}

TEST(Detect, ScaleStretchesTheOffset) {
  YoloHead head = smallHead();
  head.scaleXY = 2;
  HostTensor t = oneObject();
  put(t, 0, 6, 20); // sigmoid 1: one cell to the right of the corner, stretched to 1.5
  std::vector<Detection> found;
  ASSERT_TRUE(decodeHead(head, t, 0.25f, found));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FLOAT_EQ(found[0].box.x, 3.5f / 4);
  EXPECT_FLOAT_EQ(found[0].box.y, 1.5f / 2);
}

TEST(Detect, NewCoordinatesAreNotActivatedAgain) {
  YoloHead head = smallHead();
  head.newCoords = true;
  HostTensor t = HostTensor::filled({1, 7, 2, 4}, 0.0f);
  put(t, 0, 6, 0.5f), put(t, 1, 6, 0.5f), put(t, 2, 6, 0.5f), put(t, 3, 6, 1.0f);
  put(t, 4, 6, 0.9f), put(t, 5, 6, 0.8f);
  std::vector<Detection> found;
  ASSERT_TRUE(decodeHead(head, t, 0.25f, found));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].classId, 0);
  EXPECT_FLOAT_EQ(found[0].score, 0.72f);
  EXPECT_FLOAT_EQ(found[0].box.x, 2.5f / 4);
  EXPECT_FLOAT_EQ(found[0].box.w, 20.0f / 64); // (2 * 0.5)^2 = 1
  EXPECT_FLOAT_EQ(found[0].box.h, 40.0f / 32); // (2 * 1)^2 = 4
}

TEST(Detect, ShapeMustFit) {
  std::vector<Detection> found;
  auto result = decodeHead(smallHead(), HostTensor::filled({1, 8, 2, 4}, 0), 0.25f, found);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "expected a YOLO head of shape 1x7xHxW, but got 1x8x2x4");
  YoloHead odd = smallHead();
  odd.anchors.push_back(1);
  EXPECT_FALSE(decodeHead(odd, quietHead(), 0.25f, found));
}

TEST(Detect, NotANumberGivesNoBox) {
  HostTensor t = oneObject();
  put(t, 2, 6, 1000); // exp overflows
  put(t, 4, 0, NAN);
  std::vector<Detection> found;
  ASSERT_TRUE(decodeHead(smallHead(), t, 0.25f, found));
  EXPECT_TRUE(found.empty());
}

TEST(Detect, IouOfShiftedBoxes) {
  EXPECT_FLOAT_EQ(iou({0, 0, 2, 2}, {1, 0, 2, 2}), 2.0f / 6);
  EXPECT_FLOAT_EQ(iou({0, 0, 2, 2}, {5, 0, 2, 2}), 0);
  EXPECT_FLOAT_EQ(iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
}

TEST(Detect, SuppressesPerClass) {
  Box box{0.5f, 0.5f, 0.4f, 0.4f}, near{0.51f, 0.5f, 0.4f, 0.4f}, far{0.1f, 0.1f, 0.1f, 0.1f};
  std::vector<Detection> all = {{0, 0.5f, near}, {0, 0.9f, box}, {1, 0.6f, near}, {0, 0.3f, far}};
  suppressDoubles(all, 0.45f);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FLOAT_EQ(all[0].score, 0.9f);
  EXPECT_EQ(all[1].classId, 1);
  EXPECT_FLOAT_EQ(all[2].score, 0.3f);
}

TEST(Detect, LetterboxIsUndone) {
  Image image{200, 100, std::vector<uint8_t>(200 * 100 * 3)};
  std::vector<Detection> all = {{0, 1, {0.5f, 0.25f, 0.5f, 0.25f}}};
  mapToImage(all, image, 64, 64, Fit::Letterbox); // the picture fills rows 16..48
  EXPECT_FLOAT_EQ(all[0].box.x, 0.5f);
  EXPECT_FLOAT_EQ(all[0].box.y, 0.0f);
  EXPECT_FLOAT_EQ(all[0].box.w, 0.5f);
  EXPECT_FLOAT_EQ(all[0].box.h, 0.5f);
}

TEST(Detect, DrawsInsideThePicture) {
  Image image{64, 48, std::vector<uint8_t>(64 * 48 * 3)};
  std::vector<Detection> all = {{0, 0.9f, {0.5f, 0.5f, 0.5f, 0.5f}},
                                {7, 0.9f, {-3, 9, 50, 50}},
                                {1, 0.5f, {1, 1, 0.2f, 0.2f}}};
  std::vector<std::string> names = {"dog", "c\xc3\xa4t"};
  drawDetections(image, all, names);
  const uint8_t *edge = &image.rgb[(24 * 64 + 16) * 3]; // the left side of the first box
  EXPECT_NE(edge[0] + edge[1] + edge[2], 0);
  EXPECT_EQ(className(names, 7), "class 7");
}

TEST(Detect, NamesFile) {
  std::string path = ::testing::TempDir() + "/ttc-names.txt";
  std::ofstream(path) << "person\r\ntraffic light\n\ndog\n\n";
  auto names = readNames(path);
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"person", "traffic light", "", "dog"}));
  EXPECT_FALSE(readNames(path + ".missing"));
  std::filesystem::remove(path);
}

} // namespace
