//===- Write.cpp - a module of tile programs to a file ----------------------===//
#include "ttc/Program/ProgramFile.h"
#include "ttc/Target/Program.h"

using namespace mlir;

namespace ttc {

/// The image's pieces without gaps: zeros stand where constants are aligned.
static std::vector<std::span<const uint8_t>> contiguous(const ProgramImage &image) {
  static constexpr uint8_t zeros[64] = {};
  std::vector<std::span<const uint8_t>> pieces;
  uint64_t end = 0;
  for (const ProgramImage::Piece &piece : image.constants) {
    assert(piece.offset >= end && piece.offset - end < sizeof zeros && "pieces are in order");
    if (piece.offset > end)
      pieces.emplace_back(zeros, piece.offset - end);
    pieces.push_back(piece.bytes);
    end = piece.offset + piece.bytes.size();
  }
  return pieces;
}

LogicalResult writeProgram(ModuleOp module, StringRef path) {
  ProgramImage image;
  if (failed(translateToProgram(module, image)))
    return failure();
  Expected<void> written = writeProgramFile(path.str(), image.model, contiguous(image));
  if (!written)
    return module.emitError() << written.error().message;
  return success();
}

LogicalResult printProgram(ModuleOp module, llvm::raw_ostream &os) {
  ProgramImage image;
  if (failed(translateToProgram(module, image)))
    return failure();
  auto bytes = serializeProgramFile("program file", image.model, contiguous(image));
  if (!bytes)
    return module.emitError() << bytes.error().message;
  os.write(reinterpret_cast<const char *>(bytes->data()), bytes->size());
  return success();
}

} // namespace ttc
