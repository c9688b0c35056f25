//===- BatchNorm.cpp - batch normalisation as scale and shift ----------------===//
#include "BatchNorm.h"

#include "dialects/TT/Weights.h"

#include <cmath>

namespace ttc::tt {

std::optional<ChannelAffine> getAffine(BatchNormOp op) {
  std::optional<FloatValues> scale = getConstantValues(op.getScale());
  std::optional<FloatValues> bias = getConstantValues(op.getBias());
  std::optional<FloatValues> mean = getConstantValues(op.getMean());
  std::optional<FloatValues> variance = getConstantValues(op.getVariance());
  if (!scale || !bias || !mean || !variance)
    return std::nullopt;
  ChannelAffine affine;
  double epsilon = op.getEpsilon().convertToDouble();
  for (size_t c = 0; c < scale->size(); ++c) {
    double s = double((*scale)[c]) / std::sqrt(double((*variance)[c]) + epsilon);
    affine.scale.push_back(s);
    affine.shift.push_back(double((*bias)[c]) - double((*mean)[c]) * s);
  }
  return affine;
}

} // namespace ttc::tt
