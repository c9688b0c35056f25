//===- ChooseLayouts.cpp - give every device tensor a layout ----------------===//
#include "passes/Layout/Boundary.h"
#include "passes/Layout/Blocking.h"
#include "passes/Layout/Candidates.h"
#include "passes/Layout/LayoutGraph.h"
#include "passes/Layout/Lexicographic.h"
#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Orders.h"
#include "passes/Layout/Overrides.h"
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"
#include "passes/Layout/Trace.h"
#include "ttc/Support/Files.h"

#include <map>
#include <utility>

namespace ttc {
#define GEN_PASS_DEF_TTCHOOSELAYOUTS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;
using tt::TileOrder;

RankedTensorType typeOf(Value v) { return llvm::cast<RankedTensorType>(v.getType()); }

RankedTensorType withLayout(RankedTensorType type, LayoutAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

/// Tensors that take more than this share of L1 on each core start in DRAM: they would be spilled.
constexpr double maxL1Share = 0.35;

class Chooser {
public:
  Chooser(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides,
          llvm::StringRef policy)
      : func(func), spec(spec), overrides(overrides), policy(policy),
        grid{spec.grid_x, spec.grid_y} {}

  LogicalResult run();
  int64_t reshards = 0, priced = 0;
  bool explain = false;

private:
  bool allowed(const LayoutRecipe &recipe) const {
    if (policy == "all-dram-interleaved")
      return recipe.memory == tt::MemorySpace::dram;
    if (policy == "all-height")
      return recipe.sharding == tt::Sharding::height || recipe.memory == tt::MemorySpace::dram;
    return true;
  }
  LogicalResult placeInput(tt::ToDeviceOp op);
  LogicalResult chooseFor(tt::LowerToTileOpInterface op);
  LogicalResult passThrough(Operation *op);
  /// The operand in an order that `use` reads, converted if need be.
  void convertOperand(mlir::OpOperand &use, LayoutAttr wanted);
  /// The conversions that an override asks for before the op reads an operand.
  void convertByStep(mlir::OpOperand &use, const LayoutStep &step);
  std::vector<std::optional<LayoutAttr>> resultLayouts(Operation *op, const LayoutRecipe &recipe);
  bool fitsL1(RankedTensorType type, LayoutAttr layout) const {
    if (layout.isInDram())
      return true;
    int64_t bytes =
        layout.isSharded() ? layout.shardBytes(type) : layout.totalBytes(type) / grid.cores();
    return double(bytes) <= maxL1Share * double(spec.l1Bytes());
  }

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LayoutOverrides &overrides;
  llvm::StringRef policy;
  Grid grid;
  OrderMap orders;
  llvm::DenseMap<std::pair<Value, mlir::Attribute>, Value> converted;
};

std::vector<std::optional<LayoutAttr>> Chooser::resultLayouts(Operation *op,
                                                              const LayoutRecipe &recipe) {
  std::vector<std::optional<LayoutAttr>> layouts;
  for (Value result : op->getResults())
    layouts.push_back(makeLayout(typeOf(result), recipe, orders.lookup(result), grid));
  return layouts;
}

LogicalResult Chooser::placeInput(tt::ToDeviceOp op) {
  // Sharded by height where it fits: that is how windows read it with the least traffic.
  const LayoutOverride *fixed = overrides.find(op);
  RankedTensorType type = typeOf(op.getResult());
  for (const LayoutRecipe &recipe : layoutRecipes(type, grid)) {
    if (!allowed(recipe))
      continue;
    std::optional<LayoutAttr> layout =
        makeLayout(type, recipe, orders.lookup(op.getResult()), grid);
    if (!layout || !fitsL1(type, *layout) || (fixed && !fixed->allows(*layout)))
      continue;
    int64_t cols = LayoutAttr::getRowsCols(type).cols;
    if (!layout->isTiled() && layout->getSharding() == tt::Sharding::height)
      // The host writes sticks without padding to a tile's width: 16-byte units are enough.
      layout = LayoutAttr::get(op.getContext(), layout->getMemory(), layout->getSharding(),
                               layout->getGridX(), layout->getGridY(), layout->getShardRows(),
                               (cols + 7) / 8 * 8, layout->getOrder(), layout->getStorage(), false);
    op.getResult().setType(withLayout(type, *layout));
    return mlir::success();
  }
  return op.emitError("no layout for the input that the overrides allow");
}

LogicalResult Chooser::passThrough(Operation *op) {
  for (Value result : op->getResults()) {
    LayoutAttr layout = tt::getLayout(op->getOperand(0).getType());
    if (!layout)
      return op->emitError("expected the operand of a view to have a layout");
    result.setType(withLayout(typeOf(result), layout));
  }
  return mlir::success();
}

void Chooser::convertOperand(mlir::OpOperand &use, LayoutAttr wanted) {
  Value value = use.get();
  Value &made = converted[{value, wanted}];
  if (!made) {
    mlir::OpBuilder builder(func.getContext());
    builder.setInsertionPointAfterValue(value);
    made = builder.create<tt::ReshardOp>(use.getOwner()->getLoc(),
                                         withLayout(typeOf(value), wanted), value);
    ++reshards;
  }
  use.set(made);
}

void Chooser::convertByStep(mlir::OpOperand &use, const LayoutStep &step) {
  RankedTensorType type = typeOf(use.get());
  LayoutAttr layout = tt::getLayout(type);
  if (!layout || use.get().getDefiningOp<tt::ConstantOp>())
    return;
  TileOrder order = step.order.value_or(layout.getOrder());
  bool moves = step.sharding && (layout.isInDram() || layout.getSharding() != *step.sharding);
  LayoutAttr wanted;
  if (!moves) {
    LayoutAttr::Extents shard = layout.paddedShard(type);
    int64_t cols = layout.isSharded() ? (shard.cols + 31) / 32 * 32 : 0;
    wanted = LayoutAttr::get(type.getContext(), layout.getMemory(), layout.getSharding(),
                             layout.getGridX(), layout.getGridY(), layout.getShardRows(), cols,
                             order, layout.getStorage(), layout.getColMajor());
  } else {
    // Over as many cores as cut the tensor into equal parts, else over as many as there are.
    for (bool equal : {true, false})
      for (const LayoutRecipe &recipe : layoutRecipes(type, grid)) {
        if (wanted || recipe.sharding != *step.sharding || recipe.memory != tt::MemorySpace::l1 ||
            (equal && !cutsEqually(type, recipe)))
          continue;
        if (auto layout = makeLayout(type, recipe, order, grid); layout && fitsL1(type, *layout))
          wanted = *layout;
      }
  }
  if (!wanted || (!moves && order == layout.getOrder()))
    return;
  Value &made = converted[{use.get(), wanted}];
  if (!made) {
    mlir::OpBuilder builder(use.getOwner());
    made = builder.create<tt::ReshardOp>(use.getOwner()->getLoc(), withLayout(type, wanted),
                                         use.get());
    ++reshards;
  }
  use.set(made);
}

/// Do two layouts of tensors with the same rows and columns put each part on the same core?
bool cutAlike(LayoutAttr a, LayoutAttr b) {
  if (!a || !b || a.getMemory() != b.getMemory() || a.getSharding() != b.getSharding())
    return false;
  if (!a.isSharded())
    return true;
  return a.getGridX() == b.getGridX() && a.getGridY() == b.getGridY() &&
         a.getColMajor() == b.getColMajor() &&
         (a.getSharding() == tt::Sharding::width || a.getShardRows() == b.getShardRows()) &&
         (a.getSharding() == tt::Sharding::height || a.getShardCols() == b.getShardCols());
}

/// One candidate for an op: layouts of the results, and reshards of the operands that it needs.
struct Candidate {
  std::vector<LayoutAttr> results;
  llvm::SmallVector<LayoutAttr> operands;
  Cycles cycles = 0;
};

LogicalResult Chooser::chooseFor(tt::LowerToTileOpInterface op) {
  const LayoutOverride *fixed = overrides.find(op);
  if (fixed)
    fixed->pin(op);

  if (fixed)
    for (const LayoutStep &step : fixed->operandSteps)
      for (mlir::OpOperand &use : op->getOpOperands())
        convertByStep(use, step);

  // Operands as they lie, or in the other order where the op cannot read that one.
  llvm::SmallVector<LayoutAttr> operands;
  Cycles conversions = 0;
  for (mlir::OpOperand &use : op->getOpOperands()) {
    LayoutAttr layout = tt::getLayout(use.get().getType());
    if (layout && use.get().getDefiningOp<tt::ConstantOp>())
      layout = {};
    if (layout && !readableOrders(use, orders).contains(layout.getOrder())) {
      TileOrder other = layout.isTiled() ? TileOrder::row_major : TileOrder::tile;
      tt::StorageType storage =
          other == TileOrder::row_major ? tt::StorageType::bf16 : layout.getStorage();
      LayoutAttr::Extents shard = layout.paddedShard(typeOf(use.get()));
      int64_t cols = layout.isSharded() ? (shard.cols + 31) / 32 * 32 : 0;
      LayoutAttr wanted = LayoutAttr::get(
          op.getContext(), layout.getMemory(), layout.getSharding(), layout.getGridX(),
          layout.getGridY(), layout.getShardRows(), cols, other, storage, layout.getColMajor());
      if (!converted.count({use.get(), wanted}))
        if (Expected<Price> price = priceReshard(typeOf(use.get()), spec, layout, wanted))
          conversions += price->cycles;
      layout = wanted;
    }
    operands.push_back(layout);
  }

  std::optional<Candidate> best, second;
  std::map<std::string, std::string> rejected; // kind of candidate -> first reason
  for (const LayoutRecipe &recipe : layoutRecipes(typeOf(op->getResult(0)), grid)) {
    if (!allowed(recipe))
      continue;
    Candidate candidate;
    bool possible = true;
    for (auto [result, layout] : llvm::zip(op->getResults(), resultLayouts(op, recipe))) {
      if (layout && fixed && fixed->shardCols && !layout->isTiled() &&
          layout->getSharding() == tt::Sharding::height) // sticks may be narrower than a tile
        layout = LayoutAttr::get(op.getContext(), layout->getMemory(), layout->getSharding(),
                                 layout->getGridX(), layout->getGridY(), layout->getShardRows(),
                                 *fixed->shardCols, layout->getOrder(), layout->getStorage(),
                                 layout->getColMajor());
      possible &= layout && fitsL1(typeOf(result), *layout) && (!fixed || fixed->allows(*layout));
      candidate.results.push_back(layout.value_or(LayoutAttr()));
    }
    if (possible && fixed && fixed->likeOperand)
      possible = cutAlike(candidate.results[0], operands[0]);
    // Sticks keep their pitch: narrow ones stay next to each other, and one read takes several.
    if (possible && fixed && fixed->likeOperand && !operands[0].isTiled() &&
        !candidate.results[0].isTiled() &&
        operands[0].getStorage() == candidate.results[0].getStorage())
      candidate.results[0] = operands[0];
    if (!possible)
      continue;
    candidate.operands = operands;
    candidate.cycles = conversions;
    Expected<Price> price = priceOp(op, spec, operands, candidate.results);
    ++priced;
    if (!price) {
      // Elementwise programs over row-major data want all tensors cut alike.
      std::string reason = price.error().message;
      for (auto [i, layout] : llvm::enumerate(candidate.operands)) {
        LayoutAttr wanted = candidate.results[0];
        Value operand = op->getOperand(i);
        if (!layout || layout == wanted ||
            !(LayoutAttr::getRowsCols(typeOf(operand)) ==
              LayoutAttr::getRowsCols(typeOf(op->getResult(0)))))
          continue;
        if (Expected<Price> moved = priceReshard(typeOf(operand), spec, layout, wanted))
          candidate.cycles += moved->cycles;
        layout = wanted;
      }
      price = priceOp(op, spec, candidate.operands, candidate.results);
      if (!price) {
        rejected.insert({stringifySharding(recipe.sharding).str() + " sharding", reason});
        continue;
      }
    }
    candidate.cycles += price->cycles;
    if (!best || candidate.cycles < best->cycles)
      second = std::exchange(best, candidate);
    else if (!second || candidate.cycles < second->cycles)
      second = candidate;
  }
  if (!best) {
    mlir::InFlightDiagnostic diag = op->emitError("no legal layout");
    for (auto &[kind, reason] : rejected)
      diag.attachNote() << kind << ": " << reason;
    if (rejected.empty())
      diag.attachNote() << "the overrides, the policy or the size of L1 leave no candidate";
    return diag;
  }
  if (explain) {
    mlir::InFlightDiagnostic remark = op->emitRemark("predicted ")
                                      << best->cycles << " cycles in " << best->results[0];
    if (second)
      remark << "; next " << second->cycles << " in " << second->results[0];
  }
  for (auto [use, layout] : llvm::zip(op->getOpOperands(), best->operands))
    if (layout && layout != tt::getLayout(use.get().getType()))
      convertOperand(use, layout);
  for (auto [result, layout] : llvm::zip(op->getResults(), best->results))
    result.setType(withLayout(typeOf(result), layout));
  return mlir::success();
}

LogicalResult Chooser::run() {
  llvm::DenseMap<Value, TileOrder> fixed;
  func.walk([&](Operation *op) {
    if (const LayoutOverride *o = overrides.find(op); o && o->order)
      for (Value result : op->getResults())
        fixed[result] = *o->order;
  });
  orders = chooseOrders(func, fixed);
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
    if (llvm::isa<tt::ConstantOp, tt::FromDeviceOp, mlir::func::ReturnOp>(op))
      continue;
    if (auto input = llvm::dyn_cast<tt::ToDeviceOp>(op)) {
      if (mlir::failed(placeInput(input)))
        return mlir::failure();
      continue;
    }
    // Heads behind from_device work on host tensors.
    if (op.getNumOperands() && op.getOperand(0).getDefiningOp<tt::FromDeviceOp>())
      continue;
    if (llvm::isa<tt::YoloHeadOp>(op) && !tt::getLayout(op.getOperand(0).getType()))
      continue;
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    if (!layoutOp || !lowered)
      return op.emitError("expected an op with a tile program");
    LogicalResult done = layoutOp.isView() ? passThrough(&op) : chooseFor(lowered);
    if (mlir::failed(done))
      return mlir::failure();
  }
  return mlir::success();
}

/// The whole graph at once (LayoutGraph, Solver).
class GlobalChooser {
public:
  GlobalChooser(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides,
                Objective objective)
      : func(func), spec(spec), graph(func, spec, overrides, {objective}), objective(objective) {}

