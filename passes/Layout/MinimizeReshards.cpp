//===- MinimizeReshards.cpp - fewer programs that only move data -------------===//
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ttc {
#define GEN_PASS_DEF_TTMINIMIZERESHARDS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;
using tt::ReshardOp;
using tt::TileOrder;

RankedTensorType typeOf(Value v) { return llvm::cast<RankedTensorType>(v.getType()); }

struct Figures {
  int64_t count = 0, bytes = 0;
  Cycles cycles = 0;
};

class Minimizer {
public:
  Minimizer(mlir::func::FuncOp func, const DeviceSpec &spec) : func(func), spec(spec) {}

  Figures measure();
  /// What no choice of layouts avoids: a tensor that its op cannot write in an order that some reader
  /// reads. Cycles: no less than a program's launch each.
  Figures bound();
  void run() {
    while (step()) {
    }
  }

private:
  bool step();
  bool merge(ReshardOp op);
  bool shortenChain(ReshardOp op);
  bool foldIntoReaders(ReshardOp op);
  bool foldIntoProducer(ReshardOp op);
  std::optional<Cycles> price(ReshardOp op) const {
    Expected<Price> p = priceReshard(typeOf(op.getInput()), spec, tt::getLayout(op.getInput().getType()),
                                     tt::getLayout(op.getType()));
    return p ? std::optional(p->cycles) : std::nullopt;
  }
  /// With operands equal to `from` read in layout `as`, and results in the given layouts.
  std::optional<Cycles> price(Operation *op, Value from, LayoutAttr as, LayoutAttr result = {}) const;

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
};

std::optional<Cycles> Minimizer::price(Operation *op, Value from, LayoutAttr as,
                                       LayoutAttr result) const {
  auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
  auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
  if (!lowered || op->getNumResults() == 0 || (layoutOp && layoutOp.isView()))
    return std::nullopt;
  llvm::SmallVector<LayoutAttr> operands, results;
  for (Value v : op->getOperands())
    operands.push_back(v == from && as ? as : tt::getLayout(v.getType()));
  for (Value v : op->getResults())
    results.push_back(result ? result : tt::getLayout(v.getType()));
  Expected<Price> p = priceOp(lowered, spec, operands, results);
  return p ? std::optional(p->cycles) : std::nullopt;
}

Figures Minimizer::measure() {
  Figures f;
  for (ReshardOp op : func.getOps<ReshardOp>()) {
    ++f.count;
    f.bytes += tt::getLayout(op.getType()).totalBytes(typeOf(op.getResult()));
    f.cycles += price(op).value_or(0);
  }
  return f;
}

Figures Minimizer::bound() {
  Figures f;
  constexpr TileOrder both[] = {TileOrder::tile, TileOrder::row_major};
  for (Operation &producer : func.getBody().front()) {
    auto writes = llvm::dyn_cast<tt::LayoutOpInterface>(producer);
    if (!writes || writes.isView() || llvm::isa<ReshardOp>(producer))
      continue;
    for (Value value : producer.getResults()) {
      llvm::SmallVector<Value> seenAs = {value}; // reshards of it are the same tensor
      bool forced = false;
      for (size_t i = 0; i < seenAs.size(); ++i)
        for (mlir::OpOperand &use : seenAs[i].getUses()) {
          auto reads = llvm::dyn_cast<tt::LayoutOpInterface>(use.getOwner());
          if (auto reshard = llvm::dyn_cast<ReshardOp>(use.getOwner()))
            seenAs.push_back(reshard.getResult());
          if (!reads || use.getOwner()->getNumResults() == 0 || reads.isView() ||
              llvm::isa<ReshardOp>(use.getOwner()))
            continue;
          bool possible = false;
          for (TileOrder result : both)
            for (TileOrder order : both)
              possible |= reads.resultOrders().contains(result) &&
                          writes.resultOrders().contains(order) &&
                          reads.operandOrders(use.getOperandNumber(), result).contains(order);
          forced |= !possible;
        }
      LayoutAttr layout = tt::getLayout(value.getType());
      if (!forced || !layout)
        continue;
      ++f.count;
      f.bytes += layout.totalBytes(typeOf(value));
      f.cycles += timing::launchGap(spec);
    }
  }
  return f;
}

/// The same reshard exists already.
bool Minimizer::merge(ReshardOp op) {
  for (Operation *user : op.getInput().getUsers()) {
    auto other = llvm::dyn_cast<ReshardOp>(user);
    if (!other || other == op || other.getType() != op.getType() ||
        !other->isBeforeInBlock(op))
      continue;
    op.getResult().replaceAllUsesWith(other.getResult());
    op.erase();
    return true;
  }
  return false;
}

/// A reshard of a reshard reads the first one's source.
bool Minimizer::shortenChain(ReshardOp op) {
  auto inner = op.getInput().getDefiningOp<ReshardOp>();
  if (!inner)
    return false;
  Expected<Price> direct =
      priceReshard(typeOf(inner.getInput()), spec, tt::getLayout(inner.getInput().getType()),
                   tt::getLayout(op.getType()));
  std::optional<Cycles> outer = price(op), first = price(inner);
  bool dies = inner.getResult().hasOneUse();
  if (!direct || !outer || !first || direct->cycles > *outer + (dies ? *first : 0))
    return false;
  op.setOperand(inner.getInput());
  if (dies)
    inner.erase();
  return true;
}

/// The readers gather from the source themselves.
bool Minimizer::foldIntoReaders(ReshardOp op) {
  std::optional<Cycles> before = price(op);
  LayoutAttr source = tt::getLayout(op.getInput().getType());
  Cycles now = before.value_or(0), then = 0;
  for (Operation *user : op.getResult().getUsers()) {
    std::optional<Cycles> with = price(user, op.getResult(), {}),
                          without = price(user, op.getResult(), source);
    if (!with || !without)
      return false;
    now += *with;
    then += *without;
  }
  if (then > now)
    return false;
  op.getResult().replaceAllUsesWith(op.getInput());
  op.erase();
  return true;
}

/// The producer writes what its only reader would reshard.
bool Minimizer::foldIntoProducer(ReshardOp op) {
  Operation *producer = op.getInput().getDefiningOp();
  LayoutAttr wanted = tt::getLayout(op.getType());
  if (!producer || producer->getNumResults() != 1 || !op.getInput().hasOneUse())
    return false;
  if (!llvm::isa<tt::ToDeviceOp>(producer)) { // the host writes any layout
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(producer);
    std::optional<Cycles> reshard = price(op), now = price(producer, {}, {}),
                          then = price(producer, {}, {}, wanted);
    if (!layoutOp || !layoutOp.resultOrders().contains(wanted.getOrder()) || !reshard || !now ||
        !then || *then > *now + *reshard)
      return false;
    // Operands have to be readable for a result in that order.
    for (mlir::OpOperand &use : producer->getOpOperands())
      if (LayoutAttr layout = tt::getLayout(use.get().getType());
          layout && !use.get().getDefiningOp<tt::ConstantOp>() &&
          !layoutOp.operandOrders(use.getOperandNumber(), wanted.getOrder())
               .contains(layout.getOrder()))
        return false;
  }
  op.getInput().setType(op.getType());
  op.getResult().replaceAllUsesWith(op.getInput());
  op.erase();
  return true;
}

bool Minimizer::step() {
  for (ReshardOp op : llvm::make_early_inc_range(func.getOps<ReshardOp>()))
    if (merge(op) || shortenChain(op) || foldIntoReaders(op) || foldIntoProducer(op))
      return true;
  return false;
}

struct MinimizeReshards : impl::TTMinimizeReshardsBase<MinimizeReshards> {
  using TTMinimizeReshardsBase::TTMinimizeReshardsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Minimizer minimizer(getOperation(), *spec);
    Figures before = minimizer.measure();
    if (!measureOnly)
      minimizer.run();
    Figures after = minimizer.measure(), bound = minimizer.bound();
    numBefore += unsigned(before.count);
    numAfter += unsigned(after.count);
    numBound += unsigned(bound.count);
    mlir::Builder b(&getContext());
    auto attr = [&](const Figures &f) {
      return b.getDenseI64ArrayAttr({f.count, f.bytes, f.cycles});
    };
    getOperation()->setAttr(
        "tt.reshards", b.getDictionaryAttr({b.getNamedAttr("after", attr(after)),
                                            b.getNamedAttr("before", attr(before)),
                                            b.getNamedAttr("bound", attr(bound))}));
    if (before.count)
      getOperation().emitRemark("reshards: ")
          << before.count << " before (" << before.bytes << " bytes, " << before.cycles
          << " cycles), " << after.count << " after (" << after.bytes << " bytes, " << after.cycles
          << " cycles), at least " << bound.count << " needed";
  }
};

} // namespace
} // namespace ttc
