//===- Translation.h - what ttc-translate converts between ----------------------------===//
#ifndef TTC_TOOLS_TTC_TRANSLATE_TRANSLATION_H
#define TTC_TOOLS_TTC_TRANSLATE_TRANSLATION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"

#include <array>
#include <map>
#include <optional>

namespace ttc::translate {

/// The command line, parsed.
struct Options {
  std::string weights;
  std::optional<uint64_t> randomWeights;
  std::optional<std::array<int64_t, 2>> inputSize;
  std::map<std::string, std::vector<int64_t>> inputShapes;
};

/// One row of the tool's table. `import` makes a module of the input, `print` makes text; a
/// translation has one of the two. The input is a file's content, or the positional argument itself
/// where `inputIsName` is set.
struct Translation {
  llvm::StringRef flag, description;
  mlir::OwningOpRef<mlir::ModuleOp> (*import)(mlir::MLIRContext &, const llvm::MemoryBuffer &,
                                              const Options &) = nullptr;
  llvm::LogicalResult (*print)(mlir::MLIRContext &, const llvm::MemoryBuffer &, const Options &,
                               llvm::raw_ostream &) = nullptr;
  bool inputIsName = false;
};

/// All translations.
llvm::ArrayRef<Translation> translations();

} // namespace ttc::translate

#endif
