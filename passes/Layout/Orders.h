//===- Orders.h - row-major or tile, for every tensor ----------------------===//
#ifndef TTC_PASSES_LAYOUT_ORDERS_H
#define TTC_PASSES_LAYOUT_ORDERS_H

#include "dialects/TT/TT.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ttc {

/// The order of every device value, chosen from results to arguments: the one that the fewest users
/// have to convert, of those its op can write; tiles on a tie.
using OrderMap = llvm::DenseMap<mlir::Value, tt::TileOrder>;
OrderMap chooseOrders(mlir::func::FuncOp func,
                      const llvm::DenseMap<mlir::Value, tt::TileOrder> &fixed);

/// Orders in which `user` can read operand `index`, once its results' order is known.
tt::OrderSet readableOrders(mlir::OpOperand &use, const OrderMap &orders);

} // namespace ttc

#endif
