//===- PlanMemory.cpp - decide every device address -------------------------===//
#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"
#include "passes/Layout/Trace.h"
#include "ttc/Support/Files.h"

#include "dialects/TT/Lowering/Lowering.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "ttc/CostModel/ArenaPlanner.h"

#include <map>

namespace ttc {
#define GEN_PASS_DEF_TTPLANMEMORY
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;

constexpr int64_t addressAlignment = 64;
int64_t alignUp(int64_t v, int64_t a) { return (v + a - 1) / a * a; }

/// A buffer: a value and the views of it.
struct Buffer {
  Value root;                   ///< null: of prefetched weights
  Operation *product = nullptr; ///< theirs
  llvm::SmallVector<Value> views;
  int64_t bytes = 0; ///< in every core or bank
  int64_t first = 0, last = 0;
  int64_t address = -1;
  bool inL1 = false;
  /// The buffer whose place it takes: of an operand that its program reads last, or that one's in turn. Its own if none.
  size_t place = 0;
  bool holds(Value v) const { return v == root || llvm::is_contained(views, v); }
};

class Planner {
public:
  Planner(mlir::func::FuncOp func, const DeviceSpec &spec, bool remarks)
      : func(func), spec(spec), remarks(remarks) {}
  LogicalResult run();
  LogicalResult collect();
  llvm::DenseMap<Operation *, int64_t> liveL1();
  int64_t spills = 0, peak = 0;

private:
  LogicalResult collectPrefetched(const llvm::DenseMap<Operation *, int64_t> &stepOf);
  void sharePlaces(const std::vector<int64_t> &lastRead);
  std::vector<Buffer> places() const;
  LogicalResult priceSteps();
  void place();
  /// The first step whose circular buffers reach into a live buffer; -1 for none.
  int64_t clash();
  LogicalResult spillAt(int64_t step);
  bool moveToDram(Buffer &buffer);
  void makeProgram(Operation *view);
  void write();
  int64_t bytesOf(Value v) const;

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  bool remarks;
  std::vector<Operation *> steps;
  std::vector<int64_t> cbBytes;
  std::vector<Buffer> buffers;
  llvm::DenseMap<Value, size_t> bufferOf;
};

int64_t Planner::bytesOf(Value v) const {
  auto type = llvm::cast<RankedTensorType>(v.getType());
  LayoutAttr layout = tt::getLayout(type);
  bool dram = layout.isInDram();
  int64_t alignment = dram ? spec.dram_alignment : spec.l1_alignment;
  int64_t page = layout.pageBytes(type, alignment);
  int64_t pages = layout.pagesPerShard(type);
  if (!layout.isSharded())
    pages = (pages + (dram ? spec.dram_banks : spec.cores()) - 1) /
            (dram ? spec.dram_banks : spec.cores());
  return alignUp(page * pages, addressAlignment);
}

LogicalResult Planner::collect() {
  buffers.clear();
  bufferOf.clear();
  steps.clear();
  llvm::DenseMap<Operation *, int64_t> stepOf;
  std::map<void *, llvm::SmallSetVector<size_t, 4>> sources;
  auto sourcesOf = [&](Value v) -> llvm::SmallSetVector<size_t, 4> & { return sources[v.getAsOpaquePointer()]; };
  for (Operation &op : func.getBody().front()) {
    stepOf[&op] = int64_t(steps.size());
    steps.push_back(&op);
    for (Value result : op.getResults()) {
      LayoutAttr layout = tt::getLayout(result.getType());
      if (!layout || llvm::isa<tt::ConstantOp>(op))
        continue;
      auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
      if (layoutOp && layoutOp.isView()) {
        llvm::SmallSetVector<size_t, 4> &seen = sourcesOf(result);
        for (Value operand : op.getOperands())
          for (size_t source : sourcesOf(operand))
            seen.insert(source);
        if (seen.empty())
          return op.emitError("a view of a tensor that has no buffer");
        for (size_t source : seen)
          buffers[source].views.push_back(result);
        if (!op.hasAttr(tt::viewAttr))
          bufferOf[result] = seen.front();
        continue;
      }
      bufferOf[result] = buffers.size();
      sourcesOf(result).insert(buffers.size());
      Buffer b;
      b.root = result;
      b.bytes = bytesOf(result);
      b.inL1 = layout.isInL1();
      b.first = b.last = stepOf[&op];
      buffers.push_back(b);
    }
  }
  for (Buffer &b : buffers) {
    auto extend = [&](Value v) {
      for (Operation *user : v.getUsers())
        b.last = std::max(b.last, stepOf[user]);
    };
    extend(b.root);
    for (Value v : b.views)
      extend(v);
    // Inputs are written before the first program runs, results are read after the last one.
    if (llvm::isa<tt::ToDeviceOp>(b.root.getDefiningOp()))
      b.first = 0;
    // A result is live to the end: the host reads it after the last program.
    for (Operation *user : b.root.getUsers())
      if (llvm::isa<tt::FromDeviceOp>(user))
        b.last = int64_t(steps.size()) - 1;
  }
  return collectPrefetched(stepOf);
}

LogicalResult Planner::collectPrefetched(const llvm::DenseMap<Operation *, int64_t> &stepOf) {
  mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(func);
  if (mlir::failed(schedule))
    return mlir::failure();
  for (auto [i, op] : llvm::enumerate(steps)) {
    Operation *begin = schedule->begin(op);
    if (!begin)
      continue;
    Expected<PrefetchBytes> bytes = prefetchBytes(op, spec);
    if (!bytes)
      return op->emitError() << bytes.error().message;
    Buffer b;
    b.product = op;
    b.bytes = bytes->weights + bytes->bias;
    b.inL1 = true;
    b.first = stepOf.lookup(begin);
    b.last = int64_t(i);
    buffers.push_back(b);
  }
  std::vector<int64_t> lastRead;
  for (const Buffer &b : buffers)
    lastRead.push_back(b.last);
  // Cores of a launch are not at the same op.
  for (const Launch &launch : launchesOf(func)) {
    int64_t first = stepOf.lookup(launch.front()), last = stepOf.lookup(launch.back());
    for (Buffer &b : buffers) {
      if (first <= b.first && b.first <= last)
        b.first = first;
      if (first <= b.last && b.last <= last)
        b.last = last;
    }
  }
  sharePlaces(lastRead);
  return mlir::success();
}

/// A result in L1 takes the place of an operand that lies as it does and that nobody reads after its program, which reads
/// each part before it writes it. Other ops of the same launch may still read the operand on other cores.
void Planner::sharePlaces(const std::vector<int64_t> &lastRead) {
  for (size_t i = 0; i < buffers.size(); ++i)
    buffers[i].place = i;
  std::vector<bool> taken(buffers.size());
  std::vector<Launch> launches = launchesOf(func);
  for (auto [step, op] : llvm::enumerate(steps)) {
    if (op->getNumResults() != 1)
      continue;
    auto result = bufferOf.find(op->getResult(0));
    if (result == bufferOf.end() || buffers[result->second].root != op->getResult(0) || !buffers[result->second].inL1)
      continue;
    for (mlir::OpOperand &operand : op->getOpOperands()) {
      auto source = bufferOf.find(operand.get());
      if (source == bufferOf.end() || operand.get().getType() != op->getResult(0).getType() || taken[source->second] ||
          buffers[source->second].root != operand.get() || lastRead[source->second] != int64_t(step) ||
          !tt::mayOverwrite(operand))
        continue;
      const Buffer &from = buffers[source->second];
      bool readBeside = llvm::any_of(launches, [&](const Launch &launch) {
        return llvm::is_contained(launch, op) && llvm::any_of(launch, [&](Operation *other) {
                 return other != op && llvm::any_of(other->getOperands(), [&](Value v) { return from.holds(v); });
               });
      });
      if (readBeside)
        continue;
      taken[source->second] = true;
      buffers[result->second].place = from.place;
      break;
    }
  }
}

/// Buffers that are not in another's place, alive as long as those that are in theirs.
std::vector<Buffer> Planner::places() const {
  std::vector<Buffer> all = buffers, own;
  for (const Buffer &b : buffers) {
    all[b.place].first = std::min(all[b.place].first, b.first);
    all[b.place].last = std::max(all[b.place].last, b.last);
  }
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].place == i)
      own.push_back(all[i]);
  return own;
}

