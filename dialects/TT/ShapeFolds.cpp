//===- ShapeFolds.cpp - folders and patterns of the shape ops ---------------===//
//
// What canonicalize does to tt.reshape, transpose, slice, concat, split, pad
// and upsample. Constants are folded while they are small; large weights are
// left to the passes, which know the cost.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Inference.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace ttc::tt;

/// Constants with more elements than this are not rewritten by folders.
static constexpr int64_t maxFoldedElements = 4096;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// A constant of `type`'s shape whose element at `index` is `sourceOf(index)`: an offset into
/// `from`, or -1 for `border`. Null when `from` is no constant or the result is too large.
static OpFoldResult gather(Attribute from, RankedTensorType type,
                           function_ref<int64_t(ArrayRef<int64_t>)> sourceOf, float border = 0) {
  auto dense = dyn_cast_or_null<DenseFPElementsAttr>(from);
  if (!dense || type.getNumElements() > maxFoldedElements)
    return {};
  auto source = dense.getValues<float>();
  SmallVector<float> values;
  SmallVector<int64_t> index(type.getRank(), 0);
  for (int64_t i = 0, n = type.getNumElements(); i < n; ++i) {
    int64_t offset = sourceOf(index);
    values.push_back(offset < 0 ? border : source[offset]);
    for (int64_t d = type.getRank() - 1; d >= 0 && ++index[d] == type.getDimSize(d); --d)
      index[d] = 0;
  }
  return DenseElementsAttr::get(withEncoding(type, {}), ArrayRef(values));
}

/// The splat under another shape; null when `from` is no splat.
static OpFoldResult resizeSplat(Attribute from, RankedTensorType type) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(from);
  return splat ? OpFoldResult(splat.resizeSplat(withEncoding(type, {}))) : OpFoldResult();
}

/// Row-major strides in elements.
static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===----------------------------------------------------------------------===//
// reshape
//===----------------------------------------------------------------------===//

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(adaptor.getInput()))
    return dense.reshape(withEncoding(getType(), {}));
  return {};
}

namespace {
/// reshape(reshape(x)) = reshape(x)
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<ReshapeOp>();
    if (!first || roundsOnTheWay(first.getInput(), first, op))
      return rewriter.notifyMatchFailure(op, "the input is no reshape, or one that rounds");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), first.getInput());
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  ArrayRef<int64_t> permutation = getPermutation();
  if (getInput().getType() == getType() &&
      llvm::all_of(llvm::enumerate(permutation),
                   [](auto entry) { return int64_t(entry.index()) == entry.value(); }))
    return getInput();
  if (OpFoldResult splat = resizeSplat(adaptor.getInput(), getType()))
    return splat;
  SmallVector<int64_t> strides = permuted(stridesOf(shapeOf(getInput())), permutation);
  return gather(adaptor.getInput(), getType(), [&](ArrayRef<int64_t> index) {
    return std::inner_product(index.begin(), index.end(), strides.begin(), int64_t(0));
  });
}

namespace {
/// transpose(transpose(x, p), q) = transpose(x, p[q])
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<TransposeOp>();
    if (!first || roundsOnTheWay(first.getInput(), first, op))
      return rewriter.notifyMatchFailure(op, "the input is no transpose, or one that rounds");
    SmallVector<int64_t> merged = permuted(first.getPermutation(), op.getPermutation());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), first.getInput(), merged);
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeTransposes>(context);
}

//===----------------------------------------------------------------------===//
// slice
//===----------------------------------------------------------------------===//

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (OpFoldResult splat = resizeSplat(adaptor.getInput(), getType()))
    return splat;
  SmallVector<int64_t> strides = stridesOf(shapeOf(getInput()));
  return gather(adaptor.getInput(), getType(), [&](ArrayRef<int64_t> index) {
    int64_t offset = 0;
    for (size_t d = 0; d < index.size(); ++d)
      offset += (getStarts()[d] + index[d] * getSteps()[d]) * strides[d];
    return offset;
  });
}

namespace {
/// slice(slice(x)) = slice(x)
struct MergeSlices : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto first = op.getInput().getDefiningOp<SliceOp>();
    if (!first || roundsOnTheWay(first.getInput(), first, op))
      return rewriter.notifyMatchFailure(op, "the input is no slice, or one that rounds");
    SmallVector<int64_t> starts, ends, steps;
    for (size_t d = 0; d < op.getStarts().size(); ++d) {
      int64_t step = first.getSteps()[d], last = op.getType().getDimSize(d) - 1;
      starts.push_back(first.getStarts()[d] + op.getStarts()[d] * step);
      steps.push_back(op.getSteps()[d] * step);
      ends.push_back(starts.back() + last * steps.back() + 1);
    }
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), first.getInput(), starts, ends, steps);
    return success();
  }
};

