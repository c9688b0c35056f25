//===- WeightRounding.cpp - weights on the grid of a block format -----------===//
#include "WeightRounding.h"

#include <algorithm>
#include <cmath>

namespace ttc::programs {

void roundWithFeedback(std::vector<float> &matrix, int64_t rows, int64_t cols,
                       program::Format format) {
  if (format != program::Format::Bfp8B && format != program::Format::Bfp4B)
    return;
  // Sign and magnitude: 7 or 3 bits, the top one worth the shared exponent's power of two.
  const int fractionBits = format == program::Format::Bfp8B ? 6 : 2;
  const float most = float((2 << fractionBits) - 1);
  constexpr int64_t group = 16; // one exponent for each face row of a tile
  std::vector<float> carry(size_t(cols), 0.0f);
  for (int64_t r = 0; r < rows; ++r) {
    float *row = matrix.data() + r * cols;
    for (int64_t first = 0; first < cols; first += group) {
      int64_t end = std::min(first + group, cols);
      float largest = 0;
      for (int64_t c = first; c < end; ++c)
        largest = std::max(largest, std::fabs(row[c]));
      if (!(largest > 0) || !std::isfinite(largest))
        continue; // padding rows, and what no grid holds
      const float step = std::ldexp(1.0f, std::ilogb(largest) - fractionBits);
      const float inverse = 1.0f / step;
      for (int64_t c = first; c < end; ++c) {
        float wanted = row[c] + carry[size_t(c)];
        float steps = std::clamp(std::nearbyint(wanted * inverse), -most, most);
        row[c] = steps * step;
        carry[size_t(c)] = std::clamp(wanted - row[c], -step, step);
      }
    }
  }
}

} // namespace ttc::programs
