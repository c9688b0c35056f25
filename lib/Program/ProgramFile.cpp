//===- ProgramFile.cpp - reading and writing .ttp files ---------------------===//
#include "ttc/Program/ProgramFile.h"

#include "ttc/Program/Isa.h"

#include <cstring>
#include <fmt/format.h>

namespace ttc {
namespace {

/// FlatBuffers offsets are signed 32-bit.
constexpr uint64_t maxFileBytes = 0x7fff0000ull;
/// Of File.constants in the file, so that the pages of a mapped file can be read with any load.
constexpr size_t constantAlignment = 32;

} // namespace

/// Identifier, offsets, version and instruction table: after this the file can be read safely.
static Expected<const program::File *> checkStructure(std::span<const uint8_t> bytes,
                                                      const std::string &name) {
  if (bytes.size() < 8 || std::memcmp(bytes.data() + 4, program::FileIdentifier(), 4) != 0)
    return Error{
        fmt::format("{}: not a program file: expected the identifier '{}' at byte 4{}", name,
                    program::FileIdentifier(),
                    bytes.size() < 8 ? fmt::format(", the file has {} bytes", bytes.size()) : "")};
  if (bytes.size() > maxFileBytes)
    return Error{fmt::format("{}: {} bytes; a program file has at most {}", name, bytes.size(),
                             maxFileBytes)};
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/64,
                                 /*max_tables=*/2'000'000);
  if (!program::VerifyFileBuffer(verifier))
    return Error{fmt::format("{}: damaged program file: an offset or length in its {} bytes points "
                             "outside it",
                             name, bytes.size())};
  const program::File *file = program::GetFile(bytes.data());
  if (file->version() != programFileVersion)
    return Error{fmt::format("{}: program file version {}, expected {}", name, file->version(),
                             programFileVersion)};
  if (file->isa_digest() != isa::tableDigest())
    return Error{fmt::format("{}: made with another instruction table (digest {:016x}, expected "
                             "{:016x}): compile the model again",
                             name, file->isa_digest(), isa::tableDigest())};
  return file;
}

Expected<program::ModelT> readModel(std::span<const uint8_t> bytes, const std::string &name) {
  Expected<const program::File *> file = checkStructure(bytes, name);
  if (!file)
    return file.error();
  program::ModelT model;
  (*file)->model()->UnPackTo(&model);
  return model;
}

Expected<std::shared_ptr<ProgramFile>> ProgramFile::parse(std::span<const uint8_t> bytes,
                                                          const std::string &name,
                                                          const DeviceSpec *device) {
  Expected<const program::File *> structure = checkStructure(bytes, name);
  if (!structure)
    return structure.error();
  const program::File *file = *structure;
  std::shared_ptr<ProgramFile> result(new ProgramFile());
  result->name = name;
  file->model()->UnPackTo(&result->contents);
  if (const auto *constants = file->constants())
    result->constantBytes = {constants->data(), constants->size()};
  const program::ModelT &model = result->contents;
  if (device) {
    result->spec = *device;
  } else {
    for (char c : model.device)
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_')
        return Error{fmt::format("{}: field 'device' is no device name", name)};
    Expected<DeviceSpec> found = findDevice(model.device);
    if (!found)
      return Error{fmt::format("{}: {}", name, found.error().message)};
    result->spec = *found;
  }
  if (model.device_fingerprint != result->spec.fingerprint())
    return Error{
        fmt::format("{}: made for device '{}' with fingerprint {:016x}; the device file has "
                    "'{}' with {:016x}: compile the model again",
                    name, model.device, model.device_fingerprint, result->spec.name,
                    result->spec.fingerprint())};
  if (Expected<void> ok = verifyModel(model, result->spec, result->constantBytes.size(), name); !ok)
    return ok.error();
  return result;
}

Expected<std::shared_ptr<ProgramFile>> ProgramFile::open(const std::string &path,
                                                         const DeviceSpec *device) {
  Expected<std::shared_ptr<MappedFile>> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.error();
  Expected<std::shared_ptr<ProgramFile>> file = parse((*mapped)->bytes(), path, device);
  if (file)
    (*file)->mapping = *mapped;
  return file;
}

Expected<std::shared_ptr<ProgramFile>> ProgramFile::fromModel(program::ModelT model,
                                                              std::vector<uint8_t> constants,
                                                              const DeviceSpec &device,
                                                              const std::string &name) {
  if (Expected<void> ok = verifyModel(model, device, constants.size(), name); !ok)
    return ok.error();
  std::shared_ptr<ProgramFile> result(new ProgramFile());
  result->name = name;
  result->contents = std::move(model);
  result->spec = device;
  result->ownedConstants = std::move(constants);
  result->constantBytes = result->ownedConstants;
  return result;
}

Expected<flatbuffers::DetachedBuffer>
serializeProgramFile(const std::string &name, const program::ModelT &model,
                     std::span<const std::span<const uint8_t>> constants) {
  uint64_t total = 0;
  for (auto piece : constants)
    total += piece.size();
  if (total > maxFileBytes - (64u << 20))
    return Error{fmt::format("{}: {} bytes of constants do not fit in a program file (at most {})",
                             name, total, maxFileBytes - (64u << 20))};
  flatbuffers::FlatBufferBuilder builder(size_t(total) + (1u << 20));
  uint8_t *data = nullptr;
  builder.ForceVectorAlignment(size_t(total), sizeof(uint8_t), constantAlignment);
  auto bytes = builder.CreateUninitializedVector<uint8_t>(size_t(total), &data);
  for (auto piece : constants) {
    if (!piece.empty())
      std::memcpy(data, piece.data(), piece.size());
    data += piece.size();
  }
  auto root = program::CreateFile(builder, programFileVersion, isa::tableDigest(),
                                  program::Model::Pack(builder, &model), bytes);
  program::FinishFileBuffer(builder, root);
  return builder.Release();
}

Expected<void> writeProgramFile(const std::string &path, const program::ModelT &model,
                                std::span<const std::span<const uint8_t>> constants) {
  auto bytes = serializeProgramFile(path, model, constants);
  if (!bytes)
    return bytes.error();
  std::span<const uint8_t> piece(bytes->data(), bytes->size());
  return writeFile(path, std::span(&piece, 1));
}

Expected<void> writeProgramFile(const std::string &path, const program::ModelT &model,
                                std::span<const uint8_t> constants) {
  return writeProgramFile(path, model, std::span(&constants, 1));
}

} // namespace ttc
