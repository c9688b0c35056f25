//===- ChannelsLast.cpp - images in the order N, H, W, C ---------------------===//
#include "passes/TT/Passes.h"

#include "dialects/TT/AxisOps.h"
#include "dialects/TT/LayerName.h"
#include "dialects/TT/Weights.h"

#include "mlir/IR/Matchers.h"

namespace ttc::tt {
#define GEN_PASS_DEF_CHANNELSLAST
#include "passes/TT/Passes.h.inc"

using namespace mlir;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static RankedTensorType withShape(RankedTensorType type, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType(), type.getEncoding());
}

/// True if moving axes by `perm` moves no values, because all axes but those in order have extent 1.
static bool isReshape(ArrayRef<int64_t> shape, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (int64_t axis : perm) {
    if (shape[axis] == 1)
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}

/// The values of a constant with permuted axes.
static std::vector<float> transposeValues(const FloatValues &values, ArrayRef<int64_t> shape,
                                          ArrayRef<int64_t> perm) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  SmallVector<int64_t> newShape = permute(shape, perm), newStrides = permute(strides, perm);
  std::vector<float> result(values.size());
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t from = 0;
  for (float &value : result) {
    value = values[size_t(from)];
    for (int64_t d = int64_t(index.size()) - 1; d >= 0; --d) {
      from += newStrides[d];
      if (++index[d] < newShape[d])
        break;
      from -= newStrides[d] * newShape[d];
      index[d] = 0;
    }
  }
  return result;
}

namespace {

/// A value of the graph as it was, available with its axes permuted.
struct Form {
  Permutation perm;
  Value value;
};

class ChannelsLast : public impl::ChannelsLastBase<ChannelsLast> {
  void runOnOperation() override;

  void visit(Operation *op);
  /// Rewrites an op for operands in another order; false if it stays as it is.
  bool permuteOp(AxisOpInterface op);
  /// A transpose changes what order its operand's forms are known in, and nothing else.
  void passThrough(TransposeOp op);

  /// The order `op` should work in; empty to leave it as it is.
  Permutation chooseOrder(AxisOpInterface op);
  /// `value` with permuted axes; a value of lower rank is given leading dims of 1.
  Value get(Value value, ArrayRef<int64_t> perm);
  /// A new value: `value` with permuted axes.
  Value transpose(Value value, ArrayRef<int64_t> more);
  Value expandRank(Value value, size_t rank);
  SmallVector<Form> &formsOf(Value value);

  DenseMap<Value, SmallVector<Form>> forms; ///< the first is the one that an op computes
  SmallVector<Operation *> replaced;
  bool hasChannelsLastOps = false; ///< the graph came in this order
};

} // namespace

SmallVector<Form> &ChannelsLast::formsOf(Value value) {
  SmallVector<Form> &list = forms[value];
  if (list.empty())
    list.push_back({identityPermutation(size_t(typeOf(value).getRank())), value});
  return list;
}

Value ChannelsLast::transpose(Value value, ArrayRef<int64_t> more) {
  if (isIdentityPermutation(more))
    return value;
  RankedTensorType type = typeOf(value);
  RankedTensorType newType = withShape(type, permute(type.getShape(), more));
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  if (std::optional<FloatValues> values = getConstantValues(value)) {
    std::string name = (getLayerName(loc) + ".transposed").str();
    auto plain = RankedTensorType::get(newType.getShape(), type.getElementType());
    auto constant = builder.create<ConstantOp>(
        loc, newType, makeConstant(plain, transposeValues(*values, type.getShape(), more), name));
    return constant.getResult();
  }
  if (isReshape(type.getShape(), more))
    return builder.create<ReshapeOp>(loc, newType, value);
  return builder.create<TransposeOp>(loc, newType, value, more);
}

Value ChannelsLast::expandRank(Value value, size_t rank) {
  RankedTensorType type = typeOf(value);
  SmallVector<int64_t> shape(rank - size_t(type.getRank()), 1);
  llvm::append_range(shape, type.getShape());
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  if (std::optional<FloatValues> values = getConstantValues(value)) {
    Attribute constant;
    matchPattern(value, m_Constant(&constant));
    auto plain = RankedTensorType::get(shape, type.getElementType());
    return builder.create<ConstantOp>(loc, withShape(type, shape),
                                      withType(cast<ElementsAttr>(constant), plain));
  }
  return builder.create<ReshapeOp>(loc, withShape(type, shape), value);
}

