//===- ViewConcats.cpp - parts of a concat are read where they lie ----------===//
//
// What lies in equal parts on every core need not be moved to lie in one: a product
// takes its slices of K from several buffers as well as from one.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {
#define GEN_PASS_DEF_TTVIEWCONCATS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;

/// The layout of a tensor that has on every core the shards of all operands, or that is read over the NoC where these
/// are not sharded alike. Null where their order or format differs.
LayoutAttr together(tt::ConcatOp concat) {
  auto type = llvm::cast<RankedTensorType>(concat.getInputs().front().getType());
  LayoutAttr layout = tt::getLayout(type);
  bool inDram = false;
  for (Value v : concat.getInputs()) {
    LayoutAttr other = tt::getLayout(v.getType());
    if (!other || other.getOrder() != layout.getOrder() || other.getStorage() != layout.getStorage())
      return {};
    inDram |= other.isInDram();
  }
  auto result = [&](tt::MemorySpace memory, tt::Sharding sharding, int64_t x, int64_t y, int64_t rows, int64_t cols) {
    return LayoutAttr::get(layout.getContext(), memory, sharding, x, y, rows, cols, layout.getOrder(), layout.getStorage(),
                           sharding != tt::Sharding::interleaved && layout.getColMajor());
  };
  bool alike = llvm::all_of(concat.getInputs(), [&](Value v) { return v.getType() == type; });
  if (alike && layout.isSharded())
    return result(layout.getMemory(), layout.getSharding(), layout.getGridX(), layout.getGridY(), layout.getShardRows(),
                  layout.paddedShard(type).cols * int64_t(concat.getInputs().size()));
  return result(inDram ? tt::MemorySpace::dram : tt::MemorySpace::l1, tt::Sharding::interleaved, 1, 1, 0, 0);
}

class Viewer {
public:
  explicit Viewer(const DeviceSpec &spec) : spec(spec) {}
  void consider(tt::ConcatOp concat);
  int64_t views = 0;
  Cycles saved = 0;

private:
  /// Of all products that read it; none where one has no program.
  std::optional<Cycles> readers(tt::ConcatOp concat) const;
  const DeviceSpec &spec;
};

std::optional<Cycles> Viewer::readers(tt::ConcatOp concat) const {
  Cycles cycles = 0;
  for (Operation *user : concat->getUsers()) {
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(user);
    Expected<Price> price = lowered ? priceOp(lowered, spec) : Expected<Price>(Error{"no program"});
    if (!price)
      return std::nullopt;
    cycles += price->cycles;
  }
  return cycles;
}

void Viewer::consider(tt::ConcatOp concat) {
  LayoutAttr layout = concat->use_empty() ? LayoutAttr() : together(concat);
  Expected<Price> own = priceOp(concat, spec);
  std::optional<Cycles> before = readers(concat);
  if (!layout || !own || !before)
    return;
  auto type = llvm::cast<RankedTensorType>(concat.getType());
  concat.getResult().setType(RankedTensorType::get(type.getShape(), type.getElementType(), layout));
  concat->setAttr(tt::viewAttr, mlir::UnitAttr::get(concat.getContext()));
  std::optional<Cycles> after = readers(concat);
  if (after && *after < *before + own->cycles) {
    ++views;
    saved += *before + own->cycles - *after;
    return;
  }
  concat->removeAttr(tt::viewAttr);
  concat.getResult().setType(type);
}

struct ViewConcats : impl::TTViewConcatsBase<ViewConcats> {
  using TTViewConcatsBase::TTViewConcatsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    Viewer viewer(*spec);
    for (auto concat : getOperation().getOps<tt::ConcatOp>())
      if (tt::getLayout(concat.getType()) && !concat.isView())
        viewer.consider(concat);
    numViews += unsigned(viewer.views);
    cyclesSaved += unsigned(viewer.saved);
  }
};

} // namespace
} // namespace ttc
