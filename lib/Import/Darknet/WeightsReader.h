//===- WeightsReader.h - Darknet's .weights file ----------------------------------===//
//
// int32 major, minor, revision; the number of pictures seen (64 bits from
// version 0.2 on, 32 before); then float32 values of all layers in cfg order,
// little endian.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_DARKNET_WEIGHTSREADER_H
#define TTC_LIB_IMPORT_DARKNET_WEIGHTSREADER_H

#include "ttc/Support/Files.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include <string>

namespace ttc::darknet {

/// Hands out the file's values one run after the other. A file that ends early is reported at the
/// end, when the size it should have is known.
class WeightsReader {
public:
  /// No file: every constant is a splat of its placeholder.
  WeightsReader() = default;

  /// Maps the file and reads its header; errors at `loc`.
  static mlir::FailureOr<WeightsReader> open(const std::string &path, mlir::Location loc);

  /// The next values as a constant of `shape`, which borrows the file. `layer` and `role` name it;
  /// `loc` is the layer's place in the cfg.
  mlir::ElementsAttr take(llvm::ArrayRef<int64_t> shape, llvm::StringRef layer,
                          llvm::StringRef role, mlir::Location loc, float placeholder = 0);

  /// Whether fully connected weights are stored inputs x outputs.
  bool transposed() const { return isTransposed; }

  /// Fails if the file is shorter or longer than what was taken; `loc` stands for the network's
  /// end.
  llvm::LogicalResult finish(mlir::Location loc) const;

private:
  std::shared_ptr<MappedFile> file;
  bool isTransposed = false;
  uint64_t offset = 0; ///< of the next value; may lie behind the end
  struct {
    std::string layer, role;
    uint64_t begin = 0, end = 0;
  } missing; ///< the first run that is not all there
  std::optional<mlir::Location> missingLoc;
};

} // namespace ttc::darknet

#endif