llvm::DenseMap<Operation *, int64_t> Planner::liveL1() {
  llvm::DenseMap<Operation *, int64_t> live;
  for (const Buffer &b : places())
    if (b.inL1)
      for (int64_t step = b.first; step <= b.last; ++step)
        live[steps[size_t(step)]] += b.bytes;
  return live;
}

LogicalResult Planner::priceSteps() {
  mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(func);
  if (mlir::failed(schedule))
    return mlir::failure();
  cbBytes.assign(steps.size(), 0);
  llvm::DenseMap<Operation *, int64_t> bytes;
  for (const Launch &launch : launchesOf(func)) {
    Expected<Price> price = priceLaunch(launch, spec, schedule->takenAlong(launch));
    if (!price)
      return launch.front()->emitError() << price.error().message;
    for (Operation *op : launch)
      bytes[op] = price->l1Bytes;
  }
  for (auto [i, op] : llvm::enumerate(steps))
    cbBytes[i] = bytes.lookup(op);
  return mlir::success();
}

void Planner::place() {
  auto arena = [&](bool l1) {
    std::vector<ArenaItem> items;
    std::vector<Buffer *> owners;
    for (const Buffer &b : places())
      if (b.inL1 == l1) {
        items.push_back({b.bytes, b.first, b.last});
        owners.push_back(&buffers[b.place]);
      }
    std::vector<int64_t> limits; // below them lie circular buffers
    if (l1)
      for (int64_t bytes : cbBytes)
        limits.push_back(spec.l1_end - spec.l1_base - bytes - addressAlignment);
    std::vector<int64_t> offsets = planArena(items, addressAlignment, limits);
    for (auto [owner, offset] : llvm::zip(owners, offsets))
      // L1 fills from its end, so that the circular buffers at its start have room.
      owner->address = l1 ? spec.l1_end - offset - owner->bytes : offset;
  };
  arena(true);
  arena(false);
  for (Buffer &b : buffers)
    if (b.inL1 && &b == &buffers[b.place])
      b.address = b.address / addressAlignment * addressAlignment;
  for (Buffer &b : buffers)
    b.address = buffers[b.place].address;
}

