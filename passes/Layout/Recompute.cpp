//===- Recompute.cpp - tensors made again instead of kept ---------------------===//
//
// A tensor that has to leave L1 until it is read again is written to DRAM and read from
// there. Where what it is made of is still there, making it once more may take less.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Candidates.h"
#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Overrides.h"
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

namespace ttc {
#define GEN_PASS_DEF_TTRECOMPUTE
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;

/// Of what the whole takes, the part that making a tensor again has to save: prices are not righter than that.
constexpr Cycles doubt = 200;

/// A program with one result, which programs read.
bool isProgram(Operation *op) {
  auto layoutOp = llvm::dyn_cast_or_null<tt::LayoutOpInterface>(op);
  return llvm::isa_and_nonnull<tt::LowerToTileOpInterface>(op) && !(layoutOp && layoutOp.isView()) &&
         op->getNumResults() == 1;
}
bool readByPrograms(Operation *op) {
  return isProgram(op) && !op->use_empty() && llvm::all_of(op->getUsers(), isProgram);
}

class Recomputer {
public:
  Recomputer(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides)
      : func(func), spec(spec), overrides(overrides) {}
  void run();
  int64_t recomputed = 0;
  Cycles saved = 0;

private:
  std::vector<Operation *> inDram();
  std::vector<Operation *> lateReaders(Operation *op);
  bool acrossPause(Operation *op, Operation *wide);
  bool makeAgain(Operation *op, Operation *wide = nullptr);
  std::optional<LayoutAttr> bestInL1(Operation *op, llvm::ArrayRef<Operation *> readers);
  void setLayout(Operation *op, LayoutAttr layout) {
    op->getResult(0).setType(tt::withEncoding(llvm::cast<RankedTensorType>(op->getResult(0).getType()), layout));
  }
  llvm::DenseMap<Operation *, int64_t> steps() {
    llvm::DenseMap<Operation *, int64_t> steps;
    for (auto [i, op] : llvm::enumerate(func.getBody().front()))
      steps[&op] = int64_t(i);
    return steps;
  }

