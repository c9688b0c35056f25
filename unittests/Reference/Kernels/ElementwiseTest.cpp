//===- ElementwiseTest.cpp - elementwise, norm and reduce -------------------===//
#include "ttc/Reference/Elementwise.h"
#include "Helpers.h"
#include "ttc/Reference/Norm.h"

#include <functional>
#include <limits>

using namespace ttc;
using namespace ttc::reference;

namespace {

TEST(Unary, MatchesTheFormula) {
  auto clamp = [](double x, double a, double b) { return std::min(std::max(x, a), b); };
  struct {
    Unary f;
    std::function<double(double)> formula;
    double low, high;
  } cases[] = {
      {{UnaryKind::relu}, [](double x) { return std::max(x, 0.0); }, -50, 50},
      {{UnaryKind::leakyRelu, 0.1}, [](double x) { return x < 0 ? 0.1 * x : x; }, -50, 50},
      {{UnaryKind::mish}, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, -60, 60},
      {{UnaryKind::silu}, [](double x) { return x / (1 + std::exp(-x)); }, -80, 80},
      {{UnaryKind::sigmoid}, [](double x) { return 1 / (1 + std::exp(-x)); }, -80, 80},
      {{UnaryKind::tanh}, [](double x) { return std::tanh(x); }, -20, 20},
      {{UnaryKind::hardswish}, [&](double x) { return x * clamp(x / 6 + 0.5, 0, 1); }, -8, 8},
      {{UnaryKind::hardsigmoid, 0.2, 0.5},
       [&](double x) { return clamp(0.2 * x + 0.5, 0, 1); },
       -8,
       8},
      {{UnaryKind::clip, -1, 6}, [&](double x) { return clamp(x, -1, 6); }, -8, 8},
      {{UnaryKind::gelu},
       [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); },
       -9,
       9},
      {{UnaryKind::elu, 1.5}, [](double x) { return x < 0 ? 1.5 * std::expm1(x) : x; }, -30, 30},
      {{UnaryKind::softplus}, [](double x) { return std::log1p(std::exp(x)); }, -80, 80},
      {{UnaryKind::exp}, [](double x) { return std::exp(x); }, -80, 80},
      {{UnaryKind::sqrt}, [](double x) { return std::sqrt(x); }, 0, 80},
      {{UnaryKind::abs}, [](double x) { return std::abs(x); }, -8, 8},
      {{UnaryKind::neg}, [](double x) { return -x; }, -8, 8},
  };
  constexpr int64_t n = 20001;
  for (const auto &c : cases) {
    HostTensor x({n});
    for (int64_t i = 0; i < n; ++i)
      x.mutableData()[i] = float(c.low + (c.high - c.low) * double(i) / double(n - 1));
    HostTensor y = unary(c.f, x);
    for (int64_t i = 0; i < n; ++i) {
      double expected = c.formula(x.data()[i]);
      // Relative over the whole range: no result drowns in a cancellation.
      ASSERT_NEAR(y.data()[i], expected, 4e-7 * std::abs(expected) + 1e-37)
          << "kind " << int(c.f.kind) << " at " << x.data()[i];
    }
  }
}

TEST(Unary, ExtremesStayFinite) {
  for (UnaryKind kind :
       {UnaryKind::mish, UnaryKind::silu, UnaryKind::sigmoid, UnaryKind::softplus}) {
    float in[] = {-1e30f, -200, -104, -88, 0, 88, 200, 1e30f}, out[8];
    applyUnary({kind}, in, out);
    for (float y : out)
      EXPECT_TRUE(std::isfinite(y)) << int(kind);
    EXPECT_EQ(out[0], 0.0f) << int(kind);
    EXPECT_EQ(out[7], kind == UnaryKind::sigmoid ? 1.0f : 1e30f) << int(kind);
  }
  float nan[] = {std::numeric_limits<float>::quiet_NaN()}, out[1];
  applyUnary({UnaryKind::mish}, nan, out);
  EXPECT_TRUE(std::isnan(out[0]));
}

TEST(Binary, Broadcasts) {
  struct {
    std::vector<int64_t> lhs, rhs;
  } cases[] = {{{2, 3, 4}, {2, 3, 4}}, {{2, 3, 4}, {4}},      {{2, 3, 4}, {3, 1}},
               {{1, 3, 1}, {2, 1, 4}}, {{}, {2, 3}},          {{5, 1}, {1}},
               {{2, 3, 4}, {}},        {{2, 1, 4}, {1, 3, 4}}};
  struct {
    BinaryKind kind;
    std::function<double(double, double)> formula;
  } kinds[] = {{BinaryKind::add, std::plus<double>()},
               {BinaryKind::sub, std::minus<double>()},
               {BinaryKind::mul, std::multiplies<double>()},
               {BinaryKind::div, std::divides<double>()},
               {BinaryKind::maximum, [](double a, double b) { return std::max(a, b); }},
               {BinaryKind::minimum, [](double a, double b) { return std::min(a, b); }}};
  for (const auto &c : cases)
    for (const auto &k : kinds) {
      HostTensor a = randomTensor(c.lhs, 1), b = randomTensor(c.rhs, 2);
      for (int64_t i = 0; i < b.size(); ++i) // away from 0 for div
        b.mutableData()[i] += b.data()[i] < 0 ? -0.5f : 0.5f;
      HostTensor r = binary(k.kind, a, b);
      size_t rank = std::max(c.lhs.size(), c.rhs.size());
      ASSERT_EQ(size_t(r.rank()), rank);
      for (int64_t i = 0; i < r.size(); ++i) {
        int64_t ia = 0, ib = 0, rest = i, sa = 1, sb = 1;
        for (size_t d = 0; d < rank; ++d) { // from the last dimension
          int64_t index = rest % r.dim(int64_t(rank - 1 - d));
          rest /= r.dim(int64_t(rank - 1 - d));
          int64_t ea = d < c.lhs.size() ? c.lhs[c.lhs.size() - 1 - d] : 1;
          int64_t eb = d < c.rhs.size() ? c.rhs[c.rhs.size() - 1 - d] : 1;
          ia += (ea == 1 ? 0 : index) * sa;
          ib += (eb == 1 ? 0 : index) * sb;
          sa *= ea;
          sb *= eb;
        }
        ASSERT_NEAR(r.data()[i], k.formula(a.data()[ia], b.data()[ib]), 1e-6);
      }
    }
}

