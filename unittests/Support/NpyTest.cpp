//===- NpyTest.cpp - NumPy's .npy files -------------------------------------===//
#include "ttc/Support/Npy.h"
#include "ttc/Support/Files.h"

#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace ttc;

namespace {

/// A version 1.0 file with that header text (unpadded: padding is only a habit of writers).
std::vector<uint8_t> file(const std::string &header, std::vector<uint8_t> data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += char(header.size() & 255);
  text += char(header.size() >> 8);
  text += header;
  std::vector<uint8_t> bytes(text.begin(), text.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string errorOf(const std::vector<uint8_t> &bytes) {
  Expected<NpyArray> array = parseNpy(bytes, "x.npy");
  return array ? "" : array.error().message;
}

std::string temporary(const char *name) {
  return (std::filesystem::temp_directory_path() / (std::to_string(::getpid()) + name)).string();
}

TEST(Npy, WrittenIsRead) {
  std::string path = temporary("written.npy");
  std::vector<float> values = {1.5f, -2, 3, 4, 5, 6.25f};
  std::vector<int64_t> shape = {1, 2, 3};
  ASSERT_TRUE(writeNpy(path, shape, values));
  Expected<NpyArray> array = readNpy(path);
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->type, NpyType::f32);
  EXPECT_EQ(array->shape, shape);
  EXPECT_EQ(*array->as<float>(), values);
  EXPECT_EQ(array->toFloats(), values);
  // NumPy wants the data at a multiple of 64.
  EXPECT_EQ(std::filesystem::file_size(path), 64 * 2 + values.size() * 4);
  std::filesystem::remove(path);
}

TEST(Npy, EveryTypeRoundTrips) {
  for (NpyType type :
       {NpyType::f32, NpyType::f64, NpyType::i8, NpyType::i16, NpyType::i32, NpyType::i64,
        NpyType::u8, NpyType::u16, NpyType::u32, NpyType::u64, NpyType::boolean}) {
    std::string path = temporary("types.npy");
    std::vector<uint8_t> bytes(3 * npyElementSize(type), 1);
    int64_t shape[] = {3};
    ASSERT_TRUE(writeNpy(path, type, shape, bytes));
    Expected<NpyArray> array = readNpy(path);
    ASSERT_TRUE(array) << array.error().message;
    EXPECT_EQ(array->type, type);
    EXPECT_EQ(array->bytes, bytes);
    EXPECT_EQ(array->size(), 3);
    EXPECT_EQ(array->toFloats().size(), 3u);
    std::filesystem::remove(path);
  }
}

TEST(Npy, ScalarAndEmpty) {
  Expected<NpyArray> scalar = parseNpy(
      file("{'descr': '<i4', 'fortran_order': False, 'shape': ()}", {7, 0, 0, 0}), "x.npy");
  ASSERT_TRUE(scalar) << scalar.error().message;
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_EQ((*scalar->as<int32_t>())[0], 7);
  Expected<NpyArray> none =
      parseNpy(file("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 3)}", {}), "x.npy");
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->size(), 0);
}

TEST(Npy, FortranOrderIsTransposed) {
  // Columns first: a 2x3 array [[1,2,3],[4,5,6]].
  Expected<NpyArray> array = parseNpy(
      file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", {1, 4, 2, 5, 3, 6}),
      "x.npy");
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->bytes, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, WrongElementTypeNamesBoth) {
  Expected<NpyArray> array = parseNpy(
      file("{'descr': '<i4', 'fortran_order': False, 'shape': (1,)}", {7, 0, 0, 0}), "x.npy");
  ASSERT_TRUE(array);
  Expected<std::vector<float>> floats = array->as<float>();
  ASSERT_FALSE(floats);
  EXPECT_EQ(floats.error().message, "expected elements of type <f4, but got <i4");
}

TEST(Npy, ShapeCheck) {
  NpyArray array;
  array.shape = {1, 3, 8, 8};
  int64_t any[] = {1, 3, -1, -1}, other[] = {1, 8, 8, 3}, rank[] = {3};
  EXPECT_TRUE(checkNpyShape(array, any, "x"));
  Expected<void> bad = checkNpyShape(array, other, "x");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "x: expected shape (1, 8, 8, 3), but got (1, 3, 8, 8)");
  EXPECT_FALSE(checkNpyShape(array, rank, "x"));
}

TEST(Npy, CorruptIsRefused) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
  std::vector<uint8_t> data(8, 0);
  EXPECT_EQ(errorOf(file(good, data)), "");
  EXPECT_EQ(errorOf({}), "x.npy: expected a .npy file (magic \\x93NUMPY)");
  EXPECT_NE(errorOf({'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}), "");
  for (std::string header :
       {"", "{", "{}", "{'descr': '<f4'}", "[]",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999, 9999999999)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x"})
    EXPECT_NE(errorOf(file(header, data)), "") << header;
}

/// Every truncation and every flipped bit is read or refused, never a crash.
TEST(Npy, TruncatedAndFlipped) {
  std::vector<uint8_t> good =
      file("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", std::vector<uint8_t>(8, 3));
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_NE(errorOf({good.begin(), good.begin() + long(n)}), "") << n;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::vector<uint8_t> bad = good;
    bad[bit / 8] ^= uint8_t(1u << (bit % 8));
    (void)parseNpy(bad, "x.npy");
  }
}

TEST(Npy, MissingFile) {
  Expected<NpyArray> array = readNpy("/nonexistent/x.npy");
  ASSERT_FALSE(array);
  EXPECT_NE(array.error().message.find("/nonexistent/x.npy"), std::string::npos);
}

} // namespace
