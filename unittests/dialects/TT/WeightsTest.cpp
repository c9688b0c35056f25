//===- WeightsTest.cpp - constants and where their bytes live ----------------===//
#include "dialects/TT/LayerName.h"
#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>
#include <unistd.h>

using namespace mlir;
using namespace ttc::tt;

namespace {

class WeightsTest : public ::testing::Test {
protected:
  WeightsTest() : context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<TTDialect, func::FuncDialect>();
    path = "/tmp/ttc-weights-io." + std::to_string(::getpid()) + ".mlir";
  }
  ~WeightsTest() override {
    ::unlink(path.c_str());
    ::unlink((path + ".weights").c_str());
  }
  RankedTensorType type(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, Float32Type::get(&context));
  }
  static std::vector<float> ramp(size_t count) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = float(i);
    return values;
  }
  static std::string keyOf(ElementsAttr attr) {
    return cast<DenseResourceElementsAttr>(attr).getRawHandle().getKey().str();
  }

  MLIRContext context;
  std::string path;
};

} // namespace

TEST_F(WeightsTest, SmallAndSplatStayInline) {
  EXPECT_TRUE(isa<DenseElementsAttr>(makeConstant(type({64}), ramp(64), "a")));
  ElementsAttr splat = makeConstant(type({1000}), std::vector<float>(1000, 2.5f), "a");
  ASSERT_TRUE(isa<DenseElementsAttr>(splat));
  std::optional<FloatValues> values = FloatValues::get(splat);
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->isSplat());
  EXPECT_EQ(values->size(), 1000u);
  EXPECT_EQ((*values)[999], 2.5f);
  std::vector<float> storage;
  EXPECT_EQ(values->expand(storage).size(), 1000u);
}

TEST_F(WeightsTest, EqualConstantsShareOneResource) {
  ElementsAttr a = makeConstant(type({100}), ramp(100), "conv 1/weight");
  ElementsAttr b = makeConstant(type({100}), ramp(100), "conv 1/weight");
  EXPECT_EQ(a, b);
  std::vector<float> other = ramp(100);
  other[3] = 7;
  ElementsAttr c = makeConstant(type({100}), other, "conv 1/weight");
  EXPECT_NE(keyOf(a), keyOf(c));
  EXPECT_TRUE(StringRef(keyOf(a)).starts_with("conv_1_weight_")) << keyOf(a);
  // Another context gives the same key.
  MLIRContext second(MLIRContext::Threading::DISABLED);
  auto sameType = RankedTensorType::get({100}, Float32Type::get(&second));
  EXPECT_EQ(keyOf(makeConstant(sameType, ramp(100), "conv 1/weight")), keyOf(a));
}

TEST_F(WeightsTest, BorrowedValuesAreNotCopiedAndOutliveTheirOwner) {
  auto owner = std::make_shared<std::vector<float>>(ramp(100));
  const float *data = owner->data();
  ElementsAttr attr = borrowConstant(type({10, 10}), *owner, "w", owner);
  owner.reset();
  std::vector<float> storage;
  EXPECT_EQ(FloatValues::get(attr)->expand(storage).data(), data);
  EXPECT_TRUE(storage.empty());
  EXPECT_EQ((*FloatValues::get(attr))[42], 42.0f);
  // The same numbers in another shape are the same bytes.
  ElementsAttr flat = withType(attr, type({100}));
  EXPECT_EQ(FloatValues::get(flat)->expand(storage).data(), data);
}

TEST_F(WeightsTest, NoFloatConstant) {
  EXPECT_FALSE(FloatValues::get(Attribute()));
  auto ints = RankedTensorType::get({2}, IntegerType::get(&context, 32));
  EXPECT_FALSE(FloatValues::get(DenseElementsAttr::get(ints, ArrayRef<int32_t>({1, 2}))));
}

TEST_F(WeightsTest, ModuleRoundTripThroughFiles) {
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto function = builder.create<func::FuncOp>(builder.getUnknownLoc(), "main",
                                               builder.getFunctionType({}, {type({100})}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  Location loc = NameLoc::get(builder.getStringAttr("layer"));
  auto constant = builder.create<ConstantOp>(loc, makeConstant(type({100}), ramp(100), "w"));
  builder.create<func::ReturnOp>(loc, constant.getResult());
  ASSERT_TRUE(succeeded(writeModule(*module, path)));
  // Writing has left the bytes where they were.
  EXPECT_EQ((*getConstantValues(constant.getResult()))[99], 99.0f);

  MLIRContext second(MLIRContext::Threading::DISABLED);
  second.loadDialect<TTDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> read = parseSourceFile<ModuleOp>(path, ParserConfig(&second));
  ASSERT_TRUE(read);
  ASSERT_TRUE(succeeded(loadExternalWeights(*read, path)));
  read->walk([&](ConstantOp op) {
    EXPECT_EQ((*getConstantValues(op.getResult()))[99], 99.0f);
    EXPECT_EQ(getLayerName(op.getLoc()), "layer");
  });
}
