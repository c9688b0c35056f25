//===- Checks.cpp - the table of checks -------------------------------------===//
#include "ttc/Runtime/Sanitizer.h"

#include <algorithm>
#include <fmt/format.h>

namespace ttc::runtime {
namespace {
constexpr CheckInfo table[] = {
#define TTC_CHECK(Id, name, what) {Check::Id, name, what},
#include "ttc/Runtime/Checks.def"
};
static_assert(std::size(table) <= 64, "CheckSet is a 64-bit mask");
} // namespace

std::span<const CheckInfo> allChecks() { return table; }
std::string_view name(Check check) { return table[size_t(check)].name; }

Expected<CheckSet> CheckSet::parse(std::string_view list) {
  if (list == "all")
    return CheckSet::all();
  if (list == "none")
    return CheckSet();
  CheckSet set;
  for (;;) {
    size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    const CheckInfo *found = nullptr;
    for (const CheckInfo &info : table)
      if (info.name == item)
        found = &info;
    if (!found) {
      std::string names;
      for (const CheckInfo &info : table)
        names += fmt::format(", {}", info.name);
      return Error{fmt::format("unknown check '{}': expected all, none, or a list of{}", item,
                               names.substr(1))};
    }
    set.add(found->check);
    if (comma == std::string_view::npos)
      return set;
    list.remove_prefix(comma + 1);
  }
}

std::string Finding::text() const {
  size_t line = std::min(what.find('\n'), what.size()); // the name ends the first line
  std::string text = fmt::format("program '{}'{}: {}, cycle {}: {} [{}]{}", program,
                                 layer.empty() ? "" : fmt::format(" (layer '{}')", layer), thread,
                                 cycle, what.substr(0, line), name(check), what.substr(line));
  if (!other.empty())
    text += "\n  the other access: " + other;
  return text;
}

std::string SanitizerReport::text() const {
  std::string text = fmt::format(
      "sanitizer: {}: {} accesses, {} transfers, {} circular-buffer operations and {} "
      "semaphore operations checked\n",
      valid() ? "clean" : "INVALID", accesses, transfers, cbOperations, semaphoreOperations);
  for (const Finding &f : findings)
    text += fmt::format("{}{}\n", f.text(),
                        f.times > 1 ? fmt::format("\n  found {} times", f.times) : "");
  return text;
}

} // namespace ttc::runtime
