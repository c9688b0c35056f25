//===- Boundary.cpp - host and device sides of a graph ----------------------===//
#include "passes/Layout/Boundary.h"

namespace ttc {
using mlir::RankedTensorType;
using mlir::Value;

namespace {

RankedTensorType plain(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

llvm::SmallVector<int64_t> compose(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> then) {
  llvm::SmallVector<int64_t> result;
  for (int64_t d : then)
    result.push_back(first.empty() ? d : first[size_t(d)]);
  return result;
}

bool isIdentity(llvm::ArrayRef<int64_t> permutation) {
  for (auto [i, p] : llvm::enumerate(permutation))
    if (int64_t(i) != p)
      return false;
  return true;
}

/// The permutation that an op applies to its operand's dims, if that is all it does: a transpose, or a
/// reshape that only moves dims of extent 1 (which is what transposes of one channel fold to).
std::optional<llvm::SmallVector<int64_t>> permutationOf(mlir::Operation *op) {
  if (auto transpose = llvm::dyn_cast<tt::TransposeOp>(op))
    return llvm::SmallVector<int64_t>(transpose.getPermutation());
  auto reshape = llvm::dyn_cast<tt::ReshapeOp>(op);
  if (!reshape)
    return std::nullopt;
  auto shapeOf = [](Value v) { return llvm::cast<RankedTensorType>(v.getType()).getShape(); };
  llvm::ArrayRef<int64_t> from = shapeOf(reshape.getInput()), to = shapeOf(reshape.getResult());
  if (from.size() != to.size())
    return std::nullopt;
  llvm::SmallVector<int64_t> units, others, permutation;
  for (auto [d, extent] : llvm::enumerate(from))
    (extent == 1 ? units : others).push_back(int64_t(d));
  size_t unit = 0, other = 0;
  for (int64_t extent : to) {
    if (extent == 1 && unit < units.size())
      permutation.push_back(units[unit++]);
    else if (other < others.size() && from[size_t(others[other])] == extent)
      permutation.push_back(others[other++]);
    else
      return std::nullopt;
  }
  return permutation;
}

/// `type`'s shape with the storage that device values of this graph have.
RankedTensorType deviceType(RankedTensorType type, tt::StorageType storage) {
  return RankedTensorType::get(type.getShape(), type.getElementType(),
                               tt::StorageAttr::get(type.getContext(), storage));
}

void placeArgument(mlir::BlockArgument argument, tt::StorageType storage) {
  mlir::OpBuilder builder(argument.getContext());
  builder.setInsertionPointToStart(argument.getOwner());
  llvm::SmallVector<mlir::Operation *> transposes;
  llvm::SmallVector<mlir::OpOperand *> others;
  for (mlir::OpOperand &use : argument.getUses())
    if (permutationOf(use.getOwner()))
      transposes.push_back(use.getOwner());
    else
      others.push_back(&use);
  auto type = llvm::cast<RankedTensorType>(argument.getType());
  for (mlir::Operation *op : transposes) {
    auto result = llvm::cast<RankedTensorType>(op->getResult(0).getType());
    auto moved = builder.create<tt::ToDeviceOp>(
        argument.getLoc(), deviceType(result, storage), argument,
        builder.getDenseI64ArrayAttr(*permutationOf(op)));
    op->getResult(0).replaceAllUsesWith(moved.getResult());
    op->erase();
  }
  if (others.empty())
    return;
  auto moved = builder.create<tt::ToDeviceOp>(argument.getLoc(), deviceType(type, storage),
                                              argument, mlir::DenseI64ArrayAttr());
  for (mlir::OpOperand *use : others)
    use->set(moved.getResult());
}

void placeResult(mlir::OpOperand &operand) {
  Value value = operand.get();
  auto type = llvm::cast<RankedTensorType>(value.getType());
  // Transposes and heads between the last device op and the result, innermost last.
  llvm::SmallVector<int64_t> permutation;
  llvm::SmallVector<tt::YoloHeadOp> heads;
  llvm::SmallVector<mlir::Operation *> passed;
  while (mlir::Operation *def = value.getDefiningOp()) {
    if (auto moved = permutationOf(def)) {
      permutation = permutation.empty() ? *moved : compose(*moved, permutation);
      value = def->getOperand(0);
    } else if (auto head = llvm::dyn_cast<tt::YoloHeadOp>(def)) {
      heads.push_back(head);
      value = head.getInput();
    } else {
      break;
    }
    passed.push_back(def);
  }
  mlir::OpBuilder builder(operand.getOwner());
  mlir::DenseI64ArrayAttr attr;
  if (!permutation.empty() && !isIdentity(permutation))
    attr = builder.getDenseI64ArrayAttr(permutation);
  Value moved =
      builder.create<tt::FromDeviceOp>(value.getLoc(), plain(type), value, attr).getResult();
  for (tt::YoloHeadOp head : llvm::reverse(heads)) {
    mlir::IRMapping mapping;
    mapping.map(head.getInput(), moved);
    auto clone = llvm::cast<tt::YoloHeadOp>(builder.clone(*head, mapping));
    clone.getResult().setType(plain(type));
    moved = clone.getResult();
  }
  operand.set(moved);
  for (mlir::Operation *op : passed)
    if (op->use_empty())
      op->erase();
}

} // namespace

void placeBoundary(mlir::func::FuncOp func) {
  // Storage of device values: what lower-dtypes gave them. A graph without it computes in bf16, as
  // the device has no other plain format for activations in this compiler.
  tt::StorageType storage = tt::StorageType::bf16;
  mlir::Block &block = func.getBody().front();
  for (mlir::OpOperand &operand : block.getTerminator()->getOpOperands())
    if (!operand.get().getDefiningOp<tt::FromDeviceOp>())
      placeResult(operand);
  for (mlir::BlockArgument argument : block.getArguments()) {
    bool placed = llvm::all_of(argument.getUsers(),
                               [](mlir::Operation *op) { return llvm::isa<tt::ToDeviceOp>(op); });
    if (!placed)
      placeArgument(argument, storage);
  }
}

} // namespace ttc
