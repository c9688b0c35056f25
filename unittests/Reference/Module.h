//===- Module.h - IR text for the tests of the evaluator ---------*- C++ -*-===//
#ifndef TTC_UNITTESTS_REFERENCE_MODULE_H
#define TTC_UNITTESTS_REFERENCE_MODULE_H

#include "dialects/TT/TT.h"
#include "ttc/Reference/Evaluator.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <random>

namespace ttc {

/// A parsed module with its context.
class Module {
public:
  explicit Module(llvm::StringRef text) {
    context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text.str();
  }
  mlir::func::FuncOp main() { return module->lookupSymbol<mlir::func::FuncOp>("main"); }
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

inline HostTensor randomTensor(std::vector<int64_t> shape, unsigned seed = 1) {
  HostTensor t(std::move(shape));
  std::minstd_rand random(seed * 7919 + 17);
  for (int64_t i = 0; i < t.size(); ++i)
    t.mutableData()[i] = float(int64_t(random() % 20001) - 10000) / 10000.0f;
  return t;
}

/// A random input for every argument.
inline std::vector<HostTensor> randomInputs(mlir::func::FuncOp function) {
  std::vector<HostTensor> inputs;
  for (mlir::Type type : function.getArgumentTypes())
    inputs.push_back(randomTensor(mlir::cast<mlir::RankedTensorType>(type).getShape().vec(),
                                  unsigned(inputs.size() + 1)));
  return inputs;
}

} // namespace ttc

#endif
