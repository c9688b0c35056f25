//===- Prefetch.cpp - weights that earlier programs bring --------------------===//
#include "passes/Layout/Prefetch.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {

std::vector<Launch> launchesOf(mlir::func::FuncOp func) {
  std::vector<Launch> launches;
  for (mlir::Operation &op : func.getBody().front()) {
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    if (!lowered || (layoutOp && layoutOp.isView()) || op.getNumResults() == 0 ||
        !tt::getLayout(op.getResult(0).getType()) || llvm::isa<tt::ConstantOp>(op))
      continue;
    if (!op.hasAttr(fusedAttr) || launches.empty())
      launches.emplace_back();
    launches.back().push_back(lowered);
  }
  return launches;
}

Expected<std::optional<programs::Product>> plannedProduct(mlir::Operation *op,
                                                          const programs::Target &target) {
  auto product = llvm::dyn_cast<tt::ProductOpInterface>(op);
  if (!product)
    return std::optional<programs::Product>();
  auto describe = [](mlir::Value v) {
    auto type = llvm::cast<mlir::RankedTensorType>(v.getType());
    return tt::getLayout(type) ? BufferRef{0, tt::describe(type)} : BufferRef();
  };
  llvm::SmallVector<BufferRef> operands =
      llvm::map_to_vector(op->getOperands(), [&](mlir::Value v) { return tt::bufferInParts(v, describe); });
  llvm::SmallVector<BufferRef> results = llvm::map_to_vector(op->getResults(), describe);
  return product.product(target, operands, results);
}

mlir::FailureOr<PrefetchSchedule> PrefetchSchedule::of(mlir::func::FuncOp func) {
  PrefetchSchedule schedule;
  struct Step {
    mlir::Operation *op, *launch; ///< launch: its first op
  };
  std::vector<Step> steps;
  for (const Launch &launch : launchesOf(func))
    for (mlir::Operation *op : launch)
      steps.push_back({op, launch.front()});
  for (auto [i, step] : llvm::enumerate(steps)) {
    auto attr = step.op->getAttrOfType<mlir::DenseI64ArrayAttr>(prefetchAttr);
    if (!attr || attr.empty())
      continue;
    int64_t parts = attr.size(), first = 0;
    for (auto [part, back] : llvm::enumerate(attr.asArrayRef())) {
      if (back < 1 || back > int64_t(i))
        return step.op->emitError() << "'" << prefetchAttr << "' says " << back
                                    << " steps before this one, expected 1 to " << i;
      const Step &carrier = steps[i - size_t(back)];
      if (carrier.launch == step.launch)
        return step.op->emitError() << "'" << prefetchAttr << "' says " << back
                                    << " steps before this one, which is in the same launch";
      schedule.parts[carrier.launch].push_back({step.op, int64_t(part), parts});
      first = std::max(first, back);
    }
    schedule.begins[step.op] = steps[i - size_t(first)].launch;
  }
  return schedule;
}

} // namespace ttc
