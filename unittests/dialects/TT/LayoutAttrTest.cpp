//===- LayoutAttrTest.cpp - device layout arithmetic -------------------------===//
//
// Extents, shards, cores and bytes of layouts, and what the builder makes.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace ttc::tt;
using Extents = LayoutAttr::Extents;

namespace {

struct LayoutAttrTest : testing::Test {
  LayoutAttrTest() { context.loadDialect<TTDialect>(); }
  RankedTensorType tensor(ArrayRef<int64_t> shape, Attribute encoding = {}) {
    return RankedTensorType::get(shape, Float32Type::get(&context), encoding);
  }
  MLIRContext context;
};

TEST_F(LayoutAttrTest, MatrixOfATensor) {
  EXPECT_EQ(LayoutAttr::matrixOf({1, 160, 160, 64}), (Extents{25600, 64}));
  EXPECT_EQ(LayoutAttr::matrixOf({7}), (Extents{1, 7}));
  EXPECT_EQ(LayoutAttr::matrixOf({}), (Extents{1, 1}));
}

TEST_F(LayoutAttrTest, BytesOfFormats) {
  EXPECT_EQ(tileBytes(StorageType::f32), 4096);
  EXPECT_EQ(tileBytes(StorageType::bf16), 2048);
  EXPECT_EQ(tileBytes(StorageType::bfp8_b), 1088);
  EXPECT_EQ(tileBytes(StorageType::bfp4_b), 576);
  EXPECT_EQ(elementBytes(StorageType::bf16), 2);
}

TEST_F(LayoutAttrTest, InterleavedTilesArePaddedToTiles) {
  RankedTensorType type = tensor({1, 19, 19, 255});
  LayoutAttr layout = LayoutAttr::Builder(type).storage(StorageType::bfp8_b).build();
  ASSERT_TRUE(layout);
  EXPECT_TRUE(layout.isInDram());
  EXPECT_EQ(layout.paddedShard(type), (Extents{384, 256}));
  EXPECT_EQ(layout.numShards(type), 1);
  EXPECT_EQ(layout.pagesPerShard(type), 12 * 8);
  EXPECT_EQ(layout.pageBytes(type), 1088);
  EXPECT_EQ(layout.pageBytes(type, 64), 1088);
  EXPECT_EQ(layout.totalBytes(type), 12 * 8 * 1088);
}

TEST_F(LayoutAttrTest, InterleavedSticksArePaddedToSixteenBytes) {
  RankedTensorType type = tensor({1, 64, 64, 3});
  LayoutAttr layout = LayoutAttr::Builder(type).rowMajor().storage(StorageType::bf16).build();
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout.paddedShard(type), (Extents{4096, 8}));
  EXPECT_EQ(layout.pageBytes(type), 16);
  EXPECT_EQ(layout.pageBytes(type, 32), 32);
  EXPECT_EQ(layout.pagesPerShard(type), 4096);
}

TEST_F(LayoutAttrTest, HeightShardsTakeTheSmallestExtents) {
  RankedTensorType type = tensor({1, 160, 160, 64});
  LayoutAttr layout =
      LayoutAttr::Builder(type).l1().height(8, 8).storage(StorageType::bf16).build();
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout.paddedShard(type), (Extents{416, 64})); // 25600 / 64 = 400, to whole tiles 416
  EXPECT_EQ(layout.numShards(type), 62);                   // ceil(25600 / 416)
  EXPECT_EQ(layout.shardBytes(), 13 * 2 * 2048);
  EXPECT_EQ(layout.totalBytes(type), 62 * 13 * 2 * 2048);
  EXPECT_EQ(layout.shardCore(0, type), std::pair(int64_t(0), int64_t(0)));
  EXPECT_EQ(layout.shardCore(9, type), std::pair(int64_t(1), int64_t(1)));

  LayoutAttr sticks = LayoutAttr::Builder(type, layout).rowMajor().shard(400, 64).build();
  ASSERT_TRUE(sticks);
  EXPECT_EQ(sticks.numShards(type), 64);
  EXPECT_EQ(sticks.pageBytes(type), 128);
  EXPECT_EQ(sticks.shardBytes(), 400 * 128);
}

