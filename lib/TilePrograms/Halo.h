//===- Halo.h - shards with the neighbours' sticks --------------------------===//
#ifndef TTC_TILEPROGRAMS_HALO_H
#define TTC_TILEPROGRAMS_HALO_H

#include "Partition.h"

namespace ttc::programs {

/// Where padded sticks lie in a haloed buffer. The padded image has (inH + pads) lines of (inW + pads)
/// sticks; core k, which makes results [k * partRows, (k + 1) * partRows), holds the sticks from the
/// first one its results read.
struct HaloGeometry {
  const WindowDesc &w;
  int64_t partRows;
  int64_t lineSticks, lines; ///< of one padded image
  int64_t sticks;            ///< a core, a multiple of 32

  HaloGeometry(const WindowDesc &w, int64_t partRows);
  int64_t outRows() const { return w.n * w.outH * w.outW; }
  /// Padded stick of tap (0, 0) of result `row`.
  Idx firstStick(ProgramBuilder &b, Idx row) const;
  int64_t firstStick(int64_t row) const;
};

} // namespace ttc::programs

#endif
