//===- Prefetch.h - weights that earlier programs bring ----------------------===//
#ifndef TTC_PASSES_LAYOUT_PREFETCH_H
#define TTC_PASSES_LAYOUT_PREFETCH_H

#include "dialects/TT/TT.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "ttc/TilePrograms/WeightPrefetch.h"

namespace ttc {

/// On an op: its program goes on in the launch of the op before it. A discardable attribute;
/// tt-fuse-programs sets it.
inline constexpr llvm::StringLiteral fusedAttr = "tt.fused";

/// On a product: how many steps (ops with programs) before it those stand whose launches bring part 0, 1, ...
/// of its weights. A discardable attribute; tt-prefetch-weights sets it.
inline constexpr llvm::StringLiteral prefetchAttr = "tt.prefetch";
/// And where to, in L1: address of the weights, of the bias. tt-plan-memory sets it.
inline constexpr llvm::StringLiteral prefetchAddressesAttr = "tt.prefetch_addresses";

/// The ops of a launch, in order: one, and those that go on in its program.
using Launch = llvm::SmallVector<tt::LowerToTileOpInterface, 1>;
std::vector<Launch> launchesOf(mlir::func::FuncOp func);

/// The product that `op` is under the layouts of its types, its operands and results without buffers;
/// none if it is none.
Expected<std::optional<programs::Product>> plannedProduct(mlir::Operation *op,
                                                          const programs::Target &target);

/// Part of a product's weights.
struct PrefetchPart {
  mlir::Operation *product;
  int64_t part, parts;
};

/// Which launch takes what along.
class PrefetchSchedule {
public:
  /// From the attributes; an entry that points before the first step, or into the product's own
  /// launch, is an error at its op.
  static mlir::FailureOr<PrefetchSchedule> of(mlir::func::FuncOp func);
  llvm::ArrayRef<PrefetchPart> takenAlong(const Launch &launch) const {
    return takenAlong(launch.front());
  }
  /// By the launch that begins with `op`.
  llvm::ArrayRef<PrefetchPart> takenAlong(mlir::Operation *op) const {
    auto known = parts.find(op);
    return known == parts.end() ? llvm::ArrayRef<PrefetchPart>() : known->second;
  }
  /// The op that begins the launch that brings the first of a product's weights; null if they are not
  /// prefetched.
  mlir::Operation *begin(mlir::Operation *product) const { return begins.lookup(product); }

private:
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<PrefetchPart>> parts;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> begins;
};

} // namespace ttc

#endif
