//===- Prefetch.cpp - weights that earlier programs bring --------------------===//
#include "passes/Layout/Prefetch.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {

std::vector<tt::LowerToTileOpInterface> programSteps(mlir::func::FuncOp func) {
  std::vector<tt::LowerToTileOpInterface> steps;
  for (mlir::Operation &op : func.getBody().front()) {
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    if (lowered && !(layoutOp && layoutOp.isView()) && op.getNumResults() != 0 &&
        tt::getLayout(op.getResult(0).getType()) && !llvm::isa<tt::ConstantOp>(op))
      steps.push_back(lowered);
  }
  return steps;
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
  llvm::SmallVector<BufferRef> operands = llvm::map_to_vector(op->getOperands(), describe);
  llvm::SmallVector<BufferRef> results = llvm::map_to_vector(op->getResults(), describe);
  return product.product(target, operands, results);
}

mlir::FailureOr<PrefetchSchedule> PrefetchSchedule::of(mlir::func::FuncOp func) {
  PrefetchSchedule schedule;
  std::vector<tt::LowerToTileOpInterface> steps = programSteps(func);
  for (auto [i, op] : llvm::enumerate(steps)) {
    auto attr = op->getAttrOfType<mlir::DenseI64ArrayAttr>(prefetchAttr);
    if (!attr || attr.empty())
      continue;
    int64_t parts = attr.size(), first = 0;
    for (auto [part, back] : llvm::enumerate(attr.asArrayRef())) {
      if (back < 1 || back > int64_t(i))
        return op->emitError() << "'" << prefetchAttr << "' says " << back
                               << " steps before this one, expected 1 to " << i;
      schedule.parts[steps[i - size_t(back)]].push_back({op, int64_t(part), parts});
      first = std::max(first, back);
    }
    schedule.begins[op] = steps[i - size_t(first)];
  }
  return schedule;
}

} // namespace ttc
