//===- Views.cpp - tensors that are parts of others --------------------------===//
#include "dialects/TT/Lowering/Lowering.h"

namespace ttc::tt {
using mlir::Operation;
using mlir::Value;

namespace {

llvm::ArrayRef<int64_t> shapeOf(Value v) { return llvm::cast<mlir::RankedTensorType>(v.getType()).getShape(); }

bool isView(Operation *op) { return op && op->hasAttr(viewAttr) && mayBeView(op); }

/// Columns [first, first + cols) of what `parts` are together.
std::vector<BufferPart> columnsOf(const std::vector<BufferPart> &parts, int64_t first, int64_t cols) {
  std::vector<BufferPart> result;
  int64_t begin = 0;
  for (const BufferPart &part : parts) {
    int64_t lo = std::max(first, begin), hi = std::min(first + cols, begin + part.cols);
    if (lo < hi) {
      result.push_back(part);
      result.back().firstCol += lo - begin;
      result.back().cols = hi - lo;
    }
    begin += part.cols;
  }
  return result;
}

std::vector<BufferPart> partsOf(Value value, llvm::function_ref<BufferRef(Value)> own) {
  Operation *op = value.getDefiningOp();
  if (!isView(op)) {
    BufferRef buffer = own(value);
    return {{buffer.id, buffer.desc, 0, buffer.desc.cols}};
  }
  if (auto concat = llvm::dyn_cast<ConcatOp>(op)) {
    std::vector<BufferPart> parts;
    for (Value input : concat.getInputs())
      for (const BufferPart &part : partsOf(input, own))
        parts.push_back(part);
    return parts;
  }
  std::vector<BufferPart> parts = partsOf(op->getOperand(0), own);
  if (auto slice = llvm::dyn_cast<SliceOp>(op))
    return columnsOf(parts, slice.getStarts().back(), shapeOf(value).back());
  if (auto split = llvm::dyn_cast<SplitOp>(op)) {
    int64_t first = 0;
    for (int64_t i = 0; i < int64_t(llvm::cast<mlir::OpResult>(value).getResultNumber()); ++i)
      first += split.getSizes()[size_t(i)];
    return columnsOf(parts, first, shapeOf(value).back());
  }
  auto upsample = llvm::cast<UpsampleOp>(op);
  for (BufferPart &part : parts) {
    part.repeatH *= upsample.getScales()[0];
    part.repeatW *= upsample.getScales()[1];
  }
  return parts;
}

} // namespace

bool mayBeView(Operation *op) {
  if (auto concat = llvm::dyn_cast<ConcatOp>(op))
    return int64_t(concat.getAxis()) + 1 == int64_t(shapeOf(concat.getResult()).size());
  if (auto slice = llvm::dyn_cast<SliceOp>(op))
    return shapeOf(slice.getInput()).drop_back() == shapeOf(slice.getResult()).drop_back() && slice.getSteps().back() == 1;
  if (auto split = llvm::dyn_cast<SplitOp>(op))
    return int64_t(split.getAxis()) + 1 == int64_t(shapeOf(split.getInput()).size());
  if (auto upsample = llvm::dyn_cast<UpsampleOp>(op))
    return upsample.getMode() == ResizeMode::nearest && Image::of(upsample.getInput(), upsample.getDataFormat());
  return false;
}

BufferRef bufferInParts(Value value, llvm::function_ref<BufferRef(Value)> own) {
  if (!isView(value.getDefiningOp()))
    return own(value);
  return {-1, describe(llvm::cast<mlir::RankedTensorType>(value.getType())), partsOf(value, own)};
}

} // namespace ttc::tt