int64_t Planner::clash() {
  int64_t found = -1;
  peak = 0;
  for (int64_t step = 0; step < int64_t(steps.size()); ++step) {
    int64_t lowest = spec.l1_end;
    for (const Buffer &b : buffers)
      if (b.inL1 && b.first <= step && step <= b.last)
        lowest = std::min(lowest, b.address);
    peak = std::max(peak, spec.l1_end - lowest + cbBytes[size_t(step)]);
    if (lowest < spec.l1_base + cbBytes[size_t(step)] && found < 0)
      found = step;
  }
  return found;
}

/// A view whose parts lie otherwise is a program, which no other one goes on in. Steps are counted otherwise with
/// it: weights come when they are needed.
void Planner::makeProgram(Operation *view) {
  view->removeAttr(tt::viewAttr);
  for (Launch launch : launchesOf(func))
    if (launch.front() == view)
      for (Operation *op : launch)
        op->removeAttr(fusedAttr);
  for (Operation *op : steps)
    op->removeAttr(prefetchAttr);
}

LogicalResult Planner::spillAt(int64_t step) {
  // Belady: of the buffers alive here, the one whose next use is farthest; the larger on a tie.
  // Weights can come later, and ops be launched apart, before any of them.
  for (const Buffer &b : buffers)
    if (b.product && b.first <= step && step <= b.last) {
      b.product->removeAttr(prefetchAttr);
      return mlir::success();
    }
  for (const Launch &launch : launchesOf(func))
    if (launch.size() > 1 && llvm::is_contained(launch, steps[size_t(step)])) {
      for (Operation *op : launch)
        op->removeAttr(fusedAttr);
      return mlir::success();
    }
  auto nextUse = [&](const Buffer &b) {
    int64_t next = b.last + 1;
    for (int64_t s = step; s <= b.last; ++s)
      if (llvm::any_of(steps[size_t(s)]->getOperands(), [&](Value v) { return b.holds(v); }))
        next = std::min(next, s);
    return next;
  };
  std::vector<Buffer *> victims;
  for (Buffer &b : buffers)
    if (b.inL1 && b.first <= step && step <= b.last)
      victims.push_back(&b);
  llvm::stable_sort(victims, [&](const Buffer *a, const Buffer *b) {
    return std::pair(nextUse(*a), a->bytes) > std::pair(nextUse(*b), b->bytes);
  });
  Operation *op = steps[size_t(step)];
  if (victims.empty())
    return op->emitError("needs ") << cbBytes[size_t(step)]
                                   << " bytes of L1 per core for circular buffers, limit is "
                                   << spec.l1Bytes();
  for (Buffer *victim : victims)
    if (moveToDram(*victim)) {
      if (remarks)
        victim->root.getDefiningOp()->emitRemark("spilled to DRAM: ")
          << victim->bytes << " bytes of L1 per core are needed at " << op->getName() << " " << op->getLoc();
      ++spills;
      return mlir::success();
    }
  return op->emitError("does not fit in L1 with the tensors that are alive, and no program that makes or reads one of "
                       "these can do so from DRAM");
}

