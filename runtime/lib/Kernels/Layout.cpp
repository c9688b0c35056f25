//===- Layout.cpp - transpose and fill --------------------------------------===//
#include "Kernels/Kernels.h"

#include <cstring>

namespace ttc::sim {

void transposeTile(const float *in, float *out) {
  for (int r = 0; r < tileDim; ++r)
    for (int c = 0; c < tileDim; ++c)
      out[r * tileDim + c] = in[c * tileDim + r];
}

void fillPattern(uint8_t *to, size_t nbytes, uint16_t pattern) {
  uint8_t low = uint8_t(pattern), high = uint8_t(pattern >> 8);
  if (low == high) {
    std::memset(to, low, nbytes);
    return;
  }
  for (size_t i = 0; i + 1 < nbytes; i += 2) {
    to[i] = low;
    to[i + 1] = high;
  }
  if (nbytes & 1)
    to[nbytes - 1] = low;
}

} // namespace ttc::sim
