//===- Pricing.h - an op's price under given layouts ------------------------===//
#ifndef TTC_PASSES_LAYOUT_PRICING_H
#define TTC_PASSES_LAYOUT_PRICING_H

#include "dialects/TT/TT.h"
#include "passes/Layout/Prefetch.h"
#include "ttc/CostModel/PriceBuilder.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc {

/// What programs may take of a device: five eighths of L1 for circular buffers (a 3x3 convolution
/// over 1,024 channels just fits), the rest for tensors.
programs::Target programTarget(const DeviceSpec &spec);

/// Writes the op's programs over the pricing builder; null layouts stand for operands without a
/// buffer (constants). The error says why the combination is not supported.
Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec,
                        llvm::ArrayRef<tt::LayoutAttr> operands,
                        llvm::ArrayRef<tt::LayoutAttr> results);

/// The same with the layouts the op's types carry, with its weights in L1 where it has `tt.prefetch`,
/// and with what it takes along for later ops.
Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec,
                        llvm::ArrayRef<PrefetchPart> alongside = {});

/// Bytes of L1 a core that a product's prefetched weights and bias take.
struct PrefetchBytes {
  int64_t weights = 0, bias = 0;
};
Expected<PrefetchBytes> prefetchBytes(mlir::Operation *product, const DeviceSpec &spec);

/// A reshard from one layout of `type` to another.
Expected<Price> priceReshard(mlir::RankedTensorType type, const DeviceSpec &spec,
                             tt::LayoutAttr from, tt::LayoutAttr to);

} // namespace ttc

#endif
