//===- WeightFile.cpp - constants beside a module's text --------------------===//
#include "ttc/Support/WeightFile.h"

#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc {

static constexpr std::string_view magic = "ttcwghts";
static constexpr uint32_t version = 1;
static constexpr size_t alignment = 64;

namespace {
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint64_t indexSize;
  uint64_t indexHash;
  uint64_t fileSize;
  uint8_t reserved[24];
};
static_assert(sizeof(Header) == 64);
} // namespace

static uint64_t alignUp(uint64_t n) { return (n + alignment - 1) / alignment * alignment; }

/// Reads 16 hexadecimal digits.
static bool parseHash(const std::string &text, uint64_t &hash) {
  if (text.size() != 16)
    return false;
  hash = 0;
  for (char c : text) {
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0)
      return false;
    hash = hash << 4 | uint64_t(digit);
  }
  return true;
}

Expected<WeightFile> WeightFile::open(const std::string &path) {
  Expected<std::shared_ptr<MappedFile>> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.error();
  WeightFile result;
  result.mapping = *mapped;
  std::span<const uint8_t> bytes = result.mapping->bytes();
  auto fail = [&](size_t offset, std::string what) {
    return Error{fmt::format("{}: offset {}: {}", path, offset, what)};
  };

  Header header;
  if (bytes.size() < sizeof(Header))
    return fail(0, fmt::format("expected a weight file, but it has {} bytes, fewer than its header",
                               bytes.size()));
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (std::memcmp(header.magic, magic.data(), magic.size()) != 0)
    return fail(0, "expected a weight file (magic \"ttcwghts\"), but the magic differs");
  if (header.version != version)
    return fail(8, fmt::format("expected version {}, but got {}", version, header.version));
  if (header.fileSize != bytes.size())
    return fail(32, fmt::format("expected {} bytes, but the file has {}", header.fileSize,
                                bytes.size()));
  if (header.indexSize > bytes.size() - sizeof(Header))
    return fail(16, fmt::format("index of {} bytes does not fit in a file of {}", header.indexSize,
                                bytes.size()));
  std::span<const uint8_t> index = bytes.subspan(sizeof(Header), header.indexSize);
  if (hash64(index) != header.indexHash)
    return fail(sizeof(Header), "the index is corrupt: its hash differs");
  size_t dataStart = std::min<size_t>(alignUp(sizeof(Header) + header.indexSize), bytes.size());
  std::span<const uint8_t> data = bytes.subspan(dataStart);

  nlohmann::json json = nlohmann::json::parse(index.begin(), index.end(), nullptr, false);
  if (!json.is_object() || !json.contains("entries") || !json["entries"].is_array())
    return fail(sizeof(Header), "expected the index to be a JSON object with an array \"entries\"");
  const nlohmann::json &entries = json["entries"];
  result.list.reserve(entries.size());
  for (const nlohmann::json &item : entries) {
    auto bad = [&](std::string what) {
      return fail(sizeof(Header), fmt::format("entry {}: {}", result.list.size(), what));
    };
    bool shaped = item.is_object() && item.contains("name") && item["name"].is_string() &&
                  item.contains("offset") && item["offset"].is_number_unsigned() &&
                  item.contains("size") && item["size"].is_number_unsigned() &&
                  item.contains("hash") && item["hash"].is_string();
    if (!shaped)
      return bad("expected a name, an offset, a size and a hash");
    Entry entry;
    entry.name = item["name"].get<std::string>();
    uint64_t offset = item["offset"].get<uint64_t>(), size = item["size"].get<uint64_t>();
    if (!parseHash(item["hash"].get<std::string>(), entry.hash))
      return bad("expected the hash to be 16 hexadecimal digits");
    if (offset % alignment != 0)
      return bad(fmt::format("offset {} is not a multiple of {}", offset, alignment));
    if (offset > data.size() || size > data.size() - offset)
      return bad(fmt::format("'{}' at {} with {} bytes ends behind the data of {} bytes",
                             entry.name, offset, size, data.size()));
    entry.bytes = data.subspan(offset, size);
    result.list.push_back(std::move(entry));
  }
  for (size_t i = 0; i < result.list.size(); ++i)
    if (!result.byName.emplace(result.list[i].name, i).second)
      return fail(sizeof(Header), fmt::format("entry {}: the name '{}' occurs twice", i,
                                              result.list[i].name));
  return result;
}

Expected<void> WeightFile::check(const Entry &entry) const {
  uint64_t hash = hash64(entry.bytes);
  if (hash == entry.hash)
    return {};
  return Error{fmt::format("{}: offset {}: the {} bytes of '{}' are corrupt: expected hash {}, but "
                           "got {}",
                           mapping->path(), entry.bytes.data() - mapping->bytes().data(),
                           entry.bytes.size(), entry.name, hashText(entry.hash), hashText(hash))};
}

const WeightFile::Entry *WeightFile::find(std::string_view name) const {
  auto it = byName.find(name);
  return it == byName.end() ? nullptr : &list[it->second];
}

Expected<void> writeWeightFile(const std::string &path, std::span<const WeightBlob> blobs) {
  nlohmann::json entries = nlohmann::json::array();
  uint64_t offset = 0;
  for (const WeightBlob &blob : blobs) {
    entries.push_back({{"name", blob.name},
                       {"offset", offset},
                       {"size", blob.bytes.size()},
                       {"hash", hashText(hash64(blob.bytes))}});
    offset = alignUp(offset + blob.bytes.size());
  }
  std::string index = nlohmann::json{{"entries", std::move(entries)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto view = [](const std::string &text) {
    return std::span(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  };
  uint64_t dataStart = alignUp(sizeof(Header) + index.size());
  Header header = {};
  std::memcpy(header.magic, magic.data(), magic.size());
  header.version = version;
  header.indexSize = index.size();
  header.indexHash = hash64(view(index));
  header.fileSize = dataStart + offset;

  static const uint8_t zeros[alignment] = {};
  std::vector<std::span<const uint8_t>> pieces;
  pieces.reserve(3 + 2 * blobs.size());
  pieces.emplace_back(reinterpret_cast<const uint8_t *>(&header), sizeof(header));
  pieces.push_back(view(index));
  pieces.emplace_back(zeros, dataStart - sizeof(Header) - index.size());
  for (const WeightBlob &blob : blobs) {
    pieces.push_back(blob.bytes);
    pieces.emplace_back(zeros, alignUp(blob.bytes.size()) - blob.bytes.size());
  }
  return writeFile(path, pieces);
}

} // namespace ttc
