//===- BufferAccess.h - where the bytes of a device tensor lie --------------===//
//
// The address arithmetic of program::Buffer, in one place: the simulator moves
// bytes by it, the pricing builder counts transactions by it. No MLIR.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PROGRAM_BUFFERACCESS_H
#define TTC_PROGRAM_BUFFERACCESS_H

#include "ttc/Device/DataFormat.h"
#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/Program_generated.h"

#include <algorithm>
#include <cstdint>

namespace ttc {

inline DataFormat dataFormat(program::Format f) { return DataFormat(uint8_t(f)); }

/// The fields of a buffer that decide addresses (see Program.fbs). Extents are elements.
struct BufferShape {
  program::Memory memory = program::Memory::Dram;
  program::Sharding sharding = program::Sharding::Interleaved;
  program::Order order = program::Order::Tile;
  program::Format format = program::Format::Bf16;
  int64_t rows = 0, cols = 0;
  int64_t shardRows = 0, shardCols = 0;
  int64_t gridX = 1, gridY = 1;
  bool colMajor = false;
  int64_t pageBytes = 0; ///< 0: what naturalPageBytes() says
  uint64_t address = 0;

  bool interleaved() const { return sharding == program::Sharding::Interleaved; }
  bool tiled() const { return order == program::Order::Tile; }
};
BufferShape bufferShape(const program::BufferT &buffer);

/// Bytes of data in a page (a tile, or one row of a shard), and rounded up to the memory's
/// alignment.
int64_t pageDataBytes(const BufferShape &shape);
int64_t naturalPageBytes(const BufferShape &shape, const DeviceSpec &device);
/// Bytes the buffer takes in every bank or core.
int64_t bytesPerUnit(const BufferShape &shape, const DeviceSpec &device);

/// Page and byte addresses of one buffer. Cheap to copy; needs a valid shape (verifyModel).
class BufferView {
public:
  /// A DRAM bank, or a core of the device counted row-major over its compute grid, and the byte
  /// address there.
  struct Place {
    uint32_t unit = 0;
    uint64_t address = 0;
    bool operator==(const Place &) const = default;
  };
  /// `bytes` contiguous bytes from `place` on.
  struct Segment {
    Place place;
    int64_t bytes = 0;
  };

  BufferView() = default;
  BufferView(const BufferShape &shape, const DeviceSpec &device);
  BufferView(const program::BufferT &buffer, const DeviceSpec &device)
      : BufferView(bufferShape(buffer), device) {}

  const BufferShape &shape() const { return s; }
  bool inL1() const { return s.memory == program::Memory::L1; }
  int64_t pageBytes() const { return pageSize; }
  /// The page grid that holds data: tiles (tile order), rows x column shards (row-major).
  int64_t pageRows() const { return nPageRows; }
  int64_t pageCols() const { return nPageCols; }
  /// Banks or cores it may lie on.
  uint32_t units() const { return unitCount; }

  /// row < pageRows(), col < pageCols().
  Place page(int64_t row, int64_t col) const {
    if (s.interleaved()) {
      int64_t p = row * nPageCols + col;
      return {uint32_t(p % unitCount), s.address + uint64_t(p / unitCount) * uint64_t(pageSize)};
    }
    int64_t i = row / shardPageRows, j = col / shardPageCols;
    int64_t local = (row - i * shardPageRows) * shardPageCols + (col - j * shardPageCols);
    return {core(i, j), s.address + uint64_t(local) * uint64_t(pageSize)};
  }

