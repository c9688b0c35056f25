//===- WeightsReader.cpp - Darknet's .weights file ---------------------------------===//
#include "WeightsReader.h"

#include "dialects/TT/Weights.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"

#include "llvm/Support/Endian.h"

using namespace mlir;

namespace ttc::darknet {

static_assert(llvm::endianness::native == llvm::endianness::little, "weights are borrowed as is");

FailureOr<WeightsReader> WeightsReader::open(const std::string &path, Location loc) {
  auto file = MappedFile::open(path);
  if (!file)
    return emitError(loc) << file.error().message;
  ArrayRef<uint8_t> bytes((*file)->bytes().data(), (*file)->bytes().size());
  auto tooShort = [&](uint64_t need) {
    return emitError(loc) << "weights file '" << path << "' is too short for its header: expected "
                          << need << " bytes, but got " << bytes.size();
  };
  if (bytes.size() < 16)
    return tooShort(16);
  int32_t version[3];
  for (int i = 0; i < 3; ++i)
    version[i] = llvm::support::endian::read32le(&bytes[size_t(i) * 4]);
  // Versions written so far: 0.1.0, 0.2.0, 0.2.5; numbers above 1000 say that fully connected
  // weights are transposed.
  for (int32_t number : ArrayRef(version))
    if (number < 0 || number > 2000)
      return emitError(loc) << "'" << path
                            << "' is no Darknet weights file: expected a version such "
                            << "as 0.2.5, but got " << version[0] << "." << version[1] << "."
                            << version[2];
  WeightsReader reader;
  reader.file = *file;
  reader.isTransposed = version[0] > 1000 || version[1] > 1000;
  reader.offset = version[0] * 10 + version[1] >= 2 ? 20 : 16;
  if (bytes.size() < reader.offset)
    return tooShort(reader.offset);
  return reader;
}

ElementsAttr WeightsReader::take(ArrayRef<int64_t> shape, StringRef layer, StringRef role,
                                 Location loc, float placeholder) {
  auto type = RankedTensorType::get(shape, Float32Type::get(loc.getContext()));
  auto count = uint64_t(type.getNumElements());
  uint64_t begin = offset;
  offset += count * sizeof(float);
  if (file && offset <= file->bytes().size()) {
    ArrayRef<float> values(reinterpret_cast<const float *>(file->bytes().data() + begin), count);
    return tt::borrowConstant(type, values, (layer + "." + role).str(), file);
  }
  if (file && !missingLoc) {
    missing = {layer.str(), role.str(), begin, offset};
    missingLoc = loc;
  }
  return DenseElementsAttr::get(type, placeholder);
}

LogicalResult WeightsReader::finish(Location loc) const {
  if (!file || file->bytes().size() == offset)
    return success();
  auto diagnostic = emitError(missingLoc.value_or(loc))
                    << "weights file '" << file->path() << "' does not fit the network: expected "
                    << offset << " bytes, but got " << file->bytes().size();
  if (missingLoc)
    diagnostic << "; it ends within the " << missing.role << " of " << missing.layer
               << ", which are bytes " << missing.begin << " to " << missing.end;
  else
    diagnostic << "; " << file->bytes().size() - offset << " bytes are left after the last layer";
  return diagnostic;
}

} // namespace ttc::darknet
