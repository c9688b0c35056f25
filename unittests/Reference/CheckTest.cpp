//===- CheckTest.cpp - a device's numbers against the reference -------------===//
#include "ttc/Reference/Check.h"
#include "Module.h"

#include "mlir/IR/Diagnostics.h"

#include <nlohmann/json.hpp>

using namespace ttc;
using namespace ttc::reference;

namespace {

constexpr llvm::StringLiteral text = R"(
  func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {tt.name = "head"}) {
    %c = tt.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %0 = tt.add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum_0")
    %1 = tt.neg %0 : (tensor<4xf32>) -> tensor<4xf32> loc("negative_1")
    %2 = tt.abs %1 : (tensor<4xf32>) -> tensor<4xf32>
    return %2 : tensor<4xf32>
  })";

/// A device that adds `error` to the first value of the sum and is exact in all other ops.
CheckOptions deviceWith(float error, Module &m) {
  CheckOptions options;
  options.inputs = {HostTensor({4}, std::vector<float>{0, 1, 0, 1})};
  options.deviceOutputs = {HostTensor({4}, std::vector<float>{1 + error, 3, 3, 5})};
  options.deviceValue = [error](mlir::Value value) -> HostTensor {
    mlir::Operation *op = value.getDefiningOp();
    if (llvm::isa_and_nonnull<tt::AddOp>(op))
      return HostTensor({4}, std::vector<float>{1 + error, 3, 3, 5});
    if (llvm::isa_and_nonnull<tt::NegOp>(op))
      return HostTensor({4}, std::vector<float>{-1 - error, -3, -3, -5});
    return {}; // the device fused the rest away
  };
  return options;
}

TEST(Check, ErrorsAreWhereTheyAriseAndAccumulate) {
  Module m(text);
  mlir::FailureOr<CheckReport> report = checkFunction(m.main(), deviceWith(0.5f, m));
  ASSERT_TRUE(mlir::succeeded(report));
  ASSERT_EQ(report->ops.size(), 2u);
  const CheckRow &sum = report->ops[0], &negative = report->ops[1];
  EXPECT_EQ(sum.name, "sum_0");
  EXPECT_EQ(sum.op, "add");
  EXPECT_EQ(sum.accumulated.maxAbsError, 0.5);
  ASSERT_TRUE(sum.isolated);
  EXPECT_EQ(sum.isolated->maxAbsError, 0.5);
  EXPECT_EQ(negative.name, "negative_1");
  EXPECT_EQ(negative.accumulated.maxAbsError, 0.5);
  ASSERT_TRUE(negative.isolated);
  EXPECT_EQ(negative.isolated->maxAbsError, 0);
  EXPECT_EQ(negative.isolated->pcc, 1);
  ASSERT_EQ(report->outputs.size(), 1u);
  EXPECT_EQ(report->outputs[0].name, "head");
  EXPECT_EQ(report->reference[0].data()[3], 5);
  EXPECT_TRUE(report->passes(0.9));
  EXPECT_FALSE(report->passes(0.9999));
}

TEST(Check, Reports) {
  Module m(text);
  mlir::FailureOr<CheckReport> report = checkFunction(m.main(), deviceWith(0.5f, m));
  ASSERT_TRUE(mlir::succeeded(report));
  std::string table = checkTable(*report);
  for (const char *part : {"sum_0", "negative_1", "head", "own PCC", "1.000000", "0.5"})
    EXPECT_NE(table.find(part), std::string::npos) << part << " in\n" << table;
  nlohmann::json json = checkJson(*report);
  EXPECT_EQ(json["outputs"][0]["name"], "head");
  EXPECT_EQ(json["ops"][0]["max_abs"], 0.5);
  EXPECT_EQ(json["ops"][1]["isolated"]["pcc"], 1.0);
  EXPECT_EQ(json["ops"][1]["shape"], std::vector<int64_t>{4});
}

/// A correlation that is not defined is said to be, and fails.
TEST(Check, ConstantOutput) {
  Module m(text);
  CheckOptions options = deviceWith(0, m);
  options.deviceValue = nullptr;
  options.deviceOutputs = {HostTensor::filled({4}, 2)};
  mlir::FailureOr<CheckReport> report = checkFunction(m.main(), options);
  ASSERT_TRUE(mlir::succeeded(report));
  EXPECT_TRUE(report->ops.empty());
  EXPECT_FALSE(report->passes(-1));
  EXPECT_TRUE(checkJson(*report)["outputs"][0]["pcc"].is_null());
  EXPECT_NE(checkTable(*report).find("undefined"), std::string::npos);
}

TEST(Check, WrongShapesAreErrors) {
  Module m(text);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&m.context,
                                        [&](mlir::Diagnostic &d) { message = d.str(); });
  CheckOptions options = deviceWith(0, m);
  options.deviceOutputs = {HostTensor::filled({2, 2}, 0)};
  EXPECT_TRUE(mlir::failed(checkFunction(m.main(), options)));
  EXPECT_EQ(message, "expected the device's tensor for head to have the shape [4], but got [2, 2]");
  options.deviceOutputs.assign(2, HostTensor::filled({4}, 0));
  EXPECT_TRUE(mlir::failed(checkFunction(m.main(), options)));
  EXPECT_EQ(message, "expected at most 1 outputs of the device, but got 2");
}

} // namespace
