//===- Tensor.cpp - from TensorProto to Constant ---------------------------===//
#include "Tensor.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace ttc::onnximport {

static_assert(std::endian::native == std::endian::little, "raw_data is little endian");

using onnx::TensorProto;

std::string dataTypeName(int dataType) {
  static const char *const names[] = {
      "undefined",      "float",      "uint8",          "int8",       "uint16",   "int16",
      "int32",          "int64",      "string",         "bool",       "float16",  "double",
      "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
      "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4"};
  if (dataType >= 0 && dataType < int(std::size(names)))
    return names[dataType];
  return fmt::format("type {}", dataType);
}

bool isFloatDataType(int t) {
  return t == TensorProto::FLOAT || t == TensorProto::FLOAT16 || t == TensorProto::BFLOAT16 ||
         t == TensorProto::DOUBLE;
}

bool isIntDataType(int t) {
  switch (t) {
  case TensorProto::UINT8:
  case TensorProto::INT8:
  case TensorProto::UINT16:
  case TensorProto::INT16:
  case TensorProto::INT32:
  case TensorProto::INT64:
  case TensorProto::BOOL:
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return true;
  default:
    return false;
  }
}

/// IEEE binary16 to binary32, exact.
static float halfToFloat(uint16_t h) {
  uint32_t sign = uint32_t(h & 0x8000u) << 16, exponent = (h >> 10) & 31, mantissa = h & 0x3ffu;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) { // zero or subnormal: mantissa * 2^-24
    float value = float(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

static float bfloatToFloat(uint16_t b) { return std::bit_cast<float>(uint32_t(b) << 16); }

Expected<std::shared_ptr<MappedFile>> ExternalData::open(const std::string &location) {
  auto found = files.find(location);
  if (found != files.end())
    return found->second;
  std::filesystem::path path(location);
  if (location.empty() || location.find('\0') != std::string::npos || path.is_absolute())
    return Error{fmt::format("external data location '{}' is not a relative path", location)};
  for (const std::filesystem::path &part : path)
    if (part == "..")
      return Error{fmt::format("external data location '{}' leaves the model's folder", location)};
  Expected<std::shared_ptr<MappedFile>> file =
      MappedFile::open((std::filesystem::path(directory) / path).string());
  if (file)
    files.emplace(location, *file);
  return file;
}

/// Bytes per element in raw form; 0 for types that are not read.
static size_t elementBytes(int dataType) {
  switch (dataType) {
  case TensorProto::UINT8:
  case TensorProto::INT8:
  case TensorProto::BOOL:
    return 1;
  case TensorProto::UINT16:
  case TensorProto::INT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return 2;
  case TensorProto::FLOAT:
  case TensorProto::INT32:
  case TensorProto::UINT32:
    return 4;
  case TensorProto::DOUBLE:
  case TensorProto::INT64:
  case TensorProto::UINT64:
    return 8;
  default:
    return 0;
  }
}

template <typename From, typename To, typename Convert>
static std::vector<To> convertRaw(const char *data, size_t count, Convert convert) {
  std::vector<To> values(count);
  for (size_t i = 0; i < count; ++i) {
    From element;
    std::memcpy(&element, data + i * sizeof(From), sizeof(From));
    values[i] = convert(element);
  }
  return values;
}

template <typename From> static std::vector<int64_t> rawInts(const char *data, size_t count) {
  return convertRaw<From, int64_t>(data, count, [](From v) { return int64_t(v); });
}

static Constant fromRaw(int dataType, llvm::ArrayRef<int64_t> shape, const char *data, size_t count,
                        std::shared_ptr<const void> owner) {
  switch (dataType) {
  case TensorProto::FLOAT: {
    if (reinterpret_cast<uintptr_t>(data) %
        alignof(float)) // only in external files with odd offsets
      return Constant::fromFloats(shape,
                                  convertRaw<float, float>(data, count, [](float v) { return v; }));
    Constant c;
    c.shape.assign(shape.begin(), shape.end());
    c.floats = llvm::ArrayRef(reinterpret_cast<const float *>(data), count);
    c.owner = std::move(owner);
    return c;
  }
  case TensorProto::FLOAT16:
    return Constant::fromFloats(shape, convertRaw<uint16_t, float>(data, count, halfToFloat));
  case TensorProto::BFLOAT16:
    return Constant::fromFloats(shape, convertRaw<uint16_t, float>(data, count, bfloatToFloat));
  case TensorProto::DOUBLE:
    return Constant::fromFloats(
        shape, convertRaw<double, float>(data, count, [](double v) { return float(v); }));
  case TensorProto::UINT8:
    return Constant::fromInts(shape, rawInts<uint8_t>(data, count));
  case TensorProto::BOOL:
    return Constant::fromInts(shape, convertRaw<uint8_t, int64_t>(
                                         data, count, [](uint8_t v) { return int64_t(v != 0); }));
  case TensorProto::INT8:
    return Constant::fromInts(shape, rawInts<int8_t>(data, count));
  case TensorProto::UINT16:
    return Constant::fromInts(shape, rawInts<uint16_t>(data, count));
  case TensorProto::INT16:
    return Constant::fromInts(shape, rawInts<int16_t>(data, count));
  case TensorProto::INT32:
    return Constant::fromInts(shape, rawInts<int32_t>(data, count));
  case TensorProto::UINT32:
    return Constant::fromInts(shape, rawInts<uint32_t>(data, count));
  case TensorProto::UINT64:
    return Constant::fromInts(shape, rawInts<uint64_t>(data, count));
  default:
    return Constant::fromInts(shape, rawInts<int64_t>(data, count));
  }
}

template <typename To, typename Field, typename Convert>
static std::vector<To> convertField(const Field &field, Convert convert) {
  std::vector<To> values(field.size());
  for (int i = 0; i < field.size(); ++i)
    values[i] = convert(field.Get(i));
  return values;
}

/// Values in the typed repeated fields of the message.
static Expected<Constant> fromFields(const TensorProto &tensor, llvm::ArrayRef<int64_t> shape,
                                     size_t count, std::shared_ptr<const void> owner) {
  auto wrongCount = [&](const char *field, int size) -> Error {
    return {fmt::format("expected {} values for shape {}, but {} holds {}", count, shapeText(shape),
                        field, size)};
  };
  int type = tensor.data_type();
  switch (type) {
  case TensorProto::FLOAT: {
    if (size_t(tensor.float_data_size()) != count)
      return wrongCount("float_data", tensor.float_data_size());
    Constant c;
    c.shape.assign(shape.begin(), shape.end());
    c.floats = llvm::ArrayRef(tensor.float_data().data(), count);
    c.owner = std::move(owner);
    return c;
  }
  case TensorProto::DOUBLE:
    if (size_t(tensor.double_data_size()) != count)
      return wrongCount("double_data", tensor.double_data_size());
    return Constant::fromFloats(
        shape, convertField<float>(tensor.double_data(), [](double v) { return float(v); }));
  case TensorProto::INT64:
    if (size_t(tensor.int64_data_size()) != count)
      return wrongCount("int64_data", tensor.int64_data_size());
    return Constant::fromInts(
        shape, convertField<int64_t>(tensor.int64_data(), [](int64_t v) { return v; }));
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    if (size_t(tensor.uint64_data_size()) != count)
      return wrongCount("uint64_data", tensor.uint64_data_size());
    return Constant::fromInts(
        shape, convertField<int64_t>(tensor.uint64_data(), [](uint64_t v) { return int64_t(v); }));
  default:
    break;
  }
  if (size_t(tensor.int32_data_size()) != count)
    return wrongCount("int32_data", tensor.int32_data_size());
  const auto &field = tensor.int32_data();
  if (type == TensorProto::FLOAT16)
    return Constant::fromFloats(
        shape, convertField<float>(field, [](int32_t v) { return halfToFloat(uint16_t(v)); }));
  if (type == TensorProto::BFLOAT16)
    return Constant::fromFloats(
        shape, convertField<float>(field, [](int32_t v) { return bfloatToFloat(uint16_t(v)); }));
  if (type == TensorProto::BOOL)
    return Constant::fromInts(
        shape, convertField<int64_t>(field, [](int32_t v) { return int64_t(v != 0); }));
  return Constant::fromInts(shape,
                            convertField<int64_t>(field, [](int32_t v) { return int64_t(v); }));
}

/// A byte count or offset written in decimal.
static std::optional<uint64_t> parseNumber(const std::string &text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

static Expected<Constant> fromExternal(const TensorProto &tensor, llvm::ArrayRef<int64_t> shape,
                                       size_t count, ExternalData &external) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      std::optional<uint64_t> number = parseNumber(entry.value());
      if (!number)
        return Error{
            fmt::format("external data {} '{}' is not a byte count", entry.key(), entry.value())};
      if (entry.key() == "offset")
        offset = *number;
      else
        length = *number;
    }
  }
  Expected<std::shared_ptr<MappedFile>> file = external.open(location);
  if (!file)
    return file.error();
  uint64_t need = uint64_t(count) * elementBytes(tensor.data_type());
  uint64_t size = (*file)->bytes().size();
  if (length && *length != need)
    return Error{fmt::format("expected {} bytes of external data for {} {}, but its length is {}",
                             need, dataTypeName(tensor.data_type()), shapeText(shape), *length)};
  if (offset > size || need > size - offset)
    return Error{
        fmt::format("external data '{}' has {} bytes, but the tensor needs {} at offset {}",
                    location, size, need, offset)};
  const char *data = reinterpret_cast<const char *>((*file)->bytes().data()) + offset;
  return fromRaw(tensor.data_type(), shape, data, count, *file);
}

Expected<Constant> readTensor(const TensorProto &tensor, std::shared_ptr<const void> model,
                              ExternalData &external) {
  Shape shape(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = countElements(shape);
  if (!count)
    return Error{fmt::format("impossible shape {}", shapeText(shape))};
  size_t bytes = elementBytes(tensor.data_type());
  if (!bytes)
    return Error{fmt::format("expected a float or integer tensor, but got element type {}",
                             dataTypeName(tensor.data_type()))};
  if (tensor.has_segment())
    return Error{"segmented tensors are not supported"};
  if (tensor.data_location() == TensorProto::EXTERNAL)
    return fromExternal(tensor, shape, size_t(*count), external);
  if (!tensor.has_raw_data())
    return fromFields(tensor, shape, size_t(*count), std::move(model));
  if (tensor.raw_data().size() != size_t(*count) * bytes)
    return Error{fmt::format("expected {} bytes of raw data for {} {}, but got {}",
                             size_t(*count) * bytes, dataTypeName(tensor.data_type()),
                             shapeText(shape), tensor.raw_data().size())};
  return fromRaw(tensor.data_type(), shape, tensor.raw_data().data(), size_t(*count),
                 std::move(model));
}

} // namespace ttc::onnximport
