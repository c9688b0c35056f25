//===- Constant.cpp - a tensor known at import time ------------------------===//
#include "Constant.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ttc::onnximport {

std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t d : shape) {
    if (d < 0 || d > maxElements)
      return std::nullopt;
    if (d == 0) {
      empty = true;
      continue;
    }
    if (count > maxElements / d)
      return std::nullopt;
    count *= d;
  }
  return empty ? 0 : count;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return fmt::format("{}", fmt::join(shape.begin(), shape.end(), "x"));
}

Constant Constant::fromFloats(llvm::ArrayRef<int64_t> shape, std::vector<float> values) {
  auto stored = std::make_shared<std::vector<float>>(std::move(values));
  Constant c;
  c.shape.assign(shape.begin(), shape.end());
  c.floats = *stored;
  c.owner = std::move(stored);
  return c;
}

Constant Constant::fromInts(llvm::ArrayRef<int64_t> shape, std::vector<int64_t> values) {
  auto stored = std::make_shared<std::vector<int64_t>>(std::move(values));
  Constant c;
  c.kind = Kind::Int;
  c.shape.assign(shape.begin(), shape.end());
  c.ints = *stored;
  c.owner = std::move(stored);
  return c;
}

Constant Constant::splatFloat(llvm::ArrayRef<int64_t> shape, float value) {
  Constant c = fromFloats(shape, {value});
  c.splat = true;
  return c;
}

Constant Constant::splatInt(llvm::ArrayRef<int64_t> shape, int64_t value) {
  Constant c = fromInts(shape, {value});
  c.splat = true;
  return c;
}

Constant Constant::withShape(llvm::ArrayRef<int64_t> newShape) const {
  Constant c = *this;
  c.shape.assign(newShape.begin(), newShape.end());
  return c;
}

} // namespace ttc::onnximport