  LogicalResult run();
  ChoiceResult result;
  ChoiceProblem problem;
  std::vector<std::vector<int>> dominated; ///< by which choice
  LayoutGraph &layouts() { return graph; }

private:
  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LayoutGraph graph;
  Objective objective;
};

LogicalResult GlobalChooser::run() {
  /// States of the dynamic program; YOLOv4 needs fewer.
  constexpr int64_t maxStates = 4096;
  if (mlir::failed(graph.build()))
    return mlir::failure();
  problem = graph.problem();
  dominated = dominatedChoices(problem);
  for (auto [node, by] : llvm::zip(problem.nodes, dominated))
    for (size_t c = 0; c < by.size(); ++c)
      if (by[c] >= 0)
        node.cost[c] = impossible;
  if (objective == Objective::l1) {
    // The smallest memory that anything fits in, to 4 KB; in it the fastest.
    int64_t tooSmall = 0, enough = problem.capacity;
    while (enough - tooSmall > 4096) {
      problem.capacity = (tooSmall + enough) / 2;
      (solveChoices(problem, maxStates) ? enough : tooSmall) = problem.capacity;
    }
    // Addresses leave gaps: of the fastest assignments for it and for more, the one whose placement
    // takes the least.
    int64_t least = std::numeric_limits<int64_t>::max(), capacity = enough, all = spec.l1Bytes();
    for (int64_t k = 0; k <= 16; ++k) {
      problem.capacity = enough + (all - enough) * k / 16;
      if (std::optional<ChoiceResult> found = solveChoices(problem, maxStates))
        if (int64_t peak = placementExcess(problem, *found, 0); peak < least) {
          least = peak;
          capacity = problem.capacity;
        }
    }
    problem.capacity = capacity;
  }
  // Addresses leave gaps: where the sum of what is alive fits but no placement does, less is allowed.
  std::optional<ChoiceResult> best;
  for (int round = 0; round < 6; ++round) {
    std::optional<ChoiceResult> found = solveChoices(problem, maxStates);
    if (!found)
      break;
    int64_t excess = placementExcess(problem, *found, spec.l1Bytes());
    best = std::move(found);
    if (excess <= 0)
      break;
    problem.capacity -= std::max<int64_t>(excess, spec.l1Bytes() / 64);
  }
  if (!best) {
    // Nothing fits by itself: tt-plan-memory spills what it must.
    problem.capacity = std::numeric_limits<int64_t>::max();
    best = solveChoices(problem, maxStates);
  }
  if (!best)
    return func.emitError("no assignment of layouts that every op can read");
  result = *best;
  graph.apply(result);
  return mlir::success();
}

struct ChooseLayouts : impl::TTChooseLayoutsBase<ChooseLayouts> {
  using TTChooseLayoutsBase::TTChooseLayoutsBase;