TEST_F(LayoutAttrTest, ColumnMajorNumbersShardsDownwards) {
  RankedTensorType type = tensor({256, 32});
  LayoutAttr layout = LayoutAttr::Builder(type).l1().height(4, 2).colMajor().build();
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout.numShards(type), 8);
  EXPECT_EQ(layout.shardCore(1, type), std::pair(int64_t(0), int64_t(1)));
  EXPECT_EQ(layout.shardCore(2, type), std::pair(int64_t(1), int64_t(0)));
}

TEST_F(LayoutAttrTest, WidthShards) {
  RankedTensorType type = tensor({1, 512});
  LayoutAttr layout = LayoutAttr::Builder(type).l1().width(8, 1).build();
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout.paddedShard(type), (Extents{32, 64}));
  EXPECT_EQ(layout.numShards(type), 8);
  EXPECT_EQ(layout.shardCore(7, type), std::pair(int64_t(7), int64_t(0)));
}

TEST_F(LayoutAttrTest, BlockShardsAndTheirTranspose) {
  RankedTensorType type = tensor({64, 96});
  LayoutAttr block = LayoutAttr::Builder(type).l1().block(3, 2).build();
  ASSERT_TRUE(block);
  EXPECT_EQ(block.paddedShard(type), (Extents{32, 32}));
  EXPECT_EQ(block.shardGrid(type), (Extents{2, 3}));
  EXPECT_EQ(block.shardCore(4, type), std::pair(int64_t(1), int64_t(1))); // row 1, col 1
  EXPECT_EQ(block.shardCore(5, type), std::pair(int64_t(2), int64_t(1)));

  LayoutAttr flipped = LayoutAttr::Builder(type).l1().block(2, 3).colMajor().build();
  ASSERT_TRUE(flipped);
  EXPECT_EQ(flipped.paddedShard(type), (Extents{32, 32}));
  EXPECT_EQ(flipped.shardCore(5, type), std::pair(int64_t(1), int64_t(2)));
}

TEST_F(LayoutAttrTest, BuilderRefusesWhatClashes) {
  RankedTensorType type = tensor({128, 64});
  EXPECT_FALSE(LayoutAttr::Builder(type).l1().height(2, 1).shard(32, 64).build());
  EXPECT_FALSE(LayoutAttr::Builder(type).l1().height(2, 2).shard(33, 64).build());
  EXPECT_FALSE(LayoutAttr::Builder(type).rowMajor().storage(StorageType::bfp8_b).build());
  EXPECT_FALSE(LayoutAttr::Builder(type).l1().height(0, 1).build());

  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) { message = d.str(); });
  EXPECT_FALSE(LayoutAttr::Builder(type).l1().height(2, 1).shard(32, 64).buildType(
      [&] { return emitError(UnknownLoc::get(&context)); }));
  EXPECT_EQ(message, "height sharding of a 128x64 matrix in shards of 32x64 gives 4x1 shards, but "
                     "grid 2x1 takes 2x1");
}

TEST_F(LayoutAttrTest, StorageOfEncodings) {
  auto bf16 = StorageAttr::get(&context, StorageType::bf16);
  EXPECT_EQ(getStorage(tensor({4, 4})), StorageType::f32);
  EXPECT_EQ(getStorage(tensor({4, 4}, bf16)), StorageType::bf16);
  EXPECT_FALSE(getLayout(tensor({4, 4}, bf16)));
  RankedTensorType type = LayoutAttr::Builder(tensor({4, 4}, bf16)).buildType();
  ASSERT_TRUE(type);
  EXPECT_EQ(getStorage(type), StorageType::bf16); // the builder starts from the type's storage
  EXPECT_EQ(getLayout(type).getStorage(), StorageType::bf16);
}

} // namespace
