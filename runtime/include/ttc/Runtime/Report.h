//===- Report.h - where the cycles of a run went ----------------------------===//
#ifndef TTC_RUNTIME_REPORT_H
#define TTC_RUNTIME_REPORT_H

#include "ttc/Runtime/Sanitizer.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttc::runtime {

/// What a thread was doing, exclusively. Units: cycles, summed over cores.
enum class Bucket : uint8_t {
  Math,      ///< matrix engine
  Operands,  ///< the matrix engine waits for the unpackers: bytes, not products, are the limit
  Tilize,    ///< tilizing and untilizing
  Sfpu,      ///< vector unit, or waiting for what it does on the packer's side
  Pack,      ///< waiting for the packer to free Dst, or packing in line (tilize)
  WaitInput, ///< a circular buffer has too few pages
  WaitSpace, ///< a circular buffer is full
  NocRead,   ///< barrier on reads from other cores
  NocWrite,  ///< barrier on writes and multicasts to other cores
  Dram,      ///< barrier on DRAM transfers
  Semaphore,
  Issue,  ///< issuing instructions and transactions, local fills
  Launch, ///< dispatch gap and kernel start
  Idle,   ///< from the thread's end to the program's
};
inline constexpr size_t numBuckets = 14;
std::string_view name(Bucket);

using Buckets = std::array<int64_t, numBuckets>;

/// A resource and the share, 0 to 1, of what it could have done.
struct Use {
  std::string resource;
  double share = 0;
};

struct ProgramReport {
  std::string name;     ///< of the program
  std::string location; ///< source layer
  std::string kind;     ///< "conv2d", ...
  int64_t gridX = 0, gridY = 0;
  int64_t start = 0, end = 0; ///< cycles of the run; start includes the launch
  /// Of reader, writer and compute (ThreadKind order). Each that has a kernel sums to
  /// (end - start) * cores.
  Buckets buckets[3] = {};
  bool hasThread[3] = {};
  /// When the first instructions ran, and when each core's reader, writer and compute thread ended,
  /// cores in row-major order of the grid (empty: no such thread).
  int64_t kernelStart = 0;
  std::vector<int64_t> threadEnds[3];
  /// Bounds below cycles(): math on all cores and DRAM bytes over all channels (timing::roofline), and
  /// the program on a device where transfers of different threads do not meet (RunOptions::clocks, else
  /// 0).
  int64_t roofline = 0, contentionFree = 0;
  /// The links, ports and DRAM channels that carried most of what they could between the first
  /// instruction and the end, best used first (RunOptions::clocks).
  std::vector<Use> busiest;
  int64_t nocBytes = 0, dramReadBytes = 0, dramWriteBytes = 0;
  uint64_t macs = 0;
  bool isReshard = false;
  int64_t cycles() const { return end - start; }
};

/// One core over the whole run.
struct CoreReport {
  int64_t x = 0, y = 0;
  /// Of reader, writer and compute; each adds up to Report::cycles.
  Buckets buckets[3] = {};
  /// Cycles of the packer and of the vector unit, which work beside the compute thread's buckets too.
  int64_t packing = 0, vector = 0;
};

/// All programs of one kind.
struct KindReport {
  std::string kind;
  int64_t programs = 0, cycles = 0, roofline = 0;
  /// Of the compute thread, or of the reader where there is none; add up to cores * cycles of the
  /// programs.
  Buckets buckets{};
};

struct Report {
  std::string model, device, numerics;
  std::string numericsNote; ///< how far fast mode is known to be from the device; empty otherwise
  bool timed = false;
  int64_t clockMhz = 1000;
  int64_t cycles = 0;
  std::vector<ProgramReport> programs;
  std::vector<CoreReport> cores; ///< row-major over the device
  /// Matrix engine, vector unit and packer over all cores, DRAM over all channels, and with
  /// RunOptions::clocks the links, ports and channels of the NoC that were used most.
  std::vector<Use> utilization;
  int64_t roofline = 0; ///< cycles; of all programs' math and DRAM bytes, whichever needs more
  SanitizerReport sanitizer;
  int64_t l1Peak = 0;      ///< bytes of a core taken by buffers and circular buffers at once
  int64_t l1Available = 0; ///< bytes of a core a program may use
  struct Reshards {
    int64_t count = 0, bytes = 0, cycles = 0;
  };
  Reshards reshards() const;
  std::vector<KindReport> kinds() const; ///< slowest first
  double latencyMs() const { return double(cycles) / (double(clockMhz) * 1000); }
  uint64_t macs() const;

  /// One JSON object. Keys: model, device, numerics, numerics_note (fast), latency_ms, cycles, frames_per_second, macs,
  /// l1_peak, l1_available, sanitizer (when on: {accesses, transfers, cb_operations,
  /// semaphore_operations, valid, findings [{check, program, layer, thread, cycle, what, other, times}]}), reshards {count, bytes, cycles}, programs (how many), roofline_cycles,
  /// utilization {resource: share}, kinds [{kind, programs, cycles, roofline_cycles, buckets {bucket:
  /// cycles}}], and with `withPrograms` cores [{x, y, packing, vector, reader|writer|compute {bucket: cycles}}],
  /// launches [{name, location, kind, grid, start, end, cycles, macs, roofline_cycles,
  /// contention_free_cycles, busiest {resource: share}, noc_bytes, dram_read_bytes,
  /// dram_write_bytes, reshard, reader|writer|compute {bucket: cycles}}].
  std::string json(bool withPrograms) const;
  /// A table of the slowest `rows` programs and the totals (0: all programs in order).
  std::string table(size_t rows) const;
};

} // namespace ttc::runtime

#endif