  LogicalResult greedy(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides,
                       llvm::StringRef policy) {
    placeBoundary(func);
    Chooser chooser(func, spec, overrides, policy);
    chooser.explain = explain;
    LogicalResult done = chooser.run();
    numReshards += unsigned(chooser.reshards);
    numCandidates += unsigned(chooser.priced);
    return done;
  }

  LogicalResult lexicographic(const DeviceSpec &spec, LayoutOverrides &overrides) {
    LexicographicStats stats;
    LogicalResult done = chooseLexicographic(getOperation(), spec, overrides, stats);
    numReshards += unsigned(stats.reshards);
    numCandidates += unsigned(stats.validated);
    return done;
  }

  LogicalResult optimal(const DeviceSpec &spec, LayoutOverrides &overrides, Objective objective) {
    mlir::func::FuncOp func = getOperation();
    placeBoundary(func);
    mlir::OwningOpRef<mlir::func::FuncOp> other = func.clone();
    GlobalChooser chooser(func, spec, overrides, objective);
    if (mlir::failed(chooser.run()))
      return mlir::failure();
    numReshards += unsigned(chooser.layouts().reshards());
    numCandidates += unsigned(chooser.layouts().priced());
    statesKept.updateMax(unsigned(chooser.result.widest));
    nlohmann::ordered_json trace;
    if (!this->trace.empty())
      trace = layoutTrace(chooser.layouts(), chooser.problem, chooser.result, chooser.dominated, spec,
                          this->objective);
    if (objective == Objective::latency) {
      // Edges are priced one operand at a time; the whole is checked against the greedy choice.
      std::optional<Cycles> mine = plannedCycles(func, spec), greedys;
      Chooser simple(*other, spec, overrides, "greedy");
      if (mlir::succeeded(simple.run()))
        greedys = plannedCycles(*other, spec);
      bool simpler = greedys && (!mine || *greedys < *mine);
      auto text = [](std::optional<Cycles> c) {
        return c ? std::to_string(*c) + " cycles" : std::string("not possible");
      };
      trace["taken"] = "whole programs priced once more: this choice " + text(mine) +
                       ", op by op " + text(greedys) +
                       (simpler ? ": the latter was taken" : ": the former was taken");
      if (simpler)
        func.getBody().takeBody(other->getBody());
    }
    int64_t blockingBudget = objective == Objective::l1 ? 0 : prefetchBudget(spec);
    mlir::OwningOpRef<mlir::func::FuncOp> own = func.clone();
    int64_t blockings = chooseBlocking(func, spec, blockingBudget);
    if (blockingBudget) {
      // More circular buffers may leave tensors no place: then none that is larger than it was.
      std::optional<Cycles> before = plannedCycles(*own, spec), after = plannedCycles(func, spec);
      if (before && (!after || *before < *after)) {
        func.getBody().takeBody(own->getBody());
        blockings = chooseBlocking(func, spec, 0);
      }
    }
    numBlockings += unsigned(blockings);
    if (objective == Objective::l1) {
      // Reshards and spills take memory that the choice does not see: the fastest may take less.
      auto peakOf = [&](mlir::func::FuncOp chosen) {
        mlir::OwningOpRef<mlir::func::FuncOp> trial = chosen.clone();
        mlir::FailureOr<MemoryPlan> plan = planMemory(*trial, spec, /*remarks=*/false);
        return mlir::succeeded(plan) ? plan->peak : std::numeric_limits<int64_t>::max();
      };
      GlobalChooser fastest(*other, spec, overrides, Objective::latency);
      if (mlir::succeeded(fastest.run())) {
        chooseBlocking(*other, spec, blockingBudget);
        if (peakOf(*other) < peakOf(func))
          func.getBody().takeBody(other->getBody());
      }
    }
    if (!this->trace.empty())
      if (Expected<void> written = writeFile(this->trace, trace.dump(1) + "\n"); !written)
        return func.emitError() << written.error().message;
    return mlir::success();
  }

