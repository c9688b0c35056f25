//===- TwinTest.cpp - one network as Darknet and as ONNX -------------------===//
#include "dialects/TT/TT.h"
#include "ttc/Import/Onnx.h"
#include "ttc/Import/RandomWeights.h"
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

std::vector<mlir::DictionaryAttr> headsOf(mlir::ModuleOp module) {
  std::vector<mlir::DictionaryAttr> heads;
  module->walk([&](tt::YoloHeadOp op) { heads.push_back(op->getAttrDictionary()); });
  return heads;
}

/// Exports `module`, imports the file and expects the same outputs and the same detection heads.
void expectTwin(mlir::ModuleOp module, const HostTensor &input, const OnnxExportOptions &form) {
  std::vector<HostTensor> expected = evaluate(module, input);
  std::string path = (std::filesystem::path(testing::TempDir()) / "ttc_twin.onnx").string();
  ASSERT_TRUE(mlir::succeeded(exportOnnx(module, path, form)));
  auto onnx = importOnnx(*module.getContext(), path);
  std::filesystem::remove(path); // what is imported does not need the name any more
  std::filesystem::remove(path + ".data");
  ASSERT_TRUE(onnx);
  std::vector<HostTensor> actual = evaluate(*onnx, input);
  ASSERT_EQ(actual.size(), expected.size());
  ASSERT_FALSE(expected.empty());
  for (size_t i = 0; i < expected.size(); ++i) {
    Comparison c = compare(expected[i].span(), actual[i].span());
    EXPECT_GE(c.pcc, 0.99999) << "output " << i;
    EXPECT_LE(c.relativeError, 1e-5) << "output " << i;
  }
  EXPECT_EQ(headsOf(module), headsOf(*onnx));
}

class OnnxTwin : public testing::Test {
protected:
  OnnxTwin() { context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>(); }

  void expectZooTwin(llvm::StringRef name, size_t heads, const OnnxExportOptions &form) {
    DarknetOptions options;
    options.inputSize = {96, 96};
    auto module = importZoo(context, name, options);
    ASSERT_TRUE(module);
    ASSERT_TRUE(mlir::succeeded(randomizeWeights(*module, 7)));
    EXPECT_EQ(headsOf(*module).size(), heads);
    HostTensor input({1, 3, 96, 96});
    for (int64_t i = 0; i < input.size(); ++i)
      input.mutableData()[i] = float(i * 7919 % 1000) / 1000;
    expectTwin(*module, input, form);
  }

  mlir::MLIRContext context;
};

TEST_F(OnnxTwin, YoloV4Tiny) { expectZooTwin("yolov4-tiny", 2, {}); }
TEST_F(OnnxTwin, YoloV4) { expectZooTwin("yolov4", 3, {.externalData = true}); }
/// As torch 1.13 writes it: mish is Softplus, Tanh and Mul.
TEST_F(OnnxTwin, YoloV4Opset13) { expectZooTwin("yolov4", 3, {.opset = 13}); }

/// Trained weights, depthwise convolutions, shortcuts, spatial pyramid pooling.
TEST_F(OnnxTwin, YoloFastest) {
  const std::string name = "yolo-fastest-1.1-xl";
  if (!std::filesystem::exists(shared + name + ".cfg"))
    GTEST_SKIP() << "no " << shared;
  DarknetOptions options;
  options.weightsPath = shared + name + ".weights";
  auto module = importDarknet(context, shared + name + ".cfg", options);
  ASSERT_TRUE(module);
  Expected<NpyArray> array = readNpy(shared + name + "_input.npy");
  ASSERT_TRUE(array);
  expectTwin(*module, HostTensor(array->shape, array->toFloats()), {});
}

} // namespace
