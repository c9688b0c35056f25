//===- Sanitizer.h - checks of what would break on the device ---------------===//
//
// Runs of the simulator can be watched for errors that a device would not report:
// races, missing barriers, stale memory, misuse of circular buffers. They cost no
// device cycles. See runtime/lib/Sim/Sanitizer/README.md.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SANITIZER_H
#define TTC_RUNTIME_SANITIZER_H

#include "ttc/Support/Expected.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ttc::runtime {

enum class Check : uint8_t {
#define TTC_CHECK(Id, name, what) Id,
#include "ttc/Runtime/Checks.def"
};

struct CheckInfo {
  Check check;
  std::string_view name;
  std::string_view what;
};
/// Every check there is, in the order of the enumeration.
std::span<const CheckInfo> allChecks();
std::string_view name(Check check);

/// A selection of checks.
class CheckSet {
public:
  static CheckSet all() { return CheckSet(~uint64_t(0)); }
  CheckSet() = default;
  /// "all", "none", or names separated by commas. An unknown name is an error that lists the names
  /// there are; so is an empty list.
  static Expected<CheckSet> parse(std::string_view list);
  bool has(Check check) const { return bits >> unsigned(check) & 1; }
  bool any() const { return bits != 0; }
  void add(Check check) { bits |= uint64_t(1) << unsigned(check); }

private:
  explicit CheckSet(uint64_t bits) : bits(bits) {}
  uint64_t bits = 0;
};

/// One distinct (check, program, instruction) that was found, at its first occurrence.
struct Finding {
  Check check;
  std::string program, layer; ///< program name and source layer
  std::string thread;         ///< "core (1, 0) reader at word 12 read_pages"
  int64_t cycle = 0;
  std::string what;
  std::string other;  ///< the other access of a race, as `thread` and cycle; may be empty
  uint64_t times = 1; ///< how often it was found
  std::string text() const;
};

/// What a run was checked for.
struct SanitizerReport {
  bool on = false;
  uint64_t accesses = 0, transfers = 0, cbOperations = 0, semaphoreOperations = 0;
  std::vector<Finding> findings; ///< more than one with keepGoing only
  bool valid() const { return findings.empty(); }
  /// One line of what was checked, and the findings.
  std::string text() const;
};

} // namespace ttc::runtime

#endif
