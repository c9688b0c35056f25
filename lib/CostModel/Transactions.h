//===- Transactions.h - NoC transactions of an instruction, counted ---------===//
//
// Where the pieces of a data-movement instruction go, by class of route. The
// simulator enumerates every piece; here whole shards are counted at once and
// windows by a sample of their rows, because a candidate is priced in microseconds.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_COSTMODEL_TRANSACTIONS_H
#define TTC_LIB_COSTMODEL_TRANSACTIONS_H

#include "ttc/Device/Timing.h"
#include "ttc/Program/BufferAccess.h"

#include <array>

namespace ttc::cost {

/// The simulator's latency classes: own core, same row or column, elsewhere, a DRAM bank.
enum class Route : uint8_t { Self, Axis, Far, Dram };
constexpr size_t numRoutes = 4;

struct Transactions {
  struct Part {
    int64_t packets = 0, bytes = 0;
  };
  std::array<Part, numRoutes> parts;
  int64_t interleaved = 0; ///< pages whose bank has to be found first
  /// Bytes of the bank or core with the most of them, as far as they were followed.
  int64_t hottest = 0;
  bool fills = false; ///< has pieces that only store a pattern

  int64_t packets() const;
  int64_t bytes() const; ///< of all routes
  Part &at(Route r) { return parts[size_t(r)]; }
  const Part &at(Route r) const { return parts[size_t(r)]; }
};

/// Counts for the core at `here`.
class TransactionCounter {
public:
  TransactionCounter(const DeviceSpec &spec, timing::Place here) : spec(spec), here(here) {}

  /// Pages [row, row + nrows) x [col, col + ncols); outside the buffer a read stores zeros.
  Transactions pages(const BufferView &view, int64_t row, int64_t col, int64_t nrows, int64_t ncols,
                     bool read) const;
  /// Sticks of read_window: taps [tap, tap + ntaps) of output rows [row, row + nrows).
  Transactions window(const BufferView &view, const WindowView &window, int64_t pitch, int64_t row,
                      int64_t nrows, int64_t tap, int64_t ntaps, int64_t colByte,
                      int64_t nbytes) const;
  /// Sticks of write_rows.
  Transactions rows(const BufferView &view, int64_t pitch, int64_t row, int64_t nrows,
                    int64_t colByte, int64_t nbytes) const;
  /// `count` copies inside the core, `bytes` in all.
  Transactions local(int64_t count, int64_t bytes) const;

private:
  struct Tally;
  Transactions lines(const BufferView &view, const WindowView &window, bool dense, int64_t row,
                     int64_t nrows, int64_t tap, int64_t colByte, int64_t nbytes) const;
  Route route(const BufferView &view, uint32_t unit) const;

  const DeviceSpec &spec;
  timing::Place here;
};

} // namespace ttc::cost

#endif
