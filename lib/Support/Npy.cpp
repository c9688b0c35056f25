//===- Npy.cpp - NumPy's .npy files -----------------------------------------===//
#include "ttc/Support/Npy.h"
#include "ttc/Support/Files.h"

#include <array>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <type_traits>

namespace ttc {

namespace {

struct TypeInfo {
  NpyType type;
  std::string_view descr;
  size_t size;
};

// Indexed by NpyType.
constexpr std::array<TypeInfo, 11> types = {{
    {NpyType::f32, "<f4", 4},
    {NpyType::f64, "<f8", 8},
    {NpyType::i8, "|i1", 1},
    {NpyType::i16, "<i2", 2},
    {NpyType::i32, "<i4", 4},
    {NpyType::i64, "<i8", 8},
    {NpyType::u8, "|u1", 1},
    {NpyType::u16, "<u2", 2},
    {NpyType::u32, "<u4", 4},
    {NpyType::u64, "<u8", 8},
    {NpyType::boolean, "|b1", 1},
}};

template <typename T> constexpr NpyType typeOf() {
  if constexpr (std::is_same_v<T, float>)
    return NpyType::f32;
  else if constexpr (std::is_same_v<T, double>)
    return NpyType::f64;
  else if constexpr (std::is_same_v<T, int8_t>)
    return NpyType::i8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return NpyType::i16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return NpyType::i32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return NpyType::i64;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return NpyType::u8;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return NpyType::u16;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return NpyType::u32;
  else
    return NpyType::u64;
}

/// What the header's dictionary says.
struct Header {
  NpyType type = NpyType::f32;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Reads the header: a Python dictionary literal with exactly the keys descr, fortran_order, shape.
class HeaderParser {
public:
  HeaderParser(std::string_view text, size_t base, std::string_view name)
      : text(text), base(base), name(name) {}

  Expected<Header> parse() {
    Header header;
    bool haveDescr = false, haveOrder = false, haveShape = false;
    if (!eat('{'))
      return fail("expected '{'");
    while (!eat('}')) {
      std::optional<std::string_view> key = quoted();
      if (!key)
        return fail("expected a quoted key");
      if (!eat(':'))
        return fail("expected ':'");
      if (*key == "descr" && !haveDescr) {
        haveDescr = true;
        std::optional<std::string_view> descr = quoted();
        if (!descr)
          return fail("expected a plain element type (structured arrays are not supported)");
        std::optional<NpyType> type = findType(*descr);
        if (!type)
          return fail(
              fmt::format("expected one of the element types <f4 <f8 <i1..<i8 <u1..<u8 |b1, "
                          "but got '{}'",
                          *descr));
        header.type = *type;
      } else if (*key == "fortran_order" && !haveOrder) {
        haveOrder = true;
        if (word("True"))
          header.fortranOrder = true;
        else if (!word("False"))
          return fail("expected True or False");
      } else if (*key == "shape" && !haveShape) {
        haveShape = true;
        if (!tuple(header.shape))
          return fail("expected a tuple of extents");
      } else {
        return fail(fmt::format("unexpected or repeated key '{}'", *key));
      }
      if (!eat(',') && peek() != '}')
        return fail("expected ',' or '}'");
    }
    skipSpace();
    if (at != text.size())
      return fail("expected the end of the header");
    if (!haveDescr || !haveOrder || !haveShape)
      return fail("expected the keys descr, fortran_order and shape");
    return header;
  }

private:
  Error fail(std::string_view what) const {
    return {fmt::format("{}: offset {}: .npy header: {}", name, base + at, what)};
  }

  static std::optional<NpyType> findType(std::string_view descr) {
    for (const TypeInfo &info : types) {
      if (descr == info.descr)
        return info.type;
      // '=' is the writer's own order, and one-byte types have none.
      bool order = !descr.empty() && (descr[0] == '<' || descr[0] == '=' ||
                                      (info.size == 1 && (descr[0] == '>' || descr[0] == '|')));
      if (order && descr.substr(1) == info.descr.substr(1))
        return info.type;
    }
    return std::nullopt;
  }