  /// Row-major only: bytes of a row that may be addressed, padding of shards included.
  int64_t rowBytes() const { return nPageCols * segmentBytes; }
  /// Row-major only: the longest contiguous piece of bytes [byte, byte + bytes) of row `row`.
  Segment rowSegment(int64_t row, int64_t byte, int64_t bytes) const {
    int64_t j = byte / segmentBytes, in = byte - j * segmentBytes;
    Place p = page(row, j);
    p.address += uint64_t(in);
    return {p, std::min(bytes, segmentBytes - in)};
  }
  /// The core that holds shard (i, j).
  uint32_t core(int64_t i, int64_t j) const {
    using program::Sharding;
    int64_t x, y;
    if (s.sharding == Sharding::Block) {
      x = s.colMajor ? i : j;
      y = s.colMajor ? j : i;
    } else {
      int64_t k = s.sharding == Sharding::Height ? i : j;
      x = s.colMajor ? k / s.gridY : k % s.gridX;
      y = s.colMajor ? k % s.gridY : k / s.gridX;
    }
    return uint32_t(y * deviceGridX + x);
  }

private:
  BufferShape s;
  int64_t pageSize = 0, segmentBytes = 1;
  int64_t nPageRows = 0, nPageCols = 0;
  int64_t shardPageRows = 1, shardPageCols = 1;
  int64_t deviceGridX = 1;
  uint32_t unitCount = 1;
};

/// The sliding-window pattern of program::Window.
struct WindowView {
  int64_t n = 1, outH = 1, outW = 1, inH = 1, inW = 1, kernelH = 1, kernelW = 1;
  int64_t strideH = 1, strideW = 1, padTop = 0, padLeft = 0, dilationH = 1, dilationW = 1;
  int64_t inDilationH = 1, inDilationW = 1, inRepeatH = 1, inRepeatW = 1;

  WindowView() = default;
  explicit WindowView(const program::WindowT &w);
  int64_t positions() const { return n * outH * outW; }
  int64_t taps() const { return kernelH * kernelW; }
  /// Source row of output position r < positions() and tap t < taps(); -1 outside the image.
  int64_t sourceRow(int64_t r, int64_t t) const {
    int64_t ox = r % outW, rest = r / outW, oy = rest % outH, image = rest / outH;
    int64_t ky = t / kernelW, kx = t % kernelW;
    int64_t iy = axis(oy * strideH + ky * dilationH - padTop, inDilationH, inRepeatH, inH);
    int64_t ix = axis(ox * strideW + kx * dilationW - padLeft, inDilationW, inRepeatW, inW);
    return iy < 0 || ix < 0 ? -1 : (image * inH + iy) * inW + ix;
  }

  /// The padded images, one after the other, hold every stick that a dense input's windows see:
  /// lines() lines of lineSticks() sticks an image.
  int64_t lines() const { return (outH - 1) * strideH + (kernelH - 1) * dilationH + 1; }
  int64_t lineSticks() const { return (outW - 1) * strideW + (kernelW - 1) * dilationW + 1; }
  /// Padded line of the first kernel row of output position r.
  int64_t paddedLine(int64_t r) const {
    int64_t rest = r / outW;
    return rest / outH * lines() + rest % outH * strideH;
  }
  /// Output positions whose first taps are equally far apart: fn(first, count, stick, step) for
  /// positions row+first.., at `stick` of the padded images from line 0 on, `step` sticks apart. A
  /// position past the last one repeats it.
  template <typename Fn> void forEachLinePiece(int64_t row, int64_t count, Fn fn) const {
    for (int64_t i = 0; i < count;) {
      int64_t r = std::clamp<int64_t>(row + i, 0, positions() - 1), x = r % outW;
      bool inside = r == row + i;
      int64_t n = inside ? std::min(count - i, outW - x) : count - i;
      fn(i, n, paddedLine(r) * lineSticks() + x * strideW, inside ? strideW : 0);
      i += n;
    }
  }

private:
  static int64_t axis(int64_t v, int64_t dilation, int64_t repeat, int64_t extent) {
    if (v < 0)
      return -1;
    if (dilation > 1) {
      if (v % dilation)
        return -1;
      v /= dilation;
    }
    if (repeat > 1)
      v /= repeat;
    return v < extent ? v : -1;
  }
};

} // namespace ttc

#endif
