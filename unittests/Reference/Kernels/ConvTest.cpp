//===- ConvTest.cpp - oneDNN's convolutions against the definition ----------===//
#include "ttc/Reference/Conv.h"
#include "Helpers.h"

using namespace ttc;
using namespace ttc::reference;

namespace {

/// The definition, one output at a time, in double.
HostTensor naiveConv(const HostTensor &x, const HostTensor &w, const HostTensor *bias,
                     const ConvParams &p) {
  int64_t kh = w.dim(2), kw = w.dim(3), cin = w.dim(1), cout = w.dim(0);
  int64_t oh =
      (x.dim(2) + p.pads[0] + p.pads[2] - (kh - 1) * p.dilations[0] - 1) / p.strides[0] + 1;
  int64_t ow =
      (x.dim(3) + p.pads[1] + p.pads[3] - (kw - 1) * p.dilations[1] - 1) / p.strides[1] + 1;
  HostTensor r({x.dim(0), cout, oh, ow});
  float *out = r.mutableData();
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t o = 0; o < cout; ++o)
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t z = 0; z < ow; ++z) {
          double sum = bias ? bias->data()[o] : 0.0;
          int64_t group = o / (cout / p.groups);
          for (int64_t c = 0; c < cin; ++c)
            for (int64_t i = 0; i < kh; ++i)
              for (int64_t j = 0; j < kw; ++j)
                sum += at(x, n, group * cin + c, y * p.strides[0] - p.pads[0] + i * p.dilations[0],
                          z * p.strides[1] - p.pads[1] + j * p.dilations[1]) *
                       w.data()[((o * cin + c) * kh + i) * kw + j];
          *out++ = float(sum);
        }
  return r;
}

/// Every input value spreads its kernel over the output.
HostTensor naiveTranspose(const HostTensor &x, const HostTensor &w, const HostTensor *bias,
                          const ConvParams &p) {
  int64_t kh = w.dim(2), kw = w.dim(3), cin = x.dim(1), per = w.dim(1), cout = per * p.groups;
  int64_t oh = (x.dim(2) - 1) * p.strides[0] + (kh - 1) * p.dilations[0] + 1 - p.pads[0] -
               p.pads[2] + p.outputPadding[0];
  int64_t ow = (x.dim(3) - 1) * p.strides[1] + (kw - 1) * p.dilations[1] + 1 - p.pads[1] -
               p.pads[3] + p.outputPadding[1];
  HostTensor r({x.dim(0), cout, oh, ow});
  std::vector<double> sums(size_t(r.size()), 0.0);
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t c = 0; c < cin; ++c)
      for (int64_t y = 0; y < x.dim(2); ++y)
        for (int64_t z = 0; z < x.dim(3); ++z)
          for (int64_t o = 0; o < per; ++o)
            for (int64_t i = 0; i < kh; ++i)
              for (int64_t j = 0; j < kw; ++j) {
                int64_t oy = y * p.strides[0] + i * p.dilations[0] - p.pads[0];
                int64_t ox = z * p.strides[1] + j * p.dilations[1] - p.pads[1];
                if (oy < 0 || ox < 0 || oy >= oh || ox >= ow)
                  continue;
                int64_t channel = c / (cin / p.groups) * per + o;
                sums[size_t(((n * cout + channel) * oh + oy) * ow + ox)] +=
                    at(x, n, c, y, z) * w.data()[((c * per + o) * kh + i) * kw + j];
              }
  for (int64_t i = 0; i < r.size(); ++i)
    r.mutableData()[i] = float(sums[size_t(i)] + (bias ? bias->data()[i / (oh * ow) % cout] : 0.0));
  return r;
}

struct Case {
  const char *name;
  int64_t batch, in, out, h, w, kh, kw;
  ConvParams params;
};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

class Conv : public testing::TestWithParam<Case> {};
class ConvTranspose : public testing::TestWithParam<Case> {};

TEST_P(Conv, MatchesDefinition) {
  Case c = GetParam();
  HostTensor x = randomTensor({c.batch, c.in, c.h, c.w}, 1);
  HostTensor w = randomTensor({c.out, c.in / c.params.groups, c.kh, c.kw}, 2);
  const HostTensor b = randomTensor({c.out}, 3);
  for (const HostTensor *bias : std::array<const HostTensor *, 2>{nullptr, &b}) {
    HostTensor expected = naiveConv(x, w, bias, c.params);
    ConvParams p = c.params;
    Expected<HostTensor> first = conv2d(x, w, bias, p);
    ASSERT_TRUE(first) << first.error().message;
    expectNear(*first, expected);
    p.format = ImageFormat::nhwc;
    Expected<HostTensor> last = conv2d(toLast(x), w, bias, p);
    ASSERT_TRUE(last) << last.error().message;
    expectNear(*last, toLast(expected));
  }
}

TEST_P(ConvTranspose, MatchesDefinition) {
  Case c = GetParam();
  HostTensor x = randomTensor({c.batch, c.in, c.h, c.w}, 1);
  HostTensor w = randomTensor({c.in, c.out / c.params.groups, c.kh, c.kw}, 2);
  const HostTensor b = randomTensor({c.out}, 3);
  for (const HostTensor *bias : std::array<const HostTensor *, 2>{nullptr, &b}) {
    HostTensor expected = naiveTranspose(x, w, bias, c.params);
    ConvParams p = c.params;
    Expected<HostTensor> first = convTranspose2d(x, w, bias, p);
    ASSERT_TRUE(first) << first.error().message;
    expectNear(*first, expected);
    p.format = ImageFormat::nhwc;
    Expected<HostTensor> last = convTranspose2d(toLast(x), w, bias, p);
    ASSERT_TRUE(last) << last.error().message;
    expectNear(*last, toLast(expected));
  }
}

