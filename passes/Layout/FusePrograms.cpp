//===- FusePrograms.cpp - several ops in one launch --------------------------===//
//
// A product of what the program before it makes need not wait for the dispatcher: its
// kernels go on where the other's end, with weights on their way since their thread was
// free. Where it reads its own core's shard only, it does not wait for other cores either.
//
// Circular buffers of a long launch take the L1 that weights could come to early, and
// nothing comes early within a launch: which ops are launched together is tried out with
// the prefetches that remain.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

namespace ttc {
#define GEN_PASS_DEF_TTFUSEPROGRAMS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;

/// Rounds over all ops, as long as one finds anything.
constexpr int maxRounds = 1;

/// An op that has programs; whether it may go on in the launch of the op before it, and does.
struct Step {
  tt::LowerToTileOpInterface op;
  bool may = false, fused = false;
};

class Fuser {
public:
  Fuser(mlir::func::FuncOp func, const DeviceSpec &spec, bool prefetch)
      : func(func), spec(spec), prefetch(prefetch), prices(spec) {}
  mlir::LogicalResult run();
  int64_t fused() const {
    return llvm::count_if(steps, [](const Step &s) { return s.fused; });
  }
  Cycles saved = 0;

private:
  mlir::LogicalResult collect();
  void set(Step &step, bool fused);
  void fuseOneByOne();
  using Total = std::pair<int64_t, Cycles>; ///< bytes of L1 that launches of several ops have too many; cycles
  std::optional<Total> total();
  void improve();

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  bool prefetch; ///< weights will come early
  LaunchPrices prices;
  std::vector<Step> steps;
};

/// Products that multiply with the same numerics on the same grid may go on in each other's launch.
mlir::LogicalResult Fuser::collect() {
  programs::Target target = programTarget(spec);
  std::optional<programs::Product> before;
  Price priceBefore;
  for (tt::LowerToTileOpInterface op : func.getOps<tt::LowerToTileOpInterface>())
    op->removeAttr(fusedAttr);
  for (const Launch &launch : launchesOf(func)) {
    tt::LowerToTileOpInterface op = launch.front();
    const Expected<Price> &price = prices.of(launch);
    if (!price)
      return op->emitError() << price.error().message;
    Expected<std::optional<programs::Product>> product = plannedProduct(op, target);
    if (!product)
      return op->emitError() << product.error().message;
    bool may = before && *product && price->programs == 1 && priceBefore.programs == 1 &&
               before->target.fidelity == (*product)->target.fidelity &&
               before->target.fp32Dest == (*product)->target.fp32Dest && price->gridX == priceBefore.gridX &&
               price->gridY == priceBefore.gridY;
    steps.push_back({op, may});
    before = *product;
    priceBefore = *price;
  }
  return mlir::success();
}

void Fuser::set(Step &step, bool fused) {
  step.fused = fused;
  if (fused)
    step.op->setAttr(fusedAttr, mlir::UnitAttr::get(step.op->getContext()));
  else
    step.op->removeAttr(fusedAttr);
}

/// Each op in turn goes on where that is faster than a launch of its own.
void Fuser::fuseOneByOne() {
  llvm::DenseMap<Operation *, int64_t> live = liveL1Bytes(func, spec);
  Launch launch;
  int64_t tensors = 0;
  for (Step &step : steps) {
    Launch together = launch;
    together.push_back(step.op);
    int64_t withIts = std::max(tensors, live.lookup(step.op));
    if (step.may) {
      const Expected<Price> &price = prices.of(together), &before = prices.of(launch), &own = prices.of(step.op);
      if (price && price->cycles < before->cycles + own->cycles && price->cbs <= spec.max_cbs &&
          price->semaphores <= spec.max_semaphores && withIts + price->l1Bytes <= prefetchBudget(spec)) {
        set(step, true);
        launch = together;
        tensors = withIts;
        continue;
      }
    }
    launch = {step.op};
    tensors = live.lookup(step.op);
  }
}

/// How much too large launches are, and predicted cycles of all; none where one cannot be.
std::optional<Fuser::Total> Fuser::total() {
  for (const Launch &launch : launchesOf(func)) {
    const Expected<Price> &price = prices.of(launch);
    if (!price || (launch.size() > 1 && (price->cbs > spec.max_cbs || price->semaphores > spec.max_semaphores)))
      return std::nullopt;
  }
  mlir::FailureOr<PrefetchOutcome> outcome = prefetchWeights(func, spec, prices, prefetch);
  forgetPrefetches(func);
  if (mlir::failed(outcome))
    return std::nullopt;
  return Total(outcome->excess, outcome->cycles);
}

/// Launches are parted, joined, and cut one op earlier or later, as long as that makes the whole faster.
void Fuser::improve() {
  std::optional<Total> best = total();
  auto attempt = [&](std::initializer_list<Step *> toggled) {
    for (Step *step : toggled)
      if (!step->fused && !step->may)
        return false;
    for (Step *step : toggled)
      set(*step, !step->fused);
    std::optional<Total> now = total();
    if (now && (!best || *now < *best)) {
      best = now;
      return true;
    }
    for (Step *step : toggled)
      set(*step, !step->fused);
    return false;
  };
  bool found = true;
  for (int round = 0; round < maxRounds && found; ++round) {
    found = false;
    for (size_t i = 0; i < steps.size(); ++i) {
      found |= attempt({&steps[i]});
      if (i + 1 < steps.size() && steps[i].fused != steps[i + 1].fused)
        found |= attempt({&steps[i], &steps[i + 1]});
    }
  }
}

mlir::LogicalResult Fuser::run() {
  if (mlir::failed(collect()))
    return mlir::failure();
  std::optional<Cycles> apart = plannedCycles(func, spec);
  std::optional<Total> before = total();
  fuseOneByOne();
  improve();
  // Tensors of a launch are alive together: where that makes others leave L1, the whole may be slower.
  std::optional<Cycles> together = plannedCycles(func, spec);
  if (apart && (!together || *apart < *together))
    for (Step &step : steps)
      set(step, false);
  if (std::optional<Total> after = total(); before && after)
    saved = before->second - after->second;
  return mlir::success();
}

struct FusePrograms : impl::TTFuseProgramsBase<FusePrograms> {
  using TTFuseProgramsBase::TTFuseProgramsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Fuser fuser(getOperation(), *spec, prefetch);
    if (mlir::failed(fuser.run()))
      return signalPassFailure();
    numFused += unsigned(fuser.fused());
    cyclesSaved += unsigned(std::max<Cycles>(0, fuser.saved));
  }
};

} // namespace
} // namespace ttc
