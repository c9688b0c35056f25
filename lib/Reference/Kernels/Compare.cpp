//===- Compare.cpp - how far one tensor is from another ---------------------===//
#include "ttc/Reference/Compare.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace ttc {

Comparison compare(std::span<const float> expected, std::span<const float> actual) {
  assert(expected.size() == actual.size() && "tensors to compare have the same size");
  Comparison result;
  result.count = int64_t(expected.size());

  // First pass: errors, means, ranges.
  double sumE = 0, sumA = 0, sumAbs = 0, sumError2 = 0, sumE2 = 0;
  float minE = std::numeric_limits<float>::infinity(), maxE = -minE, minA = minE, maxA = -minE;
  int64_t used = 0, broken = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    float e = expected[i], a = actual[i];
    if (!std::isfinite(e) || !std::isfinite(a)) {
      bool same = e == a || (std::isnan(e) && std::isnan(a));
      broken += !same;
      result.nonFinite += std::isfinite(e);
      continue;
    }
    ++used;
    double error = std::abs(double(a) - double(e));
    if (error > result.maxAbsError || result.maxAbsAt < 0) {
      result.maxAbsError = error;
      result.maxAbsAt = int64_t(i);
    }
    sumAbs += error;
    sumError2 += error * error;
    sumE += e;
    sumA += a;
    sumE2 += double(e) * e;
    minE = std::min(minE, e);
    maxE = std::max(maxE, e);
    minA = std::min(minA, a);
    maxA = std::max(maxA, a);
  }
  if (used) {
    result.meanAbsError = sumAbs / double(used);
    if (sumError2 > 0)
      result.relativeError =
          sumE2 > 0 ? std::sqrt(sumError2 / sumE2) : std::numeric_limits<double>::infinity();
  }

  auto undefined = [&](std::string reason) {
    result.pcc = std::numeric_limits<double>::quiet_NaN();
    result.pccReason = std::move(reason);
    return result;
  };
  if (broken)
    return undefined(fmt::format("{} values differ and are not finite", broken));
  if (!used)
    return result; // nothing, or the same non-finite values everywhere
  bool constantE = minE == maxE, constantA = minA == maxA;
  if (constantE && constantA) {
    if (minE == minA)
      return result;
    return undefined(fmt::format("both are constant: expected {}, but got {}", minE, minA));
  }
  if (constantE)
    return undefined(fmt::format("the expected tensor is constant ({})", minE));
  if (constantA)
    return undefined(fmt::format("the tensor is constant ({}), the expected one is not", minA));

  // Second pass about the means, where nothing cancels.
  double meanE = sumE / double(used), meanA = sumA / double(used);
  double cross = 0, squareE = 0, squareA = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(expected[i]) || !std::isfinite(actual[i]))
      continue;
    double e = expected[i] - meanE, a = actual[i] - meanA;
    cross += e * a;
    squareE += e * e;
    squareA += a * a;
  }
  result.pcc = std::clamp(cross / std::sqrt(squareE) / std::sqrt(squareA), -1.0, 1.0);
  return result;
}

} // namespace ttc
