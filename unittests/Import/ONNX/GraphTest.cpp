//===- GraphTest.cpp - graphs, inputs, constants and errors ----------------===//
#include "ModelText.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>
#include <random>

using namespace ttc;
using namespace ttc::onnxtest;

namespace {

Model small() {
  Model m;
  m.input("x", {1, 3, 8, 8})
      .output("y", {1, 4, 8, 8})
      .weights("w", {4, 3, 3, 3})
      .floats("b", {4}, {1, 2, 3, 4});
  return m.node("Conv", "x w b", "c", attrInts("pads", {1, 1, 1, 1}), "stem")
      .node("Relu", "c", "y", "", "act");
}

std::string bytesOf(const Model &model) {
  onnx::ModelProto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(model.text(), &proto));
  return proto.SerializeAsString();
}

TEST(OnnxGraph, NamesAndLocations) {
  mlir::MLIRContext context;
  auto module = importOnnxBytes(context, small().text(), "dir/small.textproto", ".");
  ASSERT_TRUE(module);
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  for (const char *expected :
       {"tt.model = \"small\"", "func.func @main(%arg0: tensor<1x3x8x8xf32> {tt.name = \"x\"}",
        "-> (tensor<1x4x8x8xf32> {tt.name = \"y\"})", "loc(\"stem\")", "loc(\"act\")",
        "loc(\"w\")"})
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
}

TEST(OnnxGraph, UnsupportedNodesAreListedAtOnce) {
  Model m;
  m.input("x", {4}).output("y").node("Loop", "x", "a", "", "first").node("Relu", "a", "b");
  m.node("FusedConv", "b", "y", "domain: 'com.microsoft'", "second").node("NonZero", "x", "unused");
  Result result = importModel(m);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.errors, "m.textproto: unsupported operators in 2 nodes:\n  node 'first' (Loop)\n"
                           "  node 'second' (com.microsoft::FusedConv)\n");
}

TEST(OnnxGraph, EveryFailedNodeIsReportedOnce) {
  Model m;
  m.input("x", {4})
      .output("y")
      .node("Softmax", "x", "a", attrInt("axis", 7))
      .node("Relu", "a", "b");
  m.node("Softmax", "x", "c", attrInt("axis", 8)).node("Add", "b c", "y");
  Result result = importModel(m);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 2) << result.errors;
}

TEST(OnnxGraph, UndefinedValuesAndCycles) {
  expectError(Model().input("x", {4}).output("y").node("Add", "x z", "y"),
              {"input 1 'z' is not defined"});
  expectError(Model()
                  .input("x", {4})
                  .output("y")
                  .node("Add", "x b", "a")
                  .node("Relu", "a", "b")
                  .node("Relu", "b", "y"),
              {"computed only later, by node 'n_b'"});
  expectError(Model()
                  .input("x", {4})
                  .output("y")
                  .node("Relu", "x", "a")
                  .node("Relu", "x", "a")
                  .node("Relu", "a", "y"),
              {"'a' is an output of two nodes"});
  expectError(Model().input("x", {4}).output("z").node("Relu", "x", "y"), {"output 'z'"});
  expectError(Model().input("x", {4}).output("y").node("Relu", "x x", "y"),
              {"expected at most 1 inputs, but got 2"});
  expectError(Model().input("x", {4}).output("y").node("Add", "x", "y"), {"input 1 is missing"});
}

TEST(OnnxGraph, DynamicShapes) {
  auto dynamic = [] {
    return Model().input("x", {-1, 3, -2, -3}).output("y").node("Relu", "x", "y");
  };
  expectError(dynamic(), {"input 'x' has dynamic shape N1x3xN2xN3", "--input-shape x="});
  OnnxOptions options;
  options.inputShapes["x"] = {1, 3, 32, 64};
  expectIr(dynamic(), {"tt.relu", "1x3x32x64"}, options);
  options.inputShapes["x"] = {1, 4, 32, 64};
  expectError(dynamic(), {"has fixed shape N1x3xN2xN3, but --input-shape gives 1x4x32x64"},
              options);
  options.inputShapes["x"] = {1, 3};
  expectError(dynamic(), {"--input-shape gives 1x3"}, options);
  options.inputShapes = {{"z", {1}}};
  expectError(dynamic(), {"--input-shape names 'z', but the model's inputs are"}, options);
  OnnxOptions size;
  size.inputSize = {{32, 64}};
  expectIr(dynamic(), {"1x3x32x64"}, size);
  // One named dimension has one extent.
  Model two;
  two.input("a", {-1, 3}).input("b", {-1, 3}).output("y").node("Add", "a b", "y");
  OnnxOptions first;
  first.inputShapes["a"] = {2, 3};
  expectIr(two, {"%arg1: tensor<2x3xf32>"}, first);
}

