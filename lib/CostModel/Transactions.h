//===- Transactions.h - NoC transactions of an instruction, counted ---------===//
//
// Where the pieces of a data-movement instruction go, and how long they take to
// issue. The simulator enumerates every piece; here whole shards are counted at once
// and windows by a sample of their rows, because a candidate is priced in microseconds.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_COSTMODEL_TRANSACTIONS_H
#define TTC_LIB_COSTMODEL_TRANSACTIONS_H

#include "ttc/Device/Timing.h"
#include "ttc/Program/BufferAccess.h"

#include <span>
#include <vector>

namespace ttc::cost {

/// What an instruction moves to or from one place.
struct Flow {
  uint32_t unit = 0; ///< a DRAM bank, or a core of the device
  bool dram = false;
  int64_t bytes = 0; ///< with packet headers
  bool operator==(const Flow &) const = default;
};

struct Transactions {
  std::span<const Flow> flows; ///< until the counter counts again
  int64_t packets = 0, bytes = 0, dramBytes = 0; ///< bytes without headers
  Cycles issue = 0, lastIssue = 0; ///< of the thread: for all, and for the last one
};

/// Counts for one thread after the other.
class TransactionCounter {
public:
  explicit TransactionCounter(const DeviceSpec &spec) : spec(spec) {}

  /// From here on for a thread of that core of the device. `samples`: rows of a window, times taps, that
  /// are looked at one by one before the rest is taken to be like them.
  void start(unsigned core, int64_t samples);

  /// Pages [row, row + nrows) x [col, col + ncols); outside the buffer a read stores zeros.
  Transactions pages(const BufferView &view, int64_t row, int64_t col, int64_t nrows, int64_t ncols,
                     bool read);
  /// Sticks of read_window: taps [tap, tap + ntaps) of output rows [row, row + nrows).
  Transactions window(const BufferView &view, const WindowView &window, int64_t pitch, int64_t row,
                      int64_t nrows, int64_t tap, int64_t ntaps, int64_t colByte, int64_t nbytes);
  /// Sticks of write_rows.
  Transactions rows(const BufferView &view, int64_t pitch, int64_t row, int64_t nrows,
                    int64_t colByte, int64_t nbytes);
  /// `count` copies inside the core, `bytes` in all.
  Transactions local(int64_t count, int64_t bytes);

private:
  struct Tally;
  Transactions lines(const BufferView &view, const WindowView &window, bool dense, int64_t row,
                     int64_t nrows, int64_t tap, int64_t colByte, int64_t nbytes);

  const DeviceSpec &spec;
  unsigned core = 0;
  int64_t samples = 0;
  int64_t lastUnit = -1; ///< of the thread's last transaction
  std::vector<Flow> flows;
};

} // namespace ttc::cost

#endif
