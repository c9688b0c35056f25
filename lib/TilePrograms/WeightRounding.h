//===- WeightRounding.h - weights on the grid of a block format -------------===//
#ifndef TTC_TILEPROGRAMS_WEIGHTROUNDING_H
#define TTC_TILEPROGRAMS_WEIGHTROUNDING_H

#include "ttc/Program/Program_generated.h"

#include <cstdint>
#include <vector>

namespace ttc::programs {

/// Moves a rows x cols (K x N) weight matrix onto the grid of a block format, column by column with the
/// rounding error of one row carried into the next. The errors of a column then add up to less than
/// one step instead of growing with sqrt(K): activations behind relu-like functions have a mean, and a
/// sum of errors times that mean would shift whole channels. Every weight stays within one and a half
/// steps of its value. Plain formats are left alone. The bytes are a choice of the compiler; the device
/// knows nothing of it.
void roundWithFeedback(std::vector<float> &matrix, int64_t rows, int64_t cols,
                       program::Format format);

} // namespace ttc::programs

#endif
