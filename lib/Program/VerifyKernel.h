//===- VerifyKernel.h - checks of one kernel's bytecode ---------------------===//
#ifndef TTC_LIB_PROGRAM_VERIFYKERNEL_H
#define TTC_LIB_PROGRAM_VERIFYKERNEL_H

#include "ttc/Program/Program_generated.h"

#include <set>
#include <string>

namespace ttc {

/// What a kernel's operands may refer to.
struct KernelLimits {
  size_t cbs = 0, buffers = 0, windows = 0, semaphores = 0, args = 0;
  int64_t gridX = 1, gridY = 1;
};

/// Empty, or what is wrong ("word 12: cb_wait: ..."). Buffers named by immediates go to `used`.
std::string verifyKernel(const program::KernelT &kernel, const KernelLimits &limits,
                         std::set<uint32_t> &used);

} // namespace ttc

#endif
