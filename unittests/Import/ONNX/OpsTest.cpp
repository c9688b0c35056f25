//===- OpsTest.cpp - each operator's ONNX semantics ------------------------===//
#include "ModelText.h"

using namespace ttc::onnxtest;

namespace {

/// One node on x (1x8x6x6) with weights w of the given shape, result y.
Model oneNode(const std::string &op, const std::string &attributes, const Dims &weights = {},
              int opset = 13, const Dims &input = {1, 8, 6, 6}) {
  Model m(opset);
  m.input("x", input).output("y");
  if (!weights.empty())
    m.weights("w", weights);
  return m.node(op, weights.empty() ? "x" : "x w", "y", attributes);
}

TEST(OnnxOps, ConvTakesAttributes) {
  expectIr(oneNode("Conv",
                   attrInts("strides", {2, 1}) + attrInts("pads", {1, 2, 3, 4}) +
                       attrInts("dilations", {1, 2}) + attrInt("group", 2),
                   {4, 4, 3, 3}),
           {"tt.conv2d", "strides [2, 1]", "pads [1, 2, 3, 4]", "dilations [1, 2]", "groups 2",
            "tensor<1x4x4x8xf32>"});
  expectError(oneNode("Conv", "", {4, 8, 3}),
              {"node 'n_y' (Conv)", "one or two spatial dimensions", "1x8x6x6 and 4x8x3"});
  expectError(oneNode("Conv", attrInts("strides", {1}), {4, 8, 3, 3}),
              {"'strides' has 1 values, expected 2"});
  expectError(oneNode("Conv", attrInts("kernel_shape", {5, 5}), {4, 8, 3, 3}),
              {"kernel_shape 5x5", "3x3"});
  expectError(oneNode("Conv", attrInts("strides", {0, 1}), {4, 8, 3, 3}),
              {"'strides' has value 0"});
  expectError(oneNode("Conv", "", {4, 7, 3, 3}), {"tt.conv2d"});
}

/// One spatial dimension is an image of height 1.
TEST(OnnxOps, OneDimension) {
  expectIr(oneNode("Conv", attrInts("pads", {1, 2}) + attrInts("strides", {2}), {4, 8, 3}, 13,
                   {1, 8, 6}),
           {"strides [1, 2]", "pads [0, 1, 0, 2]", "tensor<4x8x1x3xf32>", "-> tensor<1x4x4xf32>"});
  expectIr(oneNode("Conv", attrString("auto_pad", "SAME_LOWER"), {4, 8, 4}, 13, {1, 8, 6}),
           {"pads [0, 2, 0, 1]"});
  expectIr(oneNode("ConvTranspose", attrInts("output_shape", {14}) + attrInts("strides", {2}),
                   {8, 4, 3}, 13, {1, 8, 6}),
           {"output_padding [0, 1]", "-> tensor<1x4x14xf32>"});
  expectIr(oneNode("MaxPool", attrInts("kernel_shape", {2}), {}, 13, {1, 8, 6}),
           {"kernel [1, 2]", "-> tensor<1x8x5xf32>"});
  expectIr(oneNode("GlobalAveragePool", "", {}, 13, {1, 8, 6}),
           {"tt.reduce mean", "-> tensor<1x8x1xf32>"});
  expectError(oneNode("Conv", "", {4, 8, 3, 3, 3}, 13, {1, 8, 6, 6, 6}), {"1x8x6x6x6"});
}

TEST(OnnxOps, BroadcastBeforeOpset7) {
  expectIr(oneNode("Add", attrInt("broadcast", 1) + attrInt("axis", 1), {8}, 6),
           {"tensor<8x1x1xf32>) -> tensor<1x8x6x6xf32>"});
  expectIr(oneNode("Add", attrInt("broadcast", 1), {6}, 6),
           {"tensor<6xf32>) -> tensor<1x8x6x6xf32>"});
  expectError(oneNode("Add", attrInt("broadcast", 1) + attrInt("axis", 3), {6, 6}, 6),
              {"6x6 does not fit shape 1x8x6x6 from axis 3 on"});
}

TEST(OnnxOps, AutoPad) {
  // 6 wide, stride 1, kernel 4: three in all, the odd one at the end or at the beginning.
  expectIr(oneNode("Conv", attrString("auto_pad", "SAME_UPPER"), {4, 8, 4, 4}),
           {"pads [1, 1, 2, 2]", "1x4x6x6"});
  expectIr(oneNode("Conv", attrString("auto_pad", "SAME_LOWER"), {4, 8, 4, 4}),
           {"pads [2, 2, 1, 1]", "1x4x6x6"});
  expectIr(oneNode("Conv", attrString("auto_pad", "VALID"), {4, 8, 4, 4}), {"1x4x3x3"});
  expectError(oneNode("Conv", attrString("auto_pad", "SAME"), {4, 8, 4, 4}), {"auto_pad 'SAME'"});
}

TEST(OnnxOps, ConvTranspose) {
  expectIr(oneNode("ConvTranspose",
                   attrInts("strides", {2, 2}) + attrInts("output_padding", {1, 1}), {8, 4, 2, 2}),
           {"tt.conv_transpose2d", "output_padding [1, 1]", "1x4x13x13"});
  expectIr(oneNode("ConvTranspose",
                   attrInts("strides", {2, 2}) + attrString("auto_pad", "SAME_UPPER"),
                   {8, 4, 3, 3}),
           {"pads [0, 0, 1, 1]", "1x4x12x12"});
  // output_shape: 3*(6-1)+3 = 18 wide in full; 20 needs two more at the end.
  expectIr(oneNode("ConvTranspose",
                   attrInts("strides", {3, 3}) + attrInts("output_shape", {17, 20}), {8, 4, 3, 3}),
           {"pads [1, 0, 0, 0]", "output_padding [0, 2]", "1x4x17x20"});
}

TEST(OnnxOps, Pools) {
  expectIr(oneNode("MaxPool", attrInts("kernel_shape", {3, 3}) + attrInts("pads", {1, 1, 1, 1})),
           {"tt.max_pool2d", "kernel [3, 3]", "pads [1, 1, 1, 1]", "1x8x6x6"});
  expectIr(oneNode("AveragePool", attrInts("kernel_shape", {2, 2}) + attrInts("strides", {4, 4}) +
                                      attrInt("ceil_mode", 1) + attrInt("count_include_pad", 1)),
           {"tt.avg_pool2d", "ceil_mode true", "count_include_pad true", "1x8x2x2"});
  expectIr(oneNode("GlobalAveragePool", ""), {"tt.global_avg_pool", "1x8x1x1"});
  expectIr(oneNode("GlobalMaxPool", ""), {"tt.reduce max", "axes [2, 3] keep_dims true"});
  expectError(oneNode("MaxPool", ""), {"'kernel_shape' is missing"});
  expectError(Model()
                  .input("x", {1, 8, 6, 6})
                  .output("i")
                  .node("MaxPool", "x", "y i", attrInts("kernel_shape", {2, 2})),
              {"output 1 'i' is not supported"});
}

TEST(OnnxOps, BatchNormalization) {
  Model m;
  m.input("x", {1, 8, 6, 6}).output("y");
  m.weights("s", {8}).weights("b", {8}).weights("m", {8}).weights("v", {8});
  m.node("BatchNormalization", "x s b m v", "y", attrFloat("epsilon", 0.001f));
  expectIr(m, {"tt.batch_norm", "epsilon 1.000000e-03"});
}

TEST(OnnxOps, Elementwise) {
  for (auto [onnx, tt] :
       {std::pair("Add", "tt.add"), {"Sub", "tt.sub"}, {"Mul", "tt.mul"}, {"Div", "tt.div"}})
    expectIr(oneNode(onnx, "", {8, 1, 1}), {tt, "tensor<8x1x1xf32>) -> tensor<1x8x6x6xf32>"});
  Model m;
  m.input("a", {2, 1}).input("b", {3}).input("c", {2, 3}).output("y").node("Max", "a b c", "y");
  expectIr(m, {"tt.maximum", "(tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>"});
  expectError(oneNode("Add", "", {5}), {"tt.add"});
  expectIr(Model().input("x", {4}).output("y").floats("p", {}, {2}).node("Pow", "x p", "y"),
           {"tt.mul"});
  expectError(Model().input("x", {4}).output("y").floats("p", {}, {3}).node("Pow", "x p", "y"),
              {"exponent 3"});
}

TEST(OnnxOps, Activations) {
  for (auto [onnx, tt] : {std::pair("Relu", "tt.relu"),
                          {"Mish", "tt.mish"},
                          {"Sigmoid", "tt.sigmoid"},
                          {"Tanh", "tt.tanh"},
                          {"HardSwish", "tt.hardswish"},
                          {"Softplus", "tt.softplus"},
                          {"Exp", "tt.exp"},
                          {"Sqrt", "tt.sqrt"},
                          {"Abs", "tt.abs"},
                          {"Neg", "tt.neg"},
                          {"Gelu", "tt.gelu"},
                          {"LeakyRelu", "tt.leaky_relu"},
                          {"Elu", "tt.elu"}})
    expectIr(oneNode(onnx, "", {}, 20), {tt});
  expectIr(oneNode("LeakyRelu", attrFloat("alpha", 0.1f)), {"alpha 1.000000e-01"});
  expectIr(oneNode("LeakyRelu", ""), {"alpha 1.000000e-02"});
  expectIr(oneNode("HardSigmoid", ""), {"alpha 2.000000e-01", "beta 5.000000e-01"});
  expectIr(oneNode("Gelu", attrString("approximate", "tanh"), {}, 20), {"tt.tanh"});
  expectIr(oneNode("Clip", attrFloat("min", 0) + attrFloat("max", 6), {}, 6 + 4),
           {"tt.clip", "max 6.000000e+00"});
  Model m;
  m.input("x", {4}).output("y").floats("hi", {}, {6}).node("Clip", "x - hi", "y");
  expectIr(m, {"tt.clip", "min -3.40282", "max 6.000000e+00"});
}

TEST(OnnxOps, PRelu) {
  expectIr(oneNode("PRelu", "", {1}), {"tt.leaky_relu", "alpha 5.000000e-01"});
  expectIr(oneNode("PRelu", "", {8, 1, 1}), {"tt.minimum", "tt.mul", "tt.relu", "tt.add"});
}

TEST(OnnxOps, SoftmaxChangedAtOpset13) {
  expectIr(oneNode("Softmax", "", {}, 13), {"tt.softmax", "axis 3"});
  expectIr(oneNode("Softmax", "", {}, 12), {"tensor<1x288xf32>", "tt.softmax", "axis 1"});
  expectIr(oneNode("Softmax", attrInt("axis", 3), {}, 12), {"axis 3"});
  expectError(oneNode("Softmax", attrInt("axis", 4)), {"axis 4 is out of range for rank 4"});
}

TEST(OnnxOps, MatMul) {
  expectIr(oneNode("MatMul", "", {6, 3}), {"tt.matmul", "tensor<1x8x6x3xf32>"});
  expectIr(oneNode("MatMul", "", {6}), {"tt.matmul", "return", "tensor<1x8x6xf32>"});
  expectIr(oneNode("MatMul", "", {6, 3}, 13, {6}), {"tt.matmul", "-> tensor<3xf32>"});
  expectError(oneNode("MatMul", "", {5, 3}), {"tt.matmul"});
}

TEST(OnnxOps, Gemm) {
  Model m;
  m.input("x", {2, 4}).output("y").weights("w", {3, 4}).floats("c", {3}, {1, 2, 3});
  m.node("Gemm", "x w c", "y", attrInt("transB", 1));
  expectIr(m, {"tt.matmul", "bias", "transpose_rhs true", "tensor<2x3xf32>"});
  // alpha goes into the weights, beta into the bias, [1, 3] is a bias too.
  Model scaled;
  scaled.input("x", {4, 2}).output("y").weights("w", {4, 3}).floats("c", {1, 3}, {1, 2, 3});
  scaled.node("Gemm", "x w c", "y",
              attrInt("transA", 1) + attrFloat("alpha", 3) + attrFloat("beta", 2));
  expectIr(scaled, {"tt.transpose", "dense<1.500000e+00> : tensor<4x3xf32>",
                    "dense<[2.000000e+00, 4.000000e+00, 6.000000e+00]> : tensor<3xf32>"});
  // One value per row is no bias.
  Model rows;
  rows.input("x", {2, 4})
      .output("y")
      .weights("w", {4, 3})
      .floats("c", {2, 1}, {1, 2})
      .node("Gemm", "x w c", "y");
  expectIr(rows, {"tt.matmul", "tt.add"});
}

TEST(OnnxOps, Reduce) {
  expectIr(oneNode("ReduceMean", attrInts("axes", {-1, 2})),
           {"tt.reduce mean", "axes [2, 3] keep_dims true"});
  expectIr(oneNode("ReduceMax", attrInts("axes", {1}) + attrInt("keepdims", 0)),
           {"tt.reduce max", "tensor<1x6x6xf32>"});
  Model m(18);
  m.input("x", {2, 3, 4}).output("y").ints("axes", {0, 2}).node("ReduceSum", "x axes", "y");
  expectIr(m, {"tt.reduce sum", "axes [0, 2]", "tensor<1x3x1xf32>"});
  expectIr(
      Model().input("x", {2, 3}).output("y").node("ReduceSum", "x", "y", attrInt("keepdims", 0)),
      {"axes [0, 1]", "tensor<f32>"});
}

TEST(OnnxOps, ReshapeFamily) {
  expectIr(Model().input("x", {2, 3, 4}).output("y").ints("s", {0, -1}).node("Reshape", "x s", "y"),
           {"tt.reshape", "tensor<2x12xf32>"});
  expectError(
      Model().input("x", {2, 3, 4}).output("y").ints("s", {5, -1}).node("Reshape", "x s", "y"),
      {"2x3x4 does not reshape to 5x-1"});
  expectError(Model().input("x", {2, 3}).input("s", {2}).output("y").node("Reshape", "x s", "y"),
              {"computed at run time, expected a constant"});
  expectIr(oneNode("Flatten", attrInt("axis", 2)), {"tensor<8x36xf32>"});
  expectIr(oneNode("Flatten", attrInt("axis", 0)), {"tensor<1x288xf32>"});
  expectIr(oneNode("Squeeze", ""), {"tensor<8x6x6xf32>"});
  expectError(oneNode("Squeeze", attrInts("axes", {1}), {}, 11),
              {"dimension 1 of shape 1x8x6x6 is not 1"});
  expectIr(Model().input("x", {2, 3}).output("y").ints("a", {-1, 0}).node("Unsqueeze", "x a", "y"),
           {"tensor<1x2x3x1xf32>"});
  expectIr(oneNode("Transpose", attrInts("perm", {0, 2, 3, 1})), {"tt.transpose", "[0, 2, 3, 1]"});
  expectError(oneNode("Transpose", attrInts("perm", {0, 2, 2, 1})), {"given twice"});
  expectIr(oneNode("DepthToSpace", attrInt("blocksize", 2)), {"tensor<1x2x12x12xf32>"});
  expectIr(oneNode("SpaceToDepth", attrInt("blocksize", 2)), {"tensor<1x32x3x3xf32>"});
}

TEST(OnnxOps, Slice) {
  // Attributes up to opset 9, inputs later; far ends and negative starts are cut.
  expectIr(
      oneNode("Slice",
              attrInts("starts", {1, -4}) + attrInts("ends", {5, 1000}) + attrInts("axes", {1, 3}),
              {}, 9),
      {"tt.slice", "[0, 1, 0, 2] to [1, 5, 6, 6] step [1, 1, 1, 1]", "tensor<1x4x6x4xf32>"});
  Model m;
  m.input("x", {10})
      .output("y")
      .ints("s", {1})
      .ints("e", {9223372036854775807})
      .ints("a", {0})
      .ints("t", {3});
  m.node("Slice", "x s e a t", "y");
  expectIr(m, {"[1] to [8] step [3]", "tensor<3xf32>"});
  Model back;
  back.input("x", {10}).output("y").ints("s", {-1}).ints("e", {-11}).ints("a", {0}).ints("t", {-1});
  expectError(back.node("Slice", "x s e a t", "y"), {"negative step"});
  Model empty;
  empty.input("x", {10}).output("y").ints("s", {4}).ints("e", {4}).node("Slice", "x s e", "y");
  expectError(empty, {"is empty"});
}

TEST(OnnxOps, SplitConcatPad) {
  expectIr(Model()
               .input("x", {1, 8})
               .output("b")
               .node("Split", "x", "a b c", attrInt("axis", 1) + attrInts("split", {2, 5, 1})),
           {"tt.split", "axis 1", "sizes [2, 5, 1]", "#1"});
  expectIr(
      Model(18).input("x", {7}).output("b").node("Split", "x", "a b", attrInt("num_outputs", 2)),
      {"sizes [4, 3]"});
  expectError(Model().input("x", {7}).output("b").ints("s", {3, 3}).node("Split", "x s", "a b"),
              {"sum to 7"});
  expectIr(oneNode("Concat", attrInt("axis", -3), {1, 2, 6, 6}),
           {"tt.concat", "axis 1", "1x10x6x6"});
  expectIr(
      oneNode("Pad", attrInts("pads", {0, 0, 1, 2, 0, 0, 3, 4}) + attrFloat("value", 2.5f), {}, 10),
      {"tt.pad", "low [0, 0, 1, 2]", "high [0, 0, 3, 4]", "value 2.500000e+00"});
  Model cut(18);
  cut.input("x", {4, 6}).output("y").ints("p", {-1, 2}).ints("a", {1}).node("Pad", "x p - a", "y");
  expectIr(cut, {"tt.slice", "tt.pad", "tensor<4x7xf32>"});
  expectError(oneNode("Pad", attrString("mode", "reflect"), {8}), {"mode 'reflect'"});
}

TEST(OnnxOps, GatherOnTensorsIsASlice) {
  expectIr(Model()
               .input("x", {4, 6})
               .output("y")
               .raw("  initializer { name: 'i' data_type: 7 int64_data: -1 }")
               .node("Gather", "x i", "y", attrInt("axis", 1)),
           {"tt.slice", "[0, 5] to [4, 6]", "tensor<4xf32>"});
  expectIr(Model()
               .input("x", {4, 6})
               .output("y")
               .ints("i", {1, 3, 5})
               .node("Gather", "x i", "y", attrInt("axis", 1)),
           {"step [1, 2]", "tensor<4x3xf32>"});
  expectIr(Model().input("x", {4, 6}).output("y").ints("i", {3, 0, 2}).node("Gather", "x i", "y"),
           {"[3, 0] to [4, 6]", "[0, 0] to [3, 6] step [2, 1]", "tt.concat", "tensor<3x6xf32>"});
  expectError(Model().input("x", {4, 6}).output("y").ints("i", {4}).node("Gather", "x i", "y"),
              {"index 4 is out of range"});
}

Model resize(const std::string &attributes, const std::vector<float> &scales, int opset = 13) {
  Model m(opset);
  m.input("x", {1, 8, 6, 6}).output("y").floats("s", {int64_t(scales.size())}, scales);
  return m.node("Resize", opset < 11 ? "x s" : "x - s", "y", attributes);
}

TEST(OnnxOps, ResizeNearest) {
  const std::string asymmetric = attrString("coordinate_transformation_mode", "asymmetric");
  const std::string floor = attrString("nearest_mode", "floor");
  expectIr(resize(asymmetric + floor, {1, 1, 2, 3}),
           {"tt.upsample nearest", "scales [2, 3]", "1x8x12x18"});
  expectIr(resize("", {1, 1, 2, 3}),
           {"tt.upsample nearest", "scales [2, 3]"}); // half_pixel, round: the same rows
  expectIr(resize(asymmetric, {1, 1, 2, 2}), {"tt.upsample nearest"});          // halves round down
  expectError(resize(asymmetric, {1, 1, 3, 3}), {"neither repeats nor drops"}); // 2/3 rounds up
  expectError(resize(floor, {1, 1, 2, 2}),
              {"neither repeats nor drops"}); // shifted by a half pixel
  expectIr(resize(asymmetric + floor, {1, 1, 0.5, 0.5}),
           {"tt.slice", "step [1, 1, 2, 2]", "1x8x3x3"});
  expectIr(resize("", {1, 1, 2, 2}, 10), {"tt.upsample nearest"});
  expectError(resize("", {1, 2, 2, 2}), {"batch and channels unchanged"});
  expectError(resize("", {1, 1, 2}), {"expected 4 float scales"});
  expectError(resize("", {1, 1, -1, 2}), {"scale -1"});
  Model sizes;
  sizes.input("x", {1, 8, 6, 6})
      .output("y")
      .ints("s", {1, 8, 24, 12})
      .node("Resize", "x - - s", "y");
  expectIr(sizes, {"scales [4, 2]"});
}

TEST(OnnxOps, ResizeLinear) {
  const std::string linear = attrString("mode", "linear");
  expectIr(resize(linear, {1, 1, 2, 2}), {"tt.upsample bilinear", "half_pixel true"});
  expectIr(
      resize(linear + attrString("coordinate_transformation_mode", "align_corners"), {1, 1, 2, 2}),
      {"align_corners true"});
  expectError(resize(linear, {1, 1, 1.5, 2}), {"integer factors"});
  expectError(resize(attrString("mode", "cubic"), {1, 1, 2, 2}), {"mode 'cubic'"});
  Model up(9);
  up.input("x", {1, 8, 6, 6})
      .output("y")
      .floats("s", {4}, {1, 1, 2, 2})
      .node("Upsample", "x s", "y", linear);
  expectIr(up, {"tt.upsample bilinear", "scales [2, 2]"});
}

TEST(OnnxOps, PassThrough) {
  Model m;
  m.input("x", {4})
      .output("y")
      .node("Dropout", "x", "d")
      .node("Identity", "d", "i")
      .node("Cast", "i", "c", attrInt("to", 10));
  expectIr(m.node("Relu", "c", "y"), {"tt.relu %arg0"});
  expectError(Model().input("x", {4}).output("y").node("Cast", "x", "y", attrInt("to", 7)),
              {"cannot become int64"});
}

} // namespace
