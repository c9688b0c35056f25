//===- OpsMove.cpp - measured operations that move and convert ----------------===//
#include "OpRun.h"

#include "ttc/TilePrograms/Unfused.h"

#include <algorithm>

namespace ttc::calibrate {

Expected<void> OpRun::convert() {
  bool alike = c.in[0]->memory == c.out->memory && c.in[0]->shape == c.out->shape;
  Expected<BufferRef> in = place("in", *c.in[0], alike ? outShard() : std::vector<int64_t>()),
                      out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  bool interleaved = !in->desc.sharded() && !out->desc.sharded();
  if (in->desc.order == out->desc.order && in->desc.format == out->desc.format) {
    if (interleaved && !in->desc.tiled()) {
      programs::StickwiseProgram op;
      op.kind = "move";
      op.input = *in;
      op.output = *out;
      op.height = in->desc.rows;
      return programs::buildStickwise(bench.builder(), target(), op);
    }
    programs::MoveProgram op;
    op.pieces = {{*in, -1, 0, 0, out->desc.cols}};
    op.output = *out;
    op.stickwise = stickwise();
    return programs::buildMove(bench.builder(), target(), op);
  }
  if (in->desc.tiled() && out->desc.tiled()) {
    programs::EltwiseProgram op;
    op.name = "typecast";
    op.in0 = *in;
    op.output = *out;
    return programs::buildTilewise(bench.builder(), target(), op);
  }
  programs::ConvertProgram op;
  op.input = *in;
  op.output = *out;
  return interleaved ? programs::buildStepwiseConvert(bench.builder(), target(), op)
                     : programs::buildConvert(bench.builder(), target(), op);
}

/// The library's kernels for Blackhole read sticks of DRAM one by one through a page of their own.
bool OpRun::stickwise() const { return device.architecture == "BLACKHOLE"; }

Expected<void> OpRun::paddedSlice() {
  // The rows that are kept, as a tensor of their own: what is left out costs nothing.
  OpsTensor kept = *c.in[0];
  kept.shape = c.out->shape;
  Expected<BufferRef> in = place("in", kept), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::ConvertProgram op;
  op.input = *in;
  op.output = *out;
  return programs::buildConvert(bench.builder(), target(), op);
}

/// A transpose of the last two dims, or a concat of rows: tiles change their place one by one; the
/// transposition of one hides behind moving it.
Expected<void> OpRun::tileMove() {
  auto dim = c.attributes.find("dim");
  bool transposes = c.op == "TransposeDeviceOperation";
  if (dim == c.attributes.end() || (transposes ? !dim->second.ends_with("::WH") : dim->second != "2"))
    return Error{transposes ? "a transpose of other dims than the last two"
                            : "a concat of another dim than the last two"};
  programs::TileMoveProgram op;
  Expected<BufferRef> first = place("in0", *c.in[0]), out = place("out", *c.out);
  if (!first)
    return first.error();
  if (!out)
    return out.error();
  op.first = *first;
  op.output = *out;
  op.imageRows = tilesOf(c.out->shape[2]);
  if (!transposes) {
    Expected<BufferRef> second = c.in[1] ? place("in1", *c.in[1]) : Error{"a concat of one tensor"};
    if (!second)
      return second.error();
    op.kind = "concat";
    op.second = *second;
    op.firstRows = tilesOf(c.in[0]->shape[2]);
  }
  return programs::buildTileMove(bench.builder(), target(), op);
}

Expected<void> OpRun::slice() {
  std::vector<int64_t> start = c.numbers("slice_start", "Shape(");
  if (start.size() != 4 || c.in[0]->shape[2] != c.out->shape[2] || c.in[0]->shape[1] != c.out->shape[1])
    return Error{"a slice of more than columns"};
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", *c.out, outShard());
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.pieces = {{*in, -1, start[3], 0, out->desc.cols}};
  op.output = *out;
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::sliceWrite() {
  // The part that is written, as a tensor of its own.
  OpsTensor part = *c.out;
  part.shape = c.in[0]->shape;
  Expected<BufferRef> in = place("in", *c.in[0]), out = place("out", part);
  if (!in)
    return in.error();
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.pieces = {{*in, -1, 0, 0, out->desc.cols}};
  op.output = *out;
  return programs::buildMove(bench.builder(), target(), op);
}

Expected<void> OpRun::concat() {
  if (c.numbers("dim", "") != std::vector<int64_t>{3})
    return tileMove();
  // The table names three operands at most; the others are as the last one.
  Expected<BufferRef> out = place("out", *c.out, outShard());
  if (!out)
    return out.error();
  programs::MoveProgram op;
  op.kind = "concat";
  op.output = *out;
  int64_t col = 0;
  for (size_t i = 0; col < out->desc.cols; ++i) {
    const OpsTensor *t = nullptr;
    for (size_t k = 0; k < 3 && k <= i; ++k)
      if (c.in[k])
        t = &*c.in[k];
    Expected<BufferRef> piece = place("in", *t);
    if (!piece)
      return piece.error();
    int64_t cols = std::min(t->cols(), out->desc.cols - col);
    op.pieces.push_back({*piece, -1, 0, col, cols});
    col += cols;
  }
  return programs::buildMove(bench.builder(), target(), op);
}

} // namespace ttc::calibrate