TEST(OnnxGraph, Types) {
  expectError(Model().input("x", {4}, 7).output("y").node("Relu", "x", "y"),
              {"'x': expected a float tensor", "int64"});
  expectIr(Model().input("x", {4}, 10).output("y").node("Relu", "x", "y"), {"tt.relu"});
  expectError(Model().input("x", {4}).output("y").ints("i", {1}).node("Add", "x i", "y"),
              {"input 1 'i' is an integer tensor, expected a float tensor"});
  expectError(Model().input("x", {4}).output("y").node("LeakyRelu", "x", "y", attrInt("alpha", 1)),
              {"attribute 'alpha' is not a float"});
}

TEST(OnnxGraph, Headers) {
  expectError(Model(5).input("x", {4}).output("y").node("Relu", "x", "y"),
              {"opset 6 or newer", "opset 5"});
  Result newer = importModel(Model(23).input("x", {4}).output("y").node("Relu", "x", "y"));
  EXPECT_TRUE(newer.ok);
  EXPECT_NE(newer.warnings.find("opset 23"), std::string::npos);
  EXPECT_FALSE(importBytes("").ok);
  EXPECT_NE(importBytes("hello, this is no protobuf").errors.find("not valid protobuf"),
            std::string::npos);
  EXPECT_NE(
      importBytes("graph {\n  nodes", {}, "m.textproto").errors.find("no field named \"nodes\""),
      std::string::npos);
}

/// Initializers that do not hold what they say.
TEST(OnnxGraph, BadInitializers) {
  auto with = [](const std::string &tensor) {
    return Model()
        .input("x", {4})
        .output("y")
        .raw("  initializer { name: 'w' " + tensor + "}")
        .node("Add", "x w", "y");
  };
  expectIr(with("data_type: 1 dims: 4 raw_data: '0123456789abcdef' "), {"tt.add"});
  expectError(with("data_type: 1 dims: 4 raw_data: '0123' "),
              {"expected 16 bytes of raw data for float 4, but got 4"});
  expectError(with("data_type: 1 dims: 4 float_data: 1 "),
              {"expected 4 values for shape 4, but float_data holds 1"});
  expectError(with("data_type: 1 dims: -4 float_data: 1 "), {"impossible shape -4"});
  expectError(with("data_type: 1 dims: 4611686018427387904 dims: 4 float_data: 1 "),
              {"impossible shape"});
  expectError(with("data_type: 8 dims: 1 string_data: 'a' "), {"element type string"});
  expectError(with("data_type: 1 dims: 0 "), {"empty tensor"});
  expectIr(with("data_type: 10 dims: 2 dims: 1 int32_data: 15360 int32_data: 49152 "),
           {"1.000000e+00", "-2.000000e+00"});
  expectIr(with("data_type: 11 dims: 1 double_data: 0.25 "), {"2.500000e-01"});
}

