//===- Matmul.h - the two bodies of matmulBlock -----------------------------===//
#ifndef TTC_RUNTIME_KERNELS_MATMUL_H
#define TTC_RUNTIME_KERNELS_MATMUL_H

#include "Kernels/Kernels.h"

namespace ttc::sim {

void matmulBlockFast(const MathMode &mode, const float *const *in0, const float *const *in1,
                     float *dst, int rows, int cols, int inner);
void matmulBlockExact(const MathMode &mode, const float *const *in0, const float *const *in1,
                      float *dst, int rows, int cols, int inner);
/// The same bits as matmulBlockExact, element by element; for tests and for hosts without fused
/// multiply-add.
void matmulBlockExactScalar(const MathMode &mode, const float *const *in0, const float *const *in1,
                            float *dst, int rows, int cols, int inner);

} // namespace ttc::sim

#endif
