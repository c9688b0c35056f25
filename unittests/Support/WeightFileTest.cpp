//===- WeightFileTest.cpp - the weight file, whole and damaged --------------===//
#include "ttc/Support/WeightFile.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace ttc;

namespace {

std::vector<uint8_t> bytesOf(std::string_view text) { return {text.begin(), text.end()}; }

class WeightFileTest : public ::testing::Test {
protected:
  void SetUp() override {
    const char *tmp = std::getenv("TMPDIR");
    path = std::string(tmp ? tmp : "/tmp") + "/ttc-weights-test." + std::to_string(::getpid());
  }
  void TearDown() override { ::unlink(path.c_str()); }

  /// Three entries: 300 bytes, none, 65 bytes.
  std::vector<uint8_t> writeSample() {
    std::vector<WeightBlob> blobs = {{"a", first}, {"empty", {}}, {"b.weight", second}};
    Expected<void> written = writeWeightFile(path, blobs);
    EXPECT_TRUE(written) << written.error().message;
    Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
    EXPECT_TRUE(file);
    return {(*file)->bytes().begin(), (*file)->bytes().end()};
  }
  void overwrite(std::span<const uint8_t> content) {
    ASSERT_TRUE(writeFile(path, std::span(&content, 1)));
  }
  std::string openError() {
    Expected<WeightFile> file = WeightFile::open(path);
    return file ? "" : file.error().message;
  }

  std::string path;
  std::vector<uint8_t> first = std::vector<uint8_t>(300, 7), second = std::vector<uint8_t>(65, 9);
};

} // namespace

TEST(Hash64, MatchesPublishedValues) {
  // Test vectors of the XXH64 specification's reference implementation, seed 0.
  EXPECT_EQ(hash64({}), 0xEF46DB3751D8E999ull);
  EXPECT_EQ(hash64(bytesOf("a")), 0xD24EC4F1A98C6E5Bull);
  EXPECT_EQ(hash64(bytesOf("abc")), 0x44BC2CF5AD770999ull);
  EXPECT_EQ(hashText(0x0123456789abcdefull), "0123456789abcdef");
}

TEST_F(WeightFileTest, RoundTrip) {
  writeSample();
  Expected<WeightFile> file = WeightFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->entries().size(), 3u);
  const WeightFile::Entry *b = file->find("b.weight");
  ASSERT_TRUE(b);
  EXPECT_TRUE(std::ranges::equal(b->bytes, second));
  EXPECT_EQ((b->bytes.data() - file->file()->bytes().data()) % 64, 0);
  EXPECT_TRUE(file->check(*b));
  EXPECT_EQ(file->find("empty")->bytes.size(), 0u);
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST_F(WeightFileTest, SameInputSameBytes) { EXPECT_EQ(writeSample(), writeSample()); }

TEST_F(WeightFileTest, EveryTruncationIsRefused) {
  std::vector<uint8_t> whole = writeSample();
  for (size_t size = 0; size < whole.size(); ++size) {
    overwrite(std::span(whole).first(size));
    EXPECT_NE(openError(), "") << size << " bytes";
  }
}

TEST_F(WeightFileTest, EveryFlippedBitIsFound) {
  std::vector<uint8_t> whole = writeSample();
  size_t header = 40, dataStart = whole.size() - 320 - 128;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<uint8_t> damaged = whole;
    damaged[i] ^= uint8_t(1u << (i % 8));
    overwrite(damaged);
    Expected<WeightFile> file = WeightFile::open(path);
    bool found = !file;
    if (file)
      for (const WeightFile::Entry &entry : file->entries())
        found |= !file->check(entry);
    bool inData = i >= dataStart && (i - dataStart < 300 || (i - dataStart >= 320 && i - dataStart < 385));
    uint64_t indexSize;
    std::memcpy(&indexSize, whole.data() + 16, 8);
    bool inHeader = i < header && !(i >= 12 && i < 16);
    bool inIndex = i >= 64 && i < 64 + indexSize;
    // Padding carries nothing.
    EXPECT_EQ(found, inData || inHeader || inIndex) << "byte " << i;
  }
}

TEST_F(WeightFileTest, ForeignFile) {
  overwrite(std::vector<uint8_t>(4096, 0x7f));
  EXPECT_NE(openError().find("magic"), std::string::npos);
}

/// Wraps an index text in a file whose header is right, so that only the index is at fault.
static std::vector<uint8_t> fileWithIndex(std::string index) {
  std::vector<uint8_t> bytes(64);
  std::memcpy(bytes.data(), "ttcwghts", 8);
  uint32_t version = 1;
  std::memcpy(bytes.data() + 8, &version, 4);
  uint64_t size = index.size(), hash = hash64(bytesOf(index));
  bytes.insert(bytes.end(), index.begin(), index.end());
  bytes.resize((bytes.size() + 63) / 64 * 64 + 64);
  uint64_t total = bytes.size();
  std::memcpy(bytes.data() + 16, &size, 8);
  std::memcpy(bytes.data() + 24, &hash, 8);
  std::memcpy(bytes.data() + 32, &total, 8);
  return bytes;
}

TEST_F(WeightFileTest, BadIndex) {
  const char *hash = "0123456789abcdef";
  auto entry = [&](std::string name, std::string offset, std::string size, std::string hash) {
    return "{\"name\":" + name + ",\"offset\":" + offset + ",\"size\":" + size + ",\"hash\":\"" +
           hash + "\"}";
  };
  std::vector<std::pair<std::string, std::string>> cases = {
      {"", "JSON object"},
      {"[", "JSON object"},
      {"[]", "JSON object"},
      {"{\"entries\":3}", "JSON object"},
      {"{\"entries\":[1]}", "expected a name"},
      {"{\"entries\":[" + entry("4", "0", "1", hash) + "]}", "expected a name"},
      {"{\"entries\":[" + entry("\"a\"", "-64", "1", hash) + "]}", "expected a name"},
      {"{\"entries\":[" + entry("\"a\"", "1.5", "1", hash) + "]}", "expected a name"},
      {"{\"entries\":[" + entry("\"a\"", "3", "1", hash) + "]}", "multiple of 64"},
      {"{\"entries\":[" + entry("\"a\"", "0", "1", "0") + "]}", "hexadecimal"},
      {"{\"entries\":[" + entry("\"a\"", "0", "65", hash) + "]}", "ends behind"},
      {"{\"entries\":[" + entry("\"a\"", "64", "18446744073709551615", hash) + "]}", "ends behind"},
      {"{\"entries\":[" + entry("\"a\"", "18446744073709551552", "64", hash) + "]}", "ends behind"},
      {"{\"entries\":[" + entry("\"a\"", "0", "1", hash) + "," + entry("\"a\"", "0", "1", hash) + "]}",
       "twice"},
  };
  for (const auto &[index, expected] : cases) {
    overwrite(fileWithIndex(index));
    EXPECT_NE(openError().find(expected), std::string::npos) << index << " -> " << openError();
  }
}
