//===- Pricing.h - an op's price under given layouts ------------------------===//
#ifndef TTC_PASSES_LAYOUT_PRICING_H
#define TTC_PASSES_LAYOUT_PRICING_H

#include "dialects/TT/TT.h"
#include "passes/Layout/Prefetch.h"
#include "ttc/CostModel/PriceBuilder.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc {

/// The device a pass is for, by name or file; what is wrong with it is an error at `op`.
mlir::FailureOr<DeviceSpec> deviceFor(mlir::Operation *op, const std::string &device);

/// What programs may take of a device: five eighths of L1 for circular buffers (a 3x3 convolution
/// over 1,024 channels just fits), the rest for tensors.
programs::Target programTarget(const DeviceSpec &spec);

/// Writes the op's programs over the pricing builder; null layouts stand for operands without a
/// buffer (constants). The error says why the combination is not supported.
Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec,
                        llvm::ArrayRef<tt::LayoutAttr> operands,
                        llvm::ArrayRef<tt::LayoutAttr> results);

/// The ops of a launch with the layouts their types carry, with weights in L1 where they have
/// `tt.prefetch`, and with what the launch takes along for later ops.
Expected<Price> priceLaunch(llvm::ArrayRef<tt::LowerToTileOpInterface> launch, const DeviceSpec &spec,
                            llvm::ArrayRef<PrefetchPart> alongside = {});
/// One op alone.
inline Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec) {
  return priceLaunch(op, spec);
}

/// The op's program(s), with its weights in L1 if `weights` says where.
Expected<void> lowerOp(tt::LowerToTileOpInterface op, ProgramBuilder &builder,
                       const programs::Target &target, llvm::ArrayRef<BufferRef> operands,
                       llvm::ArrayRef<BufferRef> results,
                       const std::optional<programs::PrefetchedWeights> &weights);

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
