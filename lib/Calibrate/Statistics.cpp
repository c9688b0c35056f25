//===- Statistics.cpp - how far predictions are from measurements -------------===//
#include "ttc/Calibrate/Statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace ttc::calibrate {

double Sample::errorPct() const { return 100 * std::abs(predicted - measured) / measured; }

Summary summarize(std::span<const Sample> samples) {
  Summary s;
  s.rows = samples.size();
  if (samples.empty())
    return s;
  std::vector<double> errors;
  for (const Sample &x : samples)
    errors.push_back(x.errorPct());
  std::sort(errors.begin(), errors.end());
  for (double e : errors)
    s.meanErrorPct += e / double(errors.size());
  s.p90ErrorPct = errors[(errors.size() * 9 + 9) / 10 - 1];
  s.worstErrorPct = errors.back();
  auto sign = [](double d) { return int(d > 0) - int(d < 0); };
  int64_t concordance = 0, predictedPairs = 0, measuredPairs = 0; // pairs without a tie
  int64_t apart = 0, agree = 0;
  for (size_t i = 0; i < samples.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const Sample &a = samples[i], &b = samples[j];
      int p = sign(a.predicted - b.predicted), m = sign(a.measured - b.measured);
      concordance += p * m;
      predictedPairs += p != 0;
      measuredPairs += m != 0;
      if (std::abs(a.measured - b.measured) >= 0.1 * std::min(a.measured, b.measured)) {
        ++apart;
        agree += p == m;
      }
    }
  if (apart)
    s.signAgreementPct = 100 * double(agree) / double(apart);
  if (predictedPairs && measuredPairs)
    s.kendallTau =
        double(concordance) / std::sqrt(double(predictedPairs) * double(measuredPairs));
  else if (measuredPairs)
    s.kendallTau = 0;
  return s;
}

} // namespace ttc::calibrate
