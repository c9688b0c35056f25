//===- Image.cpp - reading, scaling and writing pictures ------------------------===//
#include "ttc/Runtime/Image.h"

#include "ttc/Support/Files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <string_view>

#define STBI_NO_STDIO
#include <stb/stb_image.h>
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace ttc::runtime {

static constexpr int64_t maxPixels = int64_t(1) << 26;

static uint32_t crc32(std::span<const uint8_t> bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t;
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k)
        c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
      t[i] = c;
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (uint8_t b : bytes)
    crc = table[(crc ^ b) & 255] ^ (crc >> 8);
  return ~crc;
}

static uint32_t bigEndian(const uint8_t *p) {
  return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | p[3];
}

/// The decoder below ignores checksums and accepts a missing end, so both are looked at first.
static Expected<void> checkPng(std::span<const uint8_t> bytes, const std::string &name) {
  size_t at = 8;
  while (true) {
    if (bytes.size() - at < 12)
      return Error{name + ": truncated PNG: expected a chunk at byte " + std::to_string(at) +
                   ", but the file has " + std::to_string(bytes.size()) + " bytes"};
    size_t length = bigEndian(&bytes[at]);
    if (length > bytes.size() - at - 12)
      return Error{name + ": truncated PNG: the chunk at byte " + std::to_string(at) + " needs " +
                   std::to_string(length + 12) + " bytes, " + std::to_string(bytes.size() - at) +
                   " are left"};
    if (crc32(bytes.subspan(at + 4, length + 4)) != bigEndian(&bytes[at + 8 + length]))
      return Error{name + ": corrupt PNG: wrong checksum of the chunk at byte " +
                   std::to_string(at)};
    if (!std::memcmp(&bytes[at + 4], "IEND", 4))
      return {};
    at += length + 12;
  }
}

/// The decoder below counts the codes of a Huffman table (marker DHT) without a limit and writes past
/// its arrays, and takes code 255 for a mark of its own and reads before them; coders use at most 176
/// (runs 0-15 by sizes 0-10). So the tables are looked at first. Walks the markers as the decoder does: bytes
/// between segments are skipped up to the next marker.
static Expected<void> checkHuffmanTables(std::span<const uint8_t> bytes, const std::string &name) {
  static constexpr uint8_t dht = 0xc4;
  static constexpr int64_t maxCodes = 255, countBytes = 16;
  const int64_t size = int64_t(bytes.size());
  int64_t at = 2; // after the start marker
  while (at + 3 < size) {
    uint8_t marker = bytes[at + 1];
    bool alone = marker == 0 || marker == 0xff || marker == 1 || (marker >= 0xd0 && marker <= 0xd9);
    if (bytes[at] != 0xff || alone) {
      ++at;
      continue;
    }
    int64_t length = bytes[at + 2] << 8 | bytes[at + 3];
    int64_t table = at + 4, end = at + 2 + length;
    while (marker == dht && table < end) {
      if (size - table < 1 + countBytes)
        return Error{name + ": truncated JPEG: the Huffman table at byte " + std::to_string(table) +
                     " is cut"};
      int64_t codes = 0;
      for (int64_t i = 1; i <= countBytes; ++i)
        codes += bytes[table + i];
      if (codes > maxCodes)
        return Error{name + ": corrupt JPEG: the Huffman table at byte " + std::to_string(table) +
                     " has " + std::to_string(codes) + " codes (at most " +
                     std::to_string(maxCodes) + ")"};
      table += 1 + countBytes + codes;
    }
    at = std::max(end, at + 2);
  }
  return {};
}

/// The decoder below fills what is missing with grey, so the end marker is looked for first: after
/// the last start-of-scan marker (thumbnails in the header have markers of their own).
static Expected<void> checkJpeg(std::span<const uint8_t> bytes, const std::string &name) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  size_t scan = text.rfind("\xff\xda");
  if (scan == std::string_view::npos || text.find("\xff\xd9", scan) == std::string_view::npos)
    return Error{name + ": truncated JPEG: no end marker in " + std::to_string(bytes.size()) +
                 " bytes"};
  return checkHuffmanTables(bytes, name);
}

Expected<Image> decodeImage(std::span<const uint8_t> bytes, const std::string &name) {
  static constexpr std::array<uint8_t, 8> png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  Expected<void> checked;
  if (bytes.size() >= 8 && std::equal(png.begin(), png.end(), bytes.begin()))
    checked = checkPng(bytes, name);
  else if (bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff)
    checked = checkJpeg(bytes, name);
  else
    return Error{name + ": expected a JPEG or PNG picture, but the file starts like neither"};
  if (!checked)
    return checked.error();
  if (bytes.size() > size_t(INT32_MAX))
    return Error{name + ": a picture of " + std::to_string(bytes.size()) + " bytes is too large"};

  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes.data(), int(bytes.size()), &width, &height, &channels))
    return Error{name + ": corrupt picture: " + stbi_failure_reason()};
  if (int64_t(width) * height > maxPixels)
    return Error{name + ": expected at most " + std::to_string(maxPixels) + " pixels, but got " +
                 std::to_string(width) + " x " + std::to_string(height)};
  std::unique_ptr<uint8_t, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes.data(), int(bytes.size()), &width, &height, &channels, 3),
      stbi_image_free);
  if (!pixels)
    return Error{name + ": corrupt picture: " + stbi_failure_reason()};
  Image image{width, height, {}};
  image.rgb.assign(pixels.get(), pixels.get() + size_t(width) * size_t(height) * 3);
  return image;
}

