//===- Weights.h - float constants of any size, and where their bytes live --===//
//
// Small and splat constants are DenseElementsAttr. All others are
// DenseResourceElementsAttr: the bytes live in the context and are borrowed
// from a mapped file where possible. Their resource key is made from a name and
// the hash of the content, so the same constant has the same key in every run,
// and two equal constants of a layer are one.
//
// A module written to a file keeps such bytes in a weight file beside it (see
// ttc/Support/WeightFile.h): the text holds only `dense_resource<key>`, and the
// module attribute `tt.weights` names the file. In a text that path counts from
// the text's own folder; in memory, from the working directory.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_WEIGHTS_H
#define TTC_DIALECTS_TT_WEIGHTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <optional>
#include <vector>

namespace ttc::tt {

/// The module attribute that names the weight file.
constexpr llvm::StringLiteral weightsAttrName = "tt.weights";

/// Constants above this many bytes are resources.
constexpr size_t largeConstantBytes = 256;

/// A constant of f32 `type` with these values in row-major order. `name` becomes part of the
/// resource key: the layer and the role ("conv_3.weight"). Expects as many values as elements.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, std::vector<float> values,
                                llvm::StringRef name);

/// As above for values that someone else keeps, such as a mapped file: nothing is copied if they
/// are many, and `owner` is kept until the context goes. `values` must be aligned for float.
mlir::ElementsAttr borrowConstant(mlir::RankedTensorType type, llvm::ArrayRef<float> values,
                                  llvm::StringRef name, std::shared_ptr<const void> owner);

/// The same numbers under another type with as many elements (an encoding, another shape).
mlir::ElementsAttr withType(mlir::ElementsAttr constant, mlir::RankedTensorType type);

/// The numbers of an f32 constant, whatever attribute holds them.
class FloatValues {
public:
  /// Nothing if this is no f32 constant or its bytes are not loaded.
  static std::optional<FloatValues> get(mlir::Attribute constant);

  size_t size() const { return count; }
  bool isSplat() const { return values.size() == 1; }
  float operator[](size_t i) const { return isSplat() ? values[0] : values[i]; }

  /// All values in row-major order. `storage` is filled only for a splat.
  llvm::ArrayRef<float> expand(std::vector<float> &storage) const;

private:
  FloatValues(llvm::ArrayRef<float> values, size_t count) : values(values), count(count) {}
  llvm::ArrayRef<float> values; ///< one value for a splat
  size_t count;
};

/// The numbers of a value that an f32 constant defines; nothing for other values.
std::optional<FloatValues> getConstantValues(mlir::Value value);

/// Maps the weight file that the module names and gives every resource without bytes its run of it;
/// each run is compared with its hash. `textPath` is the file that the module was read from ("-" or
/// empty: the working directory). Emits an error if a resource stays without bytes.
mlir::LogicalResult loadExternalWeights(mlir::ModuleOp module, llvm::StringRef textPath);

/// Writes the module with locations to `path`, large constants to `weightsPath` (empty: `path` +
/// ".weights"). If the weight file that the module names already holds exactly these constants, it
/// is kept and named, and no bytes are written.
mlir::LogicalResult writeModule(mlir::ModuleOp module, llvm::StringRef path,
                                llvm::StringRef weightsPath = "");

/// Prints the module to a stream, which has no file beside it. Constants go to `weightsPath` if it
/// is given or stay in the weight file that holds them; otherwise they are printed in the text while
/// they are below 1 MiB in all, and left out with a warning above.
mlir::LogicalResult printModule(mlir::ModuleOp module, llvm::raw_ostream &os,
                                llvm::StringRef weightsPath = "",
                                mlir::OpPrintingFlags flags = mlir::OpPrintingFlags());

} // namespace ttc::tt

#endif
