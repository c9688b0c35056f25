//===- Layout.cpp - transpose, tilize, untilize, fill -----------------------===//
#include "Kernels/Kernels.h"

#include <cstring>

namespace ttc::sim {

void transposeTile(const float *in, float *out) {
  for (int r = 0; r < tileDim; ++r)
    for (int c = 0; c < tileDim; ++c)
      out[r * tileDim + c] = in[c * tileDim + r];
}

void tilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *sticks, size_t pitch,
                program::Format outFormat, uint8_t *raw) {
  float tile[tileElements];
  unpackRows(inFormat, copyTarget(mode), sticks, pitch, tileDim, tile);
  packTile(outFormat, mode, isa::PackNone, tile, raw);
}

void untilizeTile(const MathMode &mode, program::Format inFormat, const uint8_t *raw,
                  program::Format outFormat, uint8_t *sticks, size_t pitch) {
  float tile[tileElements];
  unpackTile(inFormat, copyTarget(mode), raw, tile);
  packRows(outFormat, mode, isa::PackNone, tile, tileDim, sticks, pitch);
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
