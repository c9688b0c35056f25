//===- Inference.h - shared parts of type inference and verifiers -*- C++ -*-===//
//
// Private to dialects/TT. Inference may run before attributes were verified,
// so these functions check what they index.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_INFERENCE_H
#define TTC_DIALECTS_TT_INFERENCE_H

#include "dialects/TT/TT.h"

namespace ttc::tt {

/// An error at `loc` that names the op as verifiers do: "'tt.conv2d' op expected ...".
mlir::InFlightDiagnostic inferError(std::optional<mlir::Location> loc, llvm::StringRef opName);

/// A result of `shape` whose encoding follows from `operand`: none stays none, a storage stays, a
/// layout stays on the same shape and else leaves its storage.
mlir::RankedTensorType inferredLike(mlir::Value operand, llvm::ArrayRef<int64_t> shape);

/// `value`'s shape; operands are ranked tensors by their ODS type.
llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// Whether a value that goes from `from` to `to` by way of `via` is rounded there to a number
/// format of neither end, so that the way cannot be shortened.
bool roundsOnTheWay(mlir::Value from, mlir::Value via, mlir::Value to);

/// One dim of a sliding window.
struct Window {
  int64_t in, low, high, kernel, stride, dilation;
  int64_t span() const { return dilation * (kernel - 1) + 1; }
  int64_t padded() const { return in + low + high; }
};

/// Number of window positions, rounded down or, with `ceil`, up without windows that would start in
/// the high padding. Fails with an error when the window does not fit.
mlir::FailureOr<int64_t> windowPositions(std::optional<mlir::Location> loc, llvm::StringRef opName,
                                         const Window &window, bool ceil = false);

/// Fails unless `axis` is a dim of a tensor of `rank`.
llvm::LogicalResult checkAxis(std::optional<mlir::Location> loc, llvm::StringRef opName,
                              int64_t axis, int64_t rank);

/// Fails unless `values` has `count` entries; `what` names the attribute.
llvm::LogicalResult checkCount(std::optional<mlir::Location> loc, llvm::StringRef opName,
                               llvm::StringRef what, llvm::ArrayRef<int64_t> values, int64_t count);

/// Fails unless `permutation` holds 0..rank-1 once each.
llvm::LogicalResult checkPermutation(std::optional<mlir::Location> loc, llvm::StringRef opName,
                                     llvm::ArrayRef<int64_t> permutation, int64_t rank);

/// result[d] = values[permutation[d]]
llvm::SmallVector<int64_t> permuted(llvm::ArrayRef<int64_t> values,
                                    llvm::ArrayRef<int64_t> permutation);

/// The epilogue part of conv2d and matmul: residual shape and post_activation.
llvm::LogicalResult verifyEpilogue(mlir::Operation *op, mlir::Value residual,
                                   bool hasPostActivation);

} // namespace ttc::tt

#endif
