//===- Files.h - mapped input, all-or-nothing output -----------------------===//
#ifndef TTC_SUPPORT_FILES_H
#define TTC_SUPPORT_FILES_H

#include "ttc/Support/Expected.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ttc {

/// A file mapped read-only. The bytes live as long as the object.
class MappedFile {
public:
  static Expected<std::shared_ptr<MappedFile>> open(const std::string &path);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  std::span<const uint8_t> bytes() const { return {data, size}; }
  const std::string &path() const { return name; }

private:
  MappedFile() = default;
  const uint8_t *data = nullptr;
  size_t size = 0;
  std::string name;
};

/// Writes to a temporary file beside `path` and renames it, so that a reader never sees half a file
/// and a failure leaves what was there. The pieces are written one after the other.
Expected<void> writeFile(const std::string &path, std::span<const std::span<const uint8_t>> pieces);
Expected<void> writeFile(const std::string &path, std::string_view text);

} // namespace ttc

#endif
