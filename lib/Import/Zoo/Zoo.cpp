//===- Zoo.cpp - networks by name ---------------------------------------------------------===//
#include "ttc/Import/Zoo.h"

#include "YoloV4.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;

namespace ttc {

static constexpr StringRef names[] = {"yolov4", "yolov4-tiny"};

llvm::ArrayRef<StringRef> zooNames() { return names; }

std::optional<std::string> zooCfg(StringRef name) {
  if (name == "yolov4")
    return zoo::yoloV4();
  if (name == "yolov4-tiny")
    return zoo::yoloV4Tiny();
  return std::nullopt;
}

OwningOpRef<ModuleOp> importZoo(MLIRContext &context, StringRef name,
                                const DarknetOptions &options) {
  std::optional<std::string> cfg = zooCfg(name);
  if (!cfg) {
    auto diagnostic = emitError(UnknownLoc::get(&context))
                      << "unknown network 'zoo:" << name << "', expected one of";
    for (StringRef known : names)
      diagnostic << (known == names[0] ? " zoo:" : ", zoo:") << known;
    return nullptr;
  }
  OwningOpRef<ModuleOp> module = importDarknetText(context, *cfg, ("zoo:" + name).str(), options);
  if (module)
    (*module)->setAttr("tt.model", StringAttr::get(&context, name));
  return module;
}

} // namespace ttc
