//===- Pool.cpp - tile programs of pools and spatial reductions -------------===//
#include "dialects/TT/Lowering/Lowering.h"

namespace ttc::tt {
namespace {

/// A pool over `kernel`, stride and pads as given.
struct PoolSpec {
  const char *kind;
  bool max;
  llvm::ArrayRef<int64_t> kernel, strides, pads, dilations;
};

Expected<void> lowerPool(ProgramBuilder &builder, const programs::Target &target, const Image &in,
                         const Image &out, const PoolSpec &spec,
                         llvm::ArrayRef<BufferRef> operands, llvm::ArrayRef<BufferRef> results) {
  programs::PoolProgram op;
  op.kind = spec.kind;
  op.input = operands[0];
  op.output = results[0];
  op.window = slidingWindow(in, out, spec.kernel, spec.strides, spec.pads, spec.dilations);
  op.channels = in.c;
  op.max = spec.max;
  op.scale = 1.0f / float(spec.kernel[0] * spec.kernel[1]);
  return programs::buildPool(builder, target, op);
}

/// The whole image to one position.
Expected<void> lowerGlobal(const char *kind, bool max, bool mean, mlir::Value input,
                           ProgramBuilder &builder, const programs::Target &target,
                           llvm::ArrayRef<BufferRef> operands, llvm::ArrayRef<BufferRef> results) {
  Expected<Image> in = Image::of(input, DataFormat::nhwc);
  if (!in)
    return in.error();
  int64_t kernel[] = {in->h, in->w}, ones[] = {1, 1}, pads[] = {0, 0, 0, 0};
  programs::PoolProgram op;
  op.kind = kind;
  op.input = operands[0];
  op.output = results[0];
  op.window = slidingWindow(*in, {in->n, 1, 1, in->c}, kernel, ones, pads, ones);
  op.channels = in->c;
  op.max = max;
  op.scale = mean ? 1.0f / float(in->h * in->w) : 1.0f;
  return programs::buildPool(builder, target, op);
}

} // namespace

Expected<void> MaxPool2dOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                        llvm::ArrayRef<BufferRef> operands,
                                        llvm::ArrayRef<BufferRef> results) {
  Expected<Image> in = Image::of(getInput(), getDataFormat());
  if (!in)
    return in.error();
  Expected<Image> out = Image::of(getResult(), getDataFormat());
  PoolSpec spec{"max_pool2d", true, getKernel(), getStrides(), getPads(), getDilations()};
  return lowerPool(builder, withCompute(target, getComputeAttr()), *in, *out, spec, operands,
                   results);
}

Expected<void> AvgPool2dOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                        llvm::ArrayRef<BufferRef> operands,
                                        llvm::ArrayRef<BufferRef> results) {
  Expected<Image> in = Image::of(getInput(), getDataFormat());
  if (!in)
    return in.error();
  Expected<Image> out = Image::of(getResult(), getDataFormat());
  llvm::ArrayRef<int64_t> kernel = getKernel(), strides = getStrides(), pads = getPads();
  bool padded = llvm::any_of(pads, [](int64_t p) { return p != 0; });
  bool overhangs = (out->h - 1) * strides[0] + kernel[0] > in->h + pads[0] + pads[2] ||
                   (out->w - 1) * strides[1] + kernel[1] > in->w + pads[1] + pads[3];
  if ((padded && !getCountIncludePad()) || overhangs)
    return Error{"an average whose divisor differs at the border has no tile program"};
  int64_t ones[] = {1, 1};
  PoolSpec spec{"avg_pool2d", false, kernel, strides, pads, ones};
  return lowerPool(builder, withCompute(target, getComputeAttr()), *in, *out, spec, operands,
                   results);
}

Expected<void> GlobalAvgPoolOp::lowerToTile(ProgramBuilder &builder,
                                            const programs::Target &target,
                                            llvm::ArrayRef<BufferRef> operands,
                                            llvm::ArrayRef<BufferRef> results) {
  if (getDataFormat() != DataFormat::nhwc)
    return Error{"tile programs read channels-last images: run tt-channels-last first"};
  return lowerGlobal("global_avg_pool", false, true, getInput(), builder,
                     withCompute(target, getComputeAttr()), operands, results);
}

Expected<void> ReduceOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                     llvm::ArrayRef<BufferRef> operands,
                                     llvm::ArrayRef<BufferRef> results) {
  llvm::ArrayRef<int64_t> axes = getAxes();
  auto rank = llvm::cast<mlir::RankedTensorType>(getInput().getType()).getRank();
  bool spatial = rank == 4 && axes.size() == 2 && llvm::is_contained(axes, 1) &&
                 llvm::is_contained(axes, 2);
  if (!spatial)
    return Error{"only reductions over height and width of a channels-last image have a tile program"};
  return lowerGlobal("reduce", getKind() == ReduceKind::max, getKind() == ReduceKind::mean,
                     getInput(), builder, withCompute(target, getComputeAttr()), operands, results);
}

} // namespace ttc::tt
