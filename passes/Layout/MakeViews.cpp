//===- MakeViews.cpp - parts of tensors are read where they lie -------------===//
//
// What lies in equal parts on every core need not be moved to lie in one: a product
// takes its slices of K from several buffers as well as from one, and what it brings over
// the NoC anyway from columns of a wider tensor or from an image of fewer lines.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {
#define GEN_PASS_DEF_TTMAKEVIEWS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;

/// The layout of a view, given that of its operands: where it is a concat of tensors that are sharded alike, a core's
/// shard is all of theirs; else it is read over the NoC. Null where their order or format differs.
LayoutAttr layoutOf(Operation *view) {
  auto type = llvm::cast<RankedTensorType>(view->getOperand(0).getType());
  LayoutAttr layout = tt::getLayout(type);
  bool inDram = false;
  for (Value v : view->getOperands()) {
    LayoutAttr other = tt::getLayout(v.getType());
    if (!other || other.getOrder() != layout.getOrder() || other.getStorage() != layout.getStorage())
      return {};
    inDram |= other.isInDram();
  }
  auto result = [&](tt::MemorySpace memory, tt::Sharding sharding, int64_t x, int64_t y, int64_t rows, int64_t cols) {
    return LayoutAttr::get(layout.getContext(), memory, sharding, x, y, rows, cols, layout.getOrder(), layout.getStorage(),
                           sharding != tt::Sharding::interleaved && layout.getColMajor());
  };
  bool alike = llvm::isa<tt::ConcatOp>(view) && layout.isSharded() && llvm::all_of(view->getOperands(), [&](Value v) {
                 return v.getType() == type && !(v.getDefiningOp() && v.getDefiningOp()->hasAttr(tt::viewAttr));
               });
  if (alike)
    return result(layout.getMemory(), layout.getSharding(), layout.getGridX(), layout.getGridY(), layout.getShardRows(),
                  layout.paddedShard(type).cols * int64_t(view->getNumOperands()));
  return result(inDram ? tt::MemorySpace::dram : tt::MemorySpace::l1, tt::Sharding::interleaved, 1, 1, 0, 0);
}

/// A view has to save this part of what its readers take: prices are not righter than that.
constexpr Cycles doubt = 20;

class Viewer {
public:
  explicit Viewer(const DeviceSpec &spec) : spec(spec) {}
  void consider(Operation *op);
  int64_t views = 0;
  Cycles saved = 0;

private:
  using Types = llvm::SmallVector<std::pair<Value, mlir::Type>>;
  bool spread(Operation *view, Types &before);
  std::optional<Cycles> readers(Operation *view) const;
  const DeviceSpec &spec;
};

/// Gives the results of `view`, and of views of them, the layouts that they have then.
bool Viewer::spread(Operation *view, Types &before) {
  LayoutAttr layout = layoutOf(view);
  if (!layout)
    return false;
  for (Value result : view->getResults()) {
    auto type = llvm::cast<RankedTensorType>(result.getType());
    before.push_back({result, type});
    result.setType(RankedTensorType::get(type.getShape(), type.getElementType(), layout));
    for (Operation *user : result.getUsers())
      if (user->hasAttr(tt::viewAttr) && !spread(user, before))
        return false;
  }
  return true;
}

/// Of all programs that read it, through other views; none where one is not possible.
std::optional<Cycles> Viewer::readers(Operation *view) const {
  Cycles cycles = 0;
  for (Operation *user : view->getUsers()) {
    if (user->hasAttr(tt::viewAttr)) {
      std::optional<Cycles> more = readers(user);
      if (!more)
        return std::nullopt;
      cycles += *more;
      continue;
    }
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(user);
    Expected<Price> price = lowered ? priceOp(lowered, spec) : Expected<Price>(Error{"no program"});
    if (!price)
      return std::nullopt;
    cycles += price->cycles;
  }
  return cycles;
}

void Viewer::consider(Operation *op) {
  Expected<Price> own = priceOp(llvm::cast<tt::LowerToTileOpInterface>(op), spec);
  std::optional<Cycles> before = readers(op);
  if (op->use_empty() || !own || !before)
    return;
  Types types;
  op->setAttr(tt::viewAttr, mlir::UnitAttr::get(op->getContext()));
  std::optional<Cycles> after = spread(op, types) ? readers(op) : std::nullopt;
  if (after && *after + *before / doubt < *before + own->cycles) {
    ++views;
    saved += *before + own->cycles - *after;
    return;
  }
  op->removeAttr(tt::viewAttr);
  for (auto [value, type] : types)
    value.setType(type);
}

struct MakeViews : impl::TTMakeViewsBase<MakeViews> {
  using TTMakeViewsBase::TTMakeViewsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Viewer viewer(*spec);
    // Readers first: what they read may be a view for a reader that is one itself.
    for (Operation &op : llvm::reverse(getOperation().getBody().front()))
      if (tt::mayBeView(&op) && !op.hasAttr(tt::viewAttr) && tt::getLayout(op.getResult(0).getType()))
        viewer.consider(&op);
    numViews += unsigned(viewer.views);
    cyclesSaved += unsigned(viewer.saved);
  }
};

} // namespace
} // namespace ttc
