//===- Evaluate.h - shared parts of the evaluate bodies ----------*- C++ -*-===//
//
// From tt's attributes to those of the reference kernels. Private to dialects/TT.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_EVALUATE_EVALUATE_H
#define TTC_DIALECTS_TT_EVALUATE_EVALUATE_H

#include "dialects/TT/TT.h"
#include "ttc/Reference/Conv.h"
#include "ttc/Support/Expected.h"

#include <array>
#include <cassert>

namespace ttc::tt {

reference::Unary toUnary(ActivationAttr activation);

inline reference::ImageFormat toFormat(DataFormat format) {
  return format == DataFormat::nchw ? reference::ImageFormat::nchw : reference::ImageFormat::nhwc;
}

template <size_t N> std::array<int64_t, N> toArray(llvm::ArrayRef<int64_t> values) {
  assert(values.size() == N && "verified by the op");
  std::array<int64_t, N> array;
  std::copy(values.begin(), values.end(), array.begin());
  return array;
}

/// A result with an operand's values. Only owned ones are shared: borrowed values may go before the
/// result does.
inline HostTensor share(const HostTensor &operand) {
  return operand.isOwned() ? operand : operand.clone();
}

/// `activation` on `tensor` in place; nothing if there is none. The tensor owns its values.
void activate(HostTensor &tensor, ActivationAttr activation);

/// The fused tail of conv2d and matmul: activation, then residual (may be null), then
/// post_activation, on what the kernel computed; or the kernel's error at `op`.
llvm::LogicalResult finish(mlir::Operation *op, Expected<HostTensor> computed,
                           ActivationAttr activation, const HostTensor *residual,
                           ActivationAttr postActivation, HostTensor &result);

} // namespace ttc::tt

#endif
