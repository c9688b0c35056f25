//===- BatchNorm.h - batch normalisation as scale and shift ------------------===//
#ifndef TTC_PASSES_TT_BATCHNORM_H
#define TTC_PASSES_TT_BATCHNORM_H

#include "dialects/TT/TT.h"

#include <optional>

namespace ttc::tt {

/// Per channel: result = input * scale + shift.
struct ChannelAffine {
  llvm::SmallVector<double> scale, shift;
};

/// What a batch normalisation does, in double; nothing if its statistics are not constants.
std::optional<ChannelAffine> getAffine(BatchNormOp op);

} // namespace ttc::tt

#endif
