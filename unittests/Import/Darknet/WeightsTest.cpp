//===- WeightsTest.cpp - order, headers and errors of weights files ---------------------===//
#include "ttc/Import/Darknet.h"
#include "ttc/Support/Files.h"

#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

using namespace mlir;

namespace {

/// A weights file: a header, then the numbers 0, 1, 2 and so on.
std::string weightsBytes(std::vector<int32_t> header, size_t seenBytes, size_t count) {
  std::string bytes(reinterpret_cast<const char *>(header.data()), header.size() * 4);
  bytes.append(seenBytes, '\0');
  for (size_t i = 0; i < count; ++i) {
    float value = float(i);
    bytes.append(reinterpret_cast<const char *>(&value), 4);
  }
  return bytes;
}

class DarknetWeights : public ::testing::Test {
protected:
  DarknetWeights() {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      messages += diagnostic.str() + "\n";
      if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
        line = loc.getLine();
    });
  }
  ~DarknetWeights() override { std::filesystem::remove(path); }

  OwningOpRef<ModuleOp> import(llvm::StringRef cfg, const std::string &bytes) {
    EXPECT_TRUE(ttc::writeFile(path, bytes));
    return ttc::importDarknetText(context, cfg, "net.cfg", {path, {}});
  }

  /// The values of constants that ops of a kind take, by operand.
  template <typename OpTy> std::vector<std::vector<float>> constantsOf(ModuleOp module) {
    std::vector<std::vector<float>> result;
    module.walk([&](OpTy op) {
      for (Value operand : op->getOperands())
        if (auto constant = operand.getDefiningOp<ttc::tt::ConstantOp>()) {
          std::vector<float> storage;
          auto values = ttc::tt::FloatValues::get(constant.getValue());
          llvm::ArrayRef<float> all = values->expand(storage);
          result.emplace_back(all.begin(), all.end());
        }
    });
    return result;
  }

  std::string path = ::testing::TempDir() + "/ttc-darknet-test.weights";
  MLIRContext context;
  std::string messages;
  unsigned line = 0;
};

using Values = std::vector<std::vector<float>>;

const char *convCfg = "[net]\nwidth=4\nheight=4\nchannels=1\n"
                      "[convolutional]\nfilters=2\nsize=1\nbatch_normalize=1\nactivation=linear\n"
                      "[convolutional]\nfilters=1\nsize=1\nactivation=linear\n";

TEST_F(DarknetWeights, ConvolutionOrderAndNewHeader) {
  // biases 0 1, scales 2 3, means 4 5, variances 6 7, weights 8 9; bias 10, weights 11 12
  auto module = import(convCfg, weightsBytes({0, 2, 5}, 8, 13));
  ASSERT_TRUE(module) << messages;
  EXPECT_EQ(constantsOf<ttc::tt::BatchNormOp>(*module), (Values{{2, 3}, {0, 1}, {4, 5}, {6, 7}}));
  EXPECT_EQ(constantsOf<ttc::tt::Conv2dOp>(*module), (Values{{8, 9}, {11, 12}, {10}}));
  EXPECT_FALSE((*module)->hasAttr(ttc::weightsMissingAttrName));
}

TEST_F(DarknetWeights, OldHeader) {
  auto module = import(convCfg, weightsBytes({0, 1, 0}, 4, 13));
  ASSERT_TRUE(module) << messages;
  EXPECT_EQ(constantsOf<ttc::tt::Conv2dOp>(*module), (Values{{8, 9}, {11, 12}, {10}}));
}

const char *connectedCfg = "[net]\nwidth=2\nheight=1\nchannels=1\n"
                           "[connected]\noutput=3\nbatch_normalize=1\nactivation=linear\n";

TEST_F(DarknetWeights, ConnectedOrder) {
  // biases 0 1 2, weights 3 .. 8, scales, means, variances
  auto module = import(connectedCfg, weightsBytes({0, 2, 0}, 8, 18));
  ASSERT_TRUE(module) << messages;
  EXPECT_EQ(constantsOf<ttc::tt::MatmulOp>(*module), (Values{{3, 4, 5, 6, 7, 8}}));
  EXPECT_EQ(constantsOf<ttc::tt::BatchNormOp>(*module),
            (Values{{9, 10, 11}, {0, 1, 2}, {12, 13, 14}, {15, 16, 17}}));
}

TEST_F(DarknetWeights, TransposedConnected) {
  auto module = import(connectedCfg, weightsBytes({0, 1002, 0}, 8, 18));
  ASSERT_TRUE(module) << messages;
  module->walk([](ttc::tt::MatmulOp matmul) {
    EXPECT_FALSE(matmul.getTransposeRhs());
    EXPECT_EQ(matmul.getRhs().getType().getShape(), llvm::ArrayRef<int64_t>({2, 3}));
  });
}

TEST_F(DarknetWeights, EveryWrongSizeIsAnError) {
  std::string bytes = weightsBytes({0, 2, 5}, 8, 13);
  for (size_t size = 0; size < bytes.size(); ++size) {
    messages.clear();
    EXPECT_FALSE(import(convCfg, bytes.substr(0, size))) << size;
    EXPECT_FALSE(messages.empty()) << size;
  }
  EXPECT_FALSE(import(convCfg, bytes + "x"));
}

TEST_F(DarknetWeights, ShortFileNamesLayerAndSizes) {
  EXPECT_FALSE(import(convCfg, weightsBytes({0, 2, 5}, 8, 9)));
  EXPECT_EQ(messages, "weights file '" + path +
                          "' does not fit the network: expected 72 bytes, but got 56; it ends "
                          "within the weight of convolutional_0, which are bytes 52 to 60\n");
  EXPECT_EQ(line, 5u);
}

TEST_F(DarknetWeights, LongFile) {
  EXPECT_FALSE(import(convCfg, weightsBytes({0, 2, 5}, 8, 15)));
  EXPECT_EQ(messages, "weights file '" + path +
                          "' does not fit the network: expected 72 bytes, but got 80; 8 bytes are "
                          "left after the last layer\n");
}

TEST_F(DarknetWeights, ForeignFile) {
  EXPECT_FALSE(import(convCfg, "\x89PNG\r\n\x1a\n and more than sixteen bytes"));
  EXPECT_NE(messages.find("is no Darknet weights file"), std::string::npos) << messages;
  messages.clear();
  EXPECT_FALSE(ttc::importDarknetText(context, convCfg, "net.cfg", {"/nonexistent", {}}));
  EXPECT_NE(messages.find("/nonexistent: cannot open"), std::string::npos) << messages;
}

/// No cut and no flipped bit of a cfg crashes the importer.
TEST_F(DarknetWeights, DamagedCfg) {
  std::string cfg = std::string(convCfg) +
                    "[maxpool]\nsize=2\n[route]\nlayers=-1,1\n[upsample]\n[shortcut]\nfrom=-2\n"
                    "[yolo]\nmask=0\nanchors=1,2\nclasses=1\n";
  for (size_t size = 0; size < cfg.size(); ++size)
    (void)ttc::importDarknetText(context, cfg.substr(0, size), "net.cfg");
  for (size_t bit = 0; bit < cfg.size() * 8; ++bit) {
    std::string bad = cfg;
    bad[bit / 8] ^= char(1 << (bit % 8));
    (void)ttc::importDarknetText(context, bad, "net.cfg");
  }
}

} // namespace