Expected<Image> readImage(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.error();
  return decodeImage((*file)->bytes(), path);
}

Expected<void> writePng(const std::string &path, const Image &image) {
  std::string png;
  auto append = [](void *context, void *data, int size) {
    static_cast<std::string *>(context)->append(static_cast<char *>(data), size_t(size));
  };
  if (!stbi_write_png_to_func(append, &png, image.width, image.height, 3, image.rgb.data(),
                              image.width * 3))
    return Error{path + ": cannot encode a picture of " + std::to_string(image.width) + " x " +
                 std::to_string(image.height)};
  return writeFile(path, png);
}

namespace {
/// The source pixels that make one target pixel, with weights that sum to 2^14.
struct Taps {
  static constexpr int bits = 14;
  int first = 0;
  std::vector<int32_t> weights;
};
} // namespace

static std::vector<Taps> triangleTaps(int from, int to) {
  std::vector<Taps> all(size_t(to), Taps{});
  double scale = double(from) / to;
  double radius = std::max(scale, 1.0);
  for (int i = 0; i < to; ++i) {
    double centre = (i + 0.5) * scale;
    int lo = std::clamp(int(std::floor(centre - radius)), 0, from - 1);
    int hi = std::clamp(int(std::ceil(centre + radius)), lo + 1, from);
    std::vector<double> weights;
    double sum = 0;
    for (int x = lo; x < hi; ++x) {
      weights.push_back(std::max(0.0, 1 - std::abs(x + 0.5 - centre) / radius));
      sum += weights.back();
    }
    Taps &taps = all[size_t(i)];
    taps.first = lo;
    int32_t left = 1 << Taps::bits;
    for (double w : weights) {
      taps.weights.push_back(int32_t(std::lround(w / sum * (1 << Taps::bits))));
      left -= taps.weights.back();
    }
    // What rounding lost goes to the largest weight, so that flat areas stay as they are.
    *std::max_element(taps.weights.begin(), taps.weights.end()) += left;
  }
  return all;
}

/// Scales along one side: `count` lines of `from` pixels, `step` bytes from pixel to pixel and
/// `pitch` bytes from line to line.
static void scaleLines(const uint8_t *in, uint8_t *out, std::span<const Taps> taps, int lines,
                       int64_t inStep, int64_t inPitch, int64_t outStep, int64_t outPitch) {
  for (int line = 0; line < lines; ++line)
    for (size_t i = 0; i < taps.size(); ++i)
      for (int c = 0; c < 3; ++c) {
        const uint8_t *p = in + line * inPitch + taps[i].first * inStep + c;
        int32_t sum = 1 << (Taps::bits - 1);
        for (int32_t w : taps[i].weights) {
          sum += w * *p;
          p += inStep;
        }
        out[line * outPitch + int64_t(i) * outStep + c] =
            uint8_t(std::clamp(sum >> Taps::bits, 0, 255));
      }
}

Image resize(const Image &image, int width, int height) {
  Image wide{width, image.height, {}};
  wide.rgb.resize(size_t(width) * size_t(image.height) * 3);
  scaleLines(image.rgb.data(), wide.rgb.data(), triangleTaps(image.width, width), image.height, 3,
             int64_t(image.width) * 3, 3, int64_t(width) * 3);
  Image result{width, height, {}};
  result.rgb.resize(size_t(width) * size_t(height) * 3);
  scaleLines(wide.rgb.data(), result.rgb.data(), triangleTaps(image.height, height), width,
             int64_t(width) * 3, 3, int64_t(width) * 3, 3);
  return result;
}

HostTensor imageToTensor(const Image &image, int height, int width, Fit fit) {
  int innerWidth = width, innerHeight = height;
  if (fit == Fit::Letterbox) {
    double scale = std::min(double(width) / image.width, double(height) / image.height);
    innerWidth = std::clamp(int(image.width * scale), 1, width);
    innerHeight = std::clamp(int(image.height * scale), 1, height);
  }
  bool same = image.width == innerWidth && image.height == innerHeight;
  Image scaled = same ? image : resize(image, innerWidth, innerHeight);
  int left = (width - innerWidth) / 2, top = (height - innerHeight) / 2;

  HostTensor tensor = HostTensor::filled({1, 3, height, width}, 0.5f);
  float *out = tensor.mutableData();
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < innerHeight; ++y)
      for (int x = 0; x < innerWidth; ++x)
        out[(int64_t(c) * height + top + y) * width + left + x] =
            scaled.rgb[(size_t(y) * size_t(innerWidth) + size_t(x)) * 3 + size_t(c)] / 255.0f;
  return tensor;
}

} // namespace ttc::runtime
