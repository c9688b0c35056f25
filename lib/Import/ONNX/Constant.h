//===- Constant.h - a tensor known at import time --------------------------===//
//
// Initializers, Constant nodes and everything computed from them and from static
// shapes. Two kinds are enough: float holds every floating type, int every integer
// type and bool.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_ONNX_CONSTANT_H
#define TTC_LIB_IMPORT_ONNX_CONSTANT_H

#include "ttc/Support/Expected.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ttc::onnximport {

using Shape = llvm::SmallVector<int64_t, 6>;

/// More elements than any tensor that can be meant; guards against overflow on corrupt files.
inline constexpr int64_t maxElements = int64_t(1) << 40;
/// Most elements that evaluation at import time may produce.
inline constexpr int64_t maxEvaluatedElements = int64_t(1) << 27;

/// The product of the dimensions, or nothing if one is negative or the product exceeds
/// `maxElements`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

/// "1x3x320x320", or "scalar".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Values are row-major and shared between copies; `owner` keeps them alive. Of a splat only one
/// element is stored.
struct Constant {
  enum class Kind { Float, Int };

  Kind kind = Kind::Float;
  Shape shape;
  bool splat = false;
  llvm::ArrayRef<float> floats;
  llvm::ArrayRef<int64_t> ints;
  std::shared_ptr<const void> owner;

  bool isInt() const { return kind == Kind::Int; }
  int64_t rank() const { return int64_t(shape.size()); }
  int64_t count() const { return *countElements(shape); }
  float floatAt(int64_t i) const { return floats[splat ? 0 : i]; }
  int64_t intAt(int64_t i) const { return ints[splat ? 0 : i]; }

  static Constant fromFloats(llvm::ArrayRef<int64_t> shape, std::vector<float> values);
  static Constant fromInts(llvm::ArrayRef<int64_t> shape, std::vector<int64_t> values);
  static Constant splatFloat(llvm::ArrayRef<int64_t> shape, float value);
  static Constant splatInt(llvm::ArrayRef<int64_t> shape, int64_t value);
  /// The same values under another shape of equal count.
  Constant withShape(llvm::ArrayRef<int64_t> newShape) const;
};

} // namespace ttc::onnximport

#endif