TEST(Norm, BatchNormBothOrders) {
  HostTensor x = randomTensor({2, 5, 3, 4}, 1), scale = randomTensor({5}, 2),
             bias = randomTensor({5}, 3), mean = randomTensor({5}, 4),
             variance = randomTensor({5}, 5);
  for (int64_t i = 0; i < 5; ++i)
    variance.mutableData()[i] = std::abs(variance.data()[i]);
  HostTensor expected(x.shape());
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t c = i / 12 % 5;
    expected.mutableData()[i] = float(double(scale.data()[c]) * (x.data()[i] - mean.data()[c]) /
                                          std::sqrt(double(variance.data()[c]) + 1e-5) +
                                      bias.data()[c]);
  }
  expectNear(batchNorm(x, scale, bias, mean, variance, 1e-5, 1), expected);
  expectNear(batchNorm(toLast(x), scale, bias, mean, variance, 1e-5, 3), toLast(expected));
}

TEST(Norm, MomentsMakeAnyTensorStandard) {
  HostTensor x = randomTensor({2, 3, 8, 8});
  Moments m = moments(x, 1);
  HostTensor mean({3}), variance({3}), one = HostTensor::filled({3}, 1),
                                       zero = HostTensor::filled({3}, 0);
  for (size_t c = 0; c < 3; ++c) {
    mean.mutableData()[c] = float(m.mean[c]);
    variance.mutableData()[c] = float(m.variance[c]);
  }
  Moments after = moments(batchNorm(x, one, zero, mean, variance, 0, 1), 1);
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(after.mean[c], 0, 1e-6);
    EXPECT_NEAR(after.variance[c], 1, 1e-5);
  }
}

TEST(Norm, Softmax) {
  HostTensor x = randomTensor({2, 4, 3});
  for (int64_t axis = 0; axis < 3; ++axis) {
    HostTensor y = softmax(x, axis);
    HostTensor sums = reduce(ReduceKind::sum, y, std::vector<int64_t>{axis}, false);
    for (float s : sums.span())
      EXPECT_NEAR(s, 1, 1e-6);
  }
  // Large values do not overflow; the differences decide.
  HostTensor big({2}, std::vector<float>{1000, 999});
  HostTensor y = softmax(big, 0);
  EXPECT_NEAR(y.data()[0] / y.data()[1], std::exp(1.0), 1e-5);
}

TEST(Reduce, EverySetOfAxes) {
  HostTensor x = randomTensor({2, 3, 4});
  for (int mask = 0; mask < 8; ++mask) {
    std::vector<int64_t> axes, kept;
    int64_t count = 1;
    for (int64_t d = 0; d < 3; ++d) {
      bool gone = mask >> d & 1;
      if (gone)
        axes.push_back(d);
      kept.push_back(gone ? 1 : x.dim(d));
      count *= gone ? x.dim(d) : 1;
    }
    HostTensor sum(kept), highest(kept);
    std::vector<double> sums(size_t(sum.size()), 0.0);
    std::vector<float> most(size_t(sum.size()), -1e30f);
    for (int64_t i = 0; i < x.size(); ++i) {
      int64_t index[] = {i / 12, i / 4 % 3, i % 4}, target = 0;
      for (size_t d = 0; d < 3; ++d)
        target = target * kept[d] + (kept[d] == 1 ? 0 : index[d]);
      sums[size_t(target)] += x.data()[i];
      most[size_t(target)] = std::max(most[size_t(target)], x.data()[i]);
    }
    HostTensor mean(kept);
    for (int64_t i = 0; i < sum.size(); ++i) {
      sum.mutableData()[i] = float(sums[size_t(i)]);
      mean.mutableData()[i] = float(sums[size_t(i)] / double(count));
      highest.mutableData()[i] = most[size_t(i)];
    }
    expectNear(reduce(ReduceKind::sum, x, axes, true), sum, 1e-6);
    expectNear(reduce(ReduceKind::mean, x, axes, true), mean, 1e-6);
    expectNear(reduce(ReduceKind::max, x, axes, true), highest, 0);
    EXPECT_EQ(reduce(ReduceKind::sum, x, axes, false).rank(), 3 - int64_t(axes.size()));
  }
}

} // namespace
