//===- Onnx.h - from an ONNX model to the tt dialect -----------------------===//
//
// The import is faithful: one tt op (or a few) per node in the same order, each
// located by its node's name. Integer shape arithmetic is evaluated here, so that
// the result holds f32 tensors of static shape only. Weights are not copied: the
// constants borrow from the parsed model, or from the mapped external data file.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_IMPORT_ONNX_H
#define TTC_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ttc {

struct OnnxOptions {
  /// Full shapes of graph inputs by name. A dimension that the model leaves free takes the value
  /// given here; one that the model fixes must agree.
  std::map<std::string, std::vector<int64_t>> inputShapes;
  /// Height and width for the free dimensions 2 and 3 of every rank-4 input that `inputShapes` does
  /// not name; a free dimension 0 becomes 1.
  std::optional<std::array<int64_t, 2>> inputSize;
};

/// Whether a file's name says that it holds an ONNX model: .onnx, or .textproto, .txtpb, .pbtxt,
/// .prototxt or .onnxtxt for protobuf text.
bool isOnnxFile(llvm::StringRef path);

/// Reads `path`, as protobuf text if its name says so, and builds a module with one `func.func
/// @main`. On failure every problem has been reported as an MLIR error that names the node and its
/// operator, and the result is null. Any bytes are safe to read.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context, llvm::StringRef path,
                                             const OnnxOptions &options = {});

/// The same for a model in memory. `name` stands for the file in messages and in `tt.model`,
/// external data is looked for in the folder `directory`.
mlir::OwningOpRef<mlir::ModuleOp> importOnnxBytes(mlir::MLIRContext &context, llvm::StringRef bytes,
                                                  llvm::StringRef name, llvm::StringRef directory,
                                                  const OnnxOptions &options = {});

} // namespace ttc

#endif
