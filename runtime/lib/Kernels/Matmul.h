//===- Matmul.h - the two bodies of matmulBlock -----------------------------===//
#ifndef TTC_RUNTIME_KERNELS_MATMUL_H
#define TTC_RUNTIME_KERNELS_MATMUL_H

#include "Kernels/Kernels.h"

namespace ttc::sim {

/// Sums over all of k as Kernels.h orders them, for operands that are all ordinary bf16 values: one
/// output tile. amxMatmul() is null unless the CPU has AMX, the kernel grants it and a comparison
/// with the other bodies, made in a child process, found the same bits.
using SumTile = void (*)(const Operand *const *in0, const Operand *const *in1, int stride1, int inner,
                         float *total);
SumTile amxMatmul();
/// false: amxMatmul() is null from now on.
void allowAmx(bool allow);
/// The portable body, for any operands.
void sumTileFast(const Operand *const *in0, const Operand *const *in1, int stride1, int inner,
                 float *total);

void matmulBlockExact(const MathMode &mode, const float *const *in0, const float *const *in1,
                      float *dst, int rows, int cols, int inner);
/// The same bits as matmulBlockExact, element by element; for tests and for hosts without fused
/// multiply-add.
void matmulBlockExactScalar(const MathMode &mode, const float *const *in0, const float *const *in1,
                            float *dst, int rows, int cols, int inner);

} // namespace ttc::sim

#endif
