//===- WeightFile.h - constants beside a module's text ----------------------===//
//
// A weight file holds the large constants of one .mlir text: named runs of
// bytes that are mapped, never parsed. All numbers are little endian.
//
//   offset  bytes  what
//        0      8  magic "ttcwghts"
//        8      4  version, 1
//       12      4  zero
//       16      8  size of the index in bytes
//       24      8  hash64 of the index
//       32      8  size of the whole file
//       40     24  zero
//       64         index: JSON {"entries": [{"name", "offset", "size", "hash"}]}
//    align64       data; an entry's offset counts from here and is a multiple of 64
//
// `hash` is hash64 of the entry's bytes as 16 hexadecimal digits.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_SUPPORT_WEIGHTFILE_H
#define TTC_SUPPORT_WEIGHTFILE_H

#include "ttc/Support/Expected.h"
#include "ttc/Support/Files.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ttc {

/// The 64-bit xxHash (XXH64, seed 0) of the bytes. Not for security.
uint64_t hash64(std::span<const uint8_t> bytes);

/// `hash` as 16 lower-case hexadecimal digits.
std::string hashText(uint64_t hash);

/// A weight file, mapped. Copies share the mapping.
class WeightFile {
public:
  struct Entry {
    std::string name;
    std::span<const uint8_t> bytes; ///< in the mapping, at a multiple of 64
    uint64_t hash = 0;
  };

  /// Maps `path` and checks header and index. The hashes of entries are not checked here, because
  /// that reads the whole file: see `check`.
  static Expected<WeightFile> open(const std::string &path);

  /// An error if the bytes of the entry are not those that were written.
  Expected<void> check(const Entry &entry) const;

  /// The entry of that name or null.
  const Entry *find(std::string_view name) const;

  const std::vector<Entry> &entries() const { return list; }
  const std::shared_ptr<MappedFile> &file() const { return mapping; }

private:
  std::shared_ptr<MappedFile> mapping;
  std::vector<Entry> list;
  std::map<std::string, size_t, std::less<>> byName;
};

/// One run of bytes to write; the caller keeps name and bytes alive.
struct WeightBlob {
  std::string name;
  std::span<const uint8_t> bytes;
};

/// Writes a weight file, all or nothing. Names must differ from each other.
Expected<void> writeWeightFile(const std::string &path, std::span<const WeightBlob> blobs);

} // namespace ttc

#endif
