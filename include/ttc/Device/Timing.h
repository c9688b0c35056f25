//===- Timing.h - cycles of instructions, pure functions --------------------===//
//
// What an instruction or a transfer costs on an otherwise idle device. The
// simulator adds contention and waiting; the pricing builder adds up what is
// here. Integers only: the same cycles on every host. All constants come from
// the DeviceSpec (devices/*.json holds their sources).
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DEVICE_TIMING_H
#define TTC_DEVICE_TIMING_H

#include "ttc/Device/DataFormat.h"
#include "ttc/Device/DeviceSpec.h"

#include <cstdint>

namespace ttc {

using Cycles = int64_t;

/// Fidelity phases: 1 (LoFi) to 4 (HiFi4), the values of program::Fidelity.
using FidelityPhases = int;

namespace timing {

/// ceil(bytes / bandwidth).
Cycles transfer(int64_t bytes, Milli bandwidth);

// --- compute: each includes the start of one instruction ---

/// The larger of the math and of the unpackers: a block of rows x cols output tiles streams the
/// longer operand once for each product and keeps the other (in1 streams when cols >= rows).
Cycles matmulBlock(const DeviceSpec &, FidelityPhases, int64_t rows, int64_t cols, int64_t inner,
                   DataFormat in0, DataFormat in1);
Cycles copyTiles(const DeviceSpec &, int64_t tiles, DataFormat in);
/// Two operands from circular buffers. `phases`: 1 for add and sub, the fidelity for mul.
Cycles eltwise(const DeviceSpec &, int64_t tiles, int phases, DataFormat in0, DataFormat in1);
/// One operand from Dst.
Cycles eltwiseDst(const DeviceSpec &, int64_t tiles, int phases, DataFormat in);
/// slots * 32 + 30 a tile. `slots`: sfpuSlots(); at least 1.
Cycles sfpu(const DeviceSpec &, int64_t slots, int64_t tiles);
/// Issue slots of unary function number `function` (isa::SfpuFunction).
int64_t sfpuSlots(const DeviceSpec &, unsigned function);
/// Issue slots of isa::SfpuBinaryKind.
int64_t sfpuBinarySlots(const DeviceSpec &, unsigned kind);
Cycles reduceTiles(const DeviceSpec &, int64_t tiles, DataFormat in);
Cycles poolRows(const DeviceSpec &, int64_t rows, int64_t tiles);
Cycles transposeTile(const DeviceSpec &, DataFormat in);
Cycles tilize(const DeviceSpec &, int64_t tiles, DataFormat in, DataFormat out, bool fp32Dest);
/// A row of `cols` tiles made of pieces of `rows` rows in all; each piece starts the unpacker anew
/// and takes whole groups of 8 rows (`groups` in all; a derived granularity: half a face).
Cycles tilizePieces(const DeviceSpec &, int64_t pieces, int64_t groups, int64_t cols, DataFormat in,
                    DataFormat out, bool fp32Dest);
Cycles untilize(const DeviceSpec &, int64_t tiles, DataFormat out);
Cycles packTiles(const DeviceSpec &, int64_t tiles, DataFormat out, bool accumulate);
/// Row-major pack of `rows` sticks of cols tiles.
Cycles packRows(const DeviceSpec &, int64_t rows, int64_t cols, DataFormat out, bool accumulate);

// --- data movement ---

/// A core's place; DRAM has none here (its latency is an average over the banks).
struct Place {
  int x = 0, y = 0;
  bool operator==(const Place &) const = default;
};
Cycles readLatency(const DeviceSpec &, Place from, Place to);
Cycles writeLatency(const DeviceSpec &, Place from, Place to);
/// NoC packets of one transaction.
int64_t packets(const DeviceSpec &, int64_t bytes);

/// Completion time of `count` transactions of `bytes` in all, issued one after the other by one
/// core and waited for: L + max((n - 1) * issue + s / bw, n * s / bw).
Cycles readL1(const DeviceSpec &, int64_t count, int64_t bytes, Cycles latency);
Cycles writeL1(const DeviceSpec &, int64_t count, int64_t bytes, Cycles latency);
/// As above for pages interleaved over the DRAM banks.
Cycles readDram(const DeviceSpec &, int64_t count, int64_t bytes);
Cycles writeDram(const DeviceSpec &, int64_t count, int64_t bytes);
/// Cycles the issuing thread is busy with `count` transactions.
Cycles readIssue(const DeviceSpec &, int64_t count);
Cycles writeIssue(const DeviceSpec &, int64_t count);

/// Links from the sender to the far corner of the rectangle width x height.
int64_t mcastHops(int64_t width, int64_t height);
/// Time the path is held: every packet of an unlinked multicast reserves it again.
Cycles mcastOccupancy(const DeviceSpec &, int64_t bytes, int64_t hops, bool linked);
/// Completion (acknowledged) of one multicast.
Cycles mcast(const DeviceSpec &, int64_t bytes, int64_t hops, bool linked);

/// Shortest time from the start of one program to the start of the next in a traced run: what the
/// dispatcher needs to send one. numArgs: unique runtime arguments a core.
Cycles dispatch(const DeviceSpec &, int64_t cores, int64_t numCbs, int64_t numArgs);
/// From the end of one program to the first instruction of the next when dispatch keeps ahead.
Cycles launchGap(const DeviceSpec &);

} // namespace timing
} // namespace ttc

#endif