/// False, and no change, if a program that makes or reads it has no form for that.
bool Planner::moveToDram(Buffer &buffer) {
  Buffer *victim = &buffer;
  auto type = llvm::cast<RankedTensorType>(victim->root.getType());
  LayoutAttr layout = tt::getLayout(type);
  LayoutAttr dram = LayoutAttr::get(type.getContext(), tt::MemorySpace::dram,
                                    tt::Sharding::interleaved, 1, 1, 0, 0, layout.getOrder(),
                                    layout.getStorage(), false);
  auto setLayout = [&](Value v) {
    auto t = llvm::cast<RankedTensorType>(v.getType());
    v.setType(RankedTensorType::get(t.getShape(), t.getElementType(), dram));
  };
  auto possible = [&](Operation *op) {
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    return !lowered || op->hasAttr(tt::viewAttr) || priceOp(lowered, spec);
  };
  setLayout(victim->root);
  if (!possible(victim->root.getDefiningOp()) || !llvm::all_of(victim->root.getUsers(), possible)) {
    victim->root.setType(type);
    return false;
  }
  // Work is cut otherwise where the result or an operand lies elsewhere: such ops are launched by themselves.
  auto touches = [&](Operation *op) {
    return llvm::any_of(op->getResults(), [&](Value v) { return v == victim->root; }) ||
           llvm::any_of(op->getOperands(), [&](Value v) { return victim->holds(v); });
  };
  for (const Launch &launch : launchesOf(func))
    if (llvm::any_of(launch, [&](tt::LowerToTileOpInterface op) { return touches(op); }))
      for (Operation *op : launch)
        op->removeAttr(fusedAttr);
  for (Value v : victim->views)
    if (Operation *view = v.getDefiningOp(); view->hasAttr(tt::viewAttr))
      makeProgram(view);
    else if (!tt::mayBeView(view)) // of another's columns
      setLayout(v);
  return true;
}

void Planner::write() {
  mlir::OpBuilder builder(func.getContext());
  for (Operation *op : steps) {
    llvm::SmallVector<int64_t> addresses;
    for (Value result : op->getResults())
      if (auto it = bufferOf.find(result); it != bufferOf.end())
        addresses.push_back(buffers[it->second].address);
    if (!addresses.empty())
      op->setAttr("tt.addresses", builder.getDenseI64ArrayAttr(addresses));
  }
  for (const Buffer &b : buffers) {
    if (b.product) {
      Expected<PrefetchBytes> bytes = prefetchBytes(b.product, spec);
      b.product->setAttr(prefetchAddressesAttr,
                         builder.getDenseI64ArrayAttr({b.address, b.address + bytes->weights}));
      continue;
    }
    Operation *last = steps[size_t(b.last)];
    if (last->hasTrait<mlir::OpTrait::IsTerminator>())
      continue;
    // A result stays until the host has read it.
    bool read = llvm::isa<tt::FromDeviceOp>(last);
    if (read)
      continue;
    builder.setInsertionPointAfter(last);
    builder.create<tt::DeallocateOp>(b.root.getLoc(), b.root);
  }
}

