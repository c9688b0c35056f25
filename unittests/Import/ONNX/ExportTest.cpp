//===- ExportTest.cpp - what is exported is imported again -----------------===//
#include "ModelText.h"

#include "ttc/Target/Onnx.h"

#include "dialects/TT/TT.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include <filesystem>
#include <onnx/onnx_pb.h>

using namespace ttc;
using namespace ttc::onnxtest;

namespace {

std::string temporary(const std::string &name) {
  return (std::filesystem::path(testing::TempDir()) / ("ttc_" + name)).string();
}

std::string printed(mlir::ModuleOp module) {
  // The model's name is that of the file.
  module->removeAttr("tt.model");
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  text = text.substr(0, text.find("\n#loc")); // the numbers of locations are of no interest
  return text;
}

/// Exports `module` and imports the result.
std::string roundTrip(mlir::ModuleOp module, const OnnxExportOptions &options = {}) {
  std::string path = temporary("roundtrip.onnx");
  EXPECT_TRUE(mlir::succeeded(exportOnnx(module, path, options)));
  auto again = importOnnx(*module.getContext(), path);
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".data");
  return again ? printed(*again) : "import failed";
}

/// Everything that one tt op and one ONNX node stand for.
Model plain() {
  Model m(20);
  m.input("x", {1, 4, 8, 8}).output("y").output("q").output("x2");
  m.weights("w", {4, 2, 3, 3}).floats("b", {4}, {1, 2, 3, 4}).weights("wt", {4, 4, 2, 2});
  m.node("Conv", "x w b", "c",
         attrInts("pads", {1, 0, 1, 2}) + attrInt("group", 2) + attrInts("dilations", {1, 2}));
  m.node("Mish", "c", "a0").node("LeakyRelu", "a0", "a1", attrFloat("alpha", 0.1f));
  m.node("ConvTranspose", "a1 wt", "ct", attrInts("strides", {2, 2}));
  m.node("BatchNormalization", "ct b b b b", "bn", attrFloat("epsilon", 0.001f));
  m.node("MaxPool", "bn", "mp", attrInts("kernel_shape", {3, 2}) + attrInt("ceil_mode", 1));
  m.node("AveragePool", "mp", "ap",
         attrInts("kernel_shape", {2, 2}) + attrInts("pads", {1, 1, 0, 0}) +
             attrInt("count_include_pad", 1));
  std::string last = "ap";
  for (const char *op : {"Relu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Gelu", "Elu",
                         "Softplus", "Exp", "Abs", "Sqrt", "Neg"}) {
    m.node(op, last, std::string("v") + op);
    last = std::string("v") + op;
  }
  m.floats("lo", {}, {-1}).floats("hi", {}, {1}).node("Clip", last + " lo hi", "cl");
  m.node("Add", "cl ap", "add").node("Sub", "add ap", "sub").node("Mul", "sub ap", "mul");
  m.node("Div", "mul ap", "div").node("Max", "div ap", "max").node("Min", "max ap", "min");
  m.node("Concat", "min ap", "cat", attrInt("axis", 1));
  m.node("Split", "cat", "s0 s1", attrInt("axis", 1) + attrInt("num_outputs", 2));
  m.ints("st", {0, 1}).ints("en", {9, 3}).ints("ax", {2, 3}).ints("sp", {2, 1});
  m.node("Slice", "s1 st en ax sp", "sl").ints("pads", {0, 0, 1, 1, 0, 0, 0, 2});
  m.floats("pv", {}, {0.5f}).node("Pad", "sl pads pv", "pad");
  m.floats("sc", {4}, {1, 1, 2, 3}).node("Resize", "pad - sc", "up");
  m.node("Resize", "up - sc", "ul", attrString("mode", "linear"));
  m.node("Transpose", "ul", "tr", attrInts("perm", {0, 2, 3, 1}));
  m.node("GlobalAveragePool", "tr", "gap").ints("flat", {1, -1}).node("Reshape", "gap flat", "re");
  m.ints("raxes", {3}).node("ReduceMax", "ul raxes", "rm").node("ReduceMean", "rm raxes", "q");
  m.node("Shape", "re", "rs").ints("i1", {1}).node("Gather", "rs i1", "n");
  m.node("Unsqueeze", "n i1", "n2").node("Softmax", "re", "sm");
  m.node("Flatten", "sm", "y").node("Identity", "x", "x2");
  return m;
}

