//===- AxisOps.cpp - the ops' answers to AxisOpInterface ---------------------===//
#include "dialects/TT/AxisOps.h"

#include "dialects/TT/TT.h"

using namespace mlir;

namespace ttc::tt {

Permutation identityPermutation(size_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(0, int64_t(rank)));
}

bool isIdentityPermutation(ArrayRef<int64_t> perm) {
  return llvm::all_of(llvm::enumerate(perm), [](auto it) { return int64_t(it.index()) == it.value(); });
}

Permutation inversePermutation(ArrayRef<int64_t> perm) {
  Permutation inverse(perm.size());
  for (auto [i, axis] : llvm::enumerate(perm))
    inverse[axis] = int64_t(i);
  return inverse;
}

SmallVector<int64_t> permute(ArrayRef<int64_t> values, ArrayRef<int64_t> perm) {
  return llvm::map_to_vector(perm, [&](int64_t axis) { return values[axis]; });
}

SmallVector<OpOperand *> allOperands(Operation *op) {
  return llvm::map_to_vector(op->getOpOperands(), [](OpOperand &operand) { return &operand; });
}

//===----------------------------------------------------------------------===//
// Ops on images: the order is an attribute
//===----------------------------------------------------------------------===//

static constexpr int64_t toNhwc[] = {0, 2, 3, 1};
static constexpr int64_t toNchw[] = {0, 3, 1, 2};

static Permutation preferNhwc(DataFormat format) {
  return format == DataFormat::nchw ? Permutation(ArrayRef(toNhwc)) : Permutation();
}

template <typename OpT> static FailureOr<Permutation> permuteImage(OpT op, ArrayRef<int64_t> perm) {
  bool isNchw = op.getDataFormat() == DataFormat::nchw;
  if (perm != (isNchw ? ArrayRef(toNhwc) : ArrayRef(toNchw)))
    return failure();
  op.setDataFormat(isNchw ? DataFormat::nhwc : DataFormat::nchw);
  return Permutation(perm);
}

#define TTC_IMAGE_OP(OP)                                                                           \
  SmallVector<OpOperand *> OP::getAxisOperands() { return {&getInputMutable()}; }                  \
  Permutation OP::getPreferredPermutation() { return preferNhwc(getDataFormat()); }                \
  FailureOr<Permutation> OP::permuteAxes(ArrayRef<int64_t> perm) { return permuteImage(*this, perm); }

TTC_IMAGE_OP(ConvTranspose2dOp)
TTC_IMAGE_OP(MaxPool2dOp)
TTC_IMAGE_OP(AvgPool2dOp)
TTC_IMAGE_OP(GlobalAvgPoolOp)
TTC_IMAGE_OP(UpsampleOp)
#undef TTC_IMAGE_OP

SmallVector<OpOperand *> Conv2dOp::getAxisOperands() {
  SmallVector<OpOperand *> operands = {&getInputMutable()};
  for (OpOperand &residual : getResidualMutable())
    operands.push_back(&residual);
  return operands;
}
Permutation Conv2dOp::getPreferredPermutation() { return preferNhwc(getDataFormat()); }
FailureOr<Permutation> Conv2dOp::permuteAxes(ArrayRef<int64_t> perm) {
  return permuteImage(*this, perm);
}

//===----------------------------------------------------------------------===//
// Ops that name axes
//===----------------------------------------------------------------------===//

/// For ops with one attribute `axis`.
template <typename OpT> static FailureOr<Permutation> permuteAxis(OpT op, ArrayRef<int64_t> perm) {
  op.setAxis(inversePermutation(perm)[op.getAxis()]);
  return Permutation(perm);
}

#define TTC_AXIS_OP(OP, OPERANDS)                                                                  \
  SmallVector<OpOperand *> OP::getAxisOperands() { return OPERANDS; }                              \
  Permutation OP::getPreferredPermutation() { return {}; }                                         \
  FailureOr<Permutation> OP::permuteAxes(ArrayRef<int64_t> perm) { return permuteAxis(*this, perm); }

TTC_AXIS_OP(BatchNormOp, {&getInputMutable()})
TTC_AXIS_OP(SoftmaxOp, {&getInputMutable()})
TTC_AXIS_OP(ConcatOp, allOperands(*this))
TTC_AXIS_OP(SplitOp, allOperands(*this))
#undef TTC_AXIS_OP

SmallVector<OpOperand *> SliceOp::getAxisOperands() { return allOperands(*this); }
Permutation SliceOp::getPreferredPermutation() { return {}; }
FailureOr<Permutation> SliceOp::permuteAxes(ArrayRef<int64_t> perm) {
  setStarts(permute(getStarts(), perm));
  setEnds(permute(getEnds(), perm));
  setSteps(permute(getSteps(), perm));
  return Permutation(perm);
}

SmallVector<OpOperand *> PadOp::getAxisOperands() { return allOperands(*this); }
Permutation PadOp::getPreferredPermutation() { return {}; }
FailureOr<Permutation> PadOp::permuteAxes(ArrayRef<int64_t> perm) {
  setLow(permute(getLow(), perm));
  setHigh(permute(getHigh(), perm));
  return Permutation(perm);
}

SmallVector<OpOperand *> ReduceOp::getAxisOperands() { return allOperands(*this); }
Permutation ReduceOp::getPreferredPermutation() { return {}; }
FailureOr<Permutation> ReduceOp::permuteAxes(ArrayRef<int64_t> perm) {
  SmallVector<int64_t> oldAxes(getAxes()), newAxes;
  Permutation inverse = inversePermutation(perm);
  for (int64_t axis : oldAxes)
    newAxes.push_back(inverse[axis]);
  llvm::sort(newAxes);
  setAxes(newAxes);
  if (getKeepDims())
    return Permutation(perm);
  // What is left of `perm`, counted among the axes that are left.
  Permutation left;
  for (int64_t axis : perm)
    if (!llvm::is_contained(oldAxes, axis))
      left.push_back(axis - llvm::count_if(oldAxes, [&](int64_t gone) { return gone < axis; }));
  return left;
}

} // namespace ttc::tt
