//===- Depthwise.cpp - depthwise convolution --------------------------------===//
//
// Every tap's sticks are tilized and multiplied by that tap's row of weights,
// broadcast down the tile; the products accumulate in Dst.
//
//===----------------------------------------------------------------------===//
#include "Epilogue.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::programs {
using isa::Opcode;

Expected<void> buildDepthwise(ProgramBuilder &b, const Target &target, const DepthwiseProgram &op) {
  const BufferDesc &in = op.input.desc;
  if (in.tiled())
    return Error{"a depthwise convolution reads row-major sticks, but the input is in tile order"};
  Partition part = Partition::of(op.output.desc, target);
  int64_t taps = op.window.kernelH * op.window.kernelW;
  int64_t mt = part.tileRows(), nt = part.tileCols();
  Epilogue epilogue(b, part, op.residual, op.bias, op.channels, op.activation, op.postActivation,
                    target);
  int64_t tile = tileBytes(program::Format::Bf16);
  auto l1 = [&](int64_t w) {
    return 3 * taps * w * tile + taps * nt * tile + epilogue.l1Bytes(w) +
           (part.local ? 0 : 2 * w * tile);
  };
  int64_t w = std::min(nt, target.dstTiles());
  while (w > 1 && l1(w) > target.l1Budget)
    --w;
  if (l1(w) > target.l1Budget)
    return Error{fmt::format("needs {} bytes of L1 per core for {} taps, limit is {}", l1(w), taps,
                             target.l1Budget)};

  ConstantSpec weightSpec;
  weightSpec.name = "weights";
  weightSpec.rows = taps * tileDim; // the weights of a tap fill row 0 of its tile row
  weightSpec.cols = op.channels;
  weightSpec.fill = [&op, taps] {
    std::vector<float> data(size_t(taps * tileDim * op.channels), 0.0f);
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t c = 0; c < op.channels; ++c)
        data[size_t(tap * tileDim * op.channels + c)] = op.weight(tap, c);
    return data;
  };
  BufferRef weightBuffer = b.constant(weightSpec);
  epilogue.declareConstants();
  int windowId = b.window(op.window);
  ProgramSpec spec = programSpec("conv2d", part, target);
  spec.macs = uint64_t(op.output.desc.rows) * uint64_t(op.channels) * uint64_t(taps);
  b.beginProgram(spec);
  int64_t pitch = taps * w * 64;
  Cb rows = stickCb(b, "rows", tileDim * pitch);
  Cb act = tileCb(b, "act", program::Format::Bf16, taps * w);
  Cb weights = tileCb(b, "weights", program::Format::Bf16, taps * nt);
  epilogue.declareBuffers(1, w);
  ResultWriter result(b, part, op.output, 1, w);
  auto blocks = [&](const std::function<void(Idx, Idx, Idx)> &body) {
    b.loop(0, mt, 1, [&](Idx r) {
      b.loop(0, nt, w,
             [&](Idx c) { body(r, c, nt % w ? b.min(w, b.sub(nt, c)) : Idx(w)); });
    });
  };
  b.reader([&] {
    part.onActive(b, [&](Partition::Position at) {
      epilogue.readBias(at);
      epilogue.openResidual();
      reserve(b, weights, taps * nt);
      b.emit(Opcode::ReadPages, {weights, 0, weightBuffer.id, 0, b.mul(at.col, nt), taps, nt});
      readBarrier(b);
      push(b, weights, taps * nt);
      reserve(b, rows, 2); // columns past the last channel stay zero
      b.emit(Opcode::Fill, {rows, 0, 2 * tileDim * pitch, 0});
      readBarrier(b); // the sticks go to the same bytes
      blocks([&](Idx r, Idx c, Idx n) {
        reserve(b, rows, 1);
        Idx row = b.mul(b.add(b.mul(at.row, mt), r), tileDim);
        Idx colByte = b.mul(b.add(b.mul(at.col, nt), c), 64);
        Idx bytes = b.min(b.mul(n, 64), b.sub(stickChannels(op.channels) * 2, colByte));
        b.loop(0, taps, 1, [&](Idx t) {
          b.emit(Opcode::ReadWindow, {rows, b.mul(t, w * 64), pitch, op.input.id, windowId, row,
                                      tileDim, t, 1, colByte, bytes, 0});
        });
        readBarrier(b);
        push(b, rows, 1);
        epilogue.readResidual(at, r, c, 1, n);
      });
    });
  });
  b.compute([&] {
    part.onActive(b, [&](Partition::Position) {
      result.open();
      epilogue.begin();
      wait(b, weights, taps * nt);
      blocks([&](Idx r, Idx c, Idx n) {
        wait(b, rows, 1);
        reserve(b, act, taps * w);
        b.emit(Opcode::Tilize, {rows, 0, pitch, act, 0, taps * w, 1, taps * w});
        push(b, act, taps * w);
        pop(b, rows, 1);
        wait(b, act, taps * w);
        epilogue.prepare(r, c, 1, n);
        result.reserveBlock();
        inDst(
            b,
            [&] {
              epilogue.start(c, 1, n);
              b.loop(0, taps, 1, [&](Idx t) {
                b.emit(Opcode::Eltwise,
                       {isa::EltwiseKind::Mul, act, b.mul(t, w), 1, weights,
                        b.add(b.mul(t, nt), c), 1, 0, n, isa::Broadcast::Row, 1});
              });
              epilogue.apply(r, c, 1, n);
            },
            [&] {
              epilogue.applyPacking(1, n);
              result.pack(r, c, 1, n);
            });
        result.pushBlock();
        epilogue.finish();
        pop(b, act, taps * w);
      });
      pop(b, weights, taps * nt);
      epilogue.end();
      result.close();
    });
  });
  if (!part.local)
    b.writer([&] {
      part.onActive(b, [&](Partition::Position at) {
        blocks([&](Idx r, Idx c, Idx n) { result.write(at, r, c, 1, n); });
      });
    });
  b.endProgram();
  return {};
}

} // namespace ttc::programs
