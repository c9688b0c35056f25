//===- Orders.cpp - row-major or tile, for every tensor --------------------===//
#include "passes/Layout/Orders.h"

#include "dialects/TT/Halo.h"

namespace ttc {
using mlir::Operation;
using mlir::Value;
using tt::OrderSet;
using tt::TileOrder;

OrderSet readableOrders(mlir::OpOperand &use, const OrderMap &orders) {
  auto op = llvm::dyn_cast<tt::LayoutOpInterface>(use.getOwner());
  if (!op || use.getOwner()->getNumResults() == 0)
    return OrderSet::any(); // from_device: the host reads both
  auto result = orders.find(use.getOwner()->getResult(0));
  if (result == orders.end())
    return OrderSet::any();
  return op.operandOrders(use.getOperandNumber(), result->second);
}

static OrderSet writableOrders(Operation *op) {
  if (auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op))
    return layoutOp.resultOrders();
  return OrderSet::any(); // to_device: the host writes both
}

/// Conversions that writing `op`'s results in `order` would need on its edges.
static int conversions(Operation *op, TileOrder order, const OrderMap &orders) {
  int count = 0;
  for (Value result : op->getResults()) {
    bool converts = false; // one conversion serves all users that need it
    for (mlir::OpOperand &use : result.getUses())
      converts |= !readableOrders(use, orders).contains(order) ||
                  (order == TileOrder::tile && llvm::isa<tt::HaloOp, tt::HaloSticksOp>(use.getOwner())); // untilizes
    count += converts;
  }
  if (auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op))
    for (mlir::OpOperand &operand : op->getOpOperands()) {
      Operation *producer = operand.get().getDefiningOp();
      if (!producer || llvm::isa<tt::ConstantOp>(producer))
        continue;
      OrderSet readable = layoutOp.operandOrders(operand.getOperandNumber(), order);
      OrderSet writable = writableOrders(producer);
      count += !((readable.tile && writable.tile) || (readable.rowMajor && writable.rowMajor));
    }
  return count;
}

OrderMap chooseOrders(mlir::func::FuncOp func, const llvm::DenseMap<Value, TileOrder> &fixed) {
  OrderMap orders;
  for (Operation &op : llvm::reverse(func.getBody().front())) {
    if (op.getNumResults() == 0 || llvm::isa<tt::ConstantOp, tt::FromDeviceOp>(op))
      continue;
    OrderSet writable = writableOrders(&op);
    TileOrder order = writable.tile ? TileOrder::tile : TileOrder::row_major;
    if (auto it = fixed.find(op.getResult(0)); it != fixed.end() && writable.contains(it->second))
      order = it->second;
    else if (writable.tile && writable.rowMajor &&
             conversions(&op, TileOrder::row_major, orders) <
                 conversions(&op, TileOrder::tile, orders))
      order = TileOrder::row_major;
    for (Value result : op.getResults())
      orders[result] = order;
  }
  return orders;
}

} // namespace ttc