  /// Of those that a user has placed, nothing changes.
  bool isFree(Operation *op) { return readByPrograms(op) && !overrides.find(op); }

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LayoutOverrides &overrides;
  Cycles now = 0; ///< of the whole, memory planned
};

std::vector<Operation *> readersOf(Operation *op) {
  llvm::SetVector<Operation *> users(op->user_begin(), op->user_end());
  return {users.begin(), users.end()};
}

/// Programs whose result lies in DRAM, by choice or because L1 is full.
std::vector<Operation *> Recomputer::inDram() {
  mlir::OwningOpRef<mlir::func::FuncOp> plan = func.clone();
  if (mlir::failed(planMemory(*plan, spec, /*remarks=*/false)))
    return {};
  auto planned = (*plan).getOps<tt::LowerToTileOpInterface>().begin();
  std::vector<Operation *> found;
  for (tt::LowerToTileOpInterface op : func.getOps<tt::LowerToTileOpInterface>()) {
    Operation *there = *planned++;
    LayoutAttr layout = isFree(op) ? tt::getLayout(there->getResult(0).getType()) : LayoutAttr();
    if (layout && layout.isInDram())
      found.push_back(op);
  }
  return found;
}

/// Where in L1 its program and those of `readers` take the least.
std::optional<LayoutAttr> Recomputer::bestInL1(Operation *op, llvm::ArrayRef<Operation *> readers) {
  auto type = llvm::cast<RankedTensorType>(op->getResult(0).getType());
  LayoutAttr own = tt::getLayout(type);
  if (own.isInL1())
    return own;
  std::optional<LayoutAttr> best;
  Cycles least = 0;
  for (const LayoutRecipe &recipe : layoutRecipes(type, {spec.grid_x, spec.grid_y})) {
    std::optional<LayoutAttr> layout = makeLayout(type, recipe, own.getOrder(), {spec.grid_x, spec.grid_y});
    if (!layout || layout->isInDram() || layout->getStorage() != own.getStorage())
      continue;
    setLayout(op, *layout);
    Expected<Price> price = priceOp(llvm::cast<tt::LowerToTileOpInterface>(op), spec);
    Cycles cycles = price ? price->cycles : 0;
    for (Operation *reader : readers) {
      if (!price)
        break;
      price = priceOp(llvm::cast<tt::LowerToTileOpInterface>(reader), spec);
      cycles += price ? price->cycles : 0;
    }
    if (price && (!best || cycles < least)) {
      best = layout;
      least = cycles;
    }
  }
  setLayout(op, own);
  return best;
}

/// Those behind the longest time in which nobody reads it; of a reshard all, as it is that time that it is for.
std::vector<Operation *> Recomputer::lateReaders(Operation *op) {
  llvm::DenseMap<Operation *, int64_t> stepOf = steps();
  std::vector<Operation *> readers = readersOf(op);
  llvm::sort(readers, [&](Operation *a, Operation *b) { return stepOf[a] < stepOf[b]; });
  if (llvm::isa<tt::ReshardOp>(op))
    return isProgram(op->getOperand(0).getDefiningOp()) && !overrides.find(op->getOperand(0).getDefiningOp())
               ? readers
               : std::vector<Operation *>();
  int64_t longest = 1;
  size_t split = readers.size();
  for (size_t i = 1; i < readers.size(); ++i)
    if (int64_t pause = stepOf[readers[i]] - stepOf[readers[i - 1]]; pause > longest) {
      longest = pause;
      split = i;
    }
  return {readers.begin() + int64_t(split), readers.end()};
}

/// Is `wide` made and read while `op`, in L1, waits for its late readers?
bool Recomputer::acrossPause(Operation *op, Operation *wide) {
  LayoutAttr layout = tt::getLayout(op->getResult(0).getType());
  std::vector<Operation *> late = lateReaders(op);
  if (op == wide || late.empty() || !layout.isInL1())
    return false;
  llvm::DenseMap<Operation *, int64_t> stepOf = steps();
  return llvm::all_of(readersOf(op), [&](Operation *r) { return llvm::is_contained(late, r) || stepOf[r] <= stepOf[wide]; }) &&
         llvm::all_of(readersOf(wide), [&](Operation *r) { return stepOf[r] < stepOf[late.front()]; });
}

/// Once more, for its late readers, before the first of them; with `wide`, which was kept in DRAM beside it, in L1.
bool Recomputer::makeAgain(Operation *op, Operation *wide) {
  std::vector<Operation *> late = lateReaders(op);
  if (late.empty())
    return false;
  bool reshard = llvm::isa<tt::ReshardOp>(op);
  mlir::OpBuilder builder(late.front());
  Operation *again = builder.clone(reshard ? *op->getOperand(0).getDefiningOp() : *op), *next = op->getNextNode();
  again->getResult(0).setType(op->getResult(0).getType());
  auto readBy = [&](Operation *from, Operation *to) {
    from->getResult(0).replaceUsesWithIf(to->getResult(0), [&](mlir::OpOperand &use) {
      return llvm::is_contained(late, use.getOwner());
    });
  };
  readBy(op, again);
  // What lies where instead, if each has a place in L1.
  llvm::SmallVector<std::pair<Operation *, LayoutAttr>> before, after;
  auto moveToL1 = [&](Operation *moved) {
    before.push_back({moved, tt::getLayout(moved->getResult(0).getType())});
    if (std::optional<LayoutAttr> best = bestInL1(moved, readersOf(moved)))
      after.push_back({moved, *best});
  };
  moveToL1(again);
  if (!reshard)
    moveToL1(op);
  if (wide)
    moveToL1(wide);
  std::optional<Cycles> then;
  if (after.size() == before.size()) {
    for (auto [moved, layout] : after)
      setLayout(moved, layout);
    if (reshard)
      op->remove();
    then = plannedCycles(func, spec);
    if (reshard)
      next->getBlock()->getOperations().insert(next->getIterator(), op);
  }
  if (then && *then + now / doubt < now) {
    saved += now - *then;
    now = *then;
    if (reshard)
      op->erase();
    return true;
  }
  for (auto [moved, layout] : before)
    setLayout(moved, layout);
  readBy(again, op);
  again->erase();
  return false;
}

void Recomputer::run() {
  std::vector<Operation *> there = inDram();
  std::optional<Cycles> before = there.empty() ? std::nullopt : plannedCycles(func, spec);
  if (!before)
    return;
  now = *before;
  for (Operation *op : there) {
    if (makeAgain(op)) {
      ++recomputed;
      continue;
    }
    // Something else, that is smaller, could make place for it.
    std::vector<Operation *> beside;
    for (tt::LowerToTileOpInterface other : func.getOps<tt::LowerToTileOpInterface>())
      if (isFree(other) && !llvm::isa<tt::ReshardOp>(other) && acrossPause(other, op))
        beside.push_back(other);
    recomputed += !llvm::isa<tt::ReshardOp>(op) && llvm::any_of(beside, [&](Operation *other) { return makeAgain(other, op); });
  }
}

struct Recompute : impl::TTRecomputeBase<Recompute> {
  using TTRecomputeBase::TTRecomputeBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    LayoutOverrides fixed;
    if (!overrides.empty()) {
      Expected<LayoutOverrides> read = LayoutOverrides::read(overrides);
      if (!read) {
        getOperation().emitError() << read.error().message;
        return signalPassFailure();
      }
      fixed = *read;
    }
    Recomputer recomputer(getOperation(), *spec, fixed);
    recomputer.run();
    numRecomputed += unsigned(recomputer.recomputed);
    cyclesSaved += unsigned(recomputer.saved);
  }
};

} // namespace
} // namespace ttc
