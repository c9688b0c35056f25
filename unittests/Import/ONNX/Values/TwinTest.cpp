//===- TwinTest.cpp - one network as Darknet and as ONNX -------------------===//
#include "dialects/TT/TT.h"
#include "ttc/Import/Onnx.h"
#include "ttc/Import/Zoo.h"
#include "ttc/Reference/Compare.h"
#include "ttc/Reference/Evaluator.h"
#include "ttc/Support/Npy.h"
#include "ttc/Target/Onnx.h"

#include <filesystem>
#include <gtest/gtest.h>

using namespace ttc;

namespace {

const std::string shared = std::string(TTC_SOURCE_DIR) + "/../shared/models/";

std::vector<HostTensor> evaluate(mlir::ModuleOp module, const HostTensor &input) {
  auto results =
      reference::evaluateFunction(module.lookupSymbol<mlir::func::FuncOp>("main"), input);
  EXPECT_TRUE(mlir::succeeded(results));
  return mlir::succeeded(results) ? *results : std::vector<HostTensor>();
}

/// Trained weights, depthwise convolutions, shortcuts and detection heads, through a file each way.
TEST(OnnxTwin, YoloFastest) {
  const std::string name = "yolo-fastest-1.1-xl";
  if (!std::filesystem::exists(shared + name + ".cfg"))
    GTEST_SKIP() << "no " << shared;
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
  DarknetOptions options;
  options.weightsPath = shared + name + ".weights";
  auto darknet = importDarknet(context, shared + name + ".cfg", options);
  ASSERT_TRUE(darknet);
  Expected<NpyArray> array = readNpy(shared + name + "_input.npy");
  ASSERT_TRUE(array);
  HostTensor input(array->shape, array->toFloats());
  std::vector<HostTensor> expected = evaluate(*darknet, input);
  ASSERT_EQ(expected.size(), 2u);

  for (bool external : {false, true}) {
    std::string path = (std::filesystem::path(testing::TempDir()) / "ttc_twin.onnx").string();
    ASSERT_TRUE(mlir::succeeded(exportOnnx(*darknet, path, {.externalData = external})));
    auto onnx = importOnnx(context, path);
    ASSERT_TRUE(onnx);
    std::vector<HostTensor> actual = evaluate(*onnx, input);
    std::filesystem::remove(path);
    std::filesystem::remove(path + ".data");
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      Comparison c = compare(expected[i].span(), actual[i].span());
      EXPECT_GE(c.pcc, 0.99999) << "head " << i;
      EXPECT_LE(c.maxAbsError, 1e-5) << "head " << i;
    }
    // The same heads, to be decoded the same way.
    auto headsOf = [](mlir::ModuleOp module) {
      std::vector<mlir::DictionaryAttr> heads;
      module->walk([&](tt::YoloHeadOp op) { heads.push_back(op->getAttrDictionary()); });
      return heads;
    };
    EXPECT_EQ(headsOf(*darknet), headsOf(*onnx));
    EXPECT_EQ(headsOf(*onnx).size(), 2u);
  }
}

} // namespace
