//===- ModelTest.cpp - whole models against numbers from elsewhere ----------===//
#include "dialects/TT/TT.h"
#include "ttc/Import/Zoo.h"
#include "ttc/Reference/Compare.h"
#include "ttc/Reference/Evaluator.h"
#include "ttc/Support/Npy.h"

#include "mlir/IR/BuiltinOps.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::reference;

namespace {

const std::string shared = std::string(TTC_SOURCE_DIR) + "/../shared/models/";

class Models : public testing::Test {
protected:
  Models() { context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>(); }

  static mlir::func::FuncOp mainOf(mlir::ModuleOp module) {
    return module.lookupSymbol<mlir::func::FuncOp>("main");
  }

  static HostTensor read(const std::string &name) {
    Expected<NpyArray> array = readNpy(shared + name);
    EXPECT_TRUE(array) << (array ? "" : array.error().message);
    return array ? HostTensor(array->shape, array->toFloats()) : HostTensor();
  }

  mlir::MLIRContext context;
};

/// Trained weights, and input and raw heads as darknet itself computed them: depthwise
/// convolutions, shortcuts, spatial pyramid pooling.
TEST_F(Models, YoloFastestMatchesDarknet) {
  const std::string name = "yolo-fastest-1.1-xl";
  if (!std::filesystem::exists(shared + name + ".cfg"))
    GTEST_SKIP() << "no " << shared;
  DarknetOptions options;
  options.weightsPath = shared + name + ".weights";
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importDarknet(context, shared + name + ".cfg", options);
  ASSERT_TRUE(module);
  HostTensor input = read(name + "_input.npy");
  mlir::FailureOr<std::vector<HostTensor>> heads = evaluateFunction(mainOf(*module), input);
  ASSERT_TRUE(mlir::succeeded(heads));
  ASSERT_EQ(heads->size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    HostTensor expected = read(name + "_head" + std::to_string(i) + ".npy");
    ASSERT_EQ((*heads)[i].shape(), expected.shape());
    Comparison c = compare(expected.span(), (*heads)[i].span());
    EXPECT_GE(c.pcc, 0.99999) << "head " << i;
    EXPECT_LT(c.maxAbsError, 1e-3) << "head " << i;
  }
}

/// Not a test of values: weights are placeholders. Run with --gtest_also_run_disabled_tests.
TEST_F(Models, DISABLED_YoloV4Seconds) {
  DarknetOptions options;
  options.inputSize = {320, 320};
  mlir::OwningOpRef<mlir::ModuleOp> module = importZoo(context, "yolov4", options);
  ASSERT_TRUE(module);
  HostTensor input = HostTensor::filled({1, 3, 320, 320}, 0.5f);
  for (int i = 0; i < 3; ++i) {
    std::map<std::string, double> perOp;
    auto begin = std::chrono::steady_clock::now(), last = begin;
    EvaluateOptions evaluate;
    evaluate.after = [&](mlir::Operation *op, llvm::ArrayRef<HostTensor>,
                         llvm::ArrayRef<HostTensor>) {
      auto now = std::chrono::steady_clock::now();
      perOp[op->getName().getStringRef().str()] +=
          std::chrono::duration<double>(now - last).count();
      last = now;
      return mlir::success();
    };
    ASSERT_TRUE(mlir::succeeded(evaluateFunction(mainOf(*module), input, evaluate)));
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::cout << "yolov4 320x320: " << seconds.count() << " s\n";
    for (auto &[name, time] : perOp)
      std::cout << "  " << name << " " << time << " s\n";
  }
}

} // namespace
