//===- ImageTest.cpp - pictures in and out ---------------------------------------===//
#include "ttc/Runtime/Image.h"
#include "ttc/Support/Files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

using namespace ttc;
using namespace ttc::runtime;

namespace {

Image gradient(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(uint8_t(x * 3 + y * 5 + c * 40));
  return image;
}

std::vector<uint8_t> pngBytes(const Image &image) {
  std::string path = ::testing::TempDir() + "/ttc-image.png";
  EXPECT_TRUE(writePng(path, image));
  auto file = MappedFile::open(path);
  EXPECT_TRUE(file);
  std::vector<uint8_t> bytes((*file)->bytes().begin(), (*file)->bytes().end());
  std::filesystem::remove(path);
  return bytes;
}

TEST(Image, PngRoundTrip) {
  Image image = gradient(17, 9);
  auto back = decodeImage(pngBytes(image), "x.png");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->width, 17);
  EXPECT_EQ(back->height, 9);
  EXPECT_EQ(back->rgb, image.rgb);
}

TEST(Image, EveryTruncationIsAnError) {
  std::vector<uint8_t> bytes = pngBytes(gradient(17, 9));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decodeImage(std::span(bytes).first(size), "x.png")) << size;
}

TEST(Image, EveryBitFlipIsAnError) {
  std::vector<uint8_t> bytes = pngBytes(gradient(5, 4));
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::vector<uint8_t> bad = bytes;
    bad[i / 8] ^= uint8_t(1 << (i % 8));
    EXPECT_FALSE(decodeImage(bad, "x.png")) << "byte " << i / 8;
  }
}

TEST(Image, ForeignFile) {
  std::string text = "not a picture";
  std::span bytes(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  auto result = decodeImage(bytes, "x.jpg");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "x.jpg: expected a JPEG or PNG picture, but the file starts like neither");
  EXPECT_FALSE(readImage("/nonexistent/x.png"));
}

// Sixteen counts of 255 codes: the decoder would write them past its tables.
TEST(Image, RefusesOversizedHuffmanTables) {
  std::vector<uint8_t> bytes = {0xff, 0xd8, 0xff, 0xc4, 0, 19, 0};
  bytes.insert(bytes.end(), 16, 255);
  bytes.insert(bytes.end(), {0xff, 0xda, 0, 2, 0xff, 0xd9});
  auto result = decodeImage(bytes, "x.jpg");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "x.jpg: corrupt JPEG: the Huffman table at byte 6 has 4080 codes (at most 255)");
  // The counts themselves reach the end of the file.
  std::vector<uint8_t> cut = {0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd9, 0xff, 0xc4, 0, 19, 0, 1};
  result = decodeImage(cut, "x.jpg");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "x.jpg: truncated JPEG: the Huffman table at byte 12 is cut");
}

TEST(Image, ResizeKeepsFlatAreasAndTheMean) {
  Image flat{31, 23, std::vector<uint8_t>(31 * 23 * 3, 201)};
  for (uint8_t v : resize(flat, 8, 40).rgb)
    EXPECT_EQ(v, 201);
  Image half = resize(Image{4, 1, {0, 0, 0, 0, 0, 0, 200, 200, 200, 200, 200, 200}}, 2, 1);
  EXPECT_EQ(half.rgb[0] + half.rgb[3], 200);
}

TEST(Image, TensorIsPlanar) {
  Image image{2, 1, {255, 0, 51, 0, 255, 102}};
  HostTensor t = imageToTensor(image, 1, 2);
  EXPECT_EQ(t.shape(), (std::vector<int64_t>{1, 3, 1, 2}));
  std::vector<float> want = {1, 0, 0, 1, 0.2f, 0.4f};
  for (size_t i = 0; i < want.size(); ++i)
    EXPECT_FLOAT_EQ(t.data()[i], want[i]);
}

TEST(Image, LetterboxPadsWithGrey) {
  Image image{4, 2, std::vector<uint8_t>(4 * 2 * 3, 255)};
  HostTensor t = imageToTensor(image, 8, 8, Fit::Letterbox);
  EXPECT_FLOAT_EQ(t.data()[1 * 8 + 3], 0.5f);
  EXPECT_FLOAT_EQ(t.data()[2 * 8 + 3], 1.0f);
  EXPECT_FLOAT_EQ(t.data()[5 * 8 + 3], 1.0f);
  EXPECT_FLOAT_EQ(t.data()[6 * 8 + 3], 0.5f);
}

/// The stored input was made from dog.jpg by another decoder and scaler: a level or two of 255.
TEST(Image, ReproducesAStoredNetworkInput) {
  std::string dir = std::string(TTC_SOURCE_DIR) + "/../shared/models/";
  if (!std::filesystem::exists(dir + "dog.jpg"))
    GTEST_SKIP() << "needs ../shared";
  auto image = readImage(dir + "dog.jpg");
  ASSERT_TRUE(image) << image.error().message;
  HostTensor got = imageToTensor(*image, 320, 320);
  auto file = MappedFile::open(dir + "yolo-fastest-1.1-xl_input.npy");
  ASSERT_TRUE(file);
  auto bytes = (*file)->bytes();
  ASSERT_GE(bytes.size(), size_t(got.size()) * 4);
  std::vector<float> want(size_t(got.size()));
  std::memcpy(want.data(), bytes.data() + bytes.size() - want.size() * 4, want.size() * 4);
  double sum = 0, worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    double d = std::abs(got.data()[i] - want[i]) * 255;
    sum += d, worst = std::max(worst, d);
  }
  EXPECT_LT(sum / double(want.size()), 0.25);
  EXPECT_LT(worst, 2.5);
}

TEST(Image, TruncatedJpeg) {
  std::string path = std::string(TTC_SOURCE_DIR) + "/../shared/models/dog.jpg";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "needs ../shared";
  auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  auto bytes = (*file)->bytes();
  EXPECT_FALSE(decodeImage(bytes.first(bytes.size() / 2), "dog.jpg"));
  EXPECT_FALSE(decodeImage(bytes.first(bytes.size() - 2), "dog.jpg"));
  EXPECT_FALSE(decodeImage(bytes.first(100), "dog.jpg"));
}

} // namespace
