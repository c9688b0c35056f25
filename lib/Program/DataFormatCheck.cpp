//===- DataFormatCheck.cpp - one set of format codes ------------------------===//
// lib/Device cannot include the generated schema header, so it names the formats
// itself; here the build fails if the two ever differ.
#include "ttc/Device/DataFormat.h"
#include "ttc/Program/Program_generated.h"

namespace ttc {
static_assert(uint8_t(DataFormat::Fp32) == uint8_t(program::Format::Fp32));
static_assert(uint8_t(DataFormat::Bf16) == uint8_t(program::Format::Bf16));
static_assert(uint8_t(DataFormat::Bfp8B) == uint8_t(program::Format::Bfp8B));
static_assert(uint8_t(DataFormat::Bfp4B) == uint8_t(program::Format::Bfp4B));
} // namespace ttc
