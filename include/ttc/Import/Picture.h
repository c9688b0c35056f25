//===- Picture.h - an input that looks like a photo to statistics -----------------------===//
#ifndef TTC_IMPORT_PICTURE_H
#define TTC_IMPORT_PICTURE_H

#include "ttc/Reference/HostTensor.h"

#include <cstdint>

namespace ttc {

/// Values in 0..1: noise on three scales, interpolated between grid points, over the last two dims.
HostTensor syntheticPicture(std::vector<int64_t> shape, uint64_t seed, uint64_t stream);

} // namespace ttc

#endif