  void skipSpace() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t'))
      ++at;
  }
  char peek() {
    skipSpace();
    return at < text.size() ? text[at] : '\0';
  }
  bool eat(char c) {
    if (peek() != c || at >= text.size())
      return false;
    ++at;
    return true;
  }
  bool word(std::string_view w) {
    skipSpace();
    if (text.substr(at, w.size()) != w)
      return false;
    at += w.size();
    return true;
  }
  std::optional<std::string_view> quoted() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return std::nullopt;
    size_t end = text.find(quote, at + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string_view value = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return value;
  }
  bool integer(int64_t &value) {
    skipSpace();
    size_t begin = at;
    value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (value > (std::numeric_limits<int64_t>::max() - 9) / 10)
        return false;
      value = value * 10 + (text[at] - '0');
    }
    return at != begin;
  }
  bool tuple(std::vector<int64_t> &values) {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      int64_t value;
      if (values.size() == 32 || !integer(value)) // 32: NumPy's own limit on the rank
        return false;
      eat('L'); // written by Python 2
      values.push_back(value);
      if (!eat(',') && peek() != ')')
        return false;
    }
    return true;
  }

  std::string_view text;
  size_t base;
  std::string_view name;
  size_t at = 0;
};

/// Number of elements, or nothing if it does not fit.
std::optional<uint64_t> elementCount(std::span<const int64_t> shape) {
  uint64_t n = 1;
  for (int64_t d : shape)
    if (__builtin_mul_overflow(n, uint64_t(d), &n))
      return std::nullopt;
  return n;
}

/// Elements in Fortran order (first index fastest) to C order.
std::vector<uint8_t> fromFortranOrder(std::span<const uint8_t> data, std::span<const int64_t> shape,
                                      size_t elementSize) {
  std::vector<uint8_t> result(data.size());
  std::vector<int64_t> index(shape.size(), 0);
  size_t total = data.size() / elementSize;
  for (size_t i = 0; i < total; ++i) { // i counts in Fortran order
    int64_t target = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      target = target * shape[d] + index[d];
    std::memcpy(&result[size_t(target) * elementSize], &data[i * elementSize], elementSize);
    for (size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d)
      index[d] = 0;
  }
  return result;
}

template <typename T> void convert(std::span<const uint8_t> bytes, std::vector<float> &out) {
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, &bytes[i * sizeof(T)], sizeof(T));
    out[i] = float(value);
  }
}

} // namespace

std::string_view npyDescr(NpyType type) { return types[size_t(type)].descr; }
size_t npyElementSize(NpyType type) { return types[size_t(type)].size; }

int64_t NpyArray::size() const { return int64_t(bytes.size() / npyElementSize(type)); }

std::vector<float> NpyArray::toFloats() const {
  std::vector<float> out(static_cast<size_t>(size()));
  switch (type) {
  case NpyType::f32:
    convert<float>(bytes, out);
    break;
  case NpyType::f64:
    convert<double>(bytes, out);
    break;
  case NpyType::i8:
    convert<int8_t>(bytes, out);
    break;
  case NpyType::i16:
    convert<int16_t>(bytes, out);
    break;
  case NpyType::i32:
    convert<int32_t>(bytes, out);
    break;
  case NpyType::i64:
    convert<int64_t>(bytes, out);
    break;
  case NpyType::u8:
  case NpyType::boolean:
    convert<uint8_t>(bytes, out);
    break;
  case NpyType::u16:
    convert<uint16_t>(bytes, out);
    break;
  case NpyType::u32:
    convert<uint32_t>(bytes, out);
    break;
  case NpyType::u64:
    convert<uint64_t>(bytes, out);
    break;
  }
  return out;
}

template <typename T> Expected<std::vector<T>> NpyArray::as() const {
  if (type != typeOf<T>())
    return Error{fmt::format("expected elements of type {}, but got {}", npyDescr(typeOf<T>()),
                             npyDescr(type))};
  std::vector<T> out(static_cast<size_t>(size()));
  if (!out.empty())
    std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}
template Expected<std::vector<float>> NpyArray::as() const;
template Expected<std::vector<double>> NpyArray::as() const;
template Expected<std::vector<int8_t>> NpyArray::as() const;
template Expected<std::vector<int16_t>> NpyArray::as() const;
template Expected<std::vector<int32_t>> NpyArray::as() const;
template Expected<std::vector<int64_t>> NpyArray::as() const;
template Expected<std::vector<uint8_t>> NpyArray::as() const;
template Expected<std::vector<uint16_t>> NpyArray::as() const;
template Expected<std::vector<uint32_t>> NpyArray::as() const;
template Expected<std::vector<uint64_t>> NpyArray::as() const;

