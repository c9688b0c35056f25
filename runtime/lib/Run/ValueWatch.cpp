//===- ValueWatch.cpp - where values first go bad -----------------------------===//
#include "ttc/Runtime/ValueWatch.h"

#include "ttc/Program/BufferAccess.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace ttc::runtime {
namespace {
/// What saturating conversions end at: the largest finite bf16 (8 bits of exponent, 7 of mantissa).
constexpr float largestBf16 = 0x1.fep127f;

constexpr const char *kinds[] = {"NaN", "infinity", "largest finite value"};
int kindOf(float v) {
  return std::isnan(v) ? 0 : std::isinf(v) ? 1 : std::fabs(v) >= largestBf16 ? 2 : -1;
}
} // namespace

std::string ValueWarning::text() const {
  return fmt::format(
      "{} in buffer '{}' after program '{}'{}: first at row {}, column {}{}, {} in all", kind,
      buffer, program, layer.empty() ? "" : fmt::format(" (layer '{}')", layer), row, col,
      coreX < 0 ? std::string() : fmt::format(" (core ({}, {}))", coreX, coreY), count);
}

Expected<void> ValueWatch::look(const Device &device, size_t launch, const ProgramReport &program) {
  for (uint32_t b : device.results(launch)) {
    Expected<std::vector<float>> values = device.readBuffer(b);
    if (!values)
      return values.error();
    const program::BufferT &info = *device.model().buffers[b];
    uint64_t counts[3] = {};
    size_t first[3] = {};
    for (size_t i = 0; i < values->size(); ++i)
      if (int k = kindOf((*values)[i]); k >= 0 && counts[k]++ == 0)
        first[k] = i;
    for (int k = 0; k < 3; ++k) {
      bool known = std::any_of(list.begin(), list.end(),
                               [&](const ValueWarning &w) { return w.kind == kinds[k]; });
      if (counts[k] == 0 || known)
        continue;
      ValueWarning w{kinds[k], program.name, program.location, info.name, 0, 0, -1, -1, counts[k]};
      w.row = int64_t(first[k]) / info.cols;
      w.col = int64_t(first[k]) % info.cols;
      BufferView view(info, device.spec());
      if (view.inL1()) {
        const BufferShape &s = view.shape();
        int64_t pageCol = s.tiled() ? w.col / tileDim : s.interleaved() ? 0 : w.col / s.shardCols;
        int64_t unit = view.page(s.tiled() ? w.row / tileDim : w.row, pageCol).unit;
        w.coreX = unit % device.spec().grid_x;
        w.coreY = unit / device.spec().grid_x;
      }
      list.push_back(std::move(w));
    }
  }
  return {};
}

} // namespace ttc::runtime
