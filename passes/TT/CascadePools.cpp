//===- CascadePools.cpp - large max pools continue smaller ones -------------===//
#include "passes/TT/Passes.h"

#include "llvm/ADT/MapVector.h"

namespace ttc::tt {
#define GEN_PASS_DEF_CASCADEPOOLS
#include "passes/TT/Passes.h.inc"

using namespace mlir;

namespace {

/// The window that turns `small`'s result into `large`'s: of each output position it covers the
/// positions of `small` whose windows make up that of `large`. Positions of `small` outside its
/// result see no input that the nearest one inside does not see too, so -inf may stand for them.
struct Continuation {
  SmallVector<int64_t, 2> kernel;
  SmallVector<int64_t, 4> pads;
  int64_t taps = 1;
};

std::optional<Continuation> continuation(MaxPool2dOp small, MaxPool2dOp large) {
  auto dense = [](ArrayRef<int64_t> steps) {
    return llvm::all_of(steps, [](int64_t step) { return step == 1; });
  };
  if (!dense(small.getStrides()) || !dense(small.getDilations()) || !dense(large.getDilations()) ||
      small.getCeilMode() || large.getCeilMode() ||
      small.getDataFormat() != large.getDataFormat() ||
      small.getType().getElementType() != large.getType().getElementType())
    return std::nullopt;
  Continuation c;
  for (auto [s, l] : llvm::zip(small.getKernel(), large.getKernel())) {
    c.kernel.push_back(l - s + 1);
    c.taps *= std::max<int64_t>(l - s + 1, 0);
  }
  for (auto [side, pads] : llvm::enumerate(llvm::zip(small.getPads(), large.getPads()))) {
    auto [s, l] = pads;
    c.pads.push_back(l - s);
    if (l < s || l - s >= c.kernel[side % 2]) // constraint C2 of the op
      return std::nullopt;
  }
  if (c.taps <= 1) // not larger in one direction, or no larger in any
    return std::nullopt;
  return c;
}

class CascadePools : public impl::CascadePoolsBase<CascadePools> {
  void runOnOperation() override {
    // Pools by the input that they had before any was rewritten, in program order.
    llvm::MapVector<Value, SmallVector<MaxPool2dOp>> poolsOf;
    getOperation().walk([&](MaxPool2dOp pool) { poolsOf[pool.getInput()].push_back(pool); });
    for (auto &[input, pools] : poolsOf) {
      // A pool is compared with its neighbours' windows on the common input, so the pairs are found
      // before any of them changes.
      SmallVector<std::pair<Continuation, MaxPool2dOp>> found(pools.size());
      for (size_t l = 0; l < pools.size(); ++l)
        for (size_t s = 0; s < pools.size(); ++s) {
          if (s == l || pools[s]->getBlock() != pools[l]->getBlock())
            continue;
          std::optional<Continuation> c = continuation(pools[s], pools[l]);
          if (c && (!found[l].second || c->taps < found[l].first.taps))
            found[l] = {*c, pools[s]};
        }
      for (auto [pool, step] : llvm::zip(pools, found)) {
        auto &[c, from] = step;
        if (!from)
          continue;
        pool.getInputMutable().assign(from.getResult());
        pool.setKernel(c.kernel);
        pool.setPads(c.pads);
        ++numCascaded;
      }
      // A pool that is read now comes before its reader; the common input comes before all of them.
      for (MaxPool2dOp reader : pools)
        for (auto from = reader.getInput().getDefiningOp<MaxPool2dOp>();
             from && llvm::is_contained(pools, from) && reader->isBeforeInBlock(from);
             reader = from, from = from.getInput().getDefiningOp<MaxPool2dOp>())
          from->moveBefore(reader);
    }
  }
};

} // namespace
} // namespace ttc::tt
