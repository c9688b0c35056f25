//===- BufferIO.h - host floats to device bytes and back --------------------===//
#ifndef TTC_RUNTIME_BUFFERIO_H
#define TTC_RUNTIME_BUFFERIO_H

#include "Sim/Memory.h"
#include "ttc/Program/BufferAccess.h"

#include <span>
#include <vector>

namespace ttc::runtime {

/// rows x cols floats, row-major, into the buffer's pages; padding becomes zero.
void packBuffer(sim::Memory &memory, const BufferView &view, const float *values);
void unpackBuffer(sim::Memory &memory, const BufferView &view, float *values);
/// Pages in page order, densely, as in File.constants.
void copyPages(sim::Memory &memory, const BufferView &view, std::span<const uint8_t> pages);

/// Elements of a C-order tensor with its dimensions permuted: dimension i of the result is
/// dimension permutation[i] of the source. inverse: the other way round.
std::vector<float> permute(std::span<const float> values, std::span<const uint32_t> shape,
                           std::span<const uint32_t> permutation, bool inverse);

/// Most bytes of a core's L1 in use at once, by the addresses of live buffers and circular buffers.
int64_t l1Peak(const program::ModelT &model);

} // namespace ttc::runtime

#endif
