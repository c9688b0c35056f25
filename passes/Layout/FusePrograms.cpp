//===- FusePrograms.cpp - several ops in one launch --------------------------===//
//
// A product of what the program before it makes need not wait for the dispatcher: its
// kernels go on where the other's end, with weights on their way since their thread was
// free. Where it reads its own core's shard only, it does not wait for other cores either.
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

class Fuser {
public:
  Fuser(mlir::func::FuncOp func, const DeviceSpec &spec) : func(func), spec(spec) {}
  mlir::LogicalResult run();
  int64_t fused = 0;
  Cycles saved = 0;

private:
  struct Priced {
    Launch launch;
    Price price;
  };
  void takeApart();
  mlir::LogicalResult fuse();
  bool mayFollow(const Priced &launch, Operation *op);
  bool fits(const Price &price, const Launch &launch);

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  llvm::DenseMap<Operation *, int64_t> live;
};

/// Both multiply with the same numerics.
bool Fuser::mayFollow(const Priced &launch, Operation *op) {
  Operation *last = launch.launch.back();
  if (launch.price.programs != 1)
    return false;
  programs::Target target = programTarget(spec);
  Expected<std::optional<programs::Product>> before = plannedProduct(last, target),
                                             after = plannedProduct(op, target);
  return before && after && *before && *after &&
         (*before)->target.fidelity == (*after)->target.fidelity &&
         (*before)->target.fp32Dest == (*after)->target.fp32Dest;
}

bool Fuser::fits(const Price &price, const Launch &launch) {
  int64_t tensors = 0;
  for (Operation *op : launch)
    tensors = std::max(tensors, live.lookup(op));
  return price.cbs <= spec.max_cbs && price.semaphores <= spec.max_semaphores &&
         tensors + price.l1Bytes <= prefetchBudget(spec);
}

mlir::LogicalResult Fuser::run() {
  live = liveL1Bytes(func, spec);
  takeApart();
  std::optional<Cycles> apart = plannedCycles(func, spec);
  if (mlir::failed(fuse()))
    return mlir::failure();
  // Tensors of a launch are alive together: where that makes others leave L1, the whole may be slower.
  std::optional<Cycles> together = plannedCycles(func, spec);
  if (apart && (!together || *apart < *together)) {
    takeApart();
    fused = saved = 0;
  }
  return mlir::success();
}

void Fuser::takeApart() {
  for (const Launch &launch : launchesOf(func))
    for (Operation *op : launch)
      op->removeAttr(fusedAttr);
}

mlir::LogicalResult Fuser::fuse() {
  std::optional<Priced> before;
  for (const Launch &launch : launchesOf(func)) {
    tt::LowerToTileOpInterface op = launch.front();
    Expected<Price> own = priceOp(op, spec);
    if (!own)
      return op->emitError() << own.error().message;
    if (before && mayFollow(*before, op) && own->gridX == before->price.gridX &&
        own->gridY == before->price.gridY) {
      Launch together = before->launch;
      together.push_back(op);
      // An error says that it may not.
      Expected<Price> price = priceLaunch(together, spec);
      Cycles apart = before->price.cycles + own->cycles;
      if (price && price->cycles < apart && fits(*price, together)) {
        op->setAttr(fusedAttr, mlir::UnitAttr::get(op->getContext()));
        ++fused;
        saved += apart - price->cycles;
        before = Priced{together, *price};
        continue;
      }
    }
    before = Priced{launch, *own};
  }
  return mlir::success();
}

struct FusePrograms : impl::TTFuseProgramsBase<FusePrograms> {
  using TTFuseProgramsBase::TTFuseProgramsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Fuser fuser(getOperation(), *spec);
    if (mlir::failed(fuser.run()))
      return signalPassFailure();
    numFused += unsigned(fuser.fused);
    cyclesSaved += unsigned(fuser.saved);
  }
};

} // namespace
} // namespace ttc
