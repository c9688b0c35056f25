//===- BufferAccess.cpp - where the bytes of a device tensor lie ------------===//
#include "ttc/Program/BufferAccess.h"

namespace ttc {
namespace {
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
} // namespace

BufferShape bufferShape(const program::BufferT &b) {
  BufferShape s;
  s.memory = b.memory;
  s.sharding = b.sharding;
  s.order = b.order;
  s.format = b.format;
  s.rows = b.rows;
  s.cols = b.cols;
  s.shardRows = b.shard_rows;
  s.shardCols = b.shard_cols;
  s.gridX = b.grid_x;
  s.gridY = b.grid_y;
  s.colMajor = b.col_major;
  s.pageBytes = b.page_bytes;
  s.address = b.address;
  return s;
}

int64_t pageDataBytes(const BufferShape &s) {
  if (s.tiled())
    return int64_t(tileBytes(dataFormat(s.format)));
  int64_t cols = s.interleaved() ? std::max(s.cols, s.shardCols) : s.shardCols;
  return cols * int64_t(elementBytes(dataFormat(s.format)));
}

int64_t naturalPageBytes(const BufferShape &s, const DeviceSpec &d) {
  int64_t align = s.memory == program::Memory::L1 ? d.l1_alignment : d.dram_alignment;
  return ceilDiv(pageDataBytes(s), align) * align;
}

int64_t bytesPerUnit(const BufferShape &s, const DeviceSpec &d) {
  int64_t page = s.pageBytes ? s.pageBytes : naturalPageBytes(s, d);
  if (!s.interleaved())
    return (s.tiled() ? ceilDiv(s.shardRows, tileDim) * ceilDiv(s.shardCols, tileDim)
                      : s.shardRows) *
           page;
  int64_t pages = s.tiled() ? ceilDiv(s.rows, tileDim) * ceilDiv(s.cols, tileDim) : s.rows;
  return ceilDiv(pages, s.memory == program::Memory::L1 ? d.cores() : d.dram_banks) * page;
}

BufferView::BufferView(const BufferShape &shape, const DeviceSpec &d) : s(shape) {
  pageSize = s.pageBytes ? s.pageBytes : naturalPageBytes(s, d);
  deviceGridX = d.grid_x;
  unitCount = uint32_t(inL1() ? d.cores() : d.dram_banks);
  if (s.tiled()) {
    nPageRows = ceilDiv(s.rows, tileDim);
    nPageCols = ceilDiv(s.cols, tileDim);
    shardPageRows = std::max<int64_t>(1, ceilDiv(s.shardRows, tileDim));
    shardPageCols = std::max<int64_t>(1, ceilDiv(s.shardCols, tileDim));
    return;
  }
  nPageRows = s.rows;
  nPageCols = s.interleaved() ? 1 : ceilDiv(s.cols, s.shardCols);
  shardPageRows = std::max<int64_t>(1, s.shardRows);
  shardPageCols = 1;
  // A row may be addressed up to the end of its page where that is the last of the row; between
  // column shards only the data counts.
  segmentBytes =
      std::max<int64_t>(1, s.interleaved() || nPageCols == 1 ? pageSize : pageDataBytes(s));
}

WindowView::WindowView(const program::WindowT &w)
    : n(w.n), outH(w.out_h), outW(w.out_w), inH(w.in_h), inW(w.in_w), kernelH(w.kernel_h),
      kernelW(w.kernel_w), strideH(w.stride_h), strideW(w.stride_w), padTop(w.pad_top),
      padLeft(w.pad_left), dilationH(w.dilation_h), dilationW(w.dilation_w),
      inDilationH(w.in_dilation_h), inDilationW(w.in_dilation_w), inRepeatH(w.in_repeat_h),
      inRepeatW(w.in_repeat_w) {}

} // namespace ttc
