//===- MatmulExact.cpp - matmul of tiles, bit for bit -----------------------===//
#include "Kernels/Matmul.h"

#include "Kernels/Exact.h"

namespace ttc::sim {

void matmulBlockExactScalar(const MathMode &mode, const float *const *in0, const float *const *in1,
                            float *dst, int rows, int cols, int inner) {
  int numPhases = exact::phases(mode.fidelity);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) {
      float *tile = dst + (size_t(r) * cols + c) * tileElements;
      for (int kt = 0; kt < inner; ++kt) {
        const float *left = in0[size_t(r) * inner + kt], *right = in1[size_t(kt) * cols + c];
        for (int i = 0; i < tileDim; ++i)
          for (int j = 0; j < tileDim; ++j) {
            uint32_t d = bitsOf(tile[i * tileDim + j]);
            for (int phase = 0; phase < numPhases; ++phase)
              for (int k = 0; k < tileDim; k += 16)
                d = exact::dot16(right + k * tileDim + j, tileDim, left + i * tileDim + k, phase, d,
                                 mode.fp32Dest);
            tile[i * tileDim + j] = floatOf(d);
          }
      }
    }
}

void matmulBlockExact(const MathMode &mode, const float *const *in0, const float *const *in1,
                      float *dst, int rows, int cols, int inner) {
  matmulBlockExactScalar(mode, in0, in1, dst, rows, cols, inner);
}

} // namespace ttc::sim
