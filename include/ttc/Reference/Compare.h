//===- Compare.h - how far one tensor is from another -----------------------===//
#ifndef TTC_REFERENCE_COMPARE_H
#define TTC_REFERENCE_COMPARE_H

#include <cstdint>
#include <span>
#include <string>

namespace ttc {

/// Error figures of `actual` against `expected`, all computed in double.
struct Comparison {
  int64_t count = 0;

  /// Pearson correlation coefficient. 1 if both sides are the same constant; NaN where it is not
  /// defined, and then `pccReason` says why.
  double pcc = 1;
  std::string pccReason;

  double maxAbsError = 0;   ///< max |actual - expected|
  int64_t maxAbsAt = -1;    ///< its flat index; -1 for tensors without values
  double meanAbsError = 0;  ///< mean |actual - expected|
  double relativeError = 0; ///< |actual - expected|_2 / |expected|_2; 0/0 counts as 0

  /// Values of `actual` that are NaN or infinite where the expected one is finite.
  int64_t nonFinite = 0;

  /// True if the correlation is defined and at least `minimum`, and no value is broken.
  bool passes(double minimum) const { return nonFinite == 0 && pcc >= minimum; }
};

/// Both spans must have the same length. Positions with a non-finite value on either side count in
/// `nonFinite` (see there) and make the correlation undefined; they are left out of the errors.
Comparison compare(std::span<const float> expected, std::span<const float> actual);

} // namespace ttc

#endif