TEST(OnnxGraph, ExternalData) {
  std::filesystem::path dir = std::filesystem::path(testing::TempDir()) / "ttc_onnx_external";
  std::filesystem::create_directories(dir);
  std::vector<float> values(300);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(i);
  std::ofstream(dir / "w.bin", std::ios::binary)
      .write(reinterpret_cast<const char *>(values.data()), 1200);
  auto with = [&](const std::string &location, const std::string &offset,
                  const std::string &length) {
    Model m;
    m.input("x", {100})
        .output("y")
        .raw(fmt::format("  initializer {{ name: 'w' data_type: 1 dims: 100 data_location: "
                         "EXTERNAL external_data {{ key: 'location' value: "
                         "'{}' }} external_data {{ key: 'offset' value: '{}' }} external_data {{ "
                         "key: 'length' value: '{}' }} }}",
                         location, offset, length));
    m.node("Add", "x w", "y");
    return importBytes(m.text(), {}, "m.textproto", dir.string());
  };
  EXPECT_TRUE(with("w.bin", "400", "400").ok);
  EXPECT_TRUE(with("w.bin", "403", "400").ok); // not aligned for float: copied
  EXPECT_NE(with("w.bin", "804", "400")
                .errors.find("has 1200 bytes, but the tensor needs 400 at offset 804"),
            std::string::npos);
  EXPECT_NE(
      with("w.bin", "18446744073709551615", "400").errors.find("at offset 18446744073709551615"),
      std::string::npos);
  EXPECT_NE(with("w.bin", "0", "396").errors.find("expected 400 bytes"), std::string::npos);
  EXPECT_NE(with("w.bin", "-1", "400").errors.find("not a byte count"), std::string::npos);
  EXPECT_NE(with("../w.bin", "0", "400").errors.find("leaves the model's folder"),
            std::string::npos);
  EXPECT_NE(with("/etc/passwd", "0", "400").errors.find("not a relative path"), std::string::npos);
  EXPECT_NE(with("none.bin", "0", "400").errors.find("cannot open"), std::string::npos);
  std::filesystem::remove_all(dir);
}

/// What torch 1.13 writes for an upsampling to a computed size.
TEST(OnnxGraph, ShapeArithmeticIsEvaluated) {
  Model m;
  m.input("x", {1, 8, 6, 6}).output("y");
  m.ints("zero", {0}).ints("two", {2}).ints("factors", {2, 2}).ints("end", {4});
  m.node("Shape", "x", "shape")
      .node("Slice", "shape zero two zero", "head")
      .node("Slice", "shape two end zero", "hw");
  m.node("Mul", "hw factors", "size").node("Concat", "head size", "sizes", attrInt("axis", 0));
  m.node("Resize", "x - - sizes", "y",
         attrString("coordinate_transformation_mode", "asymmetric") +
             attrString("nearest_mode", "floor"));
  expectIr(m, {"tt.upsample nearest", "scales [2, 2]"});
}

/// Reshapes x (24 elements) to the shape that `nodes` compute as "s".
Model shapedBy(const std::function<void(Model &)> &nodes) {
  Model m(18);
  m.input("x", {24}).output("y");
  nodes(m);
  return m.node("Reshape", "x s", "y");
}