TEST(OnnxExport, RoundTrip) {
  mlir::MLIRContext context;
  auto module = importOnnxBytes(context, plain().text(), "plain.textproto", ".");
  ASSERT_TRUE(module);
  std::string expected = printed(*module);
  EXPECT_EQ(roundTrip(*module), expected);
  EXPECT_EQ(roundTrip(*module, {.externalData = true}), expected);
}

TEST(OnnxExport, Gemm) {
  mlir::MLIRContext context;
  Model m;
  m.input("x", {2, 4}).output("y").weights("w", {3, 4}).weights("b", {3}).weights("v", {3, 3});
  m.node("Gemm", "x w b", "g", attrInt("transB", 1)).node("MatMul", "g v", "y");
  auto module = importOnnxBytes(context, m.text(), "gemm.textproto", ".");
  ASSERT_TRUE(module);
  EXPECT_EQ(roundTrip(*module), printed(*module));
}

TEST(OnnxExport, OlderOpset) {
  mlir::MLIRContext context;
  Model m;
  m.input("x", {2, 3, 4}).output("y").output("z").node("Mish", "x", "a");
  m.node("ReduceMax", "a", "y", attrInts("axes", {1}))
      .ints("ax", {1})
      .node("ReduceSum", "a ax", "z");
  auto module = importOnnxBytes(context, m.text(), "old.textproto", ".");
  ASSERT_TRUE(module);
  std::string text = roundTrip(*module, {.opset = 13});
  for (const char *op : {"tt.softplus", "tt.tanh", "tt.mul", "tt.reduce max", "tt.reduce sum"})
    EXPECT_NE(text.find(op), std::string::npos) << op << "\n" << text;
  Messages messages(context);
  EXPECT_TRUE(mlir::failed(exportOnnx(*module, temporary("none.onnx"), {.opset = 9})));
  EXPECT_NE(messages.errors.find("opset of 13 to 20, but got 9"), std::string::npos);
}

/// Fused epilogues come back as separate ops.
TEST(OnnxExport, Epilogues) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main(%x: tensor<1x4x8x8xf32> {tt.name = "x"}) -> (tensor<1x4x8x8xf32> {tt.name = "y"}) {
      %w = tt.constant dense<0.5> : tensor<4x4x1x1xf32>
      %0 = tt.conv2d %x, %w residual %x activation <silu> post_activation <relu>
        : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
      return %0 : tensor<1x4x8x8xf32>
    })",
                                                        &context);
  ASSERT_TRUE(module);
  std::string text = roundTrip(*module);
  size_t at = 0;
  for (const char *op : {"tt.conv2d", "tt.sigmoid", "tt.mul", "tt.add", "tt.relu"}) {
    at = text.find(op, at);
    ASSERT_NE(at, std::string::npos) << op << " in\n" << text;
  }
}

TEST(OnnxExport, YoloHeadsKeepTheirAttributes) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main(%x: tensor<1x21x4x4xf32> {tt.name = "x"}) -> (tensor<1x21x4x4xf32> {tt.name = "head"}) {
      %0 = tt.relu %x : (tensor<1x21x4x4xf32>) -> tensor<1x21x4x4xf32>
      %1 = tt.yolo_head %0 classes 2 anchors [1.0, 2.5, 3.0, 4.0, 5.0, 6.0] scale_x_y 1.05 input_size [32, 64] new_coords true
        : (tensor<1x21x4x4xf32>) -> tensor<1x21x4x4xf32>
      return %1 : tensor<1x21x4x4xf32>
    })",
                                                        &context);
  ASSERT_TRUE(module);
  std::string text = roundTrip(*module);
  for (const char *part : {"tt.yolo_head %0 classes 2", "2.5", "scale_x_y 1.05", "[32, 64]",
                           "new_coords true", "tt.name = \"head\""})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(OnnxExport, Errors) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
  auto exported = [&](const char *body) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(body, &context);
    EXPECT_TRUE(module);
    Messages messages(context);
    EXPECT_TRUE(mlir::failed(exportOnnx(*module, temporary("none.onnx"))));
    return messages.errors;
  };
  EXPECT_NE(exported(R"(func.func @main(%x: tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32> {
      %0 = tt.global_avg_pool %x data_format nhwc : (tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32>
      return %0 : tensor<1x1x1x4xf32>
    })")
                .find("expected nchw"),
            std::string::npos);
  EXPECT_NE(exported(R"(func.func @other() { return })").find("@main"), std::string::npos);
}

} // namespace
