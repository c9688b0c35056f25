//===- Darknet.h - Darknet cfg and weights to the tt dialect --------------------===//
#ifndef TTC_IMPORT_DARKNET_H
#define TTC_IMPORT_DARKNET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <array>
#include <optional>
#include <string>

namespace ttc {

/// Set on a module whose constants are placeholders because no weights were given. Whoever fills
/// them in removes it; nothing that computes values should accept a module that has it.
constexpr llvm::StringLiteral weightsMissingAttrName = "tt.weights_missing";

struct DarknetOptions {
  /// The .weights file. Empty: all weights are placeholders (see `weightsMissingAttrName`).
  std::string weightsPath;
  /// Height and width instead of those of the cfg.
  std::optional<std::array<int64_t, 2>> inputSize;
};

/// Imports a Darknet network: one func @main from `input` (1 x channels x height x width) to the
/// raw heads, one for each yolo layer in order, or to the last layer when there is none. Weights
/// borrow the mapped file. Errors go to the context's diagnostics with file, line and column of the
/// cfg; the result is null then.
mlir::OwningOpRef<mlir::ModuleOp> importDarknet(mlir::MLIRContext &context, llvm::StringRef cfgPath,
                                                const DarknetOptions &options = {});

/// The same for a cfg in memory; `name` stands for the path in locations and names the model.
mlir::OwningOpRef<mlir::ModuleOp> importDarknetText(mlir::MLIRContext &context,
                                                    llvm::StringRef text, llvm::StringRef name,
                                                    const DarknetOptions &options = {});

} // namespace ttc

#endif
