//===- RandomWeights.h - seeded weights for any imported network ------------------------===//
#ifndef TTC_IMPORT_RANDOMWEIGHTS_H
#define TTC_IMPORT_RANDOMWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>

namespace ttc {

/// Replaces the trained constants of @main by seeded ones that keep activations sane at any depth:
///
/// - convolutions and matrix products: normal with variance 2 / fan-in, bias 0;
/// - batch norms: scale uniform in 0.75..1.25, bias normal with mean 1.5 and deviation 0.1, mean
///   and variance those of the input while a smooth random picture goes through the network;
/// - convolutions without a batch norm behind (it was folded): scaled and shifted for each channel
///   as if such a batch norm had been folded into them. Those that end in a result of the function
///   or in a detection head stay plain.
///
/// A bias mean of 0 would make a network that amplifies rounding errors layer by layer, so that no
/// comparison of its outputs means anything; with 1.5 it behaves like trained ones.
///
/// Numbers come from the seed and the position of the op. Statistics come from a float evaluation:
/// they are equal from run to run, and across instruction sets up to its rounding. Other constants
/// stay. Removes `tt.weights_missing`. Emits an error if the function cannot be evaluated.
llvm::LogicalResult randomizeWeights(mlir::ModuleOp module, uint64_t seed);

} // namespace ttc

#endif
