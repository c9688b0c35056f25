//===- Image.h - pictures in and out ------------------------------------------===//
//
// Reads JPEG and PNG, brings a picture to the size of a network's input and
// writes PNG.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_IMAGE_H
#define TTC_RUNTIME_IMAGE_H

#include "ttc/Reference/HostTensor.h"
#include "ttc/Support/Expected.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ttc::runtime {

/// 8-bit RGB, rows from top to bottom, 3 bytes for each pixel.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

/// Decodes a JPEG or PNG file (alpha is dropped, grey becomes RGB). Foreign, truncated and corrupt
/// data are errors; pictures above 2^26 pixels are refused.
Expected<Image> decodeImage(std::span<const uint8_t> bytes, const std::string &name);
Expected<Image> readImage(const std::string &path);

/// The picture as a PNG file.
Expected<void> writePng(const std::string &path, const Image &image);

/// How a picture meets the shape of a network's input.
enum class Fit {
  Stretch,  ///< each side is scaled on its own, as Darknet does
  Letterbox ///< the aspect is kept and the rest is grey
};

/// Scales with a triangle filter as wide as a target pixel (so shrinking averages and enlarging
/// interpolates); 8 bits between and after the two passes. Integer arithmetic: the same everywhere.
Image resize(const Image &image, int width, int height);

/// The picture as a network input: shape 1 x 3 x height x width, RGB, values 0..1.
HostTensor imageToTensor(const Image &image, int height, int width, Fit fit = Fit::Stretch);

} // namespace ttc::runtime

#endif
