//===- Files.cpp - mapped input, all-or-nothing output ----------------------===//
#include "ttc/Support/Files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ttc {

Expected<std::shared_ptr<MappedFile>> MappedFile::open(const std::string &path) {
  auto fail = [&](const char *what) -> Error {
    return {fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
  };
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail("cannot open");
  struct stat st;
  if (::fstat(fd, &st) != 0) {
    Error e = fail("cannot stat");
    ::close(fd);
    return e;
  }
  if (!S_ISREG(st.st_mode)) {
    ::close(fd);
    return Error{fmt::format("{}: expected a regular file", path)};
  }
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->name = path;
  file->size = size_t(st.st_size);
  if (file->size) {
    void *p = ::mmap(nullptr, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
      Error e = fail("cannot map");
      ::close(fd);
      file->size = 0;
      return e;
    }
    file->data = static_cast<const uint8_t *>(p);
  }
  ::close(fd);
  return file;
}

MappedFile::~MappedFile() {
  if (data)
    ::munmap(const_cast<uint8_t *>(data), size);
}

Expected<void> writeFile(const std::string &path, std::span<const std::span<const uint8_t>> pieces) {
  std::string temporary = fmt::format("{}.tmp.{}", path, ::getpid());
  auto fail = [&](const char *what) -> Error {
    Error e{fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
    ::unlink(temporary.c_str());
    return e;
  };
  std::FILE *f = std::fopen(temporary.c_str(), "wb");
  if (!f)
    return fail("cannot create");
  for (std::span<const uint8_t> piece : pieces)
    if (!piece.empty() && std::fwrite(piece.data(), 1, piece.size(), f) != piece.size()) {
      int saved = errno;
      std::fclose(f);
      errno = saved;
      return fail("cannot write");
    }
  if (std::fclose(f) != 0)
    return fail("cannot write");
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return fail("cannot rename to");
  return {};
}

Expected<void> writeFile(const std::string &path, std::string_view text) {
  std::span<const uint8_t> piece(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  return writeFile(path, std::span(&piece, 1));
}

} // namespace ttc
