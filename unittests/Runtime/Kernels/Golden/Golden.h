//===- Golden.h - recorded bit patterns against the exact kernels -----------===//
//
// A directory holds index.json and one .npy file for each vector set. A set's name
// says what it is ("mm_bf16_x_bfp8_b_K256_HiFi2_dstbf16"); sets that serve as
// inputs of others are not checked themselves. Names, so that a directory with
// other lengths or cases of the same kind works too:
//
//   conv_...                                unpack and pack of single tiles
//   l1acc_{bf16,fp32}_out                   packer accumulation
//   mm_{F0}_x_{F1}_K{n}_{fidelity}_dst{D}   matmul, one output tile a case
//   elw_{F}_{op}[_{fidelity}]_dst{D}        elementwise
//   mvmul_unit_...                          single steps; see GoldenMvmul.cpp
//   reduce_{col,row}_{max,avg}[_{fidelity}]_dst{D}
//   ..._packed_{F}                          the same Dst after the packer
//   sfpu_..., HOST_pack_{F}
//
// An entry's `input` (a name, a list, or text with names in it) overrides the names that this
// scheme implies.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_UNITTESTS_RUNTIME_KERNELS_GOLDEN_H
#define TTC_UNITTESTS_RUNTIME_KERNELS_GOLDEN_H

#include "Kernels/Kernels.h"
#include "ttc/Support/Npy.h"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>

namespace ttc::golden {

/// What became of one vector set.
struct SetResult {
  enum Outcome { Matched, Differs, Input, Skipped } outcome;
  std::string name;
  std::string detail; ///< first difference, or why skipped
  int64_t elements = 0;
  int64_t different = 0;
};

struct Report {
  std::vector<SetResult> sets;
  int64_t count(SetResult::Outcome outcome) const;
};

/// The directory: an index and arrays read on demand.
class Vectors {
public:
  static Expected<Vectors> open(const std::string &directory);

  const nlohmann::ordered_json &index() const { return files; }
  bool has(const std::string &name) const { return files.contains(name + ".npy"); }
  /// The index entry of a set that is there.
  const nlohmann::ordered_json &entry(const std::string &name) const { return files[name + ".npy"]; }
  /// Sets that the entry's `input` names, in its order.
  std::vector<std::string> inputs(const std::string &name) const;
  /// The entry's `what`, or nothing.
  std::string what(const std::string &name) const;
  /// The bytes of a set and its extents, checked against the index.
  Expected<const NpyArray *> read(const std::string &name);

private:
  std::string directory;
  nlohmann::ordered_json files;
  std::map<std::string, NpyArray> cache;
};

/// Output of the kernels for one set, in the layout of the recorded array; or why there is none.
struct Computed {
  std::vector<uint8_t> bytes;
  std::string reason; ///< not empty: not computed
};

/// Parses a fidelity name at the start of `text`, e.g. "HiFi2_dstbf16"; nullopt if none.
std::optional<program::Fidelity> fidelityOf(std::string_view text);
/// A format name: bf16, fp32, bfp8_b, bfp4_b.
std::optional<program::Format> formatOf(std::string_view text);
/// "..._dstbf16" or "..._dstfp32" at the end of a name.
std::optional<bool> fp32DestOf(std::string_view name);
/// Elements of 16-, 32- or 64-bit patterns (bf16; f32; f64 values) as floats.
std::vector<float> patternFloats(const NpyArray &array);
/// Dst tiles to recorded form: f32 patterns, or bf16 patterns in 16 bits.
void appendDst(const float *tile, size_t count, bool fp32Dest, std::vector<uint8_t> &out);

Expected<Computed> computeMatmul(Vectors &vectors, const std::string &name);
Expected<Computed> computeEltwise(Vectors &vectors, const std::string &name);
Expected<Computed> computeReduce(Vectors &vectors, const std::string &name);
Expected<Computed> computeMvmul(Vectors &vectors, const std::string &name);
/// Whether a mvmul_unit_ set holds operands of others.
bool isMvmulInput(const Vectors &vectors, const std::string &name);

/// Checks every set of the directory.
Expected<Report> check(const std::string &directory);

/// $TTC_GOLDEN_DIR, or the shared directory beside the source tree when it is there; else empty.
std::string defaultDirectory();

} // namespace ttc::golden

#endif
