//===- Orders.cpp - the element orders each op works in ---------------------===//
//
// Windows slide over row-major sticks; matrix and vector engines work on tiles,
// but a program may tilize or untilize on its way, so convolutions write either
// and pointwise ones read either.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Lowering/Lowering.h"

namespace ttc::tt {

/// operandOrders, resultOrders and isView of an op. `operandRule` may use `index` and `result`.
#define TTC_ORDERS(Op, operandRule, resultRule, view)                                              \
  OrderSet Op::operandOrders(unsigned index, TileOrder result) { return operandRule; }             \
  OrderSet Op::resultOrders() { return resultRule; }                                               \
  bool Op::isView() { return view; }

static bool readsPointwise(Conv2dOp op) {
  auto kernel = llvm::cast<mlir::RankedTensorType>(op.getWeight().getType()).getShape();
  auto all = [](llvm::ArrayRef<int64_t> values, int64_t v) {
    return llvm::all_of(values, [&](int64_t x) { return x == v; });
  };
  // Depthwise convolutions read sticks whatever their kernel.
  bool depthwise = op.getGroups() > 1 && kernel[1] == 1 && kernel[0] == int64_t(op.getGroups());
  return !depthwise && kernel[2] == 1 && kernel[3] == 1 && all(op.getStrides(), 1) &&
         all(op.getPads(), 0);
}

static bool sameMatrix(mlir::Value a, mlir::Value b) {
  return LayoutAttr::getRowsCols(llvm::cast<mlir::RankedTensorType>(a.getType())) ==
         LayoutAttr::getRowsCols(llvm::cast<mlir::RankedTensorType>(b.getType()));
}

/// Broadcasting works along tiles; equal shapes work in any order.
static OrderSet binaryOrders(mlir::Operation *op) {
  mlir::Value result = op->getResult(0);
  for (mlir::Value operand : op->getOperands())
    if (!sameMatrix(operand, result)) {
      auto constant = operand.getDefiningOp<ConstantOp>();
      bool scalar = constant && constant.getValue().isSplat();
      if (!scalar)
        return OrderSet::onlyTile();
    }
  return OrderSet::any();
}

/// Tiles move in units of 32 columns, rows of sticks in any.
static OrderSet movedOrders(bool aligned) {
  return aligned ? OrderSet::any() : OrderSet::onlyRowMajor();
}

static bool alignedPieces(llvm::ArrayRef<int64_t> cols) {
  return llvm::all_of(cols.drop_back(), [](int64_t c) { return c % 32 == 0; });
}

static OrderSet concatOrders(ConcatOp op) {
  llvm::SmallVector<int64_t> cols;
  for (mlir::Value input : op.getInputs())
    cols.push_back(llvm::cast<mlir::RankedTensorType>(input.getType()).getShape().back());
  return movedOrders(alignedPieces(cols));
}

/// A crop of anything but the columns is a window over sticks.
static OrderSet sliceOrders(SliceOp op) {
  auto in = llvm::cast<mlir::RankedTensorType>(op.getInput().getType()).getShape();
  auto out = llvm::cast<mlir::RankedTensorType>(op.getResult().getType()).getShape();
  return movedOrders(in.drop_back() == out.drop_back() && op.getStarts().back() % 32 == 0);
}

TTC_ORDERS(Conv2dOp,
           index == 0 && !readsPointwise(*this) ? OrderSet::onlyRowMajor() : OrderSet::any(),
           OrderSet::any(), false)
TTC_ORDERS(ConvTranspose2dOp, OrderSet::onlyRowMajor(), OrderSet::any(), false)
TTC_ORDERS(MatmulOp,
           getRhs().getDefiningOp<ConstantOp>() ? OrderSet::any() : OrderSet::onlyTile(),
           OrderSet::any(), false)
TTC_ORDERS(MaxPool2dOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), false)
TTC_ORDERS(AvgPool2dOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), false)
TTC_ORDERS(GlobalAvgPoolOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), false)
TTC_ORDERS(ReduceOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), false)
TTC_ORDERS(BatchNormOp, OrderSet::onlyTile(), OrderSet::onlyTile(), false)
TTC_ORDERS(SoftmaxOp, OrderSet::onlyTile(), OrderSet::onlyTile(), false)
TTC_ORDERS(ConcatOp, OrderSet::only(result), concatOrders(*this), getOperation()->hasAttr(viewAttr))
TTC_ORDERS(SliceOp, OrderSet::only(result), sliceOrders(*this), getOperation()->hasAttr(viewAttr))
TTC_ORDERS(SplitOp, OrderSet::only(result), movedOrders(alignedPieces(getSizes())),
           getOperation()->hasAttr(viewAttr))
TTC_ORDERS(PadOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), false)
TTC_ORDERS(UpsampleOp, OrderSet::onlyRowMajor(), OrderSet::onlyRowMajor(), getOperation()->hasAttr(viewAttr))
TTC_ORDERS(ReshapeOp, OrderSet::only(result), OrderSet::any(),
           sameMatrix(getInput(), getResult()))
TTC_ORDERS(TransposeOp, OrderSet::any(), OrderSet::any(), false)
TTC_ORDERS(YoloHeadOp, OrderSet::only(result), OrderSet::any(), true)

#define TTC_BINARY_ORDERS(Op)                                                                      \
  TTC_ORDERS(Op, OrderSet::only(result), binaryOrders(*this), false)
TTC_BINARY_ORDERS(AddOp)
TTC_BINARY_ORDERS(SubOp)
TTC_BINARY_ORDERS(MulOp)
TTC_BINARY_ORDERS(DivOp)
TTC_BINARY_ORDERS(MaximumOp)
TTC_BINARY_ORDERS(MinimumOp)

#define TTC_UNARY_ORDERS(Op) TTC_ORDERS(Op, OrderSet::only(result), OrderSet::any(), false)
TTC_UNARY_ORDERS(ReluOp)
TTC_UNARY_ORDERS(LeakyReluOp)
TTC_UNARY_ORDERS(MishOp)
TTC_UNARY_ORDERS(SiluOp)
TTC_UNARY_ORDERS(SigmoidOp)
TTC_UNARY_ORDERS(TanhOp)
TTC_UNARY_ORDERS(HardswishOp)
TTC_UNARY_ORDERS(HardsigmoidOp)
TTC_UNARY_ORDERS(ClipOp)
TTC_UNARY_ORDERS(GeluOp)
TTC_UNARY_ORDERS(EluOp)
TTC_UNARY_ORDERS(SoftplusOp)
TTC_UNARY_ORDERS(ExpOp)
TTC_UNARY_ORDERS(SqrtOp)
TTC_UNARY_ORDERS(AbsOp)
TTC_UNARY_ORDERS(NegOp)
TTC_ORDERS(ReshardOp, OrderSet::any(), OrderSet::any(), false)

} // namespace ttc::tt
