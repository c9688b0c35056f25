//===- HostTensor.h - a float tensor on the host ----------------------------===//
//
// The value the float reference computes with. Knows no MLIR and no device.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_REFERENCE_HOSTTENSOR_H
#define TTC_REFERENCE_HOSTTENSOR_H

#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace ttc {

/// Dense float32 values, row-major in the order of `shape()` (an NHWC tensor has shape N,H,W,C).
/// A copy shares the values; they are freed with the last copy. Values are either owned by the
/// tensor or borrowed from memory (a mapped weight file) that an optional keeper holds alive.
class HostTensor {
public:
  /// No tensor at all: no shape, no values. See `empty`.
  HostTensor() = default;

  /// Owned values, not initialised.
  explicit HostTensor(std::vector<int64_t> shape)
      : dims(std::move(shape)), count(countOf(dims)), storage(allocate(count)),
        values(static_cast<const float *>(storage.get())), owned(true) {}

  /// Owned copy of `from`, which must hold as many values as the shape.
  HostTensor(std::vector<int64_t> shape, std::span<const float> from) : HostTensor(std::move(shape)) {
    assert(int64_t(from.size()) == count && "values do not match the shape");
    if (count)
      std::memcpy(storage.get(), from.data(), size_t(count) * sizeof(float));
  }

  /// Values that live elsewhere for as long as this tensor and its copies (`keeper` may see to that).
  static HostTensor borrow(std::vector<int64_t> shape, const float *data,
                           std::shared_ptr<const void> keeper = nullptr) {
    HostTensor t;
    t.dims = std::move(shape);
    t.count = countOf(t.dims);
    t.storage = std::const_pointer_cast<void>(std::move(keeper));
    t.values = data;
    return t;
  }

  /// Owned, all values `value`.
  static HostTensor filled(std::vector<int64_t> shape, float value) {
    HostTensor t(std::move(shape));
    float *p = t.mutableData();
    for (int64_t i = 0; i < t.count; ++i)
      p[i] = value;
    return t;
  }

  bool empty() const { return values == nullptr; }
  const std::vector<int64_t> &shape() const { return dims; }
  int64_t rank() const { return int64_t(dims.size()); }
  int64_t dim(int64_t i) const { return dims[size_t(i)]; }
  int64_t size() const { return count; }
  const float *data() const { return values; }
  std::span<const float> span() const { return {values, size_t(count)}; }
  bool isOwned() const { return owned; }

  /// The values for writing; every copy sees the change. Borrowed values cannot be written.
  float *mutableData() {
    assert(owned && "borrowed values are read-only");
    return static_cast<float *>(storage.get());
  }

  /// The same values under another shape of the same size.
  HostTensor reshaped(std::vector<int64_t> shape) const {
    assert(countOf(shape) == count && "a reshape keeps the number of values");
    HostTensor t = *this;
    t.dims = std::move(shape);
    return t;
  }

  /// Values of its own, never shared with this tensor.
  HostTensor clone() const { return HostTensor(dims, span()); }

  static int64_t countOf(std::span<const int64_t> shape) {
    int64_t n = 1;
    for (int64_t d : shape)
      n *= d;
    return n;
  }

private:
  /// Aligned to 64 bytes, never null, so that an owned tensor with no values is not `empty`.
  static std::shared_ptr<void> allocate(int64_t count) {
    size_t bytes = (size_t(count > 0 ? count : 1) * sizeof(float) + 63) / 64 * 64;
    return {::operator new(bytes, std::align_val_t(64)),
            [](void *p) { ::operator delete(p, std::align_val_t(64)); }};
  }

  std::vector<int64_t> dims;
  int64_t count = 0;
  std::shared_ptr<void> storage; // owned values, or what keeps borrowed ones alive
  const float *values = nullptr;
  bool owned = false;
};

} // namespace ttc

#endif
