//===- Statistics.h - how far predictions are from measurements ---------------===//
#ifndef TTC_CALIBRATE_STATISTICS_H
#define TTC_CALIBRATE_STATISTICS_H

#include <cstddef>
#include <span>

namespace ttc::calibrate {

struct Sample {
  double predicted = 0, measured = 0;
  /// |predicted - measured| / measured, in per cent.
  double errorPct() const;
};

struct Summary {
  size_t rows = 0;
  double meanErrorPct = 0;
  double p90ErrorPct = 0; ///< nearest rank: the smallest error that 90 % of the rows do not exceed
  double worstErrorPct = 0;
  /// Of the pairs whose measurements lie 10 % or more of the smaller apart, those that the
  /// predictions order the same way (a predicted tie is a miss). 100 when there is no such pair.
  double signAgreementPct = 100;
  /// Kendall's tau-b over all pairs, ties in either list discounted; 1 when nothing can be ordered.
  double kendallTau = 1;
};

/// O(n^2) in the number of samples; measured values are positive.
Summary summarize(std::span<const Sample> samples);

} // namespace ttc::calibrate

#endif
