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
/// `operands`, here and below: how many of the cycles the math waits for its operands' bytes.
Cycles matmulBlock(const DeviceSpec &, FidelityPhases, int64_t rows, int64_t cols, int64_t inner,
                   DataFormat in0, DataFormat in1, Cycles *operands = nullptr);
Cycles copyTiles(const DeviceSpec &, int64_t tiles, DataFormat in, Cycles *operands = nullptr);
/// Two operands from circular buffers. `phases`: 1 for add and sub, the fidelity for mul.
Cycles eltwise(const DeviceSpec &, int64_t tiles, int phases, DataFormat in0, DataFormat in1,
               Cycles *operands = nullptr);
/// One operand from Dst.
Cycles eltwiseDst(const DeviceSpec &, int64_t tiles, int phases, DataFormat in,
                  Cycles *operands = nullptr);
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
/// Rows of tiles go one by one, at most 8 tiles (half of Dst) at a time.
Cycles untilize(const DeviceSpec &, int64_t rows, int64_t cols, DataFormat out);
Cycles packTiles(const DeviceSpec &, int64_t tiles, DataFormat out, bool accumulate);
/// Row-major pack of `rows` sticks of cols tiles.
Cycles packRows(const DeviceSpec &, int64_t rows, int64_t cols, DataFormat out, bool accumulate);

// --- data movement (NocTiming.cpp) ---

/// A router of the NoC.
struct Place {
  int x = 0, y = 0;
  bool operator==(const Place &) const = default;
};
/// `core`: counted row-major over the compute grid.
Place corePlace(const DeviceSpec &, unsigned core);
Place dramPlace(const DeviceSpec &, unsigned bank);

/// NoC 0 runs right and down, NoC 1 left and up, both round a torus. Routers from `from` to `to`.
int64_t hops(const DeviceSpec &, unsigned noc, Place from, Place to);
/// Hops of a round trip, whichever NoC: once round the ring of each axis in which the two differ.
int64_t roundTrip(const DeviceSpec &, Place a, Place b);
/// From the issue of a read (acknowledged write) to its completion, without the time of its bytes.
Cycles readLatency(const DeviceSpec &, Place from, Place to);
Cycles writeLatency(const DeviceSpec &, Place from, Place to);
/// One way: half an acknowledged write without its ring, and the hops.
Cycles semaphoreLatency(const DeviceSpec &, unsigned noc, Place from, Place to);

/// NoC packets of one transaction, and its bytes with their headers.
int64_t packets(const DeviceSpec &, int64_t bytes);
int64_t wireBytes(const DeviceSpec &, int64_t bytes);
/// Cycles the issuing thread is busy with one transaction. repeat: it has one packet, and the
/// transaction before it in the instruction went to the same place with the same size, so that only
/// addresses have to be written. elsewhere: not where the thread's last transaction went, so that a
/// core's address or a page's bank has to be found first.
struct Issue {
  bool read = true, dram = false, elsewhere = false, repeat = false;
  /// From the core's own L1, which answers faster than noc_read_interval: tt-metal's
  /// conv2d_op_program_factory_common.cpp has 16-byte local reads at 0.868 GB/s on Wormhole and 1.124
  /// on Blackhole, 18 and 19 cycles each.
  bool local = false;
};
Cycles issue(const DeviceSpec &, Issue, int64_t packets);

/// How a multicast lies on the NoC.
struct McastPath {
  int64_t span = 0;    ///< hops from one corner of the rectangle to the opposite one
  int64_t back = 0;    ///< hops from its end on round to a sender outside; 0 for one inside
  int64_t ring = 0;    ///< hops of a round trip to its far corner
  int64_t targets = 1; ///< that acknowledge
  bool loopback = false; ///< the sender gets a copy, through the port of the acknowledgements
};
/// The rectangle of compute cores low..high, inclusive; `targets` as above.
McastPath mcastPath(const DeviceSpec &, unsigned noc, unsigned sender, unsigned low, unsigned high,
                    int64_t targets, bool loopback);
/// Cycles the path is taken by one multicast beside its bytes' own (wireBytes at mcast_bandwidth):
/// every packet of an unlinked one reserves the path again; acknowledgements come back through the
/// sender's port, where they overlap the bytes unless a copy comes in there too.
Cycles mcastOverhead(const DeviceSpec &, const McastPath &, int64_t bytes, bool linked);
/// From issue to the last acknowledgement, without the time of its bytes and of mcastOverhead.
Cycles mcastLatency(const DeviceSpec &, const McastPath &);

// Completion of transfers on an idle device, where places are not known: two-axis routes. `count`
// transactions of `bytes` in all, issued one after the other by one core and waited for:
// L + max((n - 1) * issue + s / bw, n * s / bw).
Cycles readL1(const DeviceSpec &, int64_t count, int64_t bytes);
Cycles writeL1(const DeviceSpec &, int64_t count, int64_t bytes);
/// As above for pages interleaved over the DRAM banks.
Cycles readDram(const DeviceSpec &, int64_t count, int64_t bytes);
Cycles writeDram(const DeviceSpec &, int64_t count, int64_t bytes);
/// To width x height cores among which the sender is, wherever they are.
McastPath mcastPath(const DeviceSpec &, int64_t width, int64_t height);
/// Cycles the path is taken by one multicast; completion of one.
Cycles mcastOccupancy(const DeviceSpec &, const McastPath &, int64_t bytes, bool linked);
Cycles mcast(const DeviceSpec &, const McastPath &, int64_t bytes, bool linked);
/// An increment of another core's semaphore, half way round the device.
Cycles semaphore(const DeviceSpec &);

// --- dispatch ---

/// Shortest time from the start of one program to the start of the next: what the dispatcher needs to
/// send one. numArgs: unique runtime arguments a core; traced: the commands lie ready in DRAM, else
/// the host makes them.
Cycles dispatch(const DeviceSpec &, int64_t cores, int64_t numCbs, int64_t numArgs,
                bool traced = true);
/// From the end of one program to the first instruction of the next when dispatch keeps ahead.
Cycles launchGap(const DeviceSpec &);

// --- bounds ---

/// Least cycles for so many multiply-adds on all cores of the device at that fidelity (no
/// efficiency), or for so many DRAM bytes over all channels, whichever is more.
Cycles roofline(const DeviceSpec &, int64_t macs, FidelityPhases, int64_t dramBytes);

} // namespace timing
} // namespace ttc

#endif