ConvParams with(std::array<int64_t, 2> strides, std::array<int64_t, 4> pads,
                std::array<int64_t, 2> dilations = {1, 1}, int64_t groups = 1,
                std::array<int64_t, 2> outputPadding = {0, 0}) {
  return {strides, pads, dilations, groups, ImageFormat::nchw, outputPadding};
}

auto nameOf = [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(
    Cases, Conv,
    testing::Values(
        Case{"Plain", 1, 3, 8, 7, 9, 3, 3, with({1, 1}, {1, 1, 1, 1})},
        Case{"Pointwise", 2, 16, 24, 5, 6, 1, 1, with({1, 1}, {0, 0, 0, 0})},
        Case{"Stride2", 1, 16, 32, 8, 8, 3, 3, with({2, 2}, {1, 1, 1, 1})},
        Case{"AsymmetricPads", 1, 4, 5, 6, 7, 3, 3, with({2, 1}, {0, 2, 1, 0})},
        Case{"Stride2PadsAfter", 1, 4, 5, 8, 8, 3, 3, with({2, 2}, {0, 0, 1, 1})},
        Case{"Dilated", 1, 4, 6, 11, 10, 3, 2, with({1, 1}, {2, 1, 2, 1}, {2, 3})},
        Case{"Grouped", 1, 8, 12, 6, 6, 3, 3, with({1, 1}, {1, 1, 1, 1}, {1, 1}, 4)},
        Case{"Depthwise", 1, 32, 32, 9, 9, 3, 3, with({2, 2}, {1, 1, 1, 1}, {1, 1}, 32)},
        Case{"DepthwiseMultiplier", 1, 6, 12, 5, 5, 3, 3, with({1, 1}, {1, 0, 0, 1}, {1, 1}, 6)},
        Case{"RowKernel", 1, 4, 4, 3, 12, 1, 7, with({1, 3}, {0, 3, 0, 2})}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Cases, ConvTranspose,
    testing::Values(Case{"Plain", 1, 4, 6, 5, 4, 3, 3, with({1, 1}, {0, 0, 0, 0})},
                    Case{"Double", 1, 8, 4, 6, 6, 2, 2, with({2, 2}, {0, 0, 0, 0})},
                    Case{"AsymmetricPads", 2, 4, 3, 5, 5, 4, 3, with({2, 3}, {1, 0, 2, 1})},
                    Case{"OutputPaddingWithin", 1, 4, 4, 5, 5, 3, 3,
                         with({2, 2}, {1, 1, 1, 1}, {1, 1}, 1, {1, 1})},
                    Case{"OutputPaddingBeyond", 1, 3, 5, 4, 4, 3, 2,
                         with({3, 2}, {0, 0, 0, 0}, {1, 1}, 1, {2, 1})},
                    Case{"Dilated", 1, 4, 4, 5, 5, 3, 3, with({1, 1}, {1, 1, 1, 1}, {2, 2})},
                    Case{"Grouped", 1, 8, 6, 4, 4, 3, 3, with({2, 2}, {1, 1, 1, 1}, {1, 1}, 2)}),
    nameOf);

TEST(Matmul, MatchesDefinition) {
  struct {
    std::vector<int64_t> lhs, rhs, result;
    bool transposed;
  } cases[] = {
      {{3, 4}, {4, 5}, {3, 5}, false},
      {{3, 4}, {5, 4}, {3, 5}, true},
      {{2, 3, 4}, {4, 5}, {2, 3, 5}, false},         // one right-hand side
      {{3, 4}, {2, 4, 5}, {2, 3, 5}, false},         // one left-hand side
      {{2, 1, 3, 4}, {3, 5, 4}, {2, 3, 3, 5}, true}, // both broadcast
      {{1, 3, 4}, {2, 2, 4, 5}, {2, 2, 3, 5}, false},
  };
  for (const auto &c : cases) {
    HostTensor a = randomTensor(c.lhs, 1), b = randomTensor(c.rhs, 2), bias = randomTensor({5}, 3);
    HostTensor expected(c.result);
    int64_t m = 3, k = 4, n = 5, batches = expected.size() / (m * n);
    int64_t rank = expected.rank();
    for (int64_t batch = 0; batch < batches; ++batch) {
      int64_t l = 0, r = 0, rest = batch, ls = 1, rs = 1;
      for (int64_t d = rank - 3; d >= 0; --d) {
        int64_t i = rest % expected.dim(d), dl = d - (rank - a.rank()), dr = d - (rank - b.rank());
        rest /= expected.dim(d);
        int64_t el = dl < 0 ? 1 : a.dim(dl), er = dr < 0 ? 1 : b.dim(dr);
        l += (el == 1 ? 0 : i) * ls;
        r += (er == 1 ? 0 : i) * rs;
        ls *= el;
        rs *= er;
      }
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          double sum = bias.data()[j];
          for (int64_t q = 0; q < k; ++q)
            sum += double(a.data()[(l * m + i) * k + q]) *
                   b.data()[c.transposed ? (r * n + j) * k + q : (r * k + q) * n + j];
          expected.mutableData()[(batch * m + i) * n + j] = float(sum);
        }
    }
    Expected<HostTensor> actual = matmul(a, b, &bias, c.transposed);
    ASSERT_TRUE(actual) << actual.error().message;
    expectNear(*actual, expected);
    // Without a bias: the difference is the bias.
    Expected<HostTensor> plain = matmul(a, b, nullptr, c.transposed);
    ASSERT_TRUE(plain) << plain.error().message;
    for (int64_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(plain->data()[i] + bias.data()[i % 5], expected.data()[i], 1e-5);
  }
}

} // namespace
