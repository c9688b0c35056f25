//===- Draw.cpp - boxes and labels in a picture ---------------------------------===//
#include "ttc/Runtime/Detect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma clang diagnostic pop

namespace ttc::runtime {

using Color = std::array<uint8_t, 3>;

/// Colours that differ well for neighbouring classes: the hue walks by the golden angle.
static Color classColor(int64_t classId) {
  double hue = std::fmod(double(classId) * 0.61803398875, 1.0) * 6;
  auto part = [&](double offset) {
    double k = std::fmod(offset + hue, 6.0);
    return uint8_t(255 * (1 - 0.85 * std::clamp(std::min(k, 4 - k), 0.0, 1.0)));
  };
  return {part(5), part(3), part(1)};
}

static void fill(Image &image, int x0, int y0, int x1, int y1, Color color) {
  for (int y = std::max(y0, 0); y < std::min(y1, image.height); ++y)
    for (int x = std::max(x0, 0); x < std::min(x1, image.width); ++x)
      std::copy(color.begin(), color.end(),
                &image.rgb[(size_t(y) * size_t(image.width) + size_t(x)) * 3]);
}

static void drawFrame(Image &image, int x0, int y0, int x1, int y1, int line, Color color) {
  fill(image, x0, y0, x1, y0 + line, color);
  fill(image, x0, y1 - line, x1, y1, color);
  fill(image, x0, y0, x0 + line, y1, color);
  fill(image, x1 - line, y0, x1, y1, color);
}

/// The font is a list of axis-parallel rectangles, four corners of 16 bytes (x, y, z, colour) each.
static void drawText(Image &image, int left, int top, int scale, std::string text, Color color) {
  constexpr size_t cornerBytes = 16, quadBytes = 4 * cornerBytes;
  std::vector<char> quads(text.size() * 300 + quadBytes);
  int count = stb_easy_font_print(0, 0, text.data(), nullptr, quads.data(), int(quads.size()));
  for (int i = 0; i < count; ++i) {
    float from[2], to[2];
    std::memcpy(from, &quads[size_t(i) * quadBytes], sizeof(from));
    std::memcpy(to, &quads[size_t(i) * quadBytes + 2 * cornerBytes], sizeof(to));
    fill(image, left + int(from[0]) * scale, top + int(from[1]) * scale, left + int(to[0]) * scale,
         top + int(to[1]) * scale, color);
  }
}

void drawDetections(Image &image, std::span<const Detection> detections,
                    std::span<const std::string> names) {
  int line = std::max(2, std::min(image.width, image.height) / 200);
  int scale = std::max(1, std::min(image.width, image.height) / 300);
  auto pixel = [](float fraction, int size) {
    return int(std::lround(std::clamp(fraction, 0.0f, 1.0f) * float(size)));
  };
  for (const Detection &d : detections) {
    int x0 = pixel(d.box.x - d.box.w / 2, image.width);
    int x1 = pixel(d.box.x + d.box.w / 2, image.width);
    int y0 = pixel(d.box.y - d.box.h / 2, image.height);
    int y1 = pixel(d.box.y + d.box.h / 2, image.height);
    Color color = classColor(d.classId);
    drawFrame(image, x0, y0, x1, y1, line, color);

    std::string label =
        className(names, d.classId) + " " + std::to_string(int(std::lround(d.score * 100))) + "%";
    std::erase_if(label, [](char c) { return c < 32 || c > 126; }); // the font's characters
    int width = (stb_easy_font_width(label.data()) + 4) * scale, height = 12 * scale;
    int top = y0 >= height ? y0 - height : y0;
    int left = std::clamp(x0, 0, std::max(0, image.width - width));
    fill(image, left, top, left + width, top + height, color);
    drawText(image, left + 2 * scale, top + 2 * scale, scale, label, {0, 0, 0});
  }
}

} // namespace ttc::runtime