  /// Does a hand-tuned configuration speak through attributes of the ops?
  bool overridesGiven() {
    bool given = false;
    getOperation().walk([&](Operation *op) { given |= op->hasAttr(overrideAttrName); });
    return given;
  }

  void runOnOperation() override {
    static constexpr llvm::StringLiteral policies[] = {"optimal", "greedy", "lexicographic",
                                                       "all-dram-interleaved", "all-height"};
    if (!llvm::is_contained(policies, policy)) {
      getOperation().emitError("unknown layout policy '")
          << policy << "': expected optimal, greedy, lexicographic, all-dram-interleaved or all-height";
      return signalPassFailure();
    }
    auto goal = llvm::StringSwitch<std::optional<Objective>>(objective)
                    .Case("latency", Objective::latency)
                    .Case("l1", Objective::l1)
                    .Case("dram-bytes", Objective::dramBytes)
                    .Default(std::nullopt);
    if (!goal) {
      getOperation().emitError("unknown objective '")
          << objective << "': expected latency, l1 or dram-bytes";
      return signalPassFailure();
    }
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Expected<LayoutOverrides> read = LayoutOverrides::read(overrides);
    if (!read) {
      getOperation().emitError() << read.error().message;
      return signalPassFailure();
    }
    if (!trace.empty() && (policy != "optimal" || overridesGiven())) {
      getOperation().emitError("a layout trace is written by policy optimal only");
      return signalPassFailure();
    }
    // A hand-tuned configuration says itself what each op does; what it leaves open is priced.
    bool handTuned = overridesGiven();
    LogicalResult done = policy == "lexicographic" ? lexicographic(*spec, *read)
                         : policy == "optimal" && !handTuned
                             ? optimal(*spec, *read, *goal)
                             : greedy(getOperation(), *spec, *read,
                                      policy == "optimal" ? "greedy" : llvm::StringRef(policy));
    if (mlir::failed(done))
      return signalPassFailure();
    if (std::string names = read->unused(); !names.empty()) {
      getOperation().emitError("layout overrides name layers that the model does not have: ")
          << names;
      signalPassFailure();
    }
  }
};

} // namespace
} // namespace ttc