LogicalResult Planner::run() {
  // Each round spills one buffer, so this ends.
  while (true) {
    if (mlir::failed(collect()) || mlir::failed(priceSteps()))
      return mlir::failure();
    place();
    int64_t step = clash();
    if (step < 0)
      break;
    if (mlir::failed(spillAt(step)))
      return mlir::failure();
  }
  for (const Buffer &b : buffers)
    if (!b.inL1 && b.address + b.bytes > spec.dram_bank_bytes)
      return b.root.getDefiningOp()->emitError("device DRAM is full: a bank has ")
             << spec.dram_bank_bytes << " bytes";
  write();
  return mlir::success();
}

} // namespace

mlir::FailureOr<MemoryPlan> planMemory(mlir::func::FuncOp func, const DeviceSpec &spec,
                                       bool remarks) {
  Planner planner(func, spec, remarks);
  if (mlir::failed(planner.run()))
    return mlir::failure();
  return MemoryPlan{planner.spills, planner.peak};
}

mlir::FailureOr<Cycles> predictedCycles(mlir::func::FuncOp func, const DeviceSpec &spec) {
  mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(func);
  if (mlir::failed(schedule))
    return mlir::failure();
  Cycles cycles = 0;
  for (const Launch &launch : launchesOf(func)) {
    Expected<Price> price = priceLaunch(launch, spec, schedule->takenAlong(launch));
    if (!price)
      return launch.front()->emitError() << price.error().message;
    cycles += price->cycles;
  }
  return cycles;
}

std::optional<Cycles> plannedCycles(mlir::func::FuncOp func, const DeviceSpec &spec) {
  mlir::ScopedDiagnosticHandler quiet(func.getContext(), [](mlir::Diagnostic &) { return mlir::success(); });
  mlir::OwningOpRef<mlir::func::FuncOp> trial = func.clone();
  if (mlir::failed(planMemory(*trial, spec, /*remarks=*/false)))
    return std::nullopt;
  mlir::FailureOr<Cycles> cycles = predictedCycles(*trial, spec);
  return mlir::succeeded(cycles) ? std::optional(*cycles) : std::nullopt;
}

llvm::DenseMap<mlir::Operation *, int64_t> liveL1Bytes(mlir::func::FuncOp func,
                                                       const DeviceSpec &spec) {
  Planner planner(func, spec, /*remarks=*/false);
  return mlir::failed(planner.collect()) ? llvm::DenseMap<mlir::Operation *, int64_t>()
                                         : planner.liveL1();
}

namespace {
struct PlanMemory : impl::TTPlanMemoryBase<PlanMemory> {
  using TTPlanMemoryBase::TTPlanMemoryBase;

  /// To what tt-choose-layouts wrote.
  LogicalResult addToTrace(const DeviceSpec &spec) {
    mlir::func::FuncOp func = getOperation();
    mlir::FailureOr<nlohmann::ordered_json> launches = launchTrace(func, spec);
    Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(trace);
    if (mlir::failed(launches))
      return mlir::failure();
    if (!file)
      return func.emitError() << file.error().message;
    auto whole = nlohmann::ordered_json::parse((*file)->bytes(), nullptr, /*allow_exceptions=*/false);
    if (!whole.is_object())
      return func.emitError() << trace << ": expected a layout trace, as tt-choose-layouts writes it";
    whole.update(*launches);
    if (Expected<void> written = writeFile(trace, whole.dump(1) + "\n"); !written)
      return func.emitError() << written.error().message;
    return mlir::success();
  }

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    mlir::FailureOr<MemoryPlan> plan = planMemory(getOperation(), *spec, /*remarks=*/true);
    if (mlir::failed(plan))
      return signalPassFailure();
    numSpills += unsigned(plan->spills);
    peakL1.updateMax(unsigned(plan->peak));
    if (!trace.empty() && mlir::failed(addToTrace(*spec)))
      signalPassFailure();
  }
};

} // namespace
} // namespace ttc
