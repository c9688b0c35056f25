//===- ShapeTest.cpp - moving values ----------------------------------------===//
#include "ttc/Reference/Shape.h"
#include "Helpers.h"

using namespace ttc;
using namespace ttc::reference;

namespace {

/// 0, 1, 2, ...
HostTensor counting(std::vector<int64_t> shape) {
  HostTensor t(std::move(shape));
  for (int64_t i = 0; i < t.size(); ++i)
    t.mutableData()[i] = float(i);
  return t;
}

std::vector<float> valuesOf(const HostTensor &t) { return {t.span().begin(), t.span().end()}; }

TEST(Shape, EveryPermutation) {
  std::vector<int64_t> shape = {2, 3, 4, 5}, permutation = {0, 1, 2, 3};
  HostTensor x = counting(shape);
  do {
    HostTensor y = transpose(x, permutation);
    for (int64_t i = 0; i < y.size(); ++i) {
      int64_t index[4], rest = i, source = 0;
      for (int64_t d = 3; d >= 0; --d) {
        ASSERT_EQ(y.dim(d), shape[size_t(permutation[size_t(d)])]);
        index[permutation[size_t(d)]] = rest % y.dim(d);
        rest /= y.dim(d);
      }
      for (size_t d = 0; d < 4; ++d)
        source = source * shape[d] + index[d];
      ASSERT_EQ(y.data()[i], x.data()[source]);
    }
  } while (std::next_permutation(permutation.begin(), permutation.end()));
}

TEST(Shape, LargeTransposeByBlocks) {
  HostTensor x = randomTensor({2, 70, 45, 3});
  HostTensor there = transpose(x, std::vector<int64_t>{0, 2, 3, 1});
  expectNear(there, toLast(x), 0);
  expectNear(transpose(there, std::vector<int64_t>{0, 3, 1, 2}), x, 0);
}

TEST(Shape, SplitAndConcatUndoEachOther) {
  HostTensor x = counting({2, 6, 3});
  for (int64_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> sizes = {1, x.dim(axis) - 1};
    std::vector<HostTensor> parts = split(x, axis, sizes);
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].dim(axis), 1);
    expectNear(concat(parts, axis), x, 0);
  }
}

TEST(Shape, Slice) {
  HostTensor x = counting({4, 6});
  EXPECT_EQ(valuesOf(slice(x, std::vector<int64_t>{1, 0}, std::vector<int64_t>{2, 3}, {2, 2})),
            (std::vector<float>{6, 9, 18, 21}));
  EXPECT_EQ(valuesOf(slice(x, std::vector<int64_t>{3, 5}, std::vector<int64_t>{-3, -5}, {2, 2})),
            (std::vector<float>{23, 18, 5, 0}));
}

TEST(Shape, Pad) {
  HostTensor x = counting({2, 2});
  EXPECT_EQ(valuesOf(pad(x, std::vector<int64_t>{0, 1}, std::vector<int64_t>{1, 1}, 9)),
            (std::vector<float>{9, 0, 1, 9, 9, 2, 3, 9, 9, 9, 9, 9}));
}

TEST(HostTensor, CopiesShareAndClonesDoNot) {
  HostTensor a = counting({2, 3}), b = a, c = a.clone();
  a.mutableData()[0] = 7;
  EXPECT_EQ(b.data()[0], 7);
  EXPECT_EQ(c.data()[0], 0);
  EXPECT_EQ(a.reshaped({3, 2}).data(), a.data());
  auto keeper = std::make_shared<std::vector<float>>(6, 5.0f);
  HostTensor borrowed = HostTensor::borrow({6}, keeper->data(), keeper);
  std::weak_ptr<std::vector<float>> watch = keeper;
  keeper.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_FALSE(borrowed.isOwned());
  EXPECT_EQ(borrowed.data()[5], 5.0f);
  borrowed = HostTensor();
  EXPECT_TRUE(watch.expired());
  EXPECT_TRUE(borrowed.empty());
}

} // namespace
