//===- Summary.cpp - figures of a module -------------------------------------===//
#include "Summary.h"

#include "dialects/TT/TT.h"
#include "dialects/Tile/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ttc::tool {
using mlir::RankedTensorType;

int64_t countOps(mlir::ModuleOp module) {
  int64_t count = 0;
  if (auto func = module.lookupSymbol<mlir::func::FuncOp>("main"))
    for (mlir::Operation &op : func.getBody().front().without_terminator())
      count += !op.hasTrait<mlir::OpTrait::ConstantLike>();
  return count;
}

ProgramSummary summarize(mlir::ModuleOp module) {
  ProgramSummary s;
  for (auto program : module.getOps<tile::ProgramOp>()) {
    ++s.programs;
    s.reshards += program.getIsReshard();
  }
  for (auto commands : module.getOps<tile::CommandsOp>())
    s.model = commands.getModelName().str();
  if (auto device = module->getAttrOfType<tile::DeviceAttr>("tile.device"))
    s.device = device.getName().str();
  auto figures = [&](llvm::StringRef when) -> llvm::SmallVector<int64_t> {
    auto all = module->getAttrOfType<mlir::DictionaryAttr>("tt.reshards");
    auto some = all ? all.getAs<mlir::DenseI64ArrayAttr>(when) : nullptr;
    return some && some.size() == 3 ? llvm::SmallVector<int64_t>(some.asArrayRef())
                                    : llvm::SmallVector<int64_t>{0, 0, 0};
  };
  for (auto [when, to] : std::initializer_list<std::pair<llvm::StringRef, ReshardFigures *>>{
           {"before", &s.before}, {"after", &s.after}, {"bound", &s.bound}}) {
    llvm::SmallVector<int64_t> f = figures(when);
    *to = {f[0], f[1], f[2]};
  }
  return s;
}

static int64_t elements(mlir::Value v) {
  return llvm::cast<RankedTensorType>(v.getType()).getNumElements();
}

int64_t multiplyAdds(mlir::Operation *op) {
  auto dim = [](mlir::Value v, unsigned d) {
    return llvm::cast<RankedTensorType>(v.getType()).getDimSize(d);
  };
  // Each result element takes one product for each weight of its output channel.
  if (auto conv = llvm::dyn_cast<tt::Conv2dOp>(op))
    return elements(conv.getResult()) * (elements(conv.getWeight()) / dim(conv.getWeight(), 0));
  // Each input element meets every weight of its input channel.
  if (auto conv = llvm::dyn_cast<tt::ConvTranspose2dOp>(op))
    return elements(conv.getInput()) * (elements(conv.getWeight()) / dim(conv.getWeight(), 0));
  if (auto matmul = llvm::dyn_cast<tt::MatmulOp>(op)) {
    auto lhs = llvm::cast<RankedTensorType>(matmul.getLhs().getType());
    return elements(matmul.getResult()) * lhs.getDimSize(unsigned(lhs.getRank() - 1));
  }
  return 0;
}

int64_t parameters(mlir::Operation *op) {
  int64_t count = 0;
  for (mlir::Value operand : op->getOperands())
    if (operand.getDefiningOp<tt::ConstantOp>())
      count += elements(operand);
  return count;
}

} // namespace ttc::tool
