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
    if (llvm::isa<tt::TransposeOp>(use.getOwner()))
      transposes.push_back(use.getOwner());
    else
      others.push_back(&use);
  auto type = llvm::cast<RankedTensorType>(argument.getType());
  for (mlir::Operation *op : transposes) {
    auto transpose = llvm::cast<tt::TransposeOp>(op);
    auto result = llvm::cast<RankedTensorType>(transpose.getResult().getType());
    auto moved = builder.create<tt::ToDeviceOp>(
        argument.getLoc(), deviceType(result, storage), argument,
        builder.getDenseI64ArrayAttr(transpose.getPermutation()));
    transpose.getResult().replaceAllUsesWith(moved.getResult());
    transpose.erase();
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
    if (auto transpose = llvm::dyn_cast<tt::TransposeOp>(def)) {
      permutation = permutation.empty() ? llvm::SmallVector<int64_t>(transpose.getPermutation())
                                        : compose(transpose.getPermutation(), permutation);
      value = transpose.getInput();
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
