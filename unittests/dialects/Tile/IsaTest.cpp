//===- IsaTest.cpp - the dialect and Isa.def are one table --------------------===//
#include "dialects/Tile/Tile.h"

#include "gtest/gtest.h"
#include <map>
#include <set>

using namespace mlir;
using namespace ttc;

namespace {

/// "a, b, c" as names.
std::vector<std::string> fieldNames(const isa::InstrInfo &row) {
  std::vector<std::string> names;
  for (llvm::StringRef rest = row.fields; !rest.empty();) {
    auto [name, after] = rest.split(',');
    names.push_back(name.trim().str());
    rest = after;
  }
  return names;
}

/// Rows that are `scf` and `arith` in kernels.
bool isStructure(const isa::InstrInfo &row) { return row.opcode < isa::Opcode::CoreX; }

class IsaTest : public testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<tile::TileDialect>();
    for (RegisteredOperationName name : context.getRegisteredOperations())
      if (auto *concept_ = name.getInterface<tile::InstructionOpInterface>())
        ops.emplace(concept_->getIsaOpcode(), name);
  }
  MLIRContext context;
  std::multimap<isa::Opcode, RegisteredOperationName> ops;
};

TEST_F(IsaTest, EveryRowHasOneOpOfItsName) {
  for (const isa::InstrInfo &row : isa::allInstructions()) {
    EXPECT_EQ(ops.count(row.opcode), isStructure(row) ? 0u : 1u) << row.name;
    for (auto [i, end] = ops.equal_range(row.opcode); i != end; ++i)
      EXPECT_EQ(i->second.getStringRef().str(), "tile." + std::string(row.mnemonic));
  }
}

TEST_F(IsaTest, EveryOpHasItsRowsFieldsInOrder) {
  for (auto &[opcode, name] : ops) {
    const isa::InstrInfo *row = isa::lookup(uint16_t(opcode));
    ASSERT_TRUE(row) << name.getStringRef().str();
    std::vector<std::string> fields;
    for (const tile::FieldInfo &field :
         name.getInterface<tile::InstructionOpInterface>()->getFields())
      fields.push_back(field.name.str());
    EXPECT_EQ(fields, fieldNames(*row)) << row->name;
  }
}

TEST_F(IsaTest, AttributeFieldsAreTheOpsAttributes) {
  for (auto &[opcode, name] : ops) {
    std::set<std::string> attributes, fields;
    for (StringAttr attribute : name.getAttributeNames())
      attributes.insert(attribute.str());
    for (const tile::FieldInfo &field :
         name.getInterface<tile::InstructionOpInterface>()->getFields())
      if (!tile::isOperand(field.kind) && field.kind != tile::FieldKind::Result)
        fields.insert(field.name.str());
    EXPECT_EQ(attributes, fields) << name.getStringRef().str();
  }
}

} // namespace

#define EXPECT_SAME(Enum, Case) EXPECT_EQ(uint32_t(tile::Enum::Case), uint32_t(isa::Enum::Case))
#define EXPECT_LAST(Enum, Case)                                                                    \
  EXPECT_FALSE(tile::symbolize##Enum(uint32_t(isa::Enum::Case) + 1)) << #Enum

TEST_F(IsaTest, EnumsAgree) {
  EXPECT_SAME(EltwiseKind, Add);
  EXPECT_SAME(EltwiseKind, Sub);
  EXPECT_SAME(EltwiseKind, Mul);
  EXPECT_LAST(EltwiseKind, Mul);
  EXPECT_SAME(Broadcast, None);
  EXPECT_SAME(Broadcast, Row);
  EXPECT_SAME(Broadcast, Col);
  EXPECT_SAME(Broadcast, Scalar);
  EXPECT_LAST(Broadcast, Scalar);
  EXPECT_SAME(SfpuBinaryKind, Add);
  EXPECT_SAME(SfpuBinaryKind, Sub);
  EXPECT_SAME(SfpuBinaryKind, Mul);
  EXPECT_SAME(SfpuBinaryKind, Div);
  EXPECT_SAME(SfpuBinaryKind, Max);
  EXPECT_SAME(SfpuBinaryKind, Min);
  EXPECT_LAST(SfpuBinaryKind, Min);
  EXPECT_SAME(ReduceKind, Sum);
  EXPECT_SAME(ReduceKind, Max);
  EXPECT_LAST(ReduceKind, Max);
  EXPECT_SAME(ReduceDim, Row);
  EXPECT_SAME(ReduceDim, Col);
  EXPECT_SAME(ReduceDim, Scalar);
  EXPECT_LAST(ReduceDim, Scalar);
  EXPECT_EQ(uint32_t(tile::PackFlags::Relu), uint32_t(isa::PackRelu));
  EXPECT_EQ(uint32_t(tile::PackFlags::L1Accumulate), uint32_t(isa::PackL1Accumulate));
  EXPECT_EQ(uint32_t(tile::PackFlags::ReluL1Accumulate),
            uint32_t(isa::PackRelu | isa::PackL1Accumulate));
}

TEST_F(IsaTest, VectorFunctionsHaveIsaNames) {
  for (uint32_t i = 0; i <= uint32_t(isa::lastSfpuFunction); ++i) {
    auto function = tile::symbolizeSfpuFunction(i);
    ASSERT_TRUE(function) << i;
    EXPECT_EQ(tile::stringifySfpuFunction(*function).str(), isa::name(isa::SfpuFunction(i)));
  }
  EXPECT_FALSE(tile::symbolizeSfpuFunction(uint32_t(isa::lastSfpuFunction) + 1));
}