TEST(OnnxGraph, Evaluator) {
  expectIr(shapedBy([](Model &m) {
             m.ints("a", {2, 3}).ints("b", {4}).node("Concat", "a b", "s", attrInt("axis", 0));
           }),
           {"tensor<2x3x4xf32>"});
  expectIr(shapedBy([](Model &m) {
             m.ints("v", {9, 4, 8, 3, 7, 2}).ints("i", {5, 3, 1}).node("Gather", "v i", "s");
           }),
           {"tensor<2x3x4xf32>"});
  expectIr(shapedBy([](Model &m) { // reversed with a negative step
             m.ints("v", {4, 3, 2})
                 .ints("st", {-1})
                 .ints("e", {-100})
                 .ints("ax", {0})
                 .ints("step", {-1});
             m.node("Slice", "v st e ax step", "s");
           }),
           {"tensor<2x3x4xf32>"});
  expectIr(shapedBy([](Model &m) { // range 2, 3, 4 through float and back
             m.floats("a", {}, {2}).floats("b", {}, {4.5}).floats("d", {}, {1});
             m.node("Range", "a b d", "r").node("Cast", "r", "s", attrInt("to", 7));
           }),
           {"tensor<2x3x4xf32>"});
  expectIr(shapedBy([](Model &m) { // where(v == -1, 12, v)
             m.ints("v", {2, -1}).ints("m1", {-1}).ints("r", {12});
             m.node("Equal", "v m1", "eq").node("Where", "eq r v", "s");
           }),
           {"tensor<2x12xf32>"});
  expectIr(shapedBy([](Model &m) { // floor(5.5) = 5; 5 + 3 = 8; 24 / 8 = 3
             m.floats("f", {1}, {5.5}).ints("three", {3}).ints("all", {24});
             m.node("Floor", "f", "g")
                 .node("Cast", "g", "h", attrInt("to", 6))
                 .node("Add", "h three", "eight");
             m.node("Div", "all eight", "q").node("Concat", "eight q", "s", attrInt("axis", 0));
           }),
           {"tensor<8x3xf32>"});
  expectIr(shapedBy([](Model &m) { // 2, 2, 2, 3 expanded and flattened
             m.ints("two", {2}).ints("n", {1, 3}).ints("flat", {-1}).ints("three", {3});
             m.node("Expand", "two n", "e")
                 .node("Reshape", "e flat", "f")
                 .node("Concat", "f three", "s", attrInt("axis", 0));
           }),
           {"tensor<2x2x2x3xf32>"});
  expectIr(shapedBy([](Model &m) {
             m.ints("v", {2, 12})
                 .ints("ax", {0})
                 .node("Unsqueeze", "v ax", "u")
                 .node("Squeeze", "u ax", "s");
           }),
           {"tensor<2x12xf32>"});
  expectIr(shapedBy([](Model &m) {
             m.ints("v", {2, 12})
                 .ints("shape", {1, 2})
                 .node("Reshape", "v shape", "r")
                 .node("Transpose", "r", "t");
             m.node("Squeeze", "t", "s");
           }),
           {"tensor<2x12xf32>"});
  expectIr(
      shapedBy([](Model &m) { // ones(2) * 4 + [-1, 2]
        m.ints("n", {2}).ints("four", {4}).ints("d", {-1, 2});
        m.node(
            "ConstantOfShape", "n", "o",
            "attribute { name: 'value' type: TENSOR t { data_type: 7 dims: 1 int64_data: 1 } } ");
        m.node("Mul", "o four", "p").node("Sub", "p d", "q"); // 5, 2
        m.ints("i", {1}).node("Gather", "q i", "two").ints("twelve", {12});
        m.node("Concat", "two twelve", "s", attrInt("axis", 0));
      }),
      {"tensor<2x12xf32>"});
  expectError(shapedBy([](Model &m) { m.ints("a", {24}).ints("z", {0}).node("Div", "a z", "s"); }),
              {"division by zero"});
  // A value repeated costs nothing; anything else that large is refused.
  expectError(shapedBy([](Model &m) {
                m.ints("big", {1000000, 1000000}).ints("one", {1}).node("Expand", "one big", "e");
                m.ints("z", {0}).node("Gather", "e z", "g").node("Range", "g g g", "s");
              }),
              {"(Range): input 0 has shape 1x1000000, expected one number"});
  expectError(shapedBy([](Model &m) {
                m.ints("big", {1000000000, 2}).ints("v", {1, 2}).node("Expand", "v big", "s");
              }),
              {"result of shape 1000000000x2 is too large to evaluate"});
}

/// All light models of the ONNX zoo have their weights as ConstantOfShape nodes: none is expanded.
TEST(OnnxGraph, SplatWeightsStaySmall) {
  Model m;
  m.input("x", {1, 25088}).output("y").ints("n", {25088, 4096});
  m.node("ConstantOfShape", "n", "w",
         "attribute { name: 'value' type: TENSOR t { data_type: 1 dims: 1 float_data: 0.02 } } ");
  m.node("MatMul", "x w", "y");
  expectIr(m, {"dense<2.000000e-02> : tensor<25088x4096xf32>", "tt.matmul"});
}

TEST(OnnxGraph, OldFilesListWeightsAsInputs) {
  Model m;
  m.input("x", {4}).input("w", {4}).output("y").weights("w", {4}).node("Add", "x w", "y");
  expectIr(m, {"func.func @main(%arg0: tensor<4xf32> {tt.name = \"x\"}) ->"});
}

TEST(OnnxGraph, YoloHeadMetadata) {
  auto with = [](const std::string &json) {
    return Model()
        .input("x", {1, 21, 4, 4})
        .output("y")
        .node("Relu", "x", "y")
        .metadata("ttc.yolo_head.y", json);
  };
  expectIr(with("{\"classes\":2,\"anchors\":[1,2,3,4,5,6],\"scale_x_y\":1.05,\"new_coords\":false,"
                "\"input_size\":[32,32]}"),
           {"tt.yolo_head", "classes 2"});
  expectError(with("{\"classes\":2}"), {"'ttc.yolo_head.y' does not describe a detection head"});
  expectError(with("nonsense"), {"does not describe a detection head"});
}

//===----------------------------------------------------------------------===//
// Corrupt files: an error or a valid module, never a crash
//===----------------------------------------------------------------------===//