Value ChannelsLast::get(Value value, ArrayRef<int64_t> perm) {
  if (size_t(typeOf(value).getRank()) < perm.size()) {
    Value whole = get(value, identityPermutation(size_t(typeOf(value).getRank())));
    return transpose(expandRank(whole, perm.size()), perm);
  }
  for (const Form &form : formsOf(value))
    if (ArrayRef(form.perm) == perm)
      return form.value;
  // Axis i of the new form is axis perm[i] of the original, which is axis inverse[perm[i]] of the
  // form that is there.
  const Form &source = formsOf(value).front();
  Value result = transpose(source.value, permute(inversePermutation(source.perm), perm));
  forms[value].push_back({Permutation(perm), result});
  return result;
}

Permutation ChannelsLast::chooseOrder(AxisOpInterface op) {
  Permutation wish = op.getPreferredPermutation();
  if (!wish.empty())
    return wish;
  int64_t rank = 0;
  for (OpOperand *operand : op.getAxisOperands())
    rank = std::max(rank, typeOf(operand->get()).getRank());
  for (OpOperand *operand : op.getAxisOperands()) {
    const Form &form = formsOf(operand->get()).front();
    if (int64_t(form.perm.size()) == rank && !isIdentityPermutation(form.perm))
      return form.perm;
  }
  // Graph inputs of rank 4 are images, which the host can hand over in any order. Ops that treat all
  // elements alike say nothing about them.
  auto isImage = [](OpOperand *operand) {
    return llvm::isa<BlockArgument>(operand->get()) && typeOf(operand->get()).getRank() == 4;
  };
  SmallVector<OpOperand *> operands = op.getAxisOperands();
  ArrayRef<int64_t> result = typeOf(op->getResult(0)).getShape();
  bool seesAxes = llvm::isa<SoftmaxOp, BatchNormOp>(*op);
  seesAxes |= llvm::any_of(operands, [&](OpOperand *operand) {
    RankedTensorType type = typeOf(operand->get());
    return type.getNumElements() != 1 && type.getShape() != result;
  });
  if (rank == 4 && seesAxes && !hasChannelsLastOps && llvm::any_of(operands, isImage) &&
      llvm::all_of(operands, [&](OpOperand *operand) {
        return isImage(operand) || getConstantValues(operand->get()).has_value();
      }))
    return {0, 2, 3, 1};
  return {};
}

bool ChannelsLast::permuteOp(AxisOpInterface op) {
  Permutation perm = chooseOrder(op);
  if (perm.empty())
    return false;
  OpBuilder builder(op);
  auto clone = cast<AxisOpInterface>(builder.clone(*op));
  FailureOr<SmallVector<int64_t>> resultPerm = clone.permuteAxes(perm);
  if (failed(resultPerm)) {
    clone->erase();
    return false;
  }
  SmallVector<OpOperand *> axisOperands = clone.getAxisOperands();
  for (OpOperand &operand : clone->getOpOperands()) {
    Value value = operand.get();
    bool permuted = llvm::is_contained(axisOperands, &operand);
    operand.set(get(value, permuted ? perm : identityPermutation(size_t(typeOf(value).getRank()))));
  }
  for (auto [result, original] : llvm::zip_equal(clone->getResults(), op->getResults())) {
    RankedTensorType type = typeOf(result);
    result.setType(withShape(type, permute(type.getShape(), *resultPerm)));
    forms[original].push_back({*resultPerm, result});
  }
  replaced.push_back(op);
  ++numPermuted;
  return true;
}

void ChannelsLast::passThrough(TransposeOp op) {
  Permutation inverse = inversePermutation(op.getPermutation());
  SmallVector<Form> inputForms = formsOf(op.getInput());
  for (Form &form : inputForms)
    forms[op.getResult()].push_back({permute(inverse, form.perm), form.value});
  replaced.push_back(op);
}

void ChannelsLast::visit(Operation *op) {
  if (auto transposeOp = dyn_cast<TransposeOp>(op))
    return passThrough(transposeOp);
  if (auto axisOp = dyn_cast<AxisOpInterface>(op); axisOp && permuteOp(axisOp))
    return;
  for (OpOperand &operand : op->getOpOperands())
    operand.set(get(operand.get(), identityPermutation(size_t(typeOf(operand.get()).getRank()))));
}

void ChannelsLast::runOnOperation() {
  func::FuncOp function = getOperation();
  if (!function.getBody().hasOneBlock()) {
    function.emitError("expected a function of one block");
    return signalPassFailure();
  }
  forms.clear();
  replaced.clear();
  hasChannelsLastOps = false;
  function.walk([&](Conv2dOp op) { hasChannelsLastOps |= op.getDataFormat() == DataFormat::nhwc; });
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
    visit(&op);
  for (Operation *op : llvm::reverse(replaced))
    op->erase();
  function.walk([&](TransposeOp) { ++numTransposes; });
}

} // namespace ttc::tt