std::string npyShapeText(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

Expected<NpyArray> parseNpy(std::span<const uint8_t> file, std::string_view name) {
  static constexpr std::string_view magic = "\x93NUMPY";
  std::string_view text(reinterpret_cast<const char *>(file.data()), file.size());
  if (text.substr(0, magic.size()) != magic)
    return Error{fmt::format("{}: expected a .npy file (magic \\x93NUMPY)", name)};
  if (file.size() < 10)
    return Error{fmt::format("{}: offset {}: .npy file ends before its header", name, file.size())};
  unsigned major = file[6];
  if (major < 1 || major > 3)
    return Error{
        fmt::format("{}: offset 6: expected .npy version 1, 2 or 3, but got {}", name, major)};
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (file.size() < 8 + lengthBytes)
    return Error{fmt::format("{}: offset {}: .npy file ends before its header", name, file.size())};
  size_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= size_t(file[8 + i]) << (8 * i);
  size_t begin = 8 + lengthBytes;
  if (length > file.size() - begin)
    return Error{fmt::format("{}: offset {}: .npy header of {} bytes does not fit in a file of {}",
                             name, begin, length, file.size())};
  Expected<Header> header = HeaderParser(text.substr(begin, length), begin, name).parse();
  if (!header)
    return header.error();

  size_t elementSize = npyElementSize(header->type);
  std::span<const uint8_t> data = file.subspan(begin + length);
  std::optional<uint64_t> count = elementCount(header->shape);
  uint64_t expected = 0;
  if (!count || __builtin_mul_overflow(*count, uint64_t(elementSize), &expected) ||
      expected != data.size())
    return Error{
        fmt::format("{}: offset {}: shape {} of type {} needs {} bytes of data, but got {}", name,
                    begin + length, npyShapeText(header->shape), npyDescr(header->type),
                    count ? fmt::format("{}", expected) : "more than 2^64", data.size())};
  NpyArray array;
  array.type = header->type;
  if (header->fortranOrder && header->shape.size() > 1)
    array.bytes = fromFortranOrder(data, header->shape, elementSize);
  else
    array.bytes.assign(data.begin(), data.end());
  array.shape = std::move(header->shape);
  return array;
}

Expected<NpyArray> readNpy(const std::string &path) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.error();
  return parseNpy((*file)->bytes(), path);
}

Expected<void> checkNpyShape(const NpyArray &array, std::span<const int64_t> expected,
                             std::string_view name) {
  bool same = array.shape.size() == expected.size();
  for (size_t i = 0; same && i < expected.size(); ++i)
    same = expected[i] == -1 || expected[i] == array.shape[i];
  if (same)
    return {};
  return Error{fmt::format("{}: expected shape {}, but got {}", name, npyShapeText(expected),
                           npyShapeText(array.shape))};
}

Expected<void> writeNpy(const std::string &path, NpyType type, std::span<const int64_t> shape,
                        std::span<const uint8_t> bytes) {
  std::optional<uint64_t> count = elementCount(shape);
  if (!count || *count * npyElementSize(type) != bytes.size())
    return Error{fmt::format("{}: shape {} of type {} does not match {} bytes of data", path,
                             npyShapeText(shape), npyDescr(type), bytes.size())};
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                   npyDescr(type), npyShapeText(shape));
  // Magic, version, length and header together fill a multiple of 64 bytes and end in a newline.
  size_t total = (10 + header.size() + 1 + 63) / 64 * 64;
  header.resize(total - 10 - 1, ' ');
  header += '\n';
  std::string front("\x93NUMPY\x01\x00", 8);
  front += char(header.size() & 255);
  front += char(header.size() >> 8);
  front += header;
  std::span<const uint8_t> pieces[] = {
      {reinterpret_cast<const uint8_t *>(front.data()), front.size()}, bytes};
  return writeFile(path, pieces);
}

Expected<void> writeNpy(const std::string &path, std::span<const int64_t> shape,
                        std::span<const float> values) {
  return writeNpy(path, NpyType::f32, shape,
                  {reinterpret_cast<const uint8_t *>(values.data()), values.size_bytes()});
}

} // namespace ttc
