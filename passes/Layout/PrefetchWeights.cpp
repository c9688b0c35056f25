//===- PrefetchWeights.cpp - weights come while earlier programs run ---------===//
//
// A program that has its weights in L1 begins to multiply at once. What brings them
// takes links and DRAM channels from the programs it comes along with: each choice is
// priced as the programs that result, the product's and those of its carriers. Nearest
// carriers first, as L1 is taken from the first of them on.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Passes.h"
#include "passes/Layout/Prefetch.h"
#include "passes/Layout/Pricing.h"

namespace ttc {
#define GEN_PASS_DEF_TTPREFETCHWEIGHTS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;

/// Launches that are looked at as carriers of one product's weights.
constexpr size_t lookBack = 48;
/// The part of all cycles for which it is worth to take L1 and to look for carriers.
constexpr int64_t worthwhile = 1024;
/// In how many parts weights may come.
constexpr int64_t partings[] = {1, 2, 4, 8};

struct StepState {
  Launch launch;
  int64_t first = 0;                          ///< number of its first op
  Price price;                                ///< as planned so far
  int64_t live = 0;                           ///< L1 bytes of tensors and prefetched weights
  llvm::SmallVector<PrefetchPart> takenAlong;
};

class Prefetcher {
public:
  Prefetcher(mlir::func::FuncOp func, const DeviceSpec &spec, LaunchPrices &prices)
      : func(func), spec(spec), prices(prices) {}
  mlir::LogicalResult run(bool prefetch);
  PrefetchOutcome outcome;

private:
  struct Plan {
    Cycles gain = 0;
    std::vector<size_t> carriers; ///< of part 0, 1, ...
    std::vector<Price> prices;
  };
  Expected<std::optional<Plan>> plan(size_t at, Operation *op, int64_t bytes, const Price &with,
                                     int64_t parts);
  mlir::LogicalResult consider(size_t at, Operation *op);

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LaunchPrices &prices;
  std::vector<StepState> steps;
  Cycles all = 0; ///< of launches without prefetches
};

/// `parts` carriers before step `at` that each lose at most a quarter of what their part saves.
Expected<std::optional<Prefetcher::Plan>> Prefetcher::plan(size_t at, Operation *op, int64_t bytes,
                                                           const Price &with, int64_t parts) {
  Cycles saves = steps[at].price.cycles - with.cycles;
  Plan plan;
  plan.gain = saves;
  for (size_t i = at; i-- > 0 && at - i <= lookBack && int64_t(plan.carriers.size()) < parts;) {
    StepState &step = steps[i];
    if (step.live + bytes + step.price.l1Bytes > prefetchBudget(spec))
      break;
    auto alongside = step.takenAlong;
    alongside.push_back({op, parts - 1 - int64_t(plan.carriers.size()), parts});
    const Expected<Price> &price = prices.of(step.launch, alongside);
    if (!price)
      return price.error();
    Cycles cost = price->cycles - step.price.cycles;
    if (4 * cost * parts > saves || price->cbs > spec.max_cbs)
      continue;
    plan.gain -= cost;
    plan.carriers.insert(plan.carriers.begin(), i);
    plan.prices.insert(plan.prices.begin(), *price);
  }
  if (int64_t(plan.carriers.size()) < parts || plan.gain <= 0)
    return std::optional<Plan>();
  return std::optional(std::move(plan));
}

mlir::LogicalResult Prefetcher::consider(size_t at, Operation *op) {
  StepState &own = steps[at];
  auto failed = [&](const Error &e) { return op->emitError() << e.message; };
  const Expected<std::optional<LaunchPrices::Weights>> &weights = prices.weights(op);
  if (!weights)
    return failed(weights.error());
  if (!*weights)
    return mlir::success();
  auto [bytes, blocks] = **weights;
  op->setAttr(prefetchAttr, mlir::DenseI64ArrayAttr::get(op->getContext(), {}));
  const Expected<Price> &with = prices.of(own.launch, own.takenAlong);
  op->removeAttr(prefetchAttr);
  if (!with)
    return failed(with.error());
  if (with->cycles >= own.price.cycles || own.price.cycles - with->cycles < all / worthwhile || own.live + bytes + with->l1Bytes > prefetchBudget(spec))
    return mlir::success();
  std::optional<Plan> best;
  for (int64_t parts : partings) {
    if (parts > blocks || (best && best->gain * 10 > (own.price.cycles - with->cycles) * 9))
      break;
    Expected<std::optional<Plan>> found = plan(at, op, bytes, *with, parts);
    if (!found)
      return failed(found.error());
    if (*found && (!best || (*found)->gain > best->gain))
      best = std::move(*found);
  }
  if (!best)
    return mlir::success();
  llvm::SmallVector<int64_t> back;
  int64_t number = own.first + int64_t(llvm::find(own.launch, op) - own.launch.begin());
  for (auto [part, carrier] : llvm::enumerate(best->carriers)) {
    back.push_back(number - steps[carrier].first);
    steps[carrier].price = best->prices[part];
    steps[carrier].takenAlong.push_back({op, int64_t(part), int64_t(best->carriers.size())});
  }
  op->setAttr(prefetchAttr, mlir::DenseI64ArrayAttr::get(op->getContext(), back));
  own.price = *with;
  for (size_t i = best->carriers.front(); i <= at; ++i)
    steps[i].live += bytes;
  ++outcome.prefetched;
  outcome.saved += best->gain;
  return mlir::success();
}

mlir::LogicalResult Prefetcher::run(bool prefetch) {
  forgetPrefetches(func);
  llvm::DenseMap<Operation *, int64_t> live = liveL1Bytes(func, spec);
  int64_t number = 0;
  for (const Launch &launch : launchesOf(func)) {
    const Expected<Price> &price = prices.of(launch);
    if (!price)
      return launch.front()->emitError() << price.error().message;
    int64_t most = 0;
    for (Operation *op : launch)
      most = std::max(most, live.lookup(op));
    steps.push_back({launch, number, *price, most, {}});
    if (launch.size() > 1)
      outcome.excess += std::max<int64_t>(0, most + price->l1Bytes - prefetchBudget(spec));
    number += int64_t(launch.size());
    all += price->cycles;
  }
  for (size_t i = 1; prefetch && i < steps.size(); ++i)
    for (Operation *op : steps[i].launch)
      if (mlir::failed(consider(i, op)))
        return mlir::failure();
  for (const StepState &step : steps)
    outcome.cycles += step.price.cycles;
  return mlir::success();
}
} // namespace

void forgetPrefetches(mlir::func::FuncOp func) {
  for (Operation &op : func.getBody().front())
    op.removeAttr(prefetchAttr);
}

mlir::FailureOr<PrefetchOutcome> prefetchWeights(mlir::func::FuncOp func, const DeviceSpec &spec, LaunchPrices &prices,
                                                 bool prefetch) {
  Prefetcher prefetcher(func, spec, prices);
  if (mlir::failed(prefetcher.run(prefetch)))
    return mlir::failure();
  return prefetcher.outcome;
}

namespace {
struct PrefetchWeights : impl::TTPrefetchWeightsBase<PrefetchWeights> {
  using TTPrefetchWeightsBase::TTPrefetchWeightsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    LaunchPrices prices(*spec);
    mlir::FailureOr<PrefetchOutcome> outcome = prefetchWeights(getOperation(), *spec, prices);
    if (mlir::failed(outcome))
      return signalPassFailure();
    numPrefetched += unsigned(outcome->prefetched);
    cyclesSaved += unsigned(outcome->saved);
  }
};

} // namespace
} // namespace ttc
