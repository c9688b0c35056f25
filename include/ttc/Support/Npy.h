//===- Npy.h - NumPy's .npy files -------------------------------------------===//
//
// Format versions 1.0 to 3.0 (numpy.lib.format). Little-endian types f4, f8,
// i1..i8, u1..u8 and bool are read; big-endian and object arrays are refused.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_SUPPORT_NPY_H
#define TTC_SUPPORT_NPY_H

#include "ttc/Support/Expected.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ttc {

enum class NpyType { f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, boolean };

/// The type's name as NumPy writes it, "<f4" for f32.
std::string_view npyDescr(NpyType type);
/// Bytes of one element.
size_t npyElementSize(NpyType type);

/// One array in C order, whatever the order in the file was.
struct NpyArray {
  NpyType type = NpyType::f32;
  std::vector<int64_t> shape; ///< empty for a scalar
  std::vector<uint8_t> bytes; ///< elements, little endian

  int64_t size() const;

  /// The elements of any type as floats (rounded to nearest where float cannot hold the value).
  std::vector<float> toFloats() const;

  /// The elements as T; an error naming both types if the file holds another type of another size
  /// or kind. T is one of float, double and the (u)intN_t.
  template <typename T> Expected<std::vector<T>> as() const;
};

/// Reads an array. Errors name `path`, the offset, what was expected and what was found.
Expected<NpyArray> readNpy(const std::string &path);

/// As `readNpy`, of bytes already in memory; `name` stands for the file in messages.
Expected<NpyArray> parseNpy(std::span<const uint8_t> file, std::string_view name);

/// An error unless the shapes are the same; `-1` in `expected` stands for any extent.
Expected<void> checkNpyShape(const NpyArray &array, std::span<const int64_t> expected,
                             std::string_view name);

/// The shape as NumPy prints it: "(1, 3, 320, 320)".
std::string npyShapeText(std::span<const int64_t> shape);

/// Writes a version 1.0 file, all or nothing.
Expected<void> writeNpy(const std::string &path, NpyType type, std::span<const int64_t> shape,
                        std::span<const uint8_t> bytes);
Expected<void> writeNpy(const std::string &path, std::span<const int64_t> shape,
                        std::span<const float> values);

} // namespace ttc

#endif
