//===- Targets.h - which instruction sets the kernels are compiled for ------===//
//
// Include before hwy/foreach_target.h. Each kernel file is compiled once for the
// baseline, once for AVX2 and once for AVX-512 (or NEON on Arm), and the best
// one is chosen at run time. The middle generations add compile time, not users;
// scalable vectors cannot be kept in arrays of accumulators.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_KERNELS_TARGETS_H
#define TTC_RUNTIME_KERNELS_TARGETS_H

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

#endif