/// A slice that lies within one input of a concat takes it from there.
struct SliceOfConcat : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getInput().getDefiningOp<ConcatOp>();
    if (!concat)
      return rewriter.notifyMatchFailure(op, "the input is no concat");
    int64_t axis = concat.getAxis(), begin = 0;
    for (Value input : concat.getInputs()) {
      int64_t end = begin + shapeOf(input)[axis];
      if (op.getStarts()[axis] >= begin && op.getEnds()[axis] <= end &&
          !roundsOnTheWay(input, concat, op)) {
        SmallVector<int64_t> starts(op.getStarts()), ends(op.getEnds());
        starts[axis] -= begin;
        ends[axis] -= begin;
        rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), input, starts, ends, op.getSteps());
        return success();
      }
      begin = end;
    }
    return rewriter.notifyMatchFailure(op, "the slice spans several inputs of the concat");
  }
};
} // namespace

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeSlices, SliceOfConcat>(context);
}

//===----------------------------------------------------------------------===//
// concat, split
//===----------------------------------------------------------------------===//

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getInputs().size() == 1 && getInputs()[0].getType() == getType())
    return getInputs()[0];
  // concat of all results of a split along the same dim
  if (auto split = getInputs()[0].getDefiningOp<SplitOp>(); split && split.getAxis() == getAxis() &&
                                                            split.getOutputs() == getInputs() &&
                                                            split.getInput().getType() == getType())
    return split.getInput();
  // small constants
  if (getType().getNumElements() > maxFoldedElements ||
      !llvm::all_of(adaptor.getInputs(), llvm::IsaAndPresentPred<DenseFPElementsAttr>))
    return {};
  int64_t inner = std::accumulate(getType().getShape().begin() + getAxis() + 1,
                                  getType().getShape().end(), int64_t(1), std::multiplies<>());
  int64_t outer = getType().getNumElements() / (inner * getType().getDimSize(getAxis()));
  SmallVector<float> values;
  for (int64_t o = 0; o < outer; ++o)
    for (auto [attribute, input] : llvm::zip_equal(adaptor.getInputs(), getInputs())) {
      auto part = cast<DenseFPElementsAttr>(attribute).getValues<float>();
      int64_t length = shapeOf(input)[getAxis()] * inner;
      for (int64_t i = 0; i < length; ++i)
        values.push_back(part[o * length + i]);
    }
  return DenseElementsAttr::get(withEncoding(getType(), {}), ArrayRef(values));
}

namespace {
/// concat(concat(a, b), c) = concat(a, b, c) when nothing else uses the inner one.
struct FlattenConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    auto innerOf = [&](Value input) {
      auto inner = input.getDefiningOp<ConcatOp>();
      bool merge =
          inner && inner.getAxis() == op.getAxis() && inner->hasOneUse() &&
          !getLayout(inner.getType()) &&
          llvm::none_of(inner.getInputs(), [&](Value in) { return roundsOnTheWay(in, inner, op); });
      return merge ? inner : ConcatOp();
    };
    SmallVector<Value> inputs;
    for (Value input : op.getInputs())
      if (ConcatOp inner = innerOf(input))
        llvm::append_range(inputs, inner.getInputs());
      else
        inputs.push_back(input);
    if (inputs.size() == op.getInputs().size())
      return rewriter.notifyMatchFailure(op, "no input is a concat of its own");
    rewriter.replaceOpWithNewOp<ConcatOp>(op, op.getType(), inputs, op.getAxis());
    return success();
  }
};

/// split(x) into one part = x
struct DropTrivialSplit : OpRewritePattern<SplitOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SplitOp op, PatternRewriter &rewriter) const override {
    if (op.getSizes().size() != 1 || op.getInput().getType() != op.getOutputs()[0].getType())
      return rewriter.notifyMatchFailure(op, "splits or changes the type");
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};
} // namespace

void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FlattenConcat>(context);
}

void SplitOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropTrivialSplit>(context);
}

//===----------------------------------------------------------------------===//
// pad, upsample
//===----------------------------------------------------------------------===//

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  ArrayRef<int64_t> in = shapeOf(getInput());
  SmallVector<int64_t> strides = stridesOf(in);
  auto sourceOf = [&](ArrayRef<int64_t> index) {
    int64_t offset = 0;
    for (size_t d = 0; d < index.size(); ++d) {
      int64_t i = index[d] - getLow()[d];
      if (i < 0 || i >= in[d])
        return int64_t(-1);
      offset += i * strides[d];
    }
    return offset;
  };
  return gather(adaptor.getInput(), getType(), sourceOf, float(getValue().convertToDouble()));
}

OpFoldResult UpsampleOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return resizeSplat(adaptor.getInput(), getType());
}
