//===- ValueWatch.h - where values first go bad -------------------------------===//
#ifndef TTC_RUNTIME_VALUEWATCH_H
#define TTC_RUNTIME_VALUEWATCH_H

#include "ttc/Runtime/Runtime.h"

namespace ttc::runtime {

/// The first appearance of a kind of value in what programs write, in launch order, and how many
/// there are in that buffer. These are warnings: a network may mean them.
struct ValueWarning {
  const char *kind; ///< "NaN", "infinity", "largest finite value"
  std::string program, layer, buffer;
  int64_t row = 0, col = 0;       ///< of the buffer's 2-D view
  int64_t coreX = -1, coreY = -1; ///< that holds it; -1: DRAM
  uint64_t count = 0;
  std::string text() const;
};

/// Looks at every buffer that a program wrote. What a block format flushes to zero when it packs
/// cannot be told from a zero afterwards and is not reported.
class ValueWatch {
public:
  /// To be called after each program (RunOptions::afterProgram).
  Expected<void> look(const Device &device, size_t launch, const ProgramReport &program);
  const std::vector<ValueWarning> &warnings() const { return list; }

private:
  std::vector<ValueWarning> list;
};

} // namespace ttc::runtime

#endif
