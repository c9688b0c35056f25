//===- WeightPrefetch.h - weights that come while earlier programs run ------===//
#ifndef TTC_TILEPROGRAMS_WEIGHTPREFETCH_H
#define TTC_TILEPROGRAMS_WEIGHTPREFETCH_H

#include "ttc/TilePrograms/TilePrograms.h"

#include <memory>

namespace ttc::programs {

struct Matmul;

/// Brings a product's weights and bias from DRAM to L1 while programs before it run. Each core gets what
/// its own program multiplies, in that order; cores that need the same get it from those that read it,
/// by multicast. The buffers live from the first program that brings something until the product is done.
class WeightPrefetch {
public:
  /// Errors: those of the product's own program.
  static Expected<std::unique_ptr<WeightPrefetch>> of(ProgramBuilder &b, const Product &product);
  ~WeightPrefetch();

  /// The buffers that hold them, whole tiles of 32 columns below each other on every core. The bias has
  /// no rows where there is none.
  BufferDesc weights() const, bias() const;
  /// Their bytes in each core's L1, whole allocation units of 64.
  int64_t weightBytes() const, biasBytes() const;
  /// What may come apart: blocks of weights.
  int64_t blocks() const;

  /// Declares the constants in DRAM. Once, between programs, before bring().
  void declareConstants();
  /// Where they go: buffers as weights() and bias() describe.
  void place(const PrefetchedWeights &to);
  /// The builder's next program brings part `part` of `parts`; the bias comes with the first.
  void bring(int64_t part, int64_t parts);
  /// The product with its weights in L1.
  const Product &product() const { return whole; }

private:
  WeightPrefetch(ProgramBuilder &b, const Product &product);

  ProgramBuilder &b;
  Product whole;
  std::unique_ptr<Matmul> matmul;
};

} // namespace ttc::programs

#endif
