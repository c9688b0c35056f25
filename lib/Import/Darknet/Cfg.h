//===- Cfg.h - the text format of Darknet networks ------------------------------===//
//
// A cfg is a list of sections in brackets, each with key=value lines. Blanks
// mean nothing, '#' and ';' start comments.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_DARKNET_CFG_H
#define TTC_LIB_IMPORT_DARKNET_CFG_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"

#include <string>
#include <vector>

namespace ttc::darknet {

struct CfgOption {
  std::string key, value;
  mlir::FileLineColLoc loc;
};

struct CfgSection {
  std::string name; ///< without brackets
  mlir::FileLineColLoc loc;
  std::vector<CfgOption> options;
};

/// The sections of a cfg; an error at line and column of what is no section, option or comment.
mlir::FailureOr<std::vector<CfgSection>> parseCfg(mlir::MLIRContext &context, llvm::StringRef text,
                                                  llvm::StringRef path);

/// Reads a section's options by key. Every mistake is reported where it stands; the getters then
/// give the default, and `finish` fails.
class OptionReader {
public:
  explicit OptionReader(const CfgSection &section);

  /// A number within the bounds.
  int64_t integer(llvm::StringRef key, int64_t defaultValue, int64_t min, int64_t max);
  double real(llvm::StringRef key, double defaultValue);
  std::string text(llvm::StringRef key, llvm::StringRef defaultValue);
  bool flag(llvm::StringRef key) { return integer(key, 0, 0, INT32_MAX) != 0; }

  /// Comma-separated lists; empty if the key is missing.
  std::vector<int64_t> integers(llvm::StringRef key);
  std::vector<double> reals(llvm::StringRef key);

  bool has(llvm::StringRef key) const;

  /// An error if the option is there with another value than `harmless`.
  void unsupported(llvm::StringRef key, llvm::StringRef harmless = "0");

  /// Options that only matter for training, accepted without a look.
  void ignore(llvm::ArrayRef<llvm::StringRef> keys);

  /// An error at the option, or at the section if it is not written.
  mlir::InFlightDiagnostic error(llvm::StringRef key);

  /// Fails if anything was wrong; reports the options that nobody asked for.
  llvm::LogicalResult finish();

private:
  const CfgOption *find(llvm::StringRef key);

  const CfgSection &section;
  std::vector<llvm::StringRef> known; ///< keys asked for or ignored
  bool failed = false;
};

} // namespace ttc::darknet

#endif
