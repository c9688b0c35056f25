//===- Shape.cpp - tile programs of ops that move data ----------------------===//
#include "dialects/TT/Lowering/Lowering.h"

#include <limits>

namespace ttc::tt {
using mlir::RankedTensorType;
using mlir::Value;

namespace {

llvm::ArrayRef<int64_t> shapeOf(Value v) {
  return llvm::cast<RankedTensorType>(v.getType()).getShape();
}

/// Windows that read a crop with strides, or a padded image: output (n, y, x) reads row
/// y * step + start, which may lie outside.
Expected<int> cropWindow(ProgramBuilder &builder, llvm::ArrayRef<int64_t> in,
                         llvm::ArrayRef<int64_t> out, llvm::ArrayRef<int64_t> starts,
                         llvm::ArrayRef<int64_t> steps) {
  bool outer = false;
  for (size_t d = 0; d + 1 < in.size(); ++d)
    outer |= in[d] != out[d] || starts[d] != 0 || steps[d] != 1;
  if (!outer)
    return -1;
  if (in.size() != 4 || in[0] != out[0] || starts[0] != 0 || steps[0] != 1)
    return Error{"only crops and pads of an image's height, width and channels have a tile program"};
  WindowDesc w;
  w.n = in[0];
  w.outH = out[1];
  w.outW = out[2];
  w.inH = in[1];
  w.inW = in[2];
  w.padTop = -starts[1];
  w.padLeft = -starts[2];
  w.strideH = steps[1];
  w.strideW = steps[2];
  return builder.window(w);
}

} // namespace

Expected<void> ConcatOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                     llvm::ArrayRef<BufferRef> operands,
                                     llvm::ArrayRef<BufferRef> results) {
  int64_t rank = llvm::cast<RankedTensorType>(getResult().getType()).getRank();
  if (int64_t(getAxis()) != rank - 1)
    return Error{"only a concat of the last dim (channels) has a tile program"};
  programs::MoveProgram program;
  program.kind = "concat";
  program.output = results[0];
  int64_t col = 0;
  for (auto [input, buffer] : llvm::zip(getInputs(), operands)) {
    if (!buffer)
      return Error{"a constant operand of a concat has no tile program"};
    int64_t cols = shapeOf(input).back();
    program.pieces.push_back({buffer, -1, 0, col, cols});
    col += cols;
  }
  return programs::buildMove(builder, target, program);
}

Expected<void> SliceOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                    llvm::ArrayRef<BufferRef> operands,
                                    llvm::ArrayRef<BufferRef> results) {
  llvm::ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  if (getSteps().back() != 1)
    return Error{"a slice with a channel step has no tile program"};
  Expected<int> window = cropWindow(builder, in, out, getStarts(), getSteps());
  if (!window)
    return window.error();
  programs::MoveProgram program;
  program.kind = "slice";
  program.output = results[0];
  program.pieces = {{operands[0], *window, getStarts().back(), 0, out.back()}};
  return programs::buildMove(builder, target, program);
}

Expected<void> SplitOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                    llvm::ArrayRef<BufferRef> operands,
                                    llvm::ArrayRef<BufferRef> results) {
  int64_t rank = llvm::cast<RankedTensorType>(getInput().getType()).getRank();
  if (int64_t(getAxis()) != rank - 1)
    return Error{"only a split of the last dim (channels) has a tile program"};
  int64_t col = 0;
  for (auto [size, buffer] : llvm::zip(getSizes(), results)) {
    programs::MoveProgram program;
    program.kind = "split";
    program.output = buffer;
    program.pieces = {{operands[0], -1, col, 0, size}};
    if (Expected<void> built = programs::buildMove(builder, target, program); !built)
      return built;
    col += size;
  }
  return {};
}

Expected<void> PadOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                  llvm::ArrayRef<BufferRef> operands,
                                  llvm::ArrayRef<BufferRef> results) {
  llvm::ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  if (getLow().back() != 0 || getHigh().back() != 0)
    return Error{"a pad of the channels has no tile program"};
  llvm::SmallVector<int64_t> starts, steps(in.size(), 1);
  for (int64_t low : getLow())
    starts.push_back(-low);
  Expected<int> window = cropWindow(builder, in, out, starts, steps);
  if (!window)
    return window.error();
  programs::MoveProgram program;
  program.kind = "pad";
  program.output = results[0];
  program.fill = float(getValue().convertToDouble());
  program.pieces = {{operands[0], *window, 0, 0, out.back()}};
  return programs::buildMove(builder, target, program);
}

Expected<void> UpsampleOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                       llvm::ArrayRef<BufferRef> operands,
                                       llvm::ArrayRef<BufferRef> results) {
  if (getMode() != ResizeMode::nearest)
    return Error{"bilinear upsampling has no tile program"};
  Expected<Image> in = Image::of(getInput(), getDataFormat());
  if (!in)
    return in.error();
  WindowDesc w;
  w.n = in->n;
  w.outH = in->h * getScales()[0];
  w.outW = in->w * getScales()[1];
  w.inH = in->h;
  w.inW = in->w;
  w.inRepeatH = getScales()[0];
  w.inRepeatW = getScales()[1];
  programs::MoveProgram program;
  program.kind = "upsample";
  program.output = results[0];
  program.pieces = {{operands[0], builder.window(w), 0, 0, in->c}};
  return programs::buildMove(builder, target, program);
}

Expected<void> ReshapeOp::lowerToTile(ProgramBuilder &, const programs::Target &,
                                      llvm::ArrayRef<BufferRef>, llvm::ArrayRef<BufferRef>) {
  return Error{"a reshape that changes the last dim has no tile program"};
}

Expected<void> TransposeOp::lowerToTile(ProgramBuilder &, const programs::Target &,
                                        llvm::ArrayRef<BufferRef>, llvm::ArrayRef<BufferRef>) {
  return Error{"a transpose inside the graph has no tile program"};
}

Expected<void> BatchNormOp::lowerToTile(ProgramBuilder &, const programs::Target &,
                                        llvm::ArrayRef<BufferRef>, llvm::ArrayRef<BufferRef>) {
  return Error{"batch normalization is lowered as a product and a sum: run tt-decompose-batch-norm"};
}

Expected<void> YoloHeadOp::lowerToTile(ProgramBuilder &, const programs::Target &,
                                       llvm::ArrayRef<BufferRef>, llvm::ArrayRef<BufferRef>) {
  return {}; // a view
}

Expected<void> lowerReshard(ProgramBuilder &builder, const programs::Target &target,
                            const BufferRef &from, const BufferRef &to) {
  if (from.desc.order == to.desc.order && from.desc.format == to.desc.format) {
    programs::MoveProgram program;
    program.isReshard = true;
    program.output = to;
    program.pieces = {{from, -1, 0, 0, to.desc.cols}};
    return programs::buildMove(builder, target, program);
  }
  programs::ConvertProgram program;
  program.input = from;
  program.output = to;
  return programs::buildConvert(builder, target, program);
}

Expected<void> ReshardOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                      llvm::ArrayRef<BufferRef> operands,
                                      llvm::ArrayRef<BufferRef> results) {
  return lowerReshard(builder, target, operands[0], results[0]);
}

} // namespace ttc::tt
