//===- Pricing.h - an op's price under given layouts ------------------------===//
#ifndef TTC_PASSES_LAYOUT_PRICING_H
#define TTC_PASSES_LAYOUT_PRICING_H

#include "dialects/TT/TT.h"
#include "passes/Layout/Prefetch.h"
#include "ttc/CostModel/PriceBuilder.h"
#include "ttc/TilePrograms/TilePrograms.h"

#include <map>

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

/// Prices of launches of one graph, whose layouts stay as they are. Each is computed once, also of launches that are
/// alike: of ops with the same attributes and types, which read each other's results in the same way.
class LaunchPrices {
public:
  explicit LaunchPrices(const DeviceSpec &spec) : spec(spec) {}
  /// As priceLaunch().
  const Expected<Price> &of(llvm::ArrayRef<tt::LowerToTileOpInterface> launch,
                            llvm::ArrayRef<PrefetchPart> alongside = {});
  /// Bytes of L1 a core that a product's prefetched weights and bias take, and in how many parts they may come; none
  /// where it has no such weights, or no room for its program beside them.
  struct Weights {
    int64_t bytes = 0, blocks = 0;
  };
  const Expected<std::optional<Weights>> &weights(mlir::Operation *op);

private:
  int classOf(mlir::Operation *op);

  const DeviceSpec &spec;
  std::map<std::string, int> classes;
  llvm::DenseMap<mlir::Operation *, int> classOfOp;
  std::map<std::vector<int64_t>, Expected<Price>> known;
  std::map<mlir::Operation *, Expected<std::optional<Weights>>> knownWeights;
};

/// What tt-prefetch-weights does: gives products the attribute, or none of them if not `prefetch`.
struct PrefetchOutcome {
  Cycles cycles = 0;      ///< of all launches, as priced
  Cycles saved = 0;       ///< of them, by weights that come early
  int64_t prefetched = 0; ///< products whose weights do
  int64_t excess = 0;     ///< bytes of L1 above prefetchBudget() that launches of several ops take
};
mlir::FailureOr<PrefetchOutcome> prefetchWeights(mlir::func::FuncOp func, const DeviceSpec &spec, LaunchPrices &prices,
                                                 bool prefetch = true);
void forgetPrefetches(mlir::func::FuncOp func);

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
