//===- HandTunedFile.h - a hand-tuned configuration as read ------------------===//
#ifndef TTC_PASSES_LAYOUT_HANDTUNEDFILE_H
#define TTC_PASSES_LAYOUT_HANDTUNEDFILE_H

#include "passes/Layout/Overrides.h"

namespace ttc {

/// "common": what all convolutions share.
struct HandTunedCommon {
  tt::StorageType weights = tt::StorageType::bfp8_b, activation = tt::StorageType::bf16;
  tt::Fidelity fidelity = tt::Fidelity::lofi;
  bool fp32Dest = false;
};

/// One entry of "convs".
struct HandTunedConv {
  std::string module, name, place; ///< place: "convs[12]", for errors
  std::vector<int64_t> input, stride, padding;
  tt::Sharding sharding = tt::Sharding::height;
  std::optional<int64_t> actBlockRows;
};

/// One entry of "glue": the conversions around one kind of op in some modules. `where` names
/// modules (all, if none) and what it is about; `how` is read for the phrases that name a
/// conversion, in their order: "row-major", "tile layout", "sharded_to_interleaved"; steps before
/// the word "upsample" are the upsampling's, the others the concatenation's.
struct HandTunedGlue {
  enum class Kind { concat, pool, upsample, residual };
  Kind kind = Kind::concat;
  std::vector<std::string> modules;
  std::vector<LayoutStep> upsampleSteps, concatSteps;
  tt::Sharding concatSharding = tt::Sharding::interleaved; ///< interleaved or height
  std::vector<int64_t> shardRows; ///< of height-sharded results, by module; may be empty
};

struct HandTunedFile {
  std::string path;
  HandTunedCommon common;
  std::vector<HandTunedConv> convs;
  std::vector<HandTunedGlue> glue;

  /// Errors: "FILE: FIELD: expected ..., but got ...".
  static Expected<HandTunedFile> read(const std::string &path);
};

/// The common part of a readable file; none for an empty path or a file with an error.
std::optional<HandTunedCommon> handTunedCommon(const std::string &path);

} // namespace ttc

#endif
