//===- ProgramFile.h - reading and writing .ttp files -----------------------===//
//
// A file is mapped, its structure verified (FlatBuffers verifier, version, digest
// of the instruction table) and its meaning checked against the device before
// anything of it is used: a damaged or foreign file is refused with what and
// where. The constants are never copied: they are a view of the mapping.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PROGRAM_PROGRAMFILE_H
#define TTC_PROGRAM_PROGRAMFILE_H

#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/Program_generated.h"
#include "ttc/Support/Expected.h"
#include "ttc/Support/Files.h"

#include <memory>
#include <span>
#include <string>

namespace ttc {

inline constexpr uint32_t programFileVersion = 1;

class ProgramFile {
public:
  /// Opens and checks a file. Without `device` the device file it names is looked up.
  static Expected<std::shared_ptr<ProgramFile>> open(const std::string &path,
                                                     const DeviceSpec *device = nullptr);
  /// As open, of bytes in memory that the caller keeps alive; `name` stands for the file.
  static Expected<std::shared_ptr<ProgramFile>> parse(std::span<const uint8_t> bytes,
                                                      const std::string &name,
                                                      const DeviceSpec *device = nullptr);
  /// A model made in memory, checked as a file would be.
  static Expected<std::shared_ptr<ProgramFile>> fromModel(program::ModelT model,
                                                          std::vector<uint8_t> constants,
                                                          const DeviceSpec &device,
                                                          const std::string &name = "<memory>");

  const program::ModelT &model() const { return contents; }
  const DeviceSpec &device() const { return spec; }
  const std::string &path() const { return name; }
  std::span<const uint8_t> constants() const { return constantBytes; }
  /// The pages of a constant buffer, in page order.
  std::span<const uint8_t> constant(const program::BufferT &buffer) const {
    return constantBytes.subspan(buffer.data_offset, buffer.data_size);
  }

private:
  ProgramFile() = default;
  std::string name;
  std::shared_ptr<MappedFile> mapping;
  std::vector<uint8_t> ownedConstants;
  std::span<const uint8_t> constantBytes;
  program::ModelT contents;
  DeviceSpec spec;
};

/// The model of a file whose structure is sound, whatever device it was made for and whether or not
/// its meaning is: for looking at, not for running.
Expected<program::ModelT> readModel(std::span<const uint8_t> bytes, const std::string &name);

/// The bytes of a file; `name` stands for it in errors. See writeProgramFile.
Expected<flatbuffers::DetachedBuffer>
serializeProgramFile(const std::string &name, const program::ModelT &model,
                     std::span<const std::span<const uint8_t>> constants);

/// Writes a file, all or nothing; the same model and constants give the same bytes. `constants` are
/// the pieces that make File.constants, one after the other.
Expected<void> writeProgramFile(const std::string &path, const program::ModelT &model,
                                std::span<const std::span<const uint8_t>> constants);
Expected<void> writeProgramFile(const std::string &path, const program::ModelT &model,
                                std::span<const uint8_t> constants);

/// Checks everything a program can be checked for before it runs: enumerations, addresses, page
/// arithmetic, aliases, overlaps, and every instruction of every kernel. `name` begins messages.
Expected<void> verifyModel(const program::ModelT &model, const DeviceSpec &device,
                           uint64_t constantBytes, const std::string &name);

} // namespace ttc

#endif
