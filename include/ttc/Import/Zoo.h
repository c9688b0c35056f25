//===- Zoo.h - networks that are built from their architecture ----------------------===//
#ifndef TTC_IMPORT_ZOO_H
#define TTC_IMPORT_ZOO_H

#include "ttc/Import/Darknet.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>

namespace ttc {

/// The names that `zooCfg` knows.
llvm::ArrayRef<llvm::StringRef> zooNames();

/// The network as a Darknet cfg, or nothing if there is no network of that name.
std::optional<std::string> zooCfg(llvm::StringRef name);

/// Imports the named network; an unknown name is an error that lists the known ones.
mlir::OwningOpRef<mlir::ModuleOp> importZoo(mlir::MLIRContext &context, llvm::StringRef name,
                                            const DarknetOptions &options = {});

} // namespace ttc

#endif