/// A model with most parts of the format in it.
std::string richModel() {
  Model m(13);
  m.input("x", {-1, 3, 8, 8})
      .output("y")
      .output("z")
      .weights("w", {4, 3, 3, 3})
      .floats("b", {4}, {1, 2, 3, 4});
  m.ints("shape", {1, -1}).ints("s0", {0}).ints("s1", {2}).ints("ax", {2}).weights("fc", {6, 64});
  m.node("Conv", "x w b", "c",
         attrInts("pads", {1, 1, 1, 1}) + attrInts("strides", {2, 2}) + attrInt("group", 1));
  m.node("LeakyRelu", "c", "l", attrFloat("alpha", 0.1f))
      .node("MaxPool", "l", "p", attrInts("kernel_shape", {2, 2}));
  m.node("Slice", "l s0 s1 ax", "sl")
      .node("Split", "l", "h0 h1", attrInt("axis", 1))
      .node("Concat", "h0 h1", "cc", attrInt("axis", 1));
  m.node("Shape", "l", "ls").node("Gather", "ls s0", "g").node("Reshape", "cc shape", "r");
  m.node("Gemm", "r fc", "gm", attrInt("transB", 1)).node("Softmax", "gm", "y", attrInt("axis", 1));
  m.floats("scales", {4}, {1, 1, 2, 2})
      .node("Resize", "p - scales", "up", attrString("mode", "linear"));
  m.node("ReduceMean", "up", "z", attrInts("axes", {2, 3}))
      .node("Transpose", "sl", "tr", attrInts("perm", {0, 2, 3, 1}));
  m.output("tr");
  return bytesOf(m);
}

OnnxOptions richOptions() {
  OnnxOptions options;
  options.inputShapes["x"] = {1, 3, 8, 8};
  return options;
}

TEST(OnnxCorrupt, TruncatedAnywhere) {
  std::string bytes = richModel();
  ASSERT_TRUE(importBytes(bytes, richOptions()).ok) << importBytes(bytes, richOptions()).errors;
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 64) {
    Result result = importBytes(bytes.substr(0, length), richOptions());
    EXPECT_TRUE(result.ok || !result.errors.empty()) << "length " << length;
  }
}

TEST(OnnxCorrupt, FlippedBits) {
  std::string good = richModel();
  std::mt19937 random(7);
  int survived = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    std::string bytes = good;
    for (int flips = 1 + int(random() % 3); flips > 0; --flips)
      bytes[random() % bytes.size()] ^= char(1 << (random() % 8));
    Result result = importBytes(bytes, richOptions());
    EXPECT_TRUE(result.ok || !result.errors.empty()) << "trial " << trial;
    survived += result.ok;
  }
  EXPECT_GT(survived, 0); // weights and names may change without harm
}

/// Numbers at the edges in every integer attribute and initializer.
TEST(OnnxCorrupt, ExtremeIntegers) {
  onnx::ModelProto good;
  ASSERT_TRUE(good.ParseFromString(richModel()));
  const int64_t extremes[] = {INT64_MIN,        INT64_MAX,          -1, 0, int64_t(1) << 31,
                              int64_t(1) << 40, -(int64_t(1) << 62)};
  auto check = [&](const onnx::ModelProto &model) {
    Result result = importBytes(model.SerializeAsString(), richOptions());
    EXPECT_TRUE(result.ok || !result.errors.empty());
  };
  for (int64_t v : extremes) {
    for (int n = 0; n < good.graph().node_size(); ++n)
      for (int a = 0; a < good.graph().node(n).attribute_size(); ++a) {
        onnx::ModelProto model = good;
        onnx::AttributeProto &attr = *model.mutable_graph()->mutable_node(n)->mutable_attribute(a);
        if (attr.type() == onnx::AttributeProto::INT)
          attr.set_i(v);
        else if (attr.ints_size())
          attr.set_ints(0, v);
        else
          continue;
        check(model);
      }
    for (int t = 0; t < good.graph().initializer_size(); ++t) {
      onnx::ModelProto model = good;
      onnx::TensorProto &tensor = *model.mutable_graph()->mutable_initializer(t);
      if (tensor.int64_data_size()) {
        tensor.set_int64_data(0, v);
        check(model);
      }
      model = good;
      model.mutable_graph()->mutable_initializer(t)->set_dims(0, v);
      check(model);
    }
  }
}

} // namespace
